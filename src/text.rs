//! Turns typed words into a vector in a model's space, by `WordPiece` and a sum.
//! Imports `format` alone. Small enough for a browser.
//!
//! The encoder folds a text and cuts it into words and pieces exactly as the model's own tokenizer
//! does (Wu et al. 2016, "Google's neural machine translation system", section 4.1; greedy, longest
//! piece first). Each piece has a vector, and so have frequent words of several pieces. These
//! vectors are distilled from the sentence transformer that made the model's rows. The vector of a
//! text is their sum. All arithmetic is on integers up to one division by the length, so that the
//! result has the same bits everywhere.

use crate::format::{FormatError, ITSELF, NumberDecoder, TextColumns, TextFile};

/// Most pieces of a text. The encoder ignores the rest of the text, as sentence transformers do.
pub const MAX_PIECES: usize = 256;

/// A model's text encoder in memory.
#[derive(Debug, Clone)]
pub struct TextEncoder {
    items: u32,
    dims: usize,
    columns: TextColumns,
    /// The vectors' values, `dims × rows`.
    values: Vec<i8>,
    /// Where each line of the columns' texts starts, then where a line after the last would start.
    folded: Vec<u32>,
    pieces: Vec<u32>,
    others: Vec<u32>,
    words: Vec<u32>,
}

/// A word of a text, folded, and its pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Its pieces, in order: rows of the encoder, or `None` for a piece without a vector. Empty if
    /// no pieces make up the word.
    pub pieces: Vec<Option<u32>>,
    /// The row of the word itself, if it has a vector of its own.
    pub whole: Option<u32>,
}

impl Word {
    /// Returns the rows of all its vectors.
    pub fn rows(&self) -> impl Iterator<Item = u32> {
        self.pieces.iter().flatten().copied().chain(self.whole)
    }
}

/// A text as a query.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodedText {
    /// Each word that has a vector, in order, and its part of the text's vector. The sum of the
    /// parts has length 1.
    pub words: Vec<(String, Vec<f32>)>,
    /// The words without a vector, each once.
    pub unknown: Vec<String>,
}

/// Decodes an encoder step by step, so that its thread can do other work between.
#[derive(Debug)]
pub struct EncoderLoader {
    items: u32,
    dims: usize,
    columns: TextColumns,
    decoder: NumberDecoder,
    /// Dims to decode in a step.
    dims_per_step: usize,
}

impl EncoderLoader {
    /// Starts with `file`, whose columns decompress to `columns`.
    pub fn new(file: &TextFile<'_>, columns: &[u8]) -> Result<Self, FormatError> {
        let mut columns = file.columns(columns)?;
        let decoder = NumberDecoder::new(std::mem::take(&mut columns.values), file.rows)?;
        // Half a million numbers take a hundredth of a second.
        let dims_per_step = ((1 << 19) / file.rows as usize).max(1);
        Ok(Self { items: file.items, dims: file.dims as usize, columns, decoder, dims_per_step })
    }

    /// Decodes for a hundredth of a second or two. Returns whether a part is left.
    pub fn step(&mut self) -> Result<bool, FormatError> {
        for _ in 0..self.dims_per_step {
            if !self.decoder.decode_dim()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Decodes the part that is left, and returns the encoder.
    pub fn finish(self) -> Result<TextEncoder, FormatError> {
        let Self { items, dims, columns, decoder, .. } = self;
        let values = decoder.finish()?;
        let [folded, pieces, others, words] =
            [&columns.folded, &columns.pieces, &columns.others, &columns.words]
                .map(|text| line_starts(text));
        Ok(TextEncoder { items, dims, columns, values, folded, pieces, others, words })
    }
}

impl TextEncoder {
    /// Returns the encoder in `file`, whose columns decompress to `columns`.
    pub fn new(file: &TextFile<'_>, columns: &[u8]) -> Result<Self, FormatError> {
        EncoderLoader::new(file, columns)?.finish()
    }

    /// Items of its catalogue, and values of a vector.
    #[must_use]
    pub fn shape(&self) -> (u32, usize) {
        (self.items, self.dims)
    }

    /// Returns the words of `text` up to the [`MAX_PIECES`]th piece; punctuation marks are words of
    /// their own.
    #[must_use]
    pub fn words(&self, text: &str) -> Vec<Word> {
        let (mut words, mut count) = (Vec::new(), 0);
        let mut word = (String::new(), 0);
        let mut end = |word: &mut (String, u32)| {
            if word.1 > 0 {
                let (text, letters) = std::mem::take(word);
                let mut pieces =
                    if letters > self.columns.longest { Vec::new() } else { self.pieces(&text) };
                pieces.truncate(MAX_PIECES - count);
                count += pieces.len().max(1);
                let known = if pieces.is_empty() {
                    None
                } else {
                    find(&self.columns.words, &self.words, &text)
                };
                let whole = known.map(|line| self.pieces.len() as u32 - 1 + line);
                words.push(Word { text, pieces, whole });
            }
            count < MAX_PIECES
        };
        let longest = self.columns.longest;
        let put = |c: char, word: &mut (String, u32)| {
            // A word that is too long is unknown, so the rest of it is not needed.
            if word.1 <= longest {
                word.0.push(c);
                word.1 += 1;
            }
        };
        'text: for c in text.chars() {
            let Some(folded) = self.folding(c) else {
                put(c, &mut word);
                continue;
            };
            for to in folded.chars() {
                match to {
                    ' ' if !end(&mut word) => break 'text,
                    ' ' => {}
                    ITSELF => put(c, &mut word),
                    to => put(to, &mut word),
                }
            }
        }
        end(&mut word);
        words
    }

    /// Returns the text as a query.
    #[must_use]
    pub fn encode(&self, text: &str) -> EncodedText {
        let (mut known, mut unknown): (Vec<(String, Vec<i32>)>, Vec<String>) = Default::default();
        for word in self.words(text) {
            let mut part = vec![0; self.dims];
            let mut any = false;
            for row in word.rows() {
                any = true;
                self.add(row, &mut part);
            }
            if any {
                known.push((word.text, part));
            } else if !unknown.contains(&word.text) && word.text.chars().any(char::is_alphanumeric)
            {
                unknown.push(word.text);
            }
        }
        let mut sum = vec![0_i64; self.dims];
        for (_, part) in &known {
            sum.iter_mut().zip(part).for_each(|(sum, &value)| *sum += i64::from(value));
        }
        // At most 2^23 for each of 4096 values, so the sum of the squares fits an i64.
        let square: i64 = sum.iter().map(|sum| sum * sum).sum();
        let words = if square == 0 {
            Vec::new()
        } else {
            let length = (square as f64).sqrt();
            let scaled = |part: Vec<i32>| {
                part.iter().map(|&value| (f64::from(value) / length) as f32).collect()
            };
            known.into_iter().map(|(word, part)| (word, scaled(part))).collect()
        };
        EncodedText { words, unknown }
    }

    /// Adds the vector of a row to `sums`.
    fn add(&self, row: u32, sums: &mut [i32]) {
        let shift = self.columns.shifts[row as usize];
        for (sum, values) in
            sums.iter_mut().zip(self.values.chunks_exact(self.columns.shifts.len()))
        {
            *sum += i32::from(values[row as usize]) << shift;
        }
    }

    /// Returns the folding of a character, or `None` if it stays the same.
    fn folding(&self, c: char) -> Option<&str> {
        let c = u32::from(c);
        let at = self.columns.firsts.partition_point(|&first| first <= c).checked_sub(1)?;
        (c <= self.columns.lasts[at]).then(|| line(&self.columns.folded, &self.folded, at))
    }

    /// Cuts a word into pieces from its beginning, the longest first. Returns nothing if no piece
    /// fits somewhere.
    fn pieces(&self, word: &str) -> Vec<Option<u32>> {
        let mut pieces = Vec::new();
        let mut rest = word.to_owned();
        let mut prefix = 0;
        while rest.len() > prefix {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8()).rev();
            let found = ends.take_while(|&end| end > prefix).find_map(|end| {
                let piece = &rest[..end];
                let known = find(&self.columns.pieces, &self.pieces, piece).map(Some);
                let found = known
                    .or_else(|| find(&self.columns.others, &self.others, piece).map(|_| None))?;
                Some((found, end))
            });
            let Some((piece, end)) = found else { return Vec::new() };
            pieces.push(piece);
            rest = format!("{}{}", self.columns.prefix, &rest[end..]);
            prefix = self.columns.prefix.len();
        }
        pieces
    }
}

/// Returns where each line starts, then where a line after the last would start.
fn line_starts(text: &str) -> Vec<u32> {
    let later = text.bytes().zip(1..).filter(|&(byte, _)| byte == b'\n').map(|(_, next)| next);
    [0].into_iter().chain(later).chain([text.len() as u32 + 1]).collect()
}

fn line<'a>(text: &'a str, starts: &[u32], at: usize) -> &'a str {
    &text[starts[at] as usize..starts[at + 1] as usize - 1]
}

/// Returns the number of the line `wanted` among ascending lines.
fn find(text: &str, starts: &[u32], wanted: &str) -> Option<u32> {
    let (mut from, mut to) = (0, starts.len() - 1);
    while from < to {
        let middle = usize::midpoint(from, to);
        match line(text, starts, middle).cmp(wanted) {
            std::cmp::Ordering::Equal => return Some(middle as u32),
            std::cmp::Ordering::Less => from = middle + 1,
            std::cmp::Ordering::Greater => to = middle,
        }
    }
    None
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::format::framed;

    /// Returns an encoder of `columns` with `rows × dims` vectors for a catalogue of `items` items.
    pub(crate) fn of(columns: &TextColumns, items: u32, rows: u32, dims: u32) -> TextEncoder {
        let (mut file, plain) = columns.encode(items, rows, dims).unwrap();
        file.resize(file.len() + plain.len() / 1032 + 1, 0); // stands for the gzip
        let file = framed(&file);
        TextEncoder::new(&TextFile::decode(&file).unwrap(), &plain).unwrap()
    }

    fn sample() -> TextEncoder {
        of(&crate::format::text_tests::sample(), 7, 3, 2)
    }

    fn words(text: &str) -> Vec<(String, Vec<Option<u32>>)> {
        sample().words(text).into_iter().map(|word| (word.text, word.pieces)).collect()
    }

    #[test]
    fn words_fall_into_the_longest_pieces() {
        let word = |text: &str, pieces: &[Option<u32>]| (text.to_owned(), pieces.to_vec());
        assert_eq!(words("Ab a"), [word("ab", &[Some(1), Some(0)]), word("a", &[Some(1)])]);
        assert_eq!(words("abb,"), [word("abb", &[Some(1), Some(0), Some(0)]), word(",", &[None])]);
        assert_eq!(
            words("b aba \u{1f408}"),
            [word("b", &[]), word("aba", &[]), word("\u{1f408}", &[])]
        );
        assert_eq!(words(" , - "), [word(",", &[None]), word("-", &[])]);
        assert!(words("").is_empty() && words("  ").is_empty());
    }

    #[test]
    fn long_words_and_texts_are_cut() {
        assert_eq!(words(&"a".repeat(9)), [("a".repeat(9), vec![])]);
        let long = words(&format!("a{}", "b".repeat(9)));
        assert_eq!(long[0].1, [], "ten letters, and the longest known word has nine");
        assert_eq!(words(&format!("a{}", "b".repeat(8)))[0].1.len(), 9);
        let many = words(&"ab ".repeat(1_000_000));
        assert_eq!(many.iter().map(|(_, pieces)| pieces.len()).sum::<usize>(), MAX_PIECES);
        assert_eq!(words(&"🐈".repeat(1_000_000))[0].0.chars().count(), 10);
    }

    #[test]
    fn a_text_is_the_sum_of_its_pieces_at_length_one() {
        // a is (2, 0), ##b is (1, -1), and ab (0, 3) beside them.
        let encoded = sample().encode("Ab, a zz zz");
        let length = 29.0_f64.sqrt();
        let part = |x: f64, y: f64| vec![(x / length) as f32, (y / length) as f32];
        assert_eq!(
            encoded.words,
            [("ab".to_owned(), part(3.0, 2.0)), ("a".to_owned(), part(2.0, 0.0))]
        );
        assert_eq!(
            sample().words("ab abb a").iter().map(|word| word.whole).collect::<Vec<_>>(),
            [Some(2), None, None]
        );
        assert_eq!(encoded.unknown, ["zz"]);
        assert_eq!(sample().encode(", !").unknown, [""; 0], "marks are no words");
        assert!(sample().encode("").words.is_empty());
    }
}

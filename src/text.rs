//! Typed words to a vector in a model's space: `WordPiece` and a sum, small enough for a browser.
//!
//! A text is folded and broken into words and these into pieces exactly as the model's own tokenizer does it (Wu et al. 2016,
//! "Google's neural machine translation system", section 4.1; greedy, longest piece first). Each piece has a vector that was
//! distilled from the sentence transformer which made the model's rows, and so have frequent words of several pieces; the text's
//! vector is their sum. All of it is whole
//! numbers up to one division by the length, so that it has the same bits everywhere.

use crate::format::{FormatError, ITSELF, NumberDecoder, TextColumns, TextFile};

/// Most pieces of a text that are read; what follows is left out, as sentence transformers do.
pub const MAX_PIECES: usize = 256;

/// A model's text encoder in memory.
#[derive(Debug, Clone)]
pub struct TextEncoder {
    items: u32,
    dims: usize,
    columns: TextColumns,
    /// The vectors' values, `dims × rows`.
    codes: Vec<i8>,
    /// Where each line of the columns' texts begins, and behind the last one where the next would.
    folded: Vec<u32>,
    pieces: Vec<u32>,
    others: Vec<u32>,
    words: Vec<u32>,
}

/// A word of a text, in the letters that it was looked up by, and its pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Its pieces, in order: rows of the encoder, or `None` for one without a vector. Nothing if it cannot be made of pieces.
    pub pieces: Vec<Option<u32>>,
    /// The row of the word itself, if it has one beside its pieces'.
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
    /// Each word that has a vector, in order, and its part of the text's vector: the parts add up to a length of 1.
    pub words: Vec<(String, Vec<f32>)>,
    /// The words that have none, each once.
    pub unknown: Vec<String>,
}

/// An encoder whose vectors are decoded bit by bit, for threads that have something else to do as well.
#[derive(Debug)]
pub struct Opening {
    items: u32,
    dims: usize,
    columns: TextColumns,
    decoder: NumberDecoder,
    /// Dims that are decoded at once.
    step: usize,
}

impl Opening {
    /// Begins with `file`, whose columns decompress to `columns`.
    pub fn new(file: &TextFile<'_>, columns: &[u8]) -> Result<Self, FormatError> {
        let mut columns = file.columns(columns)?;
        let decoder = NumberDecoder::new(std::mem::take(&mut columns.values), file.rows)?;
        let step = ((1 << 19) / file.rows as usize).max(1); // half a million numbers take a hundredth of a second
        Ok(Self { items: file.items, dims: file.dims as usize, columns, decoder, step })
    }

    /// Goes on for a hundredth of a second or two; says whether something is left.
    pub fn go_on(&mut self) -> Result<bool, FormatError> {
        for _ in 0..self.step {
            if !self.decoder.decode_dim()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Returns the encoder, after what is left.
    pub fn finish(self) -> Result<TextEncoder, FormatError> {
        let Self { items, dims, columns, decoder, .. } = self;
        let codes = decoder.finish()?;
        let [folded, pieces, others, words] =
            [&columns.folded, &columns.pieces, &columns.others, &columns.words]
                .map(|text| starts(text));
        Ok(TextEncoder { items, dims, columns, codes, folded, pieces, others, words })
    }
}

impl TextEncoder {
    /// Returns the encoder in `file`, whose columns decompress to `columns`.
    pub fn new(file: &TextFile<'_>, columns: &[u8]) -> Result<Self, FormatError> {
        Opening::new(file, columns)?.finish()
    }

    /// Items of the catalogue that it belongs to, and values of a vector.
    #[must_use]
    pub fn shape(&self) -> (u32, usize) {
        (self.items, self.dims)
    }

    /// Returns the words of `text` up to the [`MAX_PIECES`]th piece; punctuation marks are words of their own.
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
            // Of a word that is too long the rest need not be kept.
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
            let mut codes = vec![0; self.dims];
            let mut any = false;
            for row in word.rows() {
                any = true;
                self.add(row, &mut codes);
            }
            if any {
                known.push((word.text, codes));
            } else if !unknown.contains(&word.text) && word.text.chars().any(char::is_alphanumeric)
            {
                unknown.push(word.text);
            }
        }
        let mut sum = vec![0_i64; self.dims];
        for (_, codes) in &known {
            sum.iter_mut().zip(codes).for_each(|(sum, &code)| *sum += i64::from(code));
        }
        // At most 2^23 for each of 4096 values: it stays in i64.
        let square: i64 = sum.iter().map(|sum| sum * sum).sum();
        let words = if square == 0 {
            Vec::new()
        } else {
            let length = (square as f64).sqrt();
            let part = |codes: Vec<i32>| {
                codes.iter().map(|&code| (f64::from(code) / length) as f32).collect()
            };
            known.into_iter().map(|(word, codes)| (word, part(codes))).collect()
        };
        EncodedText { words, unknown }
    }

    fn add(&self, row: u32, codes: &mut [i32]) {
        let shift = self.columns.shifts[row as usize];
        for (sum, values) in
            codes.iter_mut().zip(self.codes.chunks_exact(self.columns.shifts.len()))
        {
            *sum += i32::from(values[row as usize]) << shift;
        }
    }

    /// What a character becomes, if it does not stay as it is.
    fn folding(&self, c: char) -> Option<&str> {
        let c = u32::from(c);
        let at = self.columns.firsts.partition_point(|&first| first <= c).checked_sub(1)?;
        (c <= self.columns.lasts[at]).then(|| line(&self.columns.folded, &self.folded, at))
    }

    /// The pieces of a word, the longest first from its beginning; nothing if at some letter none begins.
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

/// Where each line begins, and where one behind the last would.
fn starts(text: &str) -> Vec<u32> {
    let behind = text.bytes().zip(1..).filter(|&(byte, _)| byte == b'\n').map(|(_, behind)| behind);
    [0].into_iter().chain(behind).chain([text.len() as u32 + 1]).collect()
}

fn line<'a>(text: &'a str, starts: &[u32], at: usize) -> &'a str {
    &text[starts[at] as usize..starts[at + 1] as usize - 1]
}

/// The number of the line that is `wanted`, of lines that ascend.
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

    /// An encoder of `columns` with `rows × dims` vectors for a catalogue of `items` items.
    pub(crate) fn of(columns: &TextColumns, items: u32, rows: u32, dims: u32) -> TextEncoder {
        let (mut file, plain) = columns.encode(items, rows, dims).unwrap();
        file.resize(file.len() + plain.len() / 1032 + 1, 0); // stands for the gzip
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
    fn what_is_too_long_is_left_out() {
        assert_eq!(words(&"a".repeat(9)), [("a".repeat(9), vec![])]);
        let long = words(&format!("a{}", "b".repeat(9)));
        assert_eq!(long[0].1, [], "ten letters, nine are looked up");
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

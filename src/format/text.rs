//! The file of a model's text encoder: the rules that cut a text into pieces, and their vectors.
//! Imports `header`, `packed`, `wire` and the errors.
//!
//! The file compresses the columns, like a catalogue's. The reader decompresses them.

use super::packed::ensure;
use super::wire::{Broken, Reader, Writer};
use super::{FormatError, Header, Kind, MAX_DIMS, PackedNumbers};

/// Most bytes that the columns may decompress to.
const MAX_TEXT_BYTES: usize = 1 << 28;

/// Stands for the folded character itself in [`TextColumns::folded`].
pub const ITSELF: char = '\u{fffd}';

/// A text encoder's file with a checked header and compressed columns.
#[derive(Debug, Clone, Copy)]
pub struct TextFile<'a> {
    /// Items of the catalogue that it belongs to.
    pub items: u32,
    /// Vectors: of pieces, then of words.
    pub rows: u32,
    /// Values of a vector: the first values of the model's vectors; the others are 0.
    pub dims: u32,
    /// Bytes that `gzip` decompresses to.
    pub column_bytes: u32,
    /// The compressed columns.
    pub gzip: &'a [u8],
}

/// The pieces of a text, and their vectors.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextColumns {
    /// Characters of the longest known word; a longer word is unknown.
    pub longest: u32,
    /// The first character of each range of characters with the same folding, ascending.
    pub firsts: Vec<u32>,
    /// The last character of each range.
    pub lasts: Vec<u32>,
    /// The folding of each range, a line a range: [`ITSELF`] is the character, a space ends a word.
    pub folded: String,
    /// The prefix of a piece that does not begin a word.
    pub prefix: String,
    /// The pieces that have a vector, a line each, ascending by their bytes.
    pub pieces: String,
    /// The pieces without a vector, in the same way.
    pub others: String,
    /// Words of several pieces with a vector of their own, in the same way; may be empty.
    pub words: String,
    /// For each vector the power of two that multiplies its values, at most 7.
    pub shifts: Vec<u8>,
    /// The vectors' values as integers, `dims × rows`: the first value of each, then the second.
    pub values: PackedNumbers,
}

impl<'a> TextFile<'a> {
    /// Checks the header of `file`, one whole file.
    pub fn decode(file: &'a [u8]) -> Result<Self, FormatError> {
        let (Header { items, rows, dims, extent }, gzip) = Header::split(file, Kind::Text)?;
        if rows == 0 || dims == 0 || dims > MAX_DIMS {
            return Err(FormatError::Shape(
                "a text encoder has no rows, or dims that are not in 1..=4096",
            ));
        }
        // As with a catalogue, a small file cannot make the reader allocate a large buffer.
        let most = u64::from(extent).max(u64::from(rows) * u64::from(dims));
        if most > MAX_TEXT_BYTES as u64 || most > gzip.len() as u64 * 1032 {
            return Err(FormatError::Shape(
                "the text encoder or its vectors are larger than 2^28 bytes or than its gzip can be",
            ));
        }
        Ok(Self { items, rows, dims, column_bytes: extent, gzip })
    }

    /// Returns the columns in `bytes`, decompressed.
    pub fn columns(&self, bytes: &[u8]) -> Result<TextColumns, FormatError> {
        let columns = TextColumns::read(Reader(bytes)).map_err(FormatError::Text)?;
        columns.check(self.rows, self.dims)?;
        Ok(columns)
    }
}

/// Returns the number of lines; an empty text has none.
fn count_lines(text: &str) -> usize {
    if text.is_empty() { 0 } else { text.split('\n').count() }
}

impl TextColumns {
    /// Returns the file's header for a catalogue of `items` items and `rows × dims` vectors, and
    /// the bytes that its gzip must hold. Header and gzip make the file by [`super::framed`].
    pub fn encode(
        &self,
        items: u32,
        rows: u32,
        dims: u32,
    ) -> Result<(Vec<u8>, Vec<u8>), FormatError> {
        self.check(rows, dims)?;
        let plain = self.write();
        ensure(plain.len() <= MAX_TEXT_BYTES, "the columns are too large")?;
        let header = Header { items, rows, dims, extent: plain.len() as u32 };
        Ok((header.encode(Kind::Text).to_vec(), plain))
    }

    fn read(mut reader: Reader<'_>) -> Result<Self, Broken> {
        let columns = Self {
            longest: reader.number()?,
            firsts: reader.list()?,
            lasts: reader.list()?,
            folded: reader.text()?,
            prefix: reader.text()?,
            pieces: reader.text()?,
            others: reader.text()?,
            words: reader.text()?,
            shifts: reader.list()?,
            values: PackedNumbers {
                scales: reader.list()?,
                frequencies: reader.list()?,
                coded: reader.list()?,
            },
        };
        reader.finish()?;
        Ok(columns)
    }

    fn write(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.add(&self.longest);
        writer.add(&self.firsts);
        writer.add(&self.lasts);
        for text in [&self.folded, &self.prefix, &self.pieces, &self.others, &self.words] {
            writer.add(text);
        }
        writer.add(&self.shifts);
        writer.add(&self.values.scales);
        writer.add(&self.values.frequencies);
        writer.add(&self.values.coded);
        writer.0
    }

    fn check(&self, rows: u32, dims: u32) -> Result<(), FormatError> {
        let Self { longest, firsts, lasts, folded, pieces, others, words, shifts, values, .. } =
            self;
        let ranges = firsts.len();
        ensure((1..=1000).contains(longest), "its longest word is not of 1 to 1000 characters")?;
        ensure(
            lasts.len() == ranges && (ranges == 0 || folded.split('\n').count() == ranges),
            "the ranges of its folding differ in number",
        )?;
        let sound = firsts.iter().zip(lasts).all(|(first, last)| first <= last);
        ensure(
            sound && firsts.iter().skip(1).zip(lasts).all(|(next, last)| last < next),
            "its folding is not ascending",
        )?;
        let ascend = |text: &str| text.split('\n').is_sorted_by(|a, b| a < b);
        ensure(
            ascend(pieces) && ascend(others) && ascend(words),
            "its pieces or words are not ascending",
        )?;
        let count = pieces.split('\n').count() + count_lines(words);
        ensure(count == rows as usize, "its pieces and words are not as many as its rows")?;
        ensure(
            shifts.len() == rows as usize && shifts.iter().all(|&shift| shift <= 7),
            "its powers of two are not 0 to 7, one for each row",
        )?;
        values.check(dims)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::format::{HEADER_BYTES, framed};

    pub(crate) fn sample() -> TextColumns {
        TextColumns {
            longest: 9,
            firsts: vec![0x20, 0x2c, 0x41],
            lasts: vec![0x20, 0x2e, 0x41],
            folded: format!(" \n {ITSELF} \na"),
            prefix: "##".into(),
            pieces: "##b\na".into(),
            others: ",".into(),
            words: "ab".into(),
            shifts: vec![0, 1, 0],
            values: PackedNumbers::encode(&[1, 1, 0, -1, 0, 3], 3),
        }
    }

    fn file(columns: &TextColumns) -> (Vec<u8>, Vec<u8>) {
        let (mut file, plain) = columns.encode(7, 3, 2).unwrap();
        file.resize(file.len() + 32, 0); // stands for the gzip
        (framed(&file), plain)
    }

    #[test]
    fn golden_bytes() {
        let (file, plain) = file(&sample());
        assert_eq!(
            file[..HEADER_BYTES],
            *b"OSUSUME\0\x02\0\0\0\x05\0\0\0\x07\0\0\0\x03\0\0\0\x02\0\0\0\x32\x60\0\0"
        );
        let text = |text: &str| [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat();
        let list = |values: [u32; 3]| {
            [&3_u64.to_le_bytes()[..], &values.map(u32::to_le_bytes).concat()].concat()
        };
        let mut frequencies = vec![0; 2 * 48 * 255];
        for (at, often) in
            [(5227, 1365_u16), (5228, 2731), (6250, 4096), (6501, 2048), (6502, 2048)]
        {
            frequencies[2 * at..][..2].copy_from_slice(&often.to_le_bytes());
        }
        let want = [
            9_u32.to_le_bytes().to_vec(),
            list([0x20, 0x2c, 0x41]),
            list([0x20, 0x2e, 0x41]),
            text(" \n \u{fffd} \na"),
            text("##"),
            text("##b\na"),
            text(","),
            text("ab"),
            [&3_u64.to_le_bytes()[..], &[0, 1, 0]].concat(),
            [&2_u64.to_le_bytes()[..], &[10, 0, 21, 0]].concat(),
            [&12_240_u64.to_le_bytes()[..], &frequencies].concat(),
            [&4_u64.to_le_bytes()[..], &[13, 128, 119, 253]].concat(),
        ]
        .concat();
        assert_eq!(plain, want);
        assert_eq!(TextFile::decode(&file).unwrap().columns(&plain).unwrap(), sample());
        let first = [&file[..8], &[1], &file[9..]].concat();
        assert_eq!(
            TextFile::decode(&first).unwrap_err().code().as_str(),
            "blob_version",
            "of format 1"
        );
    }

    #[test]
    fn each_contradiction_is_refused() {
        let cases: [fn(&mut TextColumns); 17] = [
            |c| c.longest = 0,
            |c| c.longest = 1001,
            |c| c.firsts[1] = 0x20,
            |c| c.lasts[1] = 0x2b,
            |c| c.lasts.truncate(2),
            |c| c.folded.push('\n'),
            |c| c.pieces = "a\n##b".into(),
            |c| c.pieces = "a".into(),
            |c| c.pieces = "a\na".into(),
            |c| c.words = "ab\nab".into(),
            |c| c.others = "b\na".into(),
            |c| c.words = "b\na".into(),
            |c| c.words = String::new(),
            |c| c.values.scales.truncate(1),
            |c| c.values.frequencies[0] = 1,
            |c| c.shifts[0] = 8,
            |c| c.shifts.truncate(1),
        ];
        let (file, plain) = file(&sample());
        let file = TextFile::decode(&file).unwrap();
        for (at, case) in cases.into_iter().enumerate() {
            let mut columns = sample();
            case(&mut columns);
            assert_eq!(
                columns.encode(7, 3, 2).unwrap_err().code().as_str(),
                "text_invalid",
                "case {at}"
            );
            let bytes = columns.write();
            assert_eq!(
                file.columns(&bytes).unwrap_err().code().as_str(),
                "text_invalid",
                "case {at}"
            );
        }
        for len in 0..plain.len() {
            assert_eq!(file.columns(&plain[..len]).unwrap_err().code().as_str(), "text_invalid");
        }
        assert_eq!(
            file.columns(&[&plain[..], &[0]].concat()).unwrap_err().code().as_str(),
            "text_invalid"
        );
        let mut long = plain;
        long[4..12].copy_from_slice(&u64::MAX.to_le_bytes());
        let refused = file.columns(&long).unwrap_err();
        assert!(
            matches!(refused, FormatError::Text("a length is larger than the columns")),
            "{refused}"
        );
    }

    #[test]
    fn a_wrong_shape_is_refused() {
        let decode = |rows: u32, dims: u32, extent: u32, gzip: usize| {
            let mut file = Header { items: 7, rows, dims, extent }.encode(Kind::Text).to_vec();
            file.resize(HEADER_BYTES + gzip, 0);
            TextFile::decode(&framed(&file)).map_or_else(|error| error.code().as_str(), |_| "ok")
        };
        let (ok, shape) = ("ok", "blob_shape");
        assert_eq!(
            [decode(1, 1, 9, 9), decode(0, 1, 9, 9), decode(1, 0, 9, 9)],
            [ok, shape, shape]
        );
        assert_eq!([decode(1, 4096, 9, 9), decode(1, 4097, 9, 9)], [ok, shape]);
        // A byte of gzip becomes 1,032 bytes at most. The vectors need at least a byte a value.
        assert_eq!([decode(1, 1, 1032 * 9, 9), decode(1, 1, 1032 * 9 + 1, 9)], [ok, shape]);
        assert_eq!([decode(1032, 9, 1, 9), decode(1033, 9, 1, 9)], [ok, shape]);
        let most = MAX_TEXT_BYTES as u32;
        let gzip = MAX_TEXT_BYTES / 1032 + 1;
        assert_eq!([decode(1, 1, most, gzip), decode(1, 1, most + 1, gzip)], [ok, shape]);
    }
}

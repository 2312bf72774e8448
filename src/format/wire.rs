//! Numbers, lists and texts in the columns of a file, as bincode encodes them.
//! Imports nothing of the crate; `catalogue` and `text` import it.
//!
//! bincode allocates the memory of a list before it reads it. So each length is compared with the
//! bytes that are left first.

use bincode::config::{Configuration, Fixint, LittleEndian};
use bincode::{Decode, Encode};

const BINCODE: Configuration<LittleEndian, Fixint> =
    bincode::config::standard().with_fixed_int_encoding().with_little_endian();

/// Why columns do not decode.
pub(super) type Broken = &'static str;

/// A number of fixed width.
pub(super) trait Number: Decode<()> + Encode + Copy {}
impl<T: Decode<()> + Encode + Copy> Number for T {}

/// Reads columns from their start.
pub(super) struct Reader<'a>(pub &'a [u8]);

impl Reader<'_> {
    /// Returns the next number.
    pub fn number<T: Number>(&mut self) -> Result<T, Broken> {
        self.value(size_of::<T>())
    }

    /// Returns the next list of numbers.
    pub fn list<T: Number>(&mut self) -> Result<Vec<T>, Broken> {
        let bytes = self.length_of(size_of::<T>())?;
        self.value(bytes)
    }

    /// Returns the next text.
    pub fn text(&mut self) -> Result<String, Broken> {
        let bytes = self.length_of(1)?;
        self.value(bytes)
    }

    /// Returns the next list of texts. Each has at least the bytes of its length.
    pub fn texts(&mut self) -> Result<Vec<String>, Broken> {
        self.length_of(size_of::<u64>())?;
        let count: u64 = self.number()?;
        let mut texts = Vec::new();
        for _ in 0..count {
            texts.push(self.text()?);
        }
        Ok(texts)
    }

    /// Returns an error if bytes are left.
    pub fn finish(self) -> Result<(), Broken> {
        if self.0.is_empty() { Ok(()) } else { Err("bytes follow the columns") }
    }

    /// Returns the bytes of the list at the start, its length included, if elements of `width`
    /// bytes fit into the rest.
    fn length_of(&self, width: usize) -> Result<usize, Broken> {
        const TOO_LARGE: Broken = "a length is larger than the columns";
        let (length, rest) = self.0.split_first_chunk().ok_or(TOO_LARGE)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| TOO_LARGE)?;
        let bytes = length.checked_mul(width).filter(|&bytes| bytes <= rest.len());
        Ok(bytes.ok_or(TOO_LARGE)? + size_of::<u64>())
    }

    /// Reads a value of `bytes` bytes.
    fn value<T: Decode<()>>(&mut self, bytes: usize) -> Result<T, Broken> {
        let (value, rest) =
            self.0.split_at_checked(bytes).ok_or("the columns end inside a number")?;
        let decoded = bincode::decode_from_slice(value, BINCODE);
        self.0 = rest;
        decoded.map(|(value, _)| value).map_err(|_| "the columns do not decode")
    }
}

/// Writes what [`Reader`] reads.
#[derive(Default)]
pub(super) struct Writer(pub Vec<u8>);

impl Writer {
    /// Adds a number, a text, or a list of them.
    pub fn add<T: Encode + ?Sized>(&mut self, value: &T) {
        let bytes = bincode::encode_to_vec(value, BINCODE).unwrap_or_default();
        debug_assert!(!bytes.is_empty(), "encoding into memory does not fail");
        self.0.extend(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer::default();
        writer.add(&7_u8);
        writer.add(&[1.5_f64, -2.0][..]);
        writer.add("ab");
        writer.add(&["c", ""][..]);
        let bytes = writer.0;
        let read = |bytes: &[u8]| {
            let mut reader = Reader(bytes);
            let all =
                (reader.number::<u8>()?, reader.list::<f64>()?, reader.text()?, reader.texts()?);
            reader.finish().map(|()| all)
        };
        let want = (7, vec![1.5, -2.0], "ab".to_owned(), vec!["c".to_owned(), String::new()]);
        assert_eq!(read(&bytes), Ok(want));
        for len in 0..bytes.len() {
            assert!(read(&bytes[..len]).is_err(), "{len} bytes");
        }
        assert_eq!(read(&[&bytes[..], &[0]].concat()), Err("bytes follow the columns"));
        let long = [&[7][..], &u64::MAX.to_le_bytes()].concat();
        assert_eq!(read(&long), Err("a length is larger than the columns"));
    }
}

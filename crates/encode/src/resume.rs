//! The file that keeps the vectors of finished texts, so that a later run resumes.
//! It imports the error.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::EncodeError;

/// Names one text under one model: the first half of the SHA-256 of the model's identity and the
/// text.
pub(super) type Key = [u8; 16];

const MAGIC: [u8; 8] = *b"OSUENC\x01\n";
/// Bytes of a record without its values: a key and a number before them, a checksum behind them.
const FRAME: usize = 16 + 4 + 8;

/// The resume file: [`MAGIC`] and records, little-endian.
///
/// A record is a key, the number of values (u32), the values (f32) and a [`checksum`] of all these.
pub(super) struct ResumeFile {
    file: File,
}

impl ResumeFile {
    /// Returns the file, ready for more records, and the vectors in it.
    ///
    /// The file is cut before the first damaged record. A killed run leaves such a record at the
    /// end.
    pub fn open(path: &Path) -> Result<(Self, HashMap<Key, Vec<f32>>), EncodeError> {
        let bytes = match std::fs::read(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(EncodeError::io(path))?,
        };
        if !bytes.starts_with(&MAGIC) && !MAGIC.starts_with(&bytes) {
            return Err(EncodeError::ResumeFile { path: path.to_owned() });
        }
        let mut known = HashMap::new();
        let mut rest = bytes.get(MAGIC.len()..).unwrap_or_default();
        while let Some((key, vector, after)) = read_record(rest) {
            known.insert(key, vector);
            rest = after;
        }
        let mut options = File::options();
        let mut file =
            options.create(true).append(true).open(path).map_err(EncodeError::io(path))?;
        let whole = if bytes.len() < MAGIC.len() { 0 } else { bytes.len() - rest.len() };
        file.set_len(whole as u64).map_err(EncodeError::io(path))?;
        if whole == 0 {
            file.write_all(&MAGIC).map_err(EncodeError::io(path))?;
        }
        Ok((Self { file }, known))
    }

    /// Appends the record of one vector.
    pub fn append(&mut self, path: &Path, key: Key, vector: &[f32]) -> Result<(), EncodeError> {
        let mut bytes = Vec::with_capacity(FRAME + vector.len() * 4);
        bytes.extend(key);
        bytes.extend((vector.len() as u32).to_le_bytes());
        bytes.extend(vector.iter().flat_map(|v| v.to_le_bytes()));
        bytes.extend(checksum(&bytes));
        self.file.write_all(&bytes).map_err(EncodeError::io(path))
    }
}

/// Returns the key and the vector of the first record and the bytes behind it, if it is whole.
fn read_record(bytes: &[u8]) -> Option<(Key, Vec<f32>, &[u8])> {
    let (key, rest) = bytes.split_first_chunk::<16>()?;
    let (count, rest) = rest.split_first_chunk::<4>()?;
    let length = (u32::from_le_bytes(*count) as usize).checked_mul(4)?;
    let (values, rest) = rest.split_at_checked(length)?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    if *sum != checksum(&bytes[..20 + length]) {
        return None;
    }
    let words =
        values.chunks_exact(4).map(|word| f32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    Some((*key, words.collect(), rest))
}

/// Returns the first 8 bytes of the SHA-256.
fn checksum(bytes: &[u8]) -> [u8; 8] {
    let digest = Sha256::digest(bytes);
    std::array::from_fn(|at| digest[at])
}

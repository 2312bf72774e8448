//! The layout of a binary file: header, hashes of the chunks, payload.
//! Imports the errors alone; `header` and `hash` import it.
//!
//! The hashes lie at the head of the file and the manifest pins the head alone. So a reader can
//! check and keep a file chunk by chunk, and the manifest stays small.

use super::FormatError;

/// Most bytes of a chunk. An interrupted download loses at most one.
pub const CHUNK_BYTES: usize = 1 << 18;

/// Length of a header in bytes; a multiple of 32, like a hash, keeps the payload aligned.
pub const HEADER_BYTES: usize = 32;

/// Bytes of the hash of a chunk.
pub(super) const HASH_BYTES: usize = 32;

/// Returns how many chunks a binary file of this length has.
#[must_use]
pub const fn chunk_count(file_bytes: u64) -> u64 {
    file_bytes.saturating_sub(HEADER_BYTES as u64).div_ceil((CHUNK_BYTES + HASH_BYTES) as u64)
}

/// Returns the bytes in front of the payload of a binary file of this length.
#[must_use]
pub const fn head_bytes(file_bytes: u64) -> u64 {
    HEADER_BYTES as u64 + chunk_count(file_bytes) * HASH_BYTES as u64
}

/// Returns the payload of a whole file that has a header.
///
/// A length whose last chunk would be empty belongs to a file that was cut off.
pub(super) fn payload(file: &[u8]) -> Result<&[u8], FormatError> {
    let found = file.len() as u64;
    let head = head_bytes(found);
    let before_last = chunk_count(found).saturating_sub(1) * CHUNK_BYTES as u64;
    if found <= head + before_last {
        return Err(FormatError::Truncated { needed: head + before_last + 1, found });
    }
    Ok(&file[head as usize..])
}

/// Returns an error unless `payload` has exactly `needed` bytes.
pub(super) fn has_length(payload: &[u8], needed: u64) -> Result<(), FormatError> {
    is_length(payload.len() as u64, needed)
}

/// Returns an error unless `found` bytes are as many as `needed`.
pub fn is_length(found: u64, needed: u64) -> Result<(), FormatError> {
    match found.cmp(&needed) {
        std::cmp::Ordering::Less => Err(FormatError::Truncated { needed, found }),
        std::cmp::Ordering::Greater => Err(FormatError::TooLong { expected: needed, found }),
        std::cmp::Ordering::Equal => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_file_gives_its_chunks() {
        let chunk = CHUNK_BYTES as u64;
        for payload in [1, 2, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 1, 1 << 30] {
            let chunks = payload.div_ceil(chunk);
            let file = 32 + 32 * chunks + payload;
            assert_eq!((chunk_count(file), head_bytes(file)), (chunks, 32 + 32 * chunks));
        }
        assert_eq!([0, 31, 32].map(chunk_count), [0; 3]);
    }

    #[test]
    fn a_file_without_the_first_byte_of_a_chunk_is_truncated() {
        let two = 32 + 64 + CHUNK_BYTES;
        for (len, found) in
            [(33, None), (64, None), (65, Some(1)), (two, None), (two + 1, Some(CHUNK_BYTES + 1))]
        {
            let file = vec![0; len];
            assert_eq!(payload(&file).ok().map(<[u8]>::len), found, "{len} bytes");
        }
    }
}

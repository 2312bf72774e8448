//! SHA-256 of the files of a release, as the manifest and their heads pin them. In the browser,
//! `WebCrypto` does this.
//! Imports `manifest`, `chunks`, `hex` and the errors.

use sha2::{Digest, Sha256};

use super::chunks::{CHUNK_BYTES, HASH_BYTES, HEADER_BYTES, has_length, is_length};
use super::hex::hex;
use super::{ABOUT, FileEntry, FormatError};

impl FileEntry {
    /// Returns the entry of a whole file; its name begins with `stem`.
    #[must_use]
    pub fn new(kind: &str, stem: &str, content: &[u8]) -> Self {
        let bytes = content.len() as u64;
        let extension = if kind == ABOUT { "json" } else { "bin" };
        let mut entry =
            Self { name: String::new(), kind: kind.to_owned(), bytes, sha256: String::new() };
        entry.sha256 = hex_sha256(&content[..content.len().min(entry.pinned_bytes() as usize)]);
        entry.name = format!("{stem}.{}.{extension}", &entry.sha256[..16]);
        entry
    }

    /// Checks the whole content against the length and the hash in the manifest, and its chunks
    /// against their hashes.
    pub fn verify(&self, content: &[u8]) -> Result<(), FormatError> {
        has_length(content, self.bytes)?;
        self.start_check().update(content)
    }

    /// Starts the check of [`FileEntry::verify`] for content that arrives in parts.
    #[must_use]
    pub fn start_check(&self) -> ContentCheck<'_> {
        ContentCheck { entry: self, hash: Sha256::new(), head: Vec::new(), chunk: 0, found: 0 }
    }
}

/// The check of a file's content, part by part. It keeps the head and no more.
#[derive(Debug, Clone)]
pub struct ContentCheck<'a> {
    entry: &'a FileEntry,
    /// The hash of the head, and then of one chunk after the other, as far as they are there.
    hash: Sha256,
    head: Vec<u8>,
    /// Chunks that were checked.
    chunk: usize,
    found: u64,
}

impl ContentCheck<'_> {
    /// Adds the next part, and fails at the first whole chunk that has another hash. Counts the
    /// bytes past the length in the manifest and does not hash them.
    pub fn update(&mut self, mut part: &[u8]) -> Result<(), FormatError> {
        while self.found < self.entry.bytes && !part.is_empty() {
            let end = self.end();
            let taken = part.len().min((end - self.found) as usize);
            let (now, rest) = part.split_at(taken);
            self.hash.update(now);
            if self.found < self.entry.pinned_bytes() && self.entry.kind != ABOUT {
                self.head.extend_from_slice(now);
            }
            self.found += taken as u64;
            part = rest;
            if self.found == end {
                self.close()?;
            }
        }
        self.found += part.len() as u64;
        Ok(())
    }

    /// Returns where the head or the chunk at hand ends.
    fn end(&self) -> u64 {
        let head = self.entry.pinned_bytes();
        if self.found < head {
            return head.min(self.entry.bytes);
        }
        (head + (self.chunk as u64 + 1) * CHUNK_BYTES as u64).min(self.entry.bytes)
    }

    /// Compares the hash of the head or chunk that has just ended.
    fn close(&mut self) -> Result<(), FormatError> {
        let found = std::mem::replace(&mut self.hash, Sha256::new()).finalize();
        let is_right = if self.found <= self.entry.pinned_bytes() {
            hex(&found) == self.entry.sha256
        } else {
            let at = HEADER_BYTES + self.chunk * HASH_BYTES;
            self.chunk += 1;
            self.head.get(at..at + HASH_BYTES) == Some(&found[..])
        };
        if is_right {
            Ok(())
        } else {
            Err(FormatError::Integrity { file: self.entry.name.clone() })
        }
    }

    /// Returns an error unless the parts together have the length in the manifest. Each
    /// [`Self::update`] has checked their hashes.
    pub fn finish(self) -> Result<(), FormatError> {
        is_length(self.found, self.entry.bytes)
    }
}

/// Returns the whole file of a header and the payload behind it: the hashes of the payload's chunks
/// come between the two.
#[must_use]
pub fn framed(header_and_payload: &[u8]) -> Vec<u8> {
    let (header, payload) = header_and_payload.split_at(HEADER_BYTES);
    let chunks = payload.chunks(CHUNK_BYTES);
    let mut file = Vec::with_capacity(header_and_payload.len() + chunks.len() * HASH_BYTES);
    file.extend_from_slice(header);
    chunks.for_each(|chunk| file.extend_from_slice(&Sha256::digest(chunk)));
    file.extend_from_slice(payload);
    file
}

/// Returns the SHA-256 of `content`.
#[must_use]
pub fn sha256(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}

/// Returns the SHA-256 of `content` as 64 lower-case hexadecimal digits.
#[must_use]
pub fn hex_sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(entry: &FileEntry, content: &[u8], parts: usize) -> &'static str {
        let mut check = entry.start_check();
        let all = content.chunks(parts).try_for_each(|part| check.update(part));
        all.and_then(|()| check.finish()).map_or_else(|e| e.code().as_str(), |()| "ok")
    }

    #[test]
    fn json_is_held_to_one_hash() {
        let entry = FileEntry::new(ABOUT, "about", b"abc");
        assert_eq!(
            entry.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(entry.name, "about.ba7816bf8f01cfea.json");
        assert_eq!(code(&entry, b"abc", 1), "ok");
        assert_eq!(code(&entry, b"abd", 2), "integrity");
        assert_eq!(code(&entry, b"ab", 9), "blob_truncated");
        assert_eq!(code(&entry, b"abcd", 9), "blob_length");
    }

    #[test]
    fn a_binary_file_is_held_to_its_head_and_each_chunk() {
        let plain: Vec<u8> = (0..HEADER_BYTES + 2 * CHUNK_BYTES + 9).map(|at| at as u8).collect();
        let file = framed(&plain);
        let head = HEADER_BYTES + 3 * HASH_BYTES;
        assert_eq!(file.len(), plain.len() + 3 * HASH_BYTES);
        assert_eq!(file[head..], plain[HEADER_BYTES..]);
        let entry = FileEntry::new("model", "f", &file);
        assert_eq!(entry.sha256, hex_sha256(&file[..head]));
        for parts in [31, 1000, CHUNK_BYTES, file.len()] {
            assert_eq!(code(&entry, &file, parts), "ok", "in parts of {parts}");
            for at in [0, 40, head - 1, head, head + CHUNK_BYTES, file.len() - 1] {
                let mut changed = file.clone();
                changed[at] ^= 1;
                assert_eq!(code(&entry, &changed, parts), "integrity", "byte {at}");
            }
            assert_eq!(code(&entry, &file[..file.len() - 1], parts), "blob_truncated");
            assert_eq!(code(&entry, &[&file[..], &[0]].concat(), parts), "blob_length");
        }
    }

    #[test]
    fn a_long_file_lies_in_its_head_and_its_chunks() {
        let plain = vec![5; HEADER_BYTES + 2 * CHUNK_BYTES + 9];
        let file = framed(&plain);
        let entry = FileEntry::new("model", "f", &file);
        let hash = &entry.sha256[..16];
        let head = HEADER_BYTES + 3 * HASH_BYTES;
        let of = |at: usize| head + at * CHUNK_BYTES;
        let want = [
            (format!("f.{hash}.bin"), 0..head),
            (format!("f.{hash}.0.bin"), of(0)..of(1)),
            (format!("f.{hash}.1.bin"), of(1)..of(2)),
            (format!("f.{hash}.2.bin"), of(2)..file.len()),
        ];
        assert_eq!(entry.parts(), want);
        let short = framed(&plain[..HEADER_BYTES + CHUNK_BYTES]);
        let entry = FileEntry::new("model", "f", &short);
        assert_eq!(entry.parts(), [(entry.name.clone(), 0..short.len())]);
        let about = FileEntry::new(ABOUT, "about", &short[..CHUNK_BYTES]);
        assert_eq!(about.parts(), [(about.name.clone(), 0..CHUNK_BYTES)]);
    }

    #[test]
    fn a_wrong_chunk_is_found_before_the_next_one_comes() {
        let mut file = framed(&vec![7; HEADER_BYTES + 2 * CHUNK_BYTES]);
        let entry = FileEntry::new("model", "f", &file);
        let first = HEADER_BYTES + 2 * HASH_BYTES;
        file[first] = 8;
        let mut check = entry.start_check();
        assert!(check.update(&file[..first + CHUNK_BYTES - 1]).is_ok());
        let found = check.update(&file[first + CHUNK_BYTES - 1..][..1]).unwrap_err();
        assert_eq!(found.code().as_str(), "integrity");
    }
}

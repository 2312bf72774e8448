//! SHA-256 of the files of a release, as the manifest pins them. In the browser, `WebCrypto` does
//! this.
//! Imports `manifest`, `hex` and the errors.

use sha2::{Digest, Sha256};

use super::hex::hex;
use super::{FileEntry, FormatError};

impl FileEntry {
    /// Checks the whole content against the length and the hash in the manifest.
    pub fn verify(&self, content: &[u8]) -> Result<(), FormatError> {
        let mut check = self.start_check();
        check.update(content);
        check.finish()
    }

    /// Starts the check of [`FileEntry::verify`] for content that arrives in parts.
    #[must_use]
    pub fn start_check(&self) -> ContentCheck<'_> {
        ContentCheck { entry: self, hash: Sha256::new(), found: 0 }
    }
}

/// The check of a file's content against the manifest, part by part.
#[derive(Debug, Clone)]
pub struct ContentCheck<'a> {
    entry: &'a FileEntry,
    hash: Sha256,
    found: u64,
}

impl ContentCheck<'_> {
    /// Adds the next part. Counts the bytes past the length in the manifest and does not hash them.
    pub fn update(&mut self, part: &[u8]) {
        self.found += part.len() as u64;
        if self.found <= self.entry.bytes {
            self.hash.update(part);
        }
    }

    /// Returns an error unless the parts together have the length and the hash in the manifest.
    pub fn finish(self) -> Result<(), FormatError> {
        let (expected, found) = (self.entry.bytes, self.found);
        if found < expected {
            return Err(FormatError::Truncated { needed: expected, found });
        }
        if found > expected {
            return Err(FormatError::TooLong { expected, found });
        }
        if hex(&self.hash.finalize()) == self.entry.sha256 {
            Ok(())
        } else {
            Err(FormatError::Integrity { file: self.entry.name.clone() })
        }
    }
}

/// Returns the SHA-256 of `content` as 64 lower-case hexadecimal digits.
#[must_use]
pub fn hex_sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_is_held_to_its_hash() {
        let content = b"abc";
        let sha256 = hex_sha256(content);
        assert_eq!(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let file = FileEntry { name: "f".into(), kind: "model".into(), bytes: 3, sha256 };
        let code =
            |content: &[u8]| file.verify(content).map_or_else(|e| e.code().as_str(), |()| "ok");
        assert_eq!(code(b"abc"), "ok");
        assert_eq!(code(b"abd"), "integrity");
        assert_eq!(code(b"ab"), "blob_truncated");
        assert_eq!(code(b"abcd"), "blob_length");
    }
}

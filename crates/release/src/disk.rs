//! Reads files. Imports `error`.

use std::io::Read;
use std::path::Path;

use osusume::format::is_length;

use crate::error::{ReleaseError, Result};

/// Returns the first bytes of a file, at most so many.
pub fn read_at_most(path: &Path, bytes: u64) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).map_err(ReleaseError::io(path))?;
    let mut content = Vec::new();
    file.take(bytes).read_to_end(&mut content).map_err(ReleaseError::io(path))?;
    Ok(content)
}

/// Fails unless a file has exactly so many bytes.
pub fn has_length(path: &Path, bytes: usize) -> Result<()> {
    let found = std::fs::metadata(path).map_err(ReleaseError::io(path))?.len();
    Ok(is_length(found, bytes as u64)?)
}

/// Fills `bytes` with the beginning of a file.
pub fn read_exactly(path: &Path, bytes: &mut [u8]) -> Result<()> {
    let mut file = std::fs::File::open(path).map_err(ReleaseError::io(path))?;
    file.read_exact(bytes).map_err(ReleaseError::io(path))
}

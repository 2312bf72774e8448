//! Reads files. Imports `error`.

use std::io::Read;
use std::path::Path;

use crate::error::{ReleaseError, Result};

/// Returns the first bytes of a file, at most so many.
pub fn read_at_most(path: &Path, bytes: u64) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).map_err(ReleaseError::io(path))?;
    let mut content = Vec::new();
    file.take(bytes).read_to_end(&mut content).map_err(ReleaseError::io(path))?;
    Ok(content)
}

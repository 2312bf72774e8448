//! Writes a file so that a reader finds all of it or none.
//! It imports the error.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::error::TableError;

/// Writes `content` to a file beside `path` and renames it to `path`.
///
/// A reader finds the whole file or none.
pub fn write_whole(path: &Path, content: &[u8]) -> Result<(), TableError> {
    let aside = path.with_extension("part");
    let written = File::create(&aside).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    if let Err(error) = written {
        let _ = std::fs::remove_file(&aside); // a full disk needs the room
        return Err(TableError::io(&aside)(error));
    }
    std::fs::rename(&aside, path).map_err(TableError::io(path))
}

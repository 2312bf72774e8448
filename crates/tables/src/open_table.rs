//! Opens a table, and turns the errors of the CSV reader into this crate's.
//! It imports the error; the readers of catalogues and ratings import it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::ErrorKind;
use flate2::bufread::MultiGzDecoder;

use super::error::TableError;

/// Opens a text file for reading. A file whose content is gzip is decompressed, whatever its name.
pub fn open_table(path: &Path) -> Result<BufReader<Box<dyn Read>>, TableError> {
    let mut file =
        BufReader::with_capacity(1 << 16, File::open(path).map_err(TableError::io(path))?);
    let gzip = file.fill_buf().map_err(TableError::io(path))?.starts_with(&[0x1f, 0x8b]);
    let inner: Box<dyn Read> =
        if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    Ok(BufReader::with_capacity(1 << 16, inner))
}

/// Returns the error of the CSV reader with the file and the line that it is about.
pub(super) fn csv_error(path: &Path, error: csv::Error) -> TableError {
    let line = error.position().map_or(0, csv::Position::line) + 1;
    match error.into_kind() {
        ErrorKind::Io(source) => TableError::Io { path: path.to_owned(), source },
        other => TableError::Row { path: path.to_owned(), line, reason: format!("{other:?}") },
    }
}

//! The rows of a catalogue's file, read whole: what a column holds is decided by all of them.
//! It imports the opener of tables and the error.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use csv::{Reader, ReaderBuilder, StringRecord};

use crate::error::TableError;
use crate::open_table::{csv_error, open_table};

/// A row and its line in the file; the header is line 1.
pub(super) struct Row {
    pub line: u64,
    pub record: StringRecord,
}

/// Returns the header line, which is not empty, and the rows below it.
pub(super) fn read_rows(path: &Path) -> Result<(StringRecord, Vec<Row>), TableError> {
    let mut records = Records::open(path)?;
    let header = records.header()?;
    let mut rows = Vec::new();
    let mut record = StringRecord::new();
    while let Some(line) = records.read(&mut record)? {
        rows.push(Row { line, record: record.clone() });
    }
    Ok((header, rows))
}

/// The reader of a catalogue.
struct Records<'a> {
    path: &'a Path,
    reader: Reader<QuoteTracker<BufReader<Box<dyn Read>>>>,
    /// Tab-separated files do not quote, and their texts may contain quotes.
    is_quoted: bool,
    /// Says whether a quote is open after the bytes read until now.
    is_open: Arc<AtomicBool>,
}

impl<'a> Records<'a> {
    fn open(path: &'a Path) -> Result<Self, TableError> {
        let mut input = open_table(path)?;
        let start = input.fill_buf().map_err(TableError::io(path))?;
        let header = start.split(|&b| b == b'\n').next().unwrap_or_default();
        let delimiter = delimiter(header);
        let is_open = Arc::new(AtomicBool::new(false));
        let reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .quoting(delimiter != b'\t')
            .from_reader(QuoteTracker { inner: input, is_open: Arc::clone(&is_open) });
        Ok(Self { path, reader, is_quoted: delimiter != b'\t', is_open })
    }

    fn header(&mut self) -> Result<StringRecord, TableError> {
        let header = self.reader.headers().map_err(|e| csv_error(self.path, e))?;
        if header.iter().all(|name| name.trim().is_empty()) {
            return Err(TableError::Empty { path: self.path.to_owned() });
        }
        Ok(header.iter().map(|name| name.trim_start_matches('\u{feff}')).collect())
    }

    /// Reads the next row and returns its line in the file, or `None` at the end.
    fn read(&mut self, record: &mut StringRecord) -> Result<Option<u64>, TableError> {
        let more = self.reader.read_record(record);
        let line = record.position().map_or(0, csv::Position::line);
        if self.is_quoted && self.reader.is_done() && self.is_open.load(Ordering::Relaxed) {
            let reason = "a quote is opened from here on and never closed".to_owned();
            return Err(TableError::Row { path: self.path.to_owned(), line, reason });
        }
        let more = more.map_err(|e| csv_error(self.path, e))?;
        Ok(more.then_some(line))
    }
}

/// Returns what separates the fields of a header line: tabs, else commas, else semicolons, as
/// spreadsheets write where a comma stands in numbers.
fn delimiter(header: &[u8]) -> u8 {
    [b'\t', b',', b';'].into_iter().find(|byte| header.contains(byte)).unwrap_or(b',')
}

/// Passes bytes on and notices whether a quote is open at their end. A whole CSV file has an even
/// number of quotes.
struct QuoteTracker<R> {
    inner: R,
    is_open: Arc<AtomicBool>,
}

impl<R: Read> Read for QuoteTracker<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let odd = buffer[..read].iter().fold(false, |odd, &byte| odd ^ (byte == b'"'));
        self.is_open.fetch_xor(odd, Ordering::Relaxed);
        Ok(read)
    }
}

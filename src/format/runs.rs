//! Which catalogue rows a file covers, as runs of neighbouring rows.

use super::FormatError;

/// Row `r` of the file belongs to catalogue row [`Runs::item_row`]`(r)`; both ascend together.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    /// For each run: its first catalogue row and its first row in the file.
    starts: Vec<(u32, u32)>,
    rows: u32,
}

impl Runs {
    /// Reads runs of 8 bytes that must be ascending, not touching (so that there is one way to write them), inside the
    /// catalogue of `items` items, and add up to `rows`.
    pub fn decode(bytes: &[u8], rows: u32, items: u32) -> Result<Self, FormatError> {
        let mut starts = Vec::with_capacity(bytes.len() / 8);
        let (mut first, mut end) = (0_u32, None);
        for pair in bytes.chunks_exact(8) {
            let word = |at: usize| u32::from_le_bytes([pair[at], pair[at + 1], pair[at + 2], pair[at + 3]]);
            let (start, len) = (word(0), word(4));
            if end.is_some_and(|end| start <= end) {
                return Err(FormatError::Rows("two runs touch or are out of order"));
            }
            let Some(next) = start.checked_add(len).filter(|&next| len > 0 && next <= items) else {
                return Err(FormatError::Rows("a run is empty or leaves the catalogue"));
            };
            starts.push((start, first));
            first += len; // the runs are disjoint and inside the catalogue, so this stays below 2^24
            end = Some(next);
        }
        if first != rows {
            return Err(FormatError::Rows("the runs do not add up to rows"));
        }
        Ok(Self { starts, rows })
    }

    /// Returns the bytes for ascending catalogue rows.
    pub fn encode(item_rows: &[u32]) -> Vec<u8> {
        let mut runs: Vec<[u32; 2]> = Vec::new();
        for &row in item_rows {
            match runs.last_mut() {
                Some([start, len]) if *start + *len == row => *len += 1,
                _ => runs.push([row, 1]),
            }
        }
        runs.iter().flatten().flat_map(|v| v.to_le_bytes()).collect()
    }

    /// Returns how many rows there are.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Returns the catalogue row of a row of the file, which must be one.
    pub fn item_row(&self, row: u32) -> u32 {
        let (start, first) = self.starts[self.starts.partition_point(|&(_, first)| first <= row) - 1];
        start + (row - first)
    }

    /// Returns the file's row of a catalogue row, if it has one.
    pub fn row_of(&self, item_row: u32) -> Option<u32> {
        let at = self.starts.partition_point(|&(start, _)| start <= item_row).checked_sub(1)?;
        let (start, first) = self.starts[at];
        let row = first + (item_row - start);
        let end = self.starts.get(at + 1).map_or(self.rows, |&(_, first)| first);
        (row < end).then_some(row)
    }
}

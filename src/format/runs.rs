//! The catalogue rows that a file covers, as runs of consecutive rows.
//! Imports the errors alone; `model` and `neighbours` import it.

use super::FormatError;

/// Row `r` of the file belongs to catalogue row [`Runs::item_row`]`(r)`; both ascend together.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    /// For each run: its first catalogue row and its first row in the file.
    starts: Vec<(u32, u32)>,
    rows: u32,
}

impl Runs {
    /// Reads runs of 8 bytes each. They must ascend, be inside the catalogue of `items` items, and
    /// add up to `rows`. They must not touch, so that each set of rows has one encoding.
    pub fn decode(bytes: &[u8], rows: u32, items: u32) -> Result<Self, FormatError> {
        let mut starts = Vec::with_capacity(bytes.len() / 8);
        let (mut first, mut end) = (0_u32, None);
        for pair in bytes.chunks_exact(8) {
            let word = |at: usize| {
                u32::from_le_bytes([pair[at], pair[at + 1], pair[at + 2], pair[at + 3]])
            };
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

    /// Returns the bytes of the runs of ascending catalogue rows.
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

    /// Returns the catalogue row of `row`, which must be less than [`Self::rows`].
    pub fn item_row(&self, row: u32) -> u32 {
        let (start, first) =
            self.starts[self.starts.partition_point(|&(_, first)| first <= row) - 1];
        start + (row - first)
    }

    /// Returns the file's row of a catalogue row, if the file covers it.
    pub fn row_of(&self, item_row: u32) -> Option<u32> {
        let at = self.starts.partition_point(|&(start, _)| start <= item_row).checked_sub(1)?;
        let (start, first) = self.starts[at];
        let row = first + (item_row - start);
        let end = self.starts.get(at + 1).map_or(self.rows, |&(_, first)| first);
        (row < end).then_some(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(runs: &[[u32; 2]], rows: u32, items: u32) -> Result<Runs, &'static str> {
        let bytes: Vec<u8> = runs.iter().flatten().flat_map(|word| word.to_le_bytes()).collect();
        Runs::decode(&bytes, rows, items).map_err(|error| match error {
            FormatError::Rows(why) => why,
            _ => "another",
        })
    }

    #[test]
    fn each_wrong_run_is_named() {
        let (touching, outside) =
            ("two runs touch or are out of order", "a run is empty or leaves the catalogue");
        assert!(decode(&[[0, 2], [3, 4]], 6, 7).is_ok());
        assert_eq!(decode(&[[0, 2], [3, 4]], 6, 6).unwrap_err(), outside, "the last row");
        assert_eq!(decode(&[[0, 2], [3, 0]], 2, 7).unwrap_err(), outside, "an empty one");
        assert_eq!(decode(&[[0, 0]], 0, 7).unwrap_err(), outside, "an empty first one");
        assert_eq!(
            decode(&[[5, u32::MAX]], u32::MAX, 7).unwrap_err(),
            outside,
            "beyond all numbers"
        );
        assert_eq!(decode(&[[0, 2], [2, 4]], 6, 7).unwrap_err(), touching);
        assert_eq!(decode(&[[3, 2], [0, 2]], 4, 7).unwrap_err(), touching, "backwards");
        for rows in [5, 7] {
            assert_eq!(
                decode(&[[0, 2], [3, 4]], rows, 7).unwrap_err(),
                "the runs do not add up to rows"
            );
        }
    }

    #[test]
    fn rows_go_there_and_back() {
        let item_rows = [0, 1, 5, 6, 7, 9];
        let bytes = Runs::encode(&item_rows);
        assert_eq!(bytes, [0_u32, 2, 5, 3, 9, 1].map(u32::to_le_bytes).concat());
        let runs = Runs::decode(&bytes, 6, 10).unwrap();
        assert_eq!(runs.rows(), 6);
        for item_row in 0..12 {
            let row = item_rows.iter().position(|&each| each == item_row).map(|row| row as u32);
            assert_eq!(runs.row_of(item_row), row);
            if let Some(row) = row {
                assert_eq!(runs.item_row(row), item_row);
            }
        }
        let late = Runs::decode(&Runs::encode(&[4]), 1, 5).unwrap();
        assert_eq!((late.row_of(3), late.row_of(4), late.row_of(5)), (None, Some(0), None));
    }
}

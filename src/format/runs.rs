//! The catalogue rows that a file covers, as runs of consecutive rows.
//! Imports the errors alone; `model` imports it.

use super::FormatError;

/// Row `r` of the file belongs to catalogue row [`Runs::item_row`]`(r)`. There may be two lists of
/// runs, one behind the other. Within each list both ascend together.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    /// For each run: its first catalogue row and its first row in the file.
    starts: Vec<(u32, u32)>,
    /// Runs of the first list.
    split: usize,
    /// Rows of the first list.
    first_rows: u32,
    rows: u32,
}

impl Runs {
    /// Reads one list of runs of 8 bytes each. They must ascend, be inside the catalogue of `items`
    /// items, and add up to `rows`. They must not touch, so that each set of rows has one encoding.
    pub fn decode(bytes: &[u8], rows: u32, items: u32) -> Result<Self, FormatError> {
        let starts = decode_list(bytes, 0, rows, items)?;
        Ok(Self { split: starts.len(), first_rows: rows, starts, rows })
    }

    /// Reads two lists of runs: those in `bytes[0]` add up to `first_rows`, and all to `rows`. No
    /// catalogue row may be in both.
    pub fn decode_two(
        bytes: [&[u8]; 2],
        first_rows: u32,
        rows: u32,
        items: u32,
    ) -> Result<Self, FormatError> {
        let mut runs = Self::decode(bytes[0], first_rows, items)?;
        let others = decode_list(bytes[1], first_rows, rows, items)?;
        let ends = others.iter().skip(1).map(|&(_, first)| first).chain([rows]);
        for (&(start, first), next) in others.iter().zip(ends) {
            let end = start + (next - first);
            let at = runs.starts.partition_point(|&(start, _)| start < end);
            let before = at.checked_sub(1).map(|at| (runs.starts[at].0, runs.end_of(at)));
            if before.is_some_and(|(_, before)| before > start) {
                return Err(FormatError::Rows("a row has a vector and is among those without"));
            }
        }
        runs.starts.extend(others);
        runs.rows = rows;
        Ok(runs)
    }

    /// Returns the end of a run of the first list, by catalogue row.
    fn end_of(&self, at: usize) -> u32 {
        let (start, first) = self.starts[at];
        let next = self.starts.get(at + 1).filter(|_| at + 1 < self.split);
        start + (next.map_or(self.first_rows, |&(_, next)| next) - first)
    }

    /// Returns the bytes of the runs of ascending catalogue rows.
    #[cfg(not(target_arch = "wasm32"))]
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

    /// Returns the catalogue row of `row`, which must be less than the number of rows.
    pub fn item_row(&self, row: u32) -> u32 {
        let (start, first) =
            self.starts[self.starts.partition_point(|&(_, first)| first <= row) - 1];
        start + (row - first)
    }

    /// Returns the file's row of a catalogue row, if the file covers it.
    pub fn row_of(&self, item_row: u32) -> Option<u32> {
        let (first, others) = self.starts.split_at(self.split);
        let in_list = |list: &[(u32, u32)], end: u32| {
            let at = list.partition_point(|&(start, _)| start <= item_row).checked_sub(1)?;
            let (start, first) = list[at];
            let row = first + (item_row - start);
            let end = list.get(at + 1).map_or(end, |&(_, first)| first);
            (row < end).then_some(row)
        };
        in_list(first, self.first_rows).or_else(|| in_list(others, self.rows))
    }
}

/// Reads one list of runs, whose rows in the file are `first..rows`.
fn decode_list(
    bytes: &[u8],
    mut first: u32,
    rows: u32,
    items: u32,
) -> Result<Vec<(u32, u32)>, FormatError> {
    let mut starts = Vec::with_capacity(bytes.len() / 8);
    let mut end = None;
    for pair in bytes.chunks_exact(8) {
        let word =
            |at: usize| u32::from_le_bytes([pair[at], pair[at + 1], pair[at + 2], pair[at + 3]]);
        let (start, len) = (word(0), word(4));
        if end.is_some_and(|end| start <= end) {
            return Err(FormatError::Rows("two runs touch or are out of order"));
        }
        let Some(next) = start.checked_add(len).filter(|&next| len > 0 && next <= items) else {
            return Err(FormatError::Rows("a run is empty or leaves the catalogue"));
        };
        starts.push((start, first));
        first += len; // each list is inside the catalogue, so this stays below 2^25
        end = Some(next);
    }
    if first != rows {
        return Err(FormatError::Rows("the runs do not add up to rows"));
    }
    Ok(starts)
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
        assert_eq!(runs.rows, 6);
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

    #[test]
    fn two_lists_share_no_row() {
        let two = |first: &[u32], others: &[u32]| {
            let bytes = [Runs::encode(first), Runs::encode(others)];
            let rows = (first.len() + others.len()) as u32;
            Runs::decode_two([&bytes[0], &bytes[1]], first.len() as u32, rows, 10)
        };
        let (first, others) = ([0, 1, 5, 9], [2, 3, 4, 7]);
        let runs = two(&first, &others).unwrap();
        assert_eq!(runs.rows, 8);
        for (row, &item) in (0..).zip(first.iter().chain(&others)) {
            assert_eq!((runs.item_row(row), runs.row_of(item)), (item, Some(row)));
        }
        assert_eq!([6, 8, 10].map(|item| runs.row_of(item)), [None; 3]);
        assert_eq!(two(&first, &[]).unwrap().rows, 4);
        assert_eq!(two(&[], &others).unwrap().row_of(7), Some(3));
        for shared in [0, 1, 5, 9] {
            assert!(two(&first, &[shared]).is_err(), "{shared}");
        }
        assert!(two(&[3], &[2, 3, 4]).is_err(), "inside");
        let bytes = Runs::encode(&first);
        assert!(Runs::decode_two([&bytes, &[]], 4, 5, 10).is_err(), "a row is missing");
    }
}

//! The folded titles that a search goes through.
//! Imports `fold` and `typed`.

use super::fold::{Unit, fold};
use super::typed::signature_bit;

/// Folded titles of one or several columns.
#[derive(Debug, Clone, Default)]
pub struct Index {
    pub(super) rows: usize,
    /// All titles, one after the other, column by column.
    pub(super) units: Vec<u16>,
    /// One bit a unit: it starts a word.
    pub(super) word_starts: Vec<u64>,
    /// Where each title starts, then the end of the last.
    pub(super) starts: Vec<u32>,
    /// One bit for each unit of a title, by its hash.
    pub(super) signatures: Vec<u64>,
}

impl Index {
    /// Returns the index of these columns of titles, all of the same length.
    pub fn new<'a>(columns: impl Iterator<Item = &'a str>) -> Self {
        let mut index = Self::default();
        columns.for_each(|column| index.add(column));
        index
    }

    /// Adds a column of titles, a line each.
    pub fn add(&mut self, column: &str) {
        self.units.reserve(column.len());
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.rows = 0;
        for title in column.split('\n') {
            self.rows += 1;
            self.push(title);
        }
    }

    /// Returns the number of columns.
    pub fn columns(&self) -> usize {
        self.signatures.len() / self.rows.max(1)
    }

    fn push(&mut self, title: &str) {
        let mut signature = 0;
        let Self { units, word_starts, .. } = self;
        fold(title, |Unit { value, starts_word, .. }| {
            let at = units.len();
            if at % 64 == 0 {
                word_starts.push(0);
            }
            word_starts[at / 64] |= u64::from(starts_word) << (at % 64);
            signature |= signature_bit(value);
            units.push(value);
        });
        self.starts.push(self.units.len() as u32);
        self.signatures.push(signature);
    }

    /// Returns the rows whose title in `column` has the same letters and digits as `text`, or
    /// `None` if `text` has no letter and no digit.
    pub fn rows_like(&self, text: &str, column: usize) -> Option<Vec<u32>> {
        let mut units = Vec::new();
        fold(text, |unit| units.push(unit.value));
        let titles = column * self.rows..(column + 1) * self.rows;
        let rows =
            titles.zip(0..).filter(|&(title, _)| self.title(title) == units).map(|(_, row)| row);
        (!units.is_empty()).then(|| rows.collect())
    }

    pub(super) fn title(&self, title: usize) -> &[u16] {
        &self.units[self.starts[title] as usize..self.starts[title + 1] as usize]
    }

    /// Calls `each` with the row, the column and the number of every nonempty title.
    pub(super) fn for_each_title(&self, mut each: impl FnMut(usize, usize, usize)) {
        for (column, first) in (0..self.signatures.len()).step_by(self.rows.max(1)).enumerate() {
            for row in 0..self.rows {
                if self.signatures[first + row] != 0 {
                    each(row, column, first + row);
                }
            }
        }
    }

    pub(super) fn starts_word(&self, title: usize, at: usize) -> bool {
        let at = self.starts[title] as usize + at;
        self.word_starts[at / 64] >> (at % 64) & 1 == 1
    }
}

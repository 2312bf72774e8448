//! The rows of a table that one batch needs, with their gradients.
//!
//! Imports the table and the optimiser; knows no model.

use super::optim::Adam;
use super::table::Table;

/// The distinct rows of a table that a batch uses: their values at first use, and their gradients.
#[derive(Debug)]
pub struct SparseGradients {
    dims: usize,
    adam: Adam,
    step: u32,
    /// Slot of a row; valid only if `rows` holds the row in that slot.
    slot_of: Vec<u32>,
    rows: Vec<u32>,
    values: Vec<f32>,
    gradients: Vec<f32>,
    row: Vec<f32>,
}

impl SparseGradients {
    /// Returns empty buffers for a table.
    #[must_use]
    pub fn new(table: &Table, adam: Adam) -> Self {
        let dims = table.dims();
        Self {
            dims,
            adam,
            step: 0,
            slot_of: vec![0; table.rows()],
            rows: Vec::new(),
            values: Vec::new(),
            gradients: Vec::new(),
            row: vec![0.0; dims * 3],
        }
    }

    /// Clears the last batch and begins the batch of `step`.
    pub fn begin(&mut self, step: u64) {
        self.step = step as u32;
        self.rows.clear();
        self.values.clear();
        self.gradients.clear();
    }

    /// Returns the slot of a row; loads the row if this batch has not used it yet.
    #[inline]
    pub fn touch(&mut self, table: &Table, row: u32) -> usize {
        if let Some(slot) = self.slot(row) {
            return slot;
        }
        let slot = self.rows.len();
        self.slot_of[row as usize] = slot as u32;
        self.rows.push(row);
        self.values.resize((slot + 1) * self.dims, 0.0);
        self.gradients.resize((slot + 1) * self.dims, 0.0);
        if self.adam.dense {
            table.load_at(row, &self.adam, self.step, &mut self.row);
            self.values[slot * self.dims..].copy_from_slice(&self.row[..self.dims]);
        } else {
            table.load(row, &mut self.values[slot * self.dims..]);
        }
        slot
    }

    /// The rows, by slot.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The slot of a row; `None` if this batch has not used it.
    #[must_use]
    #[inline]
    pub fn slot(&self, row: u32) -> Option<usize> {
        let slot = self.slot_of[row as usize] as usize;
        (self.rows.get(slot) == Some(&row)).then_some(slot)
    }

    /// The values of a slot.
    #[must_use]
    #[inline]
    pub fn values(&self, slot: usize) -> &[f32] {
        &self.values[slot * self.dims..][..self.dims]
    }

    /// The values and the gradient of a slot.
    #[inline]
    pub fn values_and_gradients(&mut self, slot: usize) -> (&[f32], &mut [f32]) {
        let at = slot * self.dims..(slot + 1) * self.dims;
        (&self.values[at.clone()], &mut self.gradients[at])
    }

    /// Gives every row of the batch, as the table holds it now, one step of the optimiser.
    pub fn apply(&mut self, table: &Table) {
        let rate = self.adam.rate_at(u64::from(self.step));
        for (&row, gradient) in self.rows.iter().zip(self.gradients.chunks_exact(self.dims.max(1)))
        {
            table.load_at(row, &self.adam, self.step, &mut self.row);
            self.adam.apply(rate, &mut self.row, gradient);
            table.store_at(row, self.step, &self.row);
        }
    }
}

//! The shared tables of parameters, which threads read and write without locks.
//!
//! Imports the optimiser alone; knows no model.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rand::Rng;
use rand_pcg::Pcg64Mcg;

use super::optim::Adam;

/// A table of `rows × dims` f32 values with Adam's two moments beside each row.
///
/// Values are relaxed atomics, so threads read and write the same row at the same time (hogwild,
/// Recht et al. 2011). An update may be lost; no value is ever torn. On x86-64 and `AArch64` they
/// cost as much as plain values.
#[derive(Debug)]
pub struct Table {
    dims: usize,
    cells: Vec<AtomicU32>,
    /// The step at which each row last moved, from 1; 0 for never.
    moved: Vec<AtomicU32>,
}

impl Table {
    /// Returns a table with the values of `value`, row by row, and moments of zero.
    pub fn new(rows: usize, dims: usize, mut value: impl FnMut() -> f32) -> Self {
        let cells = (0..rows * dims * 3)
            .map(|at| AtomicU32::new(if at % (dims * 3) < dims { value().to_bits() } else { 0 }))
            .collect();
        let moved = (0..rows).map(|_| AtomicU32::new(0)).collect();
        Self { dims, cells, moved }
    }

    /// Values per row.
    #[must_use]
    pub fn dims(&self) -> usize {
        self.dims
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.moved.len()
    }

    /// Copies the first `out.len()` values of a row: up to `dims` for the values, three times that
    /// with the moments.
    #[inline]
    pub fn load(&self, row: u32, out: &mut [f32]) {
        let at = row as usize * self.dims * 3;
        for (value, cell) in out.iter_mut().zip(&self.cells[at..at + self.dims * 3]) {
            *value = f32::from_bits(cell.load(Relaxed));
        }
    }

    /// Writes a row with its moments.
    #[inline]
    pub fn store(&self, row: u32, values: &[f32]) {
        let at = row as usize * self.dims * 3;
        for (value, cell) in values.iter().zip(&self.cells[at..at + self.dims * 3]) {
            cell.store(value.to_bits(), Relaxed);
        }
    }

    /// Copies a row with its moments. If Adam is dense, the copy is caught up with the steps before
    /// `step`.
    #[inline]
    pub fn load_at(&self, row: u32, adam: &Adam, step: u32, out: &mut [f32]) {
        self.load(row, out);
        if adam.dense {
            let last = self.moved[row as usize].load(Relaxed);
            adam.catch_up(out, last, step.saturating_sub(1).saturating_sub(last));
        }
    }

    /// Writes a row with its moments and notes that it moved at `step`.
    #[inline]
    pub fn store_at(&self, row: u32, step: u32, values: &[f32]) {
        self.store(row, values);
        self.moved[row as usize].store(step, Relaxed);
    }

    /// Catches all rows up with `step`, so that they can be read directly.
    pub fn catch_up(&self, adam: &Adam, step: u32) {
        let mut values = vec![0.0; self.dims * 3];
        for row in 0..if adam.dense { self.rows() as u32 } else { 0 } {
            if self.moved[row as usize].load(Relaxed) > 0 {
                self.load_at(row, adam, step + 1, &mut values);
                self.store_at(row, step, &values);
            }
        }
    }

    /// Returns values, moments and steps, as raw words.
    #[must_use]
    pub fn to_words(&self) -> Vec<u32> {
        self.cells.iter().chain(&self.moved).map(|word| word.load(Relaxed)).collect()
    }

    /// Restores the result of [`Table::to_words`] of a table of the same shape.
    pub fn restore_words(&self, words: &[u32]) {
        for (cell, word) in self.cells.iter().chain(&self.moved).zip(words) {
            cell.store(*word, Relaxed);
        }
    }

    /// Returns a table of the same values with moments of zero.
    #[must_use]
    pub fn without_moments(&self) -> Self {
        let values = self.values();
        let mut values = values.iter();
        Self::new(self.rows(), self.dims, || values.next().copied().unwrap_or(0.0))
    }

    /// Exchanges all values with `other`, which has the same length; moments and steps stay.
    pub fn swap(&self, other: &mut [f32]) {
        let dims = self.dims.max(1);
        for (cells, other) in self.cells.chunks_exact(dims * 3).zip(other.chunks_exact_mut(dims)) {
            for (cell, value) in cells.iter().zip(other) {
                *value = f32::from_bits(cell.swap(value.to_bits(), Relaxed));
            }
        }
    }

    /// Returns all values without the moments.
    #[must_use]
    pub fn values(&self) -> Vec<f32> {
        let mut out = vec![0.0; self.rows() * self.dims];
        for (row, values) in (0..).zip(out.chunks_exact_mut(self.dims.max(1))) {
            self.load(row, values);
        }
        out
    }
}

/// Returns draws from a normal distribution with mean 0 (Box–Muller).
pub fn normal(mut rng: Pcg64Mcg, deviation: f32) -> impl FnMut() -> f32 {
    move || {
        let (a, b): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
        deviation * ((-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()) as f32
    }
}

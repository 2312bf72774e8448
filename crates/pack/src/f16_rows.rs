//! f16 packing: a model's vectors and weights in the order of the catalogue's rows, checked for f16.
//! This knows nothing of files.

use std::collections::HashMap;

use half::f16;
use osusume_tables::Entry;

use crate::error::{PackError, Result};
use crate::input::{Metric, ModelInput, WeightsInput};

/// The catalogue rows that a model covers.
pub(crate) struct Covered {
    /// Those with a vector, ascending.
    pub with_vector: Vec<u32>,
    /// Those whose vector is all zeros, ascending: they take part by their weights alone.
    pub bare: Vec<u32>,
    /// The values of those with a vector, row-major.
    pub values: Vec<f32>,
}

impl Covered {
    /// Returns all rows, ascending.
    pub fn rows(&self) -> Vec<u32> {
        let mut rows = [&self.with_vector[..], &self.bare].concat();
        rows.sort_unstable();
        rows
    }
}

/// Returns whether a vector is all zeros: its item takes part by its weights alone.
pub(crate) fn is_bare(vector: &[f32]) -> bool {
    vector.iter().all(|&value| value == 0.0)
}

/// Returns the rows that a model covers, and their values. Models that compare by cosine are
/// normalised.
pub(crate) fn covered_rows(
    model: &ModelInput,
    rows_by_id: &HashMap<u32, usize>,
    items: &[&Entry],
) -> Result<Covered> {
    let name_ok = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if model.name.is_empty() || !model.name.bytes().all(name_ok) {
        return Err(PackError::Name(model.name.clone()));
    }
    let mut covered = Covered { with_vector: Vec::new(), bare: Vec::new(), values: Vec::new() };
    for (item, row) in items.iter().zip(0..) {
        let Some(&at) = rows_by_id.get(&item.id) else { continue };
        let vector = model.vectors.row(at);
        if is_bare(vector) {
            covered.bare.push(row);
            continue;
        }
        let scale = match model.metric {
            Metric::Dot(_) => 1.0,
            Metric::Cosine => {
                let norm = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
                if norm > 0.0 { 1.0 / norm } else { 0.0 }
            }
        };
        covered.with_vector.push(row);
        for &value in vector {
            let value = (f64::from(value) * scale) as f32;
            if !f16::from_f32(value).is_finite() {
                return Err(PackError::Range { model: model.name.clone(), id: item.id });
            }
            covered.values.push(value);
        }
    }
    if covered.with_vector.is_empty() && covered.bare.is_empty() {
        return Err(PackError::NoItems(model.name.clone()));
    }
    Ok(covered)
}

/// Returns the pairs of the weights by blob row, the rows with a vector first. Leaves out those of
/// uncovered items and those that f16 rounds to 0.
pub(crate) fn residual_pairs(
    model: &ModelInput,
    residual: &WeightsInput,
    rows: &Covered,
    rows_by_id: &HashMap<u32, usize>,
    items: &[&Entry],
) -> Result<Vec<Vec<(u32, f16)>>> {
    let order = rows.with_vector.iter().chain(&rows.bare);
    let covered: Vec<usize> =
        order.filter_map(|&row| rows_by_id.get(&items[row as usize].id).copied()).collect();
    let blob_rows: HashMap<usize, u32> = covered.iter().copied().zip(0..).collect();
    let mut all = Vec::new();
    for &at in &covered {
        let mut pairs = Vec::new();
        for &(other, weight) in residual.pairs.get(at).map_or(&[][..], Vec::as_slice) {
            let packed = f16::from_f32(weight);
            if !packed.is_finite() {
                let (model, id) = (model.name.clone(), model.vectors.ids[at]);
                return Err(PackError::Range { model, id });
            }
            if let Some(&row) = blob_rows.get(&(other as usize))
                && packed != f16::ZERO
            {
                pairs.push((row, packed));
            }
        }
        pairs.sort_unstable_by_key(|&(row, _)| row);
        all.push(pairs);
    }
    Ok(all)
}

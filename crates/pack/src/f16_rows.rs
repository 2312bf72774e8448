//! f16 packing: a model's vectors and weights in the order of the catalogue's rows, checked for f16.
//! This knows nothing of files.

use std::collections::HashMap;

use half::f16;
use osusume_tables::Entry;

use crate::error::{PackError, Result};
use crate::input::{Metric, ModelInput, WeightsInput};

/// Returns the catalogue rows that a model covers, ascending, and their values. Models that compare
/// by cosine are normalised.
pub(crate) fn covered_rows(
    model: &ModelInput,
    rows_by_id: &HashMap<u32, usize>,
    items: &[&Entry],
) -> Result<(Vec<u32>, Vec<f32>)> {
    let name_ok = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    if model.name.is_empty() || !model.name.bytes().all(name_ok) {
        return Err(PackError::Name(model.name.clone()));
    }
    let mut rows = Vec::new();
    let mut values = Vec::new();
    for (item, row) in items.iter().zip(0..) {
        let Some(&at) = rows_by_id.get(&item.id) else { continue };
        let vector = model.vectors.row(at);
        let scale = match model.metric {
            Metric::Dot(_) => 1.0,
            Metric::Cosine => {
                let norm = vector.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt();
                if norm > 0.0 { 1.0 / norm } else { 0.0 }
            }
        };
        rows.push(row);
        for &value in vector {
            let value = (f64::from(value) * scale) as f32;
            if !f16::from_f32(value).is_finite() {
                return Err(PackError::Range { model: model.name.clone(), id: item.id });
            }
            values.push(value);
        }
    }
    if rows.is_empty() { Err(PackError::NoItems(model.name.clone())) } else { Ok((rows, values)) }
}

/// Returns the pairs of the weights by blob row, without those of uncovered items and those that f16
/// rounds to 0.
pub(crate) fn residual_pairs(
    model: &ModelInput,
    residual: &WeightsInput,
    rows_by_id: &HashMap<u32, usize>,
    items: &[&Entry],
) -> Result<Vec<Vec<(u32, f16)>>> {
    let covered: Vec<usize> =
        items.iter().filter_map(|item| rows_by_id.get(&item.id).copied()).collect();
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

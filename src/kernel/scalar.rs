//! The reference: obvious, always compiled; it defines the order of summation.

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::LANES;

/// Returns the dot product of `query` and `row`, which have the same length.
#[must_use]
pub fn dot(query: &[f32], row: &[f16]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let mut decoded = [0.0_f32; LANES];
    for (query, row) in query.chunks(LANES).zip(row.chunks(LANES)) {
        row.convert_to_f32_slice(&mut decoded[..row.len()]);
        for (lane, (q, v)) in lanes.iter_mut().zip(query.iter().zip(&decoded)) {
            *lane += q * v;
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] += lanes[lane + width];
        }
        width /= 2;
    }
    lanes[0]
}

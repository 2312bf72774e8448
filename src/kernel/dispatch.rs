//! Picks the implementation for the processor at hand. Imports `lanes` and the implementations.
//! Everything above the kernel calls these functions and no implementation.

use half::f16;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use half::slice::HalfFloatSliceExt;

#[cfg(target_arch = "x86_64")]
use super::avx;
use super::lanes::{BLOCK, Bound};
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use super::scalar as best;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use super::simd128 as best;

/// Writes the dot product of `query` with each row of `rows` into `out`.
///
/// `rows` is `out.len() × query.len()` finite values, row-major. A result is infinite or NaN only
/// if the sum leaves f32, which `query.len() ≤ 4096` values of a query below 10^30 in size cannot.
///
/// # Panics
///
/// If the shapes differ or `query` is empty.
pub fn dots(query: &[f32], rows: &[f16], out: &mut [f32]) {
    assert_eq!(rows.len(), query.len() * out.len(), "rows × dims");
    #[cfg(target_arch = "x86_64")]
    if avx::dots(query, rows, out) {
        return;
    }
    for (row, score) in rows.chunks_exact(query.len()).zip(out) {
        *score = best::dot(query, row);
    }
}

/// Adds to each sum of a block `added` and the products of its row's codes with the query's codes,
/// four dims of each row at a time.
pub(super) fn add(sums: &mut [i32; BLOCK], added: i32, fours: &[[i32; 2]], codes: &[i8]) {
    assert_eq!(codes.len(), fours.len() * BLOCK * 4, "four codes of each row");
    #[cfg(target_arch = "x86_64")]
    if avx::add(sums, added, fours, codes) {
        return;
    }
    best::add(sums, added, fours, codes);
}

/// Writes the upper bounds that belong to the sums of a block, and returns the largest.
pub(super) fn bound(sums: &[i32; BLOCK], by: &Bound<'_>, out: &mut [f32; BLOCK]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if let Some(most) = avx::bound(sums, by, out) {
        return most;
    }
    best::bound(sums, by, out)
}

/// Writes the codes of one row to that row's places in `codes`: the first four of every
/// `4 × BLOCK`.
///
/// Each value times `by` is at most 127 in size. `high` and `low` have the same, even length.
pub(super) fn quantize(high: &[f32], low: &[f32], by: f32, codes: &mut [i8]) {
    best::quantize(high, low, by, codes);
}

/// Returns the largest absolute value of a row without NaN; 0 for an empty row.
pub(super) fn largest(row: &[f32]) -> f32 {
    best::largest(row)
}

/// Writes the values of a row as f32, exactly.
pub fn decode(row: &[f16], out: &mut [f32]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    best::decode_row(row, out);
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    row.convert_to_f32_slice(out);
}

/// Returns the Euclidean length of a row.
#[must_use]
pub fn norm(row: &[f16]) -> f32 {
    let mut values = vec![0.0; row.len()];
    decode(row, &mut values);
    let mut dot = [0.0];
    if !row.is_empty() {
        dots(&values, row, &mut dot);
    }
    dot[0].sqrt()
}

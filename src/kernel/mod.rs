//! Similarity arithmetic, the only place with `unsafe`.
//!
//! Every implementation computes the same bits: products are added into sixteen lanes, value `i` into lane `i % 16`,
//! and the lanes are added as a fixed tree (`lane j + lane j+8`, then `+4`, `+2`, `+1`), without fused multiply-add.
//! [`scalar`] is the definition; the others are held to it by `tests`. The sums of [`Codes`] are of integers, and the few
//! f32 operations of its bounds stand in one order, so that they have the same bits everywhere too.

#[cfg(target_arch = "x86_64")]
#[expect(
    unsafe_code,
    reason = "vector loads take pointers, and the processor is asked at run time"
)]
pub mod avx;
mod codes;
pub mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[expect(unsafe_code, reason = "vector loads take pointers")]
pub mod simd128;
#[cfg(test)]
mod tests;

use half::f16;
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use half::slice::HalfFloatSliceExt;

use codes::Bound;
pub use codes::{BLOCK, CodedQuery, Codes};

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use simd128 as best;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use scalar as best;

/// Lanes that a sum is spread over.
pub const LANES: usize = 16;

/// Writes the dot product of `query` with each row of `rows` into `out`.
///
/// `rows` is `out.len() × query.len()` finite values, row-major. Infinite or NaN results are possible only where the
/// sum leaves f32, which `query.len() ≤ 4096` values of a query below 10^30 in size cannot.
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

/// Adds to each sum of a block `added` and the products of its row's codes with the query's, four dims of each row at a time.
fn add(sums: &mut [i32; BLOCK], added: i32, fours: &[[i32; 2]], codes: &[i8]) {
    assert_eq!(codes.len(), fours.len() * BLOCK * 4, "four codes of each row");
    #[cfg(target_arch = "x86_64")]
    if avx::add(sums, added, fours, codes) {
        return;
    }
    best::add(sums, added, fours, codes);
}

/// Writes the bounds that belong to the sums of a block, and returns the largest.
fn bound(sums: &[i32; BLOCK], by: &Bound<'_>, out: &mut [f32; BLOCK]) -> f32 {
    #[cfg(target_arch = "x86_64")]
    if let Some(most) = avx::bound(sums, by, out) {
        return most;
    }
    best::bound(sums, by, out)
}

/// Writes the codes of one row, each value at most 127 in size when multiplied by `by`, to the places of `codes` that are
/// one row's: the first four of every `4 × BLOCK`. `high` and `low` are as long, an even number of values.
fn quantise(high: &[f32], low: &[f32], by: f32, codes: &mut [i8]) {
    best::quantise(high, low, by, codes);
}

/// Returns the largest size of a value, none of them NaN; 0 of an empty row.
fn largest(row: &[f32]) -> f32 {
    best::largest(row)
}

/// Writes the values of a row as f32, exactly.
pub fn decode(row: &[f16], out: &mut [f32]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    simd128::decode_row(row, out);
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

//! Similarity arithmetic, the only place with `unsafe`.
//!
//! Every implementation computes the same bits: products are added into sixteen lanes, value `i` into lane `i % 16`,
//! and the lanes are added as a fixed tree (`lane j + lane j+8`, then `+4`, `+2`, `+1`), without fused multiply-add.
//! [`scalar`] is the definition; the others are held to it by `tests`.

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "vector loads take pointers, and the processor is asked at run time")]
pub mod avx;
pub mod scalar;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[expect(unsafe_code, reason = "vector loads take pointers")]
pub mod simd128;
#[cfg(test)]
mod tests;

use half::f16;
use half::slice::HalfFloatSliceExt;

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

/// Returns the Euclidean length of a row.
#[must_use]
pub fn norm(row: &[f16]) -> f32 {
    let mut values = vec![0.0; row.len()];
    row.convert_to_f32_slice(&mut values);
    let mut dot = [0.0];
    dots(&values, row, &mut dot);
    dot[0].sqrt()
}

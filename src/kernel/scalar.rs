//! The reference implementation: simple, always compiled; it defines the order of summation.
//! Imports `lanes` alone.

use half::f16;
use half::slice::HalfFloatSliceExt;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use super::lanes::Bound;
use super::lanes::{BLOCK, LANES};

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

/// Adds to each row's sum `added` and the products of its codes with the query's codes, four dims
/// at a time.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(super) fn add(sums: &mut [i32; BLOCK], added: i32, fours: &[[i32; 2]], codes: &[i8]) {
    for sum in sums.iter_mut() {
        *sum = sum.wrapping_add(added);
    }
    for (&[a, b], codes) in fours.iter().zip(codes.chunks_exact(BLOCK * 4)) {
        let (a, b) = ([i32::from(a as i16), a >> 16], [i32::from(b as i16), b >> 16]);
        for (sum, codes) in sums.iter_mut().zip(codes.chunks_exact(4)) {
            for (at, codes) in codes.chunks_exact(2).enumerate() {
                let (low, high) = (i32::from(codes[0] as u8), i32::from(codes[1]));
                *sum = sum.wrapping_add((256 * high + low) * a[at] + high * b[at]);
            }
        }
    }
}

/// Writes the upper bounds that belong to the sums, and returns the largest.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
pub(super) fn bound(sums: &[i32; BLOCK], by: &Bound<'_>, out: &mut [f32; BLOCK]) -> f32 {
    for row in 0..BLOCK {
        let dot =
            (sums[row] as f32 * by.scale + by.slack) * by.scales[row] + by.rest * by.rests[row];
        out[row] = dot * by.factors[row] * by.times[0] * by.times[1];
    }
    out.iter().copied().fold(f32::NEG_INFINITY, f32::max)
}

/// Writes the codes of a row; `tests` hold the other implementations to it.
pub fn quantize(high: &[f32], low: &[f32], by: f32, codes: &mut [i8]) {
    let places = codes.chunks_mut(BLOCK * 4);
    for ((high, low), place) in high.chunks_exact(2).zip(low.chunks_exact(2)).zip(places) {
        for at in 0..2 {
            // Adding 1.5 × 2^23 rounds the fraction away and leaves the number in the lowest byte.
            place[2 * at] = (low[at] * by + (12_582_912.0 + 128.0)).to_bits() as i8;
            place[2 * at + 1] = (high[at] * by + 12_582_912.0).to_bits() as i8;
        }
    }
}

/// Returns the largest absolute value.
#[must_use]
pub fn largest(row: &[f32]) -> f32 {
    row.iter().fold(0.0, |most, v| v.abs().max(most))
}

//! The reference: obvious, always compiled; it defines the order of summation.

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::LANES;
use super::codes::{BLOCK, Block, CodedQuery};

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

/// See [`super::upper`].
#[must_use]
pub fn upper(query: &CodedQuery, block: Block<'_>, least: f32, leave: bool, out: &mut [f32; BLOCK]) -> bool {
    let mut sums = [0_i32; BLOCK];
    let (mut done, mut any) = (0, false);
    for (&(end, rest), rests) in query.stages.iter().zip(block.rests.chunks_exact(BLOCK)) {
        let codes = block.codes(done, end).chunks_exact(BLOCK * 2);
        for (&pair, codes) in query.pairs[done..end].iter().zip(codes) {
            let (first, second) = (i32::from(pair as i16), pair >> 16);
            for (sum, codes) in sums.iter_mut().zip(codes.chunks_exact(2)) {
                *sum += first * i32::from(codes[0]) + second * i32::from(codes[1]);
            }
        }
        done = end;
        any = false;
        for row in 0..BLOCK {
            let dot = (sums[row] as f32 * query.scale + query.slack) * block.scales[row] + rest * rests[row];
            out[row] = dot * block.factors[row] * query.times[0] * query.times[1];
            any |= out[row] >= least;
        }
        if leave && !any {
            break;
        }
    }
    any
}

/// Makes the codes of a row; the others are held to it.
pub fn quantise(row: &[f32], by: f32, codes: &mut [i8]) {
    for (pair, codes) in row.chunks_exact(2).zip(codes.chunks_mut(BLOCK * 2)) {
        for (v, code) in pair.iter().zip(codes) {
            // 1.5 × 2^23: what is behind the point is rounded off, and the lowest byte is the number.
            *code = (v * by + 12_582_912.0).to_bits() as i8;
        }
    }
}

/// Returns the largest size of a value.
#[must_use]
pub fn largest(row: &[f32]) -> f32 {
    row.iter().fold(0.0, |most, v| v.abs().max(most))
}

//! WebAssembly SIMD: the sixteen lanes are four vectors of four f32.

use core::arch::wasm32::{
    f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, i32x4_shuffle, u32x4_extend_high_u16x8,
    u32x4_extend_low_u16x8, u32x4_shl, u32x4_splat, v128, v128_and, v128_load, v128_or,
};

use half::f16;

use super::LANES;

/// Returns the same bits as [`super::scalar::dot`].
#[must_use]
pub fn dot(query: &[f32], row: &[f16]) -> f32 {
    let zero = f32x4_splat(0.0);
    let mut sums = [zero, zero, zero, zero];
    let (query_blocks, row_blocks) = (query.chunks_exact(LANES), row.chunks_exact(LANES));
    let (query_rest, row_rest) = (query_blocks.remainder(), row_blocks.remainder());
    for (query, row) in query_blocks.zip(row_blocks) {
        add_block(&mut sums, query, row);
    }
    if !row_rest.is_empty() {
        // A missing value is a zero: it adds +0.0 to a lane, and no lane is ever -0.0.
        let (mut query, mut row) = ([0.0; LANES], [f16::ZERO; LANES]);
        query[..query_rest.len()].copy_from_slice(query_rest);
        row[..row_rest.len()].copy_from_slice(row_rest);
        add_block(&mut sums, &query, &row);
    }
    let four = f32x4_add(f32x4_add(sums[0], sums[2]), f32x4_add(sums[1], sums[3]));
    let two = f32x4_add(four, i32x4_shuffle::<2, 3, 0, 1>(four, four));
    f32x4_extract_lane::<0>(two) + f32x4_extract_lane::<1>(two)
}

/// Adds the products of sixteen values to the lanes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "else they are calls in a build for size")]
#[expect(clippy::cast_ptr_alignment, reason = "v128_load needs no alignment")]
fn add_block(sums: &mut [v128; 4], query: &[f32], row: &[f16]) {
    assert!(query.len() == LANES && row.len() == LANES);
    // SAFETY: the slices have sixteen f32 and sixteen f16; the loads read 4 × 16 and 2 × 16 bytes of them.
    let (q, v) = unsafe {
        let q = query.as_ptr().cast::<v128>();
        let v = row.as_ptr().cast::<v128>();
        (
            [v128_load(q), v128_load(q.add(1)), v128_load(q.add(2)), v128_load(q.add(3))],
            [v128_load(v), v128_load(v.add(1))],
        )
    };
    sums[0] = f32x4_add(sums[0], f32x4_mul(q[0], decode(u32x4_extend_low_u16x8(v[0]))));
    sums[1] = f32x4_add(sums[1], f32x4_mul(q[1], decode(u32x4_extend_high_u16x8(v[0]))));
    sums[2] = f32x4_add(sums[2], f32x4_mul(q[2], decode(u32x4_extend_low_u16x8(v[1]))));
    sums[3] = f32x4_add(sums[3], f32x4_mul(q[3], decode(u32x4_extend_high_u16x8(v[1]))));
}

/// Returns four finite f16, each in the low half of a u32, as f32.
///
/// The bits below the sign, moved to where f32 has its exponent and fraction, are the value times 2^-112, since the
/// biases are 15 and 127; the product with 2^112 is exact, for subnormals too.
#[inline(always)]
#[expect(clippy::inline_always, reason = "else they are calls in a build for size")]
fn decode(bits: v128) -> v128 {
    let sign = v128_and(u32x4_shl(bits, 16), u32x4_splat(0x8000_0000));
    let rest = v128_and(u32x4_shl(bits, 13), u32x4_splat(0x0fff_e000));
    v128_or(sign, f32x4_mul(rest, f32x4_splat(f32::from_bits((127 + 112) << 23))))
}

//! WebAssembly SIMD: the sixteen lanes are four vectors of four f32.
//! Imports `lanes`, and `scalar` for the last values of a row.

use core::arch::wasm32::{
    f32x4_abs, f32x4_add, f32x4_convert_i32x4, f32x4_extract_lane, f32x4_max, f32x4_mul,
    f32x4_pmax, f32x4_splat, i8x16_shuffle, i16x8_narrow_i32x4, i16x8_shr, i32x4_add,
    i32x4_dot_i16x8, i32x4_shuffle, i32x4_splat, u8x16_narrow_i16x8, u32x4_extend_high_u16x8,
    u32x4_extend_low_u16x8, u32x4_shl, u32x4_splat, v128, v128_and, v128_load, v128_or, v128_store,
    v128_store32_lane,
};

use half::f16;

use super::lanes::{BLOCK, Bound, LANES};

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
        // Zeros stand for missing values: each adds +0.0 to a lane, and no lane is ever -0.0.
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
#[expect(clippy::inline_always, reason = "a build for size would make them calls")]
#[expect(clippy::cast_ptr_alignment, reason = "v128_load needs no alignment")]
fn add_block(sums: &mut [v128; 4], query: &[f32], row: &[f16]) {
    assert!(query.len() == LANES && row.len() == LANES);
    // SAFETY: the slices have sixteen f32 and sixteen f16; the loads read 4 × 16 and 2 × 16 bytes
    // of them.
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
/// The bits below the sign, shifted to the exponent and fraction of an f32, are the value times
/// 2^-112, because the biases are 15 and 127. The product with 2^112 is exact, for subnormals too.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a build for size would make them calls")]
fn decode(bits: v128) -> v128 {
    let sign = v128_and(u32x4_shl(bits, 16), u32x4_splat(0x8000_0000));
    let rest = v128_and(u32x4_shl(bits, 13), u32x4_splat(0x0fff_e000));
    v128_or(sign, f32x4_mul(rest, f32x4_splat(f32::from_bits((127 + 112) << 23))))
}

/// Writes the values of a row as f32.
pub fn decode_row(row: &[f16], out: &mut [f32]) {
    let mut rows = row.chunks_exact(8);
    let mut outs = out.chunks_exact_mut(8);
    for (row, out) in rows.by_ref().zip(outs.by_ref()) {
        decode_eight(row, out);
    }
    let (row, out) = (rows.remainder(), outs.into_remainder());
    let (mut last, mut decoded) = ([f16::ZERO; 8], [0.0; 8]);
    last[..row.len()].copy_from_slice(row);
    decode_eight(&last, &mut decoded);
    out.copy_from_slice(&decoded[..row.len()]);
}

#[expect(clippy::cast_ptr_alignment, reason = "the loads and stores need no alignment")]
fn decode_eight(row: &[f16], out: &mut [f32]) {
    assert!(row.len() == 8 && out.len() == 8);
    let at = out.as_mut_ptr().cast::<v128>();
    // SAFETY: the slices have eight f16 and eight f32: 16 and 2 × 16 bytes.
    unsafe {
        let eight = v128_load(row.as_ptr().cast());
        v128_store(at, decode(u32x4_extend_low_u16x8(eight)));
        v128_store(at.add(1), decode(u32x4_extend_high_u16x8(eight)));
    }
}

/// Does what [`super::scalar::add`] does.
#[expect(clippy::cast_ptr_alignment, reason = "the loads and stores need no alignment")]
pub(super) fn add(sums: &mut [i32; BLOCK], added: i32, fours: &[[i32; 2]], codes: &[i8]) {
    let (at, added) = (sums.as_mut_ptr().cast::<v128>(), i32x4_splat(added));
    // One variable for each four rows, because an array of them would be in memory.
    macro_rules! all {
        ($($sum:ident $at:literal),*) => {
            // SAFETY: `sums` has BLOCK / 4 times four i32.
            $(let mut $sum = i32x4_add(unsafe { v128_load(at.add($at)) }, added);)*
            for (&[a, b], codes) in fours.iter().zip(codes.chunks_exact(BLOCK * 4)) {
                let (a, b) = (i32x4_splat(a), i32x4_splat(b));
                $(
                    // SAFETY: the chunk has BLOCK / 4 times sixteen bytes.
                    let both = unsafe { v128_load(codes.as_ptr().cast::<v128>().add($at)) };
                    $sum = i32x4_add($sum, i32x4_dot_i16x8(both, a));
                    $sum = i32x4_add($sum, i32x4_dot_i16x8(i16x8_shr(both, 8), b));
                )*
            }
            // SAFETY: as above.
            $(unsafe { v128_store(at.add($at), $sum) };)*
        };
    }
    all!(a0 0, a1 1, a2 2, a3 3, a4 4, a5 5, a6 6, a7 7);
}

/// Does what [`super::scalar::bound`] does.
#[expect(clippy::cast_ptr_alignment, reason = "the loads and stores need no alignment")]
pub(super) fn bound(sums: &[i32; BLOCK], by: &Bound<'_>, out: &mut [f32; BLOCK]) -> f32 {
    let [scale, slack, rest] = [by.scale, by.slack, by.rest].map(|v| f32x4_splat(v));
    let times = by.times.map(|v| f32x4_splat(v));
    let mut most = f32x4_splat(f32::NEG_INFINITY);
    macro_rules! four {
        ($($at:literal)*) => {$(
            // SAFETY: every array has BLOCK / 4 times four i32 or f32.
            unsafe {
                let four = |of: &[f32; BLOCK]| v128_load(of.as_ptr().cast::<v128>().add($at));
                let sum = f32x4_convert_i32x4(v128_load(sums.as_ptr().cast::<v128>().add($at)));
                let dot = f32x4_add(f32x4_mul(sum, scale), slack);
                let behind = f32x4_mul(rest, four(by.rests));
                let dot = f32x4_add(f32x4_mul(dot, four(by.scales)), behind);
                let score = f32x4_mul(f32x4_mul(dot, four(by.factors)), times[0]);
                let score = f32x4_mul(score, times[1]);
                v128_store(out.as_mut_ptr().cast::<v128>().add($at), score);
                most = f32x4_pmax(most, score);
            }
        )*};
    }
    four!(0 1 2 3 4 5 6 7);
    largest_lane(most)
}

/// Does what [`super::scalar::largest`] does.
#[must_use]
pub fn largest(row: &[f32]) -> f32 {
    let mut most = f32x4_splat(0.0);
    let blocks = row.chunks_exact(4);
    let rest = blocks.remainder().iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    for four in blocks {
        most = f32x4_max(most, f32x4_abs(load_four(four)));
    }
    largest_lane(most).max(rest)
}

fn largest_lane(four: v128) -> f32 {
    let two = f32x4_pmax(four, i32x4_shuffle::<2, 3, 0, 1>(four, four));
    f32x4_extract_lane::<0>(two).max(f32x4_extract_lane::<1>(two))
}

/// Does what [`super::scalar::quantize`] does.
pub fn quantize(high: &[f32], low: &[f32], by: f32, codes: &mut [i8]) {
    let (highs, lows) = (high.chunks_exact(LANES), low.chunks_exact(LANES));
    let rest = (highs.remainder(), lows.remainder());
    let (mut places, by_four) = (codes.chunks_mut(BLOCK * 4), f32x4_splat(by));
    // The scalar function explains the numbers that are added.
    let bytes = |values: &[f32], added: f32| {
        let [a, b, c, d] = [0, 4, 8, 12].map(|at| {
            let code =
                f32x4_add(f32x4_mul(load_four(&values[at..at + 4]), by_four), f32x4_splat(added));
            v128_and(code, u32x4_splat(0xff))
        });
        u8x16_narrow_i16x8(i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d))
    };
    for (high, low) in highs.zip(lows) {
        let (high, low) = (bytes(high, 12_582_912.0), bytes(low, 12_582_912.0 + 128.0));
        let first =
            i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(low, high);
        let second = i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(
            low, high,
        );
        macro_rules! store {
            ($($four:ident $at:literal),*) => {$(
                if let Some(place) = places.next() {
                    assert!(place.len() >= 4);
                    // SAFETY: the place has four bytes, and the store needs no alignment.
                    unsafe { v128_store32_lane::<$at>($four, place.as_mut_ptr().cast()) };
                }
            )*};
        }
        store!(first 0, first 1, first 2, first 3, second 0, second 1, second 2, second 3);
    }
    for ((high, low), place) in rest.0.chunks_exact(2).zip(rest.1.chunks_exact(2)).zip(places) {
        super::scalar::quantize(high, low, by, place);
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a build for size would make it a call")]
fn load_four(four: &[f32]) -> v128 {
    assert!(four.len() == 4);
    // SAFETY: the slice has four f32.
    unsafe { v128_load(four.as_ptr().cast()) }
}

//! WebAssembly SIMD: the sixteen lanes are four vectors of four f32.

use core::arch::wasm32::{
    f32x4_abs, f32x4_add, f32x4_convert_i32x4, f32x4_extract_lane, f32x4_ge, f32x4_max, f32x4_mul,
    f32x4_splat, i16x8_extend_high_i8x16, i16x8_extend_low_i8x16, i16x8_narrow_i32x4, i32x4_add,
    i32x4_dot_i16x8, i32x4_shuffle, i32x4_splat, u8x16_narrow_i16x8, u32x4_extend_high_u16x8,
    u32x4_extend_low_u16x8, u32x4_shl, u32x4_splat, v128, v128_and, v128_any_true, v128_load, v128_or,
    v128_store, v128_store16_lane,
};

use half::f16;

use super::LANES;
use super::codes::{BLOCK, Block, CodedQuery};

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

/// As [`super::scalar::upper`].
#[must_use]
pub fn upper(query: &CodedQuery, block: Block<'_>, least: f32, leave: bool, out: &mut [f32; BLOCK]) -> bool {
    let mut sums = [i32x4_splat(0); BLOCK / 4];
    let (mut done, mut any) = (0, false);
    for (&(end, rest), rests) in query.stages.iter().zip(block.rests.chunks_exact(BLOCK)) {
        let codes = block.codes(done, end);
        for (&pair, codes) in query.pairs[done..end].iter().zip(codes.chunks_exact(BLOCK * 2)) {
            add_pair(&mut sums, i32x4_splat(pair), codes);
        }
        done = end;
        any = bound(&sums, query, &block, (rest, rests), least, out);
        if leave && !any {
            break;
        }
    }
    any
}

/// Adds the products of two dims to the sums of 32 rows.
#[inline(always)]
#[expect(clippy::cast_ptr_alignment, reason = "the load needs no alignment")]
#[expect(
    clippy::inline_always,
    reason = "else they are calls in a build for size, and the sums live in memory"
)]
fn add_pair(sums: &mut [v128; BLOCK / 4], pair: v128, codes: &[i8]) {
    assert!(codes.len() == BLOCK * 2);
    macro_rules! add {
        ($($at:literal)*) => {$(
            // SAFETY: the slice has 4 × 16 bytes, and the load needs no alignment.
            let eight = unsafe { v128_load(codes.as_ptr().cast::<v128>().add($at)) };
            let (low, high) = (i16x8_extend_low_i8x16(eight), i16x8_extend_high_i8x16(eight));
            sums[2 * $at] = i32x4_add(sums[2 * $at], i32x4_dot_i16x8(low, pair));
            sums[2 * $at + 1] = i32x4_add(sums[2 * $at + 1], i32x4_dot_i16x8(high, pair));
        )*};
    }
    add!(0 1 2 3);
}

/// Writes the bounds that belong to the sums, and says whether one reaches `least`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "else the sums live in memory")]
#[expect(clippy::cast_ptr_alignment, reason = "the loads and stores need no alignment")]
fn bound(
    sums: &[v128; BLOCK / 4],
    query: &CodedQuery,
    block: &Block<'_>,
    (rest, rests): (f32, &[f32]),
    least: f32,
    out: &mut [f32; BLOCK],
) -> bool {
    let [scale, slack, rest, least] = [query.scale, query.slack, rest, least].map(|v| f32x4_splat(v));
    let times = query.times.map(|v| f32x4_splat(v));
    assert!(block.scales.len() == BLOCK && block.factors.len() == BLOCK && rests.len() == BLOCK);
    let four = |of: *const f32, at: usize| -> v128 {
        // SAFETY: every slice has 32 f32, eight times four.
        unsafe { v128_load(of.cast::<v128>().add(at)) }
    };
    let (scales, factors, rests) = (block.scales.as_ptr(), block.factors.as_ptr(), rests.as_ptr());
    let mut any = i32x4_splat(0);
    macro_rules! bound {
        ($($at:literal)*) => {$(
            let dot = f32x4_add(f32x4_mul(f32x4_convert_i32x4(sums[$at]), scale), slack);
            let dot = f32x4_add(f32x4_mul(dot, four(scales, $at)), f32x4_mul(rest, four(rests, $at)));
            let score = f32x4_mul(f32x4_mul(f32x4_mul(dot, four(factors, $at)), times[0]), times[1]);
            // SAFETY: `out` has eight times four f32.
            unsafe { v128_store(out.as_mut_ptr().cast::<v128>().add($at), score) };
            any = v128_or(any, f32x4_ge(score, least));
        )*};
    }
    bound!(0 1 2 3 4 5 6 7);
    v128_any_true(any)
}

/// As [`super::scalar::largest`].
#[must_use]
pub fn largest(row: &[f32]) -> f32 {
    let mut most = f32x4_splat(0.0);
    let blocks = row.chunks_exact(4);
    let rest = blocks.remainder().iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    for four in blocks {
        most = f32x4_max(most, f32x4_abs(load_four(four)));
    }
    let two = f32x4_max(most, i32x4_shuffle::<2, 3, 0, 1>(most, most));
    f32x4_extract_lane::<0>(two).max(f32x4_extract_lane::<1>(two)).max(rest)
}

/// As [`super::scalar::quantise`].
pub fn quantise(row: &[f32], by: f32, codes: &mut [i8]) {
    let blocks = row.chunks_exact(LANES);
    let rest = blocks.remainder();
    let (mut places, by_four) = (codes.chunks_mut(BLOCK * 2), f32x4_splat(by));
    // See there for the number that is added.
    let code = |four: &[f32]| {
        let code = f32x4_add(f32x4_mul(load_four(four), by_four), f32x4_splat(12_582_912.0));
        v128_and(code, u32x4_splat(0xff))
    };
    for block in blocks {
        let [a, b, c, d] = [0, 4, 8, 12].map(|at| code(&block[at..at + 4]));
        let bytes = u8x16_narrow_i16x8(i16x8_narrow_i32x4(a, b), i16x8_narrow_i32x4(c, d));
        macro_rules! store {
            ($($pair:literal)*) => {$(
                if let Some(place) = places.next() {
                    assert!(place.len() >= 2);
                    // SAFETY: the place has two bytes, and the store needs no alignment.
                    unsafe { v128_store16_lane::<$pair>(bytes, place.as_mut_ptr().cast()) };
                }
            )*};
        }
        store!(0 1 2 3 4 5 6 7);
    }
    for (pair, place) in rest.chunks_exact(2).zip(places) {
        super::scalar::quantise(pair, by, place);
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "else it is a call in a build for size")]
fn load_four(four: &[f32]) -> v128 {
    assert!(four.len() == 4);
    // SAFETY: the slice has four f32.
    unsafe { v128_load(four.as_ptr().cast()) }
}

//! AVX with F16C, and AVX2 for the codes, where the processor has them: sixteen lanes are two vectors of eight f32.

use core::arch::x86_64::{
    __m256, _CMP_GE_OQ, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_loadu_si128, _mm_movehl_ps,
    _mm_shuffle_ps, _mm256_add_epi32, _mm256_add_ps, _mm256_castps256_ps128, _mm256_cmp_ps,
    _mm256_cvtepi8_epi16, _mm256_cvtepi32_ps, _mm256_cvtph_ps, _mm256_extractf128_ps, _mm256_loadu_ps,
    _mm256_madd_epi16, _mm256_movemask_ps, _mm256_mul_ps, _mm256_set1_epi32, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_setzero_si256, _mm256_storeu_ps,
};

use half::f16;

use super::LANES;
use super::codes::{BLOCK, Block, CodedQuery};

/// Writes the same bits as [`super::scalar::dot`] gives for each row, or returns `false` where the processor cannot.
#[must_use]
pub fn dots(query: &[f32], rows: &[f16], out: &mut [f32]) -> bool {
    if !(is_x86_feature_detected!("avx") && is_x86_feature_detected!("f16c")) {
        return false;
    }
    // SAFETY: the processor has what the function is compiled for.
    unsafe { dots_avx(query, rows, out) };
    true
}

#[target_feature(enable = "avx,f16c")]
fn dots_avx(query: &[f32], rows: &[f16], out: &mut [f32]) {
    for (row, score) in rows.chunks_exact(query.len()).zip(out) {
        *score = dot(query, row);
    }
}

#[target_feature(enable = "avx,f16c")]
fn dot(query: &[f32], row: &[f16]) -> f32 {
    let mut sums = [_mm256_setzero_ps(); 2];
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
    let eight = _mm256_add_ps(sums[0], sums[1]);
    let four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
}

/// Adds the products of sixteen values to the lanes. A product and a sum, never fused: the intrinsics stay apart.
#[target_feature(enable = "avx,f16c")]
#[inline]
fn add_block(sums: &mut [__m256; 2], query: &[f32], row: &[f16]) {
    assert!(query.len() == LANES && row.len() == LANES);
    // SAFETY: the slices have sixteen f32 and sixteen f16; the loads read 2 × 32 and 2 × 16 bytes of them and need no
    // alignment.
    let (q, v) = unsafe {
        let q = query.as_ptr();
        let v = row.as_ptr().cast();
        ([_mm256_loadu_ps(q), _mm256_loadu_ps(q.add(8))], [_mm_loadu_si128(v), _mm_loadu_si128(v.add(1))])
    };
    sums[0] = _mm256_add_ps(sums[0], _mm256_mul_ps(q[0], _mm256_cvtph_ps(v[0])));
    sums[1] = _mm256_add_ps(sums[1], _mm256_mul_ps(q[1], _mm256_cvtph_ps(v[1])));
}

/// As [`super::scalar::upper`], or `None` where the processor cannot.
#[must_use]
pub fn upper(
    query: &CodedQuery,
    block: Block<'_>,
    least: f32,
    leave: bool,
    out: &mut [f32; BLOCK],
) -> Option<bool> {
    // SAFETY: the processor has what the function is compiled for.
    is_x86_feature_detected!("avx2").then(|| unsafe { upper_avx2(query, block, least, leave, out) })
}

#[target_feature(enable = "avx2")]
fn upper_avx2(query: &CodedQuery, block: Block<'_>, least: f32, leave: bool, out: &mut [f32; BLOCK]) -> bool {
    let mut sums = [_mm256_setzero_si256(); BLOCK / 8];
    let [scale, slack, least] = [query.scale, query.slack, least].map(|v| _mm256_set1_ps(v));
    let times = query.times.map(|v| _mm256_set1_ps(v));
    let (mut done, mut any) = (0, 0);
    for (&(end, rest), rests) in query.stages.iter().zip(block.rests.chunks_exact(BLOCK)) {
        let codes = block.codes(done, end);
        for (&pair, codes) in query.pairs[done..end].iter().zip(codes.chunks_exact(BLOCK * 2)) {
            let pair = _mm256_set1_epi32(pair);
            for (sum, codes) in sums.iter_mut().zip(codes.chunks_exact(16)) {
                // SAFETY: the slice has sixteen bytes, and the load needs no alignment.
                let codes = _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(codes.as_ptr().cast()) });
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(codes, pair));
            }
        }
        done = end;
        let rest = _mm256_set1_ps(rest);
        any = 0;
        for (at, sum) in sums.iter().enumerate() {
            let eight = |of: &[f32]| {
                let of = &of[at * 8..at * 8 + 8];
                // SAFETY: the slice has eight f32, and the load needs no alignment.
                unsafe { _mm256_loadu_ps(of.as_ptr()) }
            };
            let dot = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(*sum), scale), slack);
            let dot =
                _mm256_add_ps(_mm256_mul_ps(dot, eight(block.scales)), _mm256_mul_ps(rest, eight(rests)));
            let score = _mm256_mul_ps(_mm256_mul_ps(dot, eight(block.factors)), times[0]);
            let score = _mm256_mul_ps(score, times[1]);
            // SAFETY: `out` has 32 f32, and the store needs no alignment.
            unsafe { _mm256_storeu_ps(out[at * 8..at * 8 + 8].as_mut_ptr(), score) };
            any |= _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GE_OQ>(score, least));
        }
        if leave && any == 0 {
            break;
        }
    }
    any != 0
}

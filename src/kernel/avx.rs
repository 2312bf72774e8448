//! AVX with F16C, and AVX2 for the codes: sixteen lanes are two vectors of eight f32.
//! Asks the processor at run time. Imports `lanes` alone.

use core::arch::x86_64::{
    __m256, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_loadu_si128, _mm_max_ps, _mm_max_ss,
    _mm_movehl_ps, _mm_shuffle_ps, _mm256_add_epi32, _mm256_add_ps, _mm256_castps256_ps128,
    _mm256_cvtepi32_ps, _mm256_cvtph_ps, _mm256_extractf128_ps, _mm256_loadu_ps,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_max_ps, _mm256_mul_ps, _mm256_set1_epi32,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_srai_epi16, _mm256_storeu_ps, _mm256_storeu_si256,
};

use half::f16;

use super::lanes::{BLOCK, Bound, LANES};

/// Writes the same bits as [`super::scalar::dot`] returns for each row, or returns `false` if the
/// processor lacks the instructions.
#[must_use]
pub fn dots(query: &[f32], rows: &[f16], out: &mut [f32]) -> bool {
    if !(is_x86_feature_detected!("avx") && is_x86_feature_detected!("f16c")) {
        return false;
    }
    // SAFETY: the processor has the features that the function is compiled for.
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
        // Zeros stand for missing values: each adds +0.0 to a lane, and no lane is ever -0.0.
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

/// Adds the products of sixteen values to the lanes. Multiplies and adds by separate intrinsics, so
/// the compiler never fuses them.
#[target_feature(enable = "avx,f16c")]
#[inline]
fn add_block(sums: &mut [__m256; 2], query: &[f32], row: &[f16]) {
    assert!(query.len() == LANES && row.len() == LANES);
    // SAFETY: the slices have sixteen f32 and sixteen f16; the loads read 2 × 32 and 2 × 16 bytes
    // of them and need no alignment.
    let (q, v) = unsafe {
        let q = query.as_ptr();
        let v = row.as_ptr().cast();
        (
            [_mm256_loadu_ps(q), _mm256_loadu_ps(q.add(8))],
            [_mm_loadu_si128(v), _mm_loadu_si128(v.add(1))],
        )
    };
    sums[0] = _mm256_add_ps(sums[0], _mm256_mul_ps(q[0], _mm256_cvtph_ps(v[0])));
    sums[1] = _mm256_add_ps(sums[1], _mm256_mul_ps(q[1], _mm256_cvtph_ps(v[1])));
}

/// Does what [`super::scalar::add`] does, or returns `false` if the processor lacks AVX2.
#[must_use]
pub(super) fn add(sums: &mut [i32; BLOCK], added: i32, fours: &[[i32; 2]], codes: &[i8]) -> bool {
    if !is_x86_feature_detected!("avx2") {
        return false;
    }
    // SAFETY: the processor has the features that the function is compiled for.
    unsafe { add_avx2(sums, added, fours, codes) };
    true
}

#[target_feature(enable = "avx2")]
fn add_avx2(sums: &mut [i32; BLOCK], added: i32, fours: &[[i32; 2]], codes: &[i8]) {
    let mut eights = [_mm256_set1_epi32(added); BLOCK / 8];
    for (eight, sums) in eights.iter_mut().zip(sums.chunks_exact(8)) {
        // SAFETY: the chunk has eight i32, and the load needs no alignment.
        *eight = _mm256_add_epi32(*eight, unsafe { _mm256_loadu_si256(sums.as_ptr().cast()) });
    }
    for (&[a, b], codes) in fours.iter().zip(codes.chunks_exact(BLOCK * 4)) {
        let (a, b) = (_mm256_set1_epi32(a), _mm256_set1_epi32(b));
        for (eight, codes) in eights.iter_mut().zip(codes.chunks_exact(32)) {
            // SAFETY: the chunk has 32 bytes, and the load needs no alignment.
            let both = unsafe { _mm256_loadu_si256(codes.as_ptr().cast()) };
            let high = _mm256_srai_epi16::<8>(both);
            let products = _mm256_add_epi32(_mm256_madd_epi16(both, a), _mm256_madd_epi16(high, b));
            *eight = _mm256_add_epi32(*eight, products);
        }
    }
    for (eight, sums) in eights.into_iter().zip(sums.chunks_exact_mut(8)) {
        // SAFETY: the chunk has eight i32, and the store needs no alignment.
        unsafe { _mm256_storeu_si256(sums.as_mut_ptr().cast(), eight) };
    }
}

/// Does what [`super::scalar::bound`] does, or returns `None` if the processor lacks AVX2.
#[must_use]
pub(super) fn bound(sums: &[i32; BLOCK], by: &Bound<'_>, out: &mut [f32; BLOCK]) -> Option<f32> {
    // SAFETY: the processor has the features that the function is compiled for.
    is_x86_feature_detected!("avx2").then(|| unsafe { bound_avx2(sums, by, out) })
}

#[target_feature(enable = "avx2")]
fn bound_avx2(sums: &[i32; BLOCK], by: &Bound<'_>, out: &mut [f32; BLOCK]) -> f32 {
    let [scale, slack, rest] = [by.scale, by.slack, by.rest].map(|v| _mm256_set1_ps(v));
    let times = by.times.map(|v| _mm256_set1_ps(v));
    let mut most = _mm256_set1_ps(f32::NEG_INFINITY);
    for at in (0..BLOCK).step_by(8) {
        let eight = |of: &[f32; BLOCK]| {
            let of = &of[at..at + 8];
            // SAFETY: the slice has eight f32, and the load needs no alignment.
            unsafe { _mm256_loadu_ps(of.as_ptr()) }
        };
        let sums = &sums[at..at + 8];
        // SAFETY: the slice has eight i32, and the load needs no alignment.
        let sum = _mm256_cvtepi32_ps(unsafe { _mm256_loadu_si256(sums.as_ptr().cast()) });
        let dot = _mm256_add_ps(_mm256_mul_ps(sum, scale), slack);
        let dot = _mm256_add_ps(
            _mm256_mul_ps(dot, eight(by.scales)),
            _mm256_mul_ps(rest, eight(by.rests)),
        );
        let score = _mm256_mul_ps(_mm256_mul_ps(dot, eight(by.factors)), times[0]);
        let score = _mm256_mul_ps(score, times[1]);
        // SAFETY: the slice has eight f32, and the store needs no alignment.
        unsafe { _mm256_storeu_ps(out[at..at + 8].as_mut_ptr(), score) };
        most = _mm256_max_ps(score, most);
    }
    let four = _mm_max_ps(_mm256_castps256_ps128(most), _mm256_extractf128_ps::<1>(most));
    let two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps::<1>(two, two)))
}

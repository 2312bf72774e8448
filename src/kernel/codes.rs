//! Small codes of the rows, and what they prove: an upper bound of every row's exact score for a quarter of the work.
//!
//! A row v is kept as i8 codes c and one scale s, `v = s (c + e)` with every |e| ≤ ½: s is max|v| / 127. A query q is
//! i16 codes d with one scale z, `q = z d + g` with every |g| ≤ z/2. Then
//!
//! ```text
//! q·v = s Σ q c + s Σ q e  ≤  s (Σ q c + ½ Σ|q|)  ≤  s (z Σ d c + ½ · 127 · dims · z + ½ Σ|q|)
//! ```
//!
//! `Σ d c` is a sum of integers, exact in every implementation: the query's codes are so small that it stays in i32.
//! The score that is bounded is not q·v but what [`super::dots`] makes of it in f32. Each product and each of the
//! dims / 16 + 4 additions that a product goes through rounds once, so it differs by at most `γ Σ|q||v|`, where
//! `γ = k u / (1 − k u)`, k = dims / 16 + 5 and u = 2^-24 (Higham 2002, "Accuracy and Stability of Numerical Algorithms",
//! section 3.1), and `Σ|q||v| ≤ 127 s Σ|q|`. All of it is proportional to s: the bound is `s (z Σ d c + slack)`, with one
//! slack a query. The arithmetic of the bound itself rounds at most eight times; the slack has that too, and the halves
//! above are 0.5001 for the roundings of the codes' own arithmetic.
//!
//! What follows (times the row's factor, the query's, the residual's) is increasing and IEEE rounding is monotone, so the
//! same f32 operations, done to the bound of the dot product, bound the score.
//!
//! After a part of the dims the rest is bounded by Cauchy and Schwarz, `|q_rest| |v_rest|`, which needs the norm of each
//! row's rest: a block of rows that cannot reach the score that is asked for is left there. Nearly all are where the best
//! rows stand out, and the check is cheap where they do not.

use std::ops::Range;

use half::f16;

use super::{decode, dots, largest, quantise};

/// Rows in a block, whose codes lie together: dims 0 and 1 of each row, then dims 2 and 3 of each row, and so on.
pub const BLOCK: usize = 32;

/// The parts of the dims behind which a block may be left, in twelfths.
const STAGES: [usize; 3] = [4, 6, 8];

/// Below this many dims a block is always read to its end.
const STAGED: usize = 192;

/// The codes of all rows of a model: `rows × dims` bytes and some numbers a row.
#[derive(Debug)]
pub struct Codes {
    blocks: usize,
    /// Where each stage ends, in pairs of dims; a last single dim has a zero beside it.
    stages: Vec<usize>,
    /// For each stage, so that what is read of all blocks lies together: `blocks × pairs of the stage × BLOCK × 2`.
    bytes: Vec<i8>,
    /// `blocks × BLOCK`.
    scales: Vec<f32>,
    /// `blocks × stages × BLOCK`: at least the norm of what is behind the stage.
    rests: Vec<f32>,
}

/// A query in codes, and what its score is multiplied by.
#[derive(Debug)]
pub struct CodedQuery {
    /// Two i16 in each, the first in the low half.
    pub(super) pairs: Vec<i32>,
    pub(super) scale: f32,
    pub(super) slack: f32,
    /// For each stage: where it ends, in pairs, and at least the norm of what is behind it.
    pub(super) stages: Vec<(usize, f32)>,
    pub(super) times: [f32; 2],
}

/// One block of rows as the implementations of [`super::upper`] read it.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    all: &'a Codes,
    at: usize,
    pub(super) scales: &'a [f32],
    pub(super) rests: &'a [f32],
    pub(super) factors: &'a [f32],
}

impl Codes {
    /// Returns the codes of `values`, rows of `dims` finite values.
    #[must_use]
    pub fn new(values: &[f16], dims: usize) -> Self {
        let (pairs, blocks) = (dims.div_ceil(2), (values.len() / dims).div_ceil(BLOCK));
        let cut = |twelfths: usize| dims * twelfths / 12 / 2;
        let mut stages: Vec<usize> = if dims < STAGED { Vec::new() } else { STAGES.map(cut).into() };
        stages.push(pairs);
        let bytes = vec![0; blocks * pairs * BLOCK * 2];
        let scales = vec![0.0; blocks * BLOCK];
        let rests = vec![0.0; blocks * stages.len() * BLOCK];
        let mut codes = Self { blocks, stages, bytes, scales, rests };
        let mut decoded = vec![0.0; pairs * 2];
        for (at, row) in values.chunks_exact(dims).enumerate() {
            codes.add(at, row, &mut decoded);
        }
        codes
    }

    /// Codes a row. By itself, since a browser goes over to its better code for a function only where that is called.
    #[inline(never)]
    fn add(&mut self, at: usize, row: &[f16], decoded: &mut [f32]) {
        decode(row, &mut decoded[..row.len()]);
        let most = largest(decoded);
        if most == 0.0 {
            return;
        }
        self.scales[at] = most / 127.0;
        let (block, lane) = (at / BLOCK, at % BLOCK);
        let mut start = 0;
        for (stage, &end) in self.stages.iter().enumerate() {
            let codes = &mut self.bytes[place(start, end, block, self.blocks)][lane * 2..];
            quantise(&decoded[start * 2..end * 2], 127.0 / most, codes);
            if end * 2 < row.len() {
                let mut square = [0.0];
                dots(&decoded[end * 2..row.len()], &row[end * 2..], &mut square);
                // The sum is short of the true one by less than γ.
                self.rests[(block * self.stages.len() + stage) * BLOCK + lane] = square[0].sqrt() * 1.0001;
            }
            start = end;
        }
    }

    /// Returns `query` in codes, for scores that are multiplied by `times`, both at least 0; `None` where a bound would
    /// leave the range of f32.
    #[must_use]
    pub fn query(&self, query: &[f32], times: [f32; 2]) -> Option<CodedQuery> {
        let most = query.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        let odd = query.iter().any(|v| v.is_nan());
        if odd || !(1e-20..1e20).contains(&most) || times.iter().any(|&by| !(0.0..1e15).contains(&by)) {
            return None;
        }
        let dims = query.len() as f64;
        let top = (f64::from(i32::MAX) / 127.0 / (dims + 1.0)).floor().min(32767.0) as f32;
        let code = |v: &f32| i32::from((v / most * top).round() as i16);
        let pair = |pair: &[f32]| (code(&pair[0]) & 0xffff) | pair.get(1).map_or(0, code) << 16;
        let scale = most / top;
        let sum: f64 = query.iter().map(|v| f64::from(v.abs())).sum();
        let unit = f64::from(f32::EPSILON) / 2.0;
        let roundings = (dims / 16.0).ceil() + 5.0;
        let gamma = roundings * unit / (1.0 - roundings * unit);
        let slack = sum * (0.5001 + 128.0 * (gamma + 8.0 * unit)) + 0.5001 * 127.0 * dims * f64::from(scale);
        let behind = |end: usize| {
            query[(end * 2).min(query.len())..].iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>()
        };
        Some(CodedQuery {
            pairs: query.chunks(2).map(pair).collect(),
            scale,
            slack: (slack * 1.000_001) as f32,
            stages: self.stages.iter().map(|&end| (end, (behind(end).sqrt() * 1.000_1) as f32)).collect(),
            times,
        })
    }

    /// Returns the block that begins with row `BLOCK × block`; `factors` has an entry for each row of it.
    pub(super) fn block<'a>(&'a self, block: usize, factors: &'a [f32]) -> Block<'a> {
        let rests = self.stages.len() * BLOCK;
        Block {
            all: self,
            at: block,
            scales: &self.scales[block * BLOCK..][..BLOCK],
            rests: &self.rests[block * rests..][..rests],
            factors: &factors[block * BLOCK..][..BLOCK],
        }
    }
}

impl<'a> Block<'a> {
    /// Returns the codes of a stage, `end - start` times two of each row.
    pub(super) fn codes(&self, start: usize, end: usize) -> &'a [i8] {
        &self.all.bytes[place(start, end, self.at, self.all.blocks)]
    }
}

fn place(start: usize, end: usize, block: usize, blocks: usize) -> Range<usize> {
    let pairs = blocks * start + block * (end - start);
    pairs * BLOCK * 2..(pairs + end - start) * BLOCK * 2
}

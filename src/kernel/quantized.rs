//! Quantized rows and queries: an upper bound of every score for a quarter of the work.
//! Imports `lanes` and `dispatch`, never an implementation.
//!
//! A row v is stored as i8 codes c and one scale s, `v = s (c + e)` with every |e| ≤ ½, where s is
//! max|v| / 127. A query q is stored as codes d and one scale z, `q = z d + g`. The Cauchy-Schwarz
//! inequality bounds the part g that the query's codes leave out:
//!
//! ```text
//! q·v = s Σ q c + s Σ q e  ≤  s (Σ q c + ½ Σ|q|)  ≤  s (z Σ d c + |g| |c| + ½ Σ|q|)
//! ```
//!
//! `Σ d c` is a sum of integers, exact in every implementation. Two codes of a row share one 16-bit
//! number, `256 high + low`; 128 is added to low so that it is not negative. An implementation
//! multiplies the number itself by one code and its upper byte by another, and unpacks nothing. The
//! two products add up to those of both codes: with `a = d_low` and `b = d_high − 256 d_low`,
//! `(256 high + low) a + high b = low d_low + high d_high`. a and b must be i16, so `d_low` is at
//! most 127 in size and `d_high` at most 255. The dims of a stage's first half are high and the
//! others low. Rows are turned to their principal axes, so their later dims are smaller, and z is
//! smaller too.
//!
//! The bounded score is the f32 result of [`super::dots`], not the real number q·v. Each product,
//! and each of the dims / 16 + 4 additions that a product goes through, rounds once. The result
//! therefore differs by at most `γ Σ|q||v|`, where `γ = k u / (1 − k u)`, k = dims / 16 + 5 and u =
//! 2^-24 (Higham 2002, "Accuracy and Stability of Numerical Algorithms", section 3.1), and `Σ|q||v|
//! ≤ 127 s Σ|q|`. All of it is proportional to s. The bound is `s (z Σ d c + slack)` with one slack
//! for a block, whose |c| is the largest of its rows.
//!
//! The arithmetic of the bound itself rounds at most eight times, and its numbers are at most
//! `s (A + B)`. `A = 2 × 127 Σ|q|`, because a code of the query that is not 0 is at most twice the
//! value that it stands for. `B = |g| |c|`, which can exceed A: with 4096 dims |c| is up to 8,128
//! and |g| up to Σ|q| / 16. So the roundings take at most `8 u s (A + B)`. The slack has
//! `16 u × 128 s Σ|q|` for the part of A. The factor 1.0001 of |g| adds `1e-4 s B`, which is far
//! more than `8 u s B`. The halves above become 0.5001 to cover the roundings of the codes' own
//! arithmetic.
//!
//! The last steps multiply by the row's factor, the query's and the residual's. They increase, and
//! IEEE rounding is monotone, so the same f32 operations on the bound of the dot product bound the
//! score.
//!
//! A stage is a part of the dims. After each stage, Cauchy-Schwarz bounds the remaining dims by
//! `|q_rest| |v_rest|`, which needs the norm of each row's rest. The slack is that of the dims so
//! far. A block that cannot reach the threshold is skipped after such a stage. The caller computes
//! the first stage of all blocks first: its bounds tell which blocks to finish first, and the
//! scores of these raise the threshold for the others.

use std::ops::Range;

use half::f16;

use super::dispatch::{add, bound, decode, dots, largest, quantize};
use super::lanes::{BLOCK, Bound};

/// Dims that are stored together: two 16-bit numbers for each row.
const FOUR: usize = 4;

/// Where the stages end after which a block may be skipped, in twelfths of the dims.
const STAGES: [usize; 3] = [4, 6, 8];

/// Rows with fewer dims have a single stage.
const MIN_STAGED_DIMS: usize = 192;

/// The quantized rows of a model: `rows × dims` bytes and some numbers a row.
#[derive(Debug)]
pub struct QuantizedRows {
    blocks: usize,
    /// Where each stage ends, in fours of dims. Zeros fill up the last four.
    stages: Vec<usize>,
    /// Stage by stage, so that one stage of all blocks is contiguous:
    /// `blocks × fours of the stage × BLOCK × 4`.
    bytes: Vec<i8>,
    /// `blocks × BLOCK`.
    scales: Vec<f32>,
    /// `blocks × stages × BLOCK`: at least the norm of the dims after the stage.
    pub(super) rests: Vec<f32>,
    /// `blocks`: at least the norm of the codes of each row.
    pub(super) norms: Vec<f32>,
}

/// A quantized query, and the factors of its scores.
#[derive(Debug)]
pub struct QuantizedQuery {
    /// For each four dims the a and the b of two numbers, each two i16, the first in the low half.
    pub(super) fours: Vec<[i32; 2]>,
    pub(super) scale: f32,
    pub(super) stages: Vec<Stage>,
    pub(super) times: [f32; 2],
}

/// The terms of a query for the dims up to the end of a stage.
#[derive(Debug)]
pub(super) struct Stage {
    /// The part of this stage's sum that comes from the 128 added to low codes.
    pub added: i32,
    /// The slack for |c| = 0, and its increase for each unit of |c|.
    pub slack: f32,
    pub slack_by_norm: f32,
    /// At least the norm of the dims after the stage.
    pub rest: f32,
}

impl QuantizedRows {
    /// Quantizes `values`, rows of `dims` finite values.
    #[must_use]
    pub fn new(values: &[f16], dims: usize) -> Self {
        let (fours, blocks) = (dims.div_ceil(FOUR), (values.len() / dims).div_ceil(BLOCK));
        let cut = |twelfths: usize| dims * twelfths / 12 / FOUR;
        let mut stages: Vec<usize> =
            if dims < MIN_STAGED_DIMS { Vec::new() } else { STAGES.map(cut).into() };
        stages.push(fours);
        let bytes = vec![0; blocks * fours * BLOCK * FOUR];
        let scales = vec![0.0; blocks * BLOCK];
        let rests = vec![0.0; blocks * stages.len() * BLOCK];
        let mut rows = Self { blocks, stages, bytes, scales, rests, norms: vec![0.0; blocks] };
        let mut decoded = vec![0.0; fours * FOUR];
        for (at, row) in values.chunks_exact(dims).enumerate() {
            rows.quantize_row(at, row, &mut decoded);
        }
        rows
    }

    /// Returns whether a bound after the first stage is not the closest one.
    #[must_use]
    pub fn is_staged(&self) -> bool {
        self.stages.len() > 1
    }

    /// Quantizes one row. A function of its own, because a browser changes over to its optimised
    /// code only when a function is called again.
    #[inline(never)]
    fn quantize_row(&mut self, at: usize, row: &[f16], decoded: &mut [f32]) {
        decode(row, &mut decoded[..row.len()]);
        let most = largest(decoded);
        if most == 0.0 {
            return; // its scale stays 0
        }
        let (block, lane) = (at / BLOCK, at % BLOCK);
        self.scales[at] = most / 127.0;
        // The computed sum is too small by less than γ, and the square root rounds again.
        let norm = |from: usize| {
            let mut square = [0.0];
            dots(&decoded[from..row.len()], &row[from..], &mut square);
            square[0].sqrt() * 1.0001
        };
        let of_codes = norm(0) / most * 127.0 + 0.5001 * (row.len() as f32).sqrt();
        self.norms[block] = self.norms[block].max(of_codes);
        let mut start = 0;
        for (stage, &end) in self.stages.iter().enumerate() {
            let codes = &mut self.bytes[place(start, end, block, self.blocks)][lane * FOUR..];
            let (high, low) = decoded[start * FOUR..end * FOUR].split_at((end - start) * FOUR / 2);
            quantize(high, low, 127.0 / most, codes);
            if end * FOUR < row.len() {
                self.rests[(block * self.stages.len() + stage) * BLOCK + lane] = norm(end * FOUR);
            }
            start = end;
        }
    }

    /// Quantizes `query`, whose scores are multiplied by `times`, both at least 0. Returns `None`
    /// if a bound would leave the range of f32.
    #[must_use]
    pub fn quantize_query(&self, query: &[f32], times: [f32; 2]) -> Option<QuantizedQuery> {
        if !query.iter().all(|v| v.is_finite()) || !times.iter().all(|by| (0.0..1e15).contains(by))
        {
            return None;
        }
        let dims = query.len() as f64;
        let mut query = query.to_vec();
        query.resize(query.len().next_multiple_of(FOUR), 0.0);
        let (mut start, mut sizes) = (0, [0.0_f32; 2]);
        for &end in &self.stages {
            for (half, size) in
                query[start * FOUR..end * FOUR].chunks((end - start) * 2).zip(&mut sizes)
            {
                *size = size.max(largest(half));
            }
            start = end;
        }
        let scale = (sizes[0] / 255.0).max(sizes[1] / 127.0);
        if !(1e-22..1e18).contains(&scale) {
            return None;
        }
        let unit = f64::from(f32::EPSILON) / 2.0;
        let roundings = (dims / 16.0).ceil() + 5.0;
        let gamma = roundings * unit / (1.0 - roundings * unit);
        let roundings = absolute_sum(&query) * 128.0 * (gamma + 16.0 * unit);

        let code = |v: f32| (v / scale).round() as i32;
        let two = |first: i32, second: i32| first & 0xffff | second << 16;
        let (mut fours, mut stages) = (Vec::with_capacity(query.len() / FOUR), Vec::new());
        let (mut start, mut left) = (0, 0.0);
        for &end in &self.stages {
            let stage = &query[start * FOUR..end * FOUR];
            let (high, low) = stage.split_at((end - start) * 2);
            let mut added = 0;
            for (high, low) in high.chunks_exact(2).zip(low.chunks_exact(2)) {
                let (a, b) = (code(low[0]), code(low[1]));
                fours.push([two(a, b), two(code(high[0]) - 256 * a, code(high[1]) - 256 * b)]);
                added += 128 * (a + b);
            }
            for &v in stage {
                let left_out = f64::from(v) - f64::from(code(v)) * f64::from(scale);
                left += left_out * left_out;
            }
            let behind =
                query[end * FOUR..].iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>();
            stages.push(Stage {
                added,
                slack: ((absolute_sum(&query[..end * FOUR]) * 0.5001 + roundings) * 1.000_001)
                    as f32,
                slack_by_norm: (left.sqrt() * 1.000_1) as f32,
                rest: (behind.sqrt() * 1.000_1) as f32,
            });
            start = end;
        }
        Some(QuantizedQuery { fours, scale, stages, times })
    }

    /// Starts the block whose first row is `BLOCK × block`: writes the sums of the first stage and
    /// an upper bound of each row's score into `out`, and returns the largest.
    ///
    /// A score is `((dot × factor) × times[0]) × times[1]` in f32, with the dot product of
    /// [`dots`], the row's own entry of `factors` and the query's `times`. `factors` is as long as
    /// all blocks; the values after the last row have no meaning.
    ///
    /// # Panics
    ///
    /// If there is no such block, or `factors` is shorter.
    pub fn begin(
        &self,
        query: &QuantizedQuery,
        block: usize,
        factors: &[f32],
        sums: &mut [i32; BLOCK],
        out: &mut [f32; BLOCK],
    ) -> f32 {
        *sums = [0; BLOCK];
        self.sum(query, block, 0, sums);
        self.bound(query, block, 0, factors, sums, out)
    }

    /// Continues a block from the sums of its first stage: writes an upper bound of each row's
    /// score into `out`, and returns the largest. If that is below the threshold `least`, the
    /// bounds may be those of an earlier stage.
    ///
    /// # Panics
    ///
    /// As [`QuantizedRows::begin`].
    pub fn finish(
        &self,
        query: &QuantizedQuery,
        block: usize,
        factors: &[f32],
        least: f32,
        sums: &mut [i32; BLOCK],
        out: &mut [f32; BLOCK],
    ) -> f32 {
        let end = self.stages.len() - 1;
        for stage in 1..end {
            self.sum(query, block, stage, sums);
            if least > f32::NEG_INFINITY {
                let most = self.bound(query, block, stage, factors, sums, out);
                if most < least {
                    return most;
                }
            }
        }
        if end > 0 {
            self.sum(query, block, end, sums);
        }
        self.bound(query, block, end, factors, sums, out)
    }

    /// Adds the products of one stage to the sums of a block.
    fn sum(&self, query: &QuantizedQuery, block: usize, stage: usize, sums: &mut [i32; BLOCK]) {
        let start = if stage == 0 { 0 } else { self.stages[stage - 1] };
        let end = self.stages[stage];
        let codes = &self.bytes[place(start, end, block, self.blocks)];
        add(sums, -query.stages[stage].added, &query.fours[start..end], codes);
    }

    fn bound(
        &self,
        query: &QuantizedQuery,
        block: usize,
        stage: usize,
        factors: &[f32],
        sums: &[i32; BLOCK],
        out: &mut [f32; BLOCK],
    ) -> f32 {
        let Stage { slack, slack_by_norm, rest, .. } = query.stages[stage];
        let by = Bound {
            scale: query.scale,
            slack: slack + slack_by_norm * self.norms[block],
            rest,
            times: query.times,
            scales: of_block(&self.scales, block),
            rests: of_block(&self.rests, block * self.stages.len() + stage),
            factors: of_block(factors, block),
        };
        bound(sums, &by, out)
    }
}

fn absolute_sum(values: &[f32]) -> f64 {
    values.iter().map(|v| f64::from(v.abs())).sum()
}

fn of_block(all: &[f32], block: usize) -> &[f32; BLOCK] {
    all[block * BLOCK..].first_chunk().expect("factors and codes are as long as all blocks")
}

/// Returns where the codes of a block are, in the stage from four `start` to four `end`.
fn place(start: usize, end: usize, block: usize, blocks: usize) -> Range<usize> {
    let fours = blocks * start + block * (end - start);
    fours * BLOCK * FOUR..(fours + end - start) * BLOCK * FOUR
}

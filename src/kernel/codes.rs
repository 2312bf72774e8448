//! Small codes of the rows, and what they prove: an upper bound of every row's exact score for a quarter of the work.
//!
//! A row v is kept as i8 codes c and one scale s, `v = s (c + e)` with every |e| ≤ ½: s is max|v| / 127. A query q is
//! codes d with one scale z, `q = z d + g`. Then, with Cauchy and Schwarz for what the query's codes leave out,
//!
//! ```text
//! q·v = s Σ q c + s Σ q e  ≤  s (Σ q c + ½ Σ|q|)  ≤  s (z Σ d c + |g| |c| + ½ Σ|q|)
//! ```
//!
//! `Σ d c` is a sum of integers, exact in every implementation. Two codes of a row lie in one number of 16 bits, `256 high + low`,
//! where low has 128 added so that it is not negative; the products of the number itself with one code, and of its
//! upper byte with another, add up to those of both, and nothing need be unpacked: with `a = d_low` and
//! `b = d_high − 256 d_low`, `(256 high + low) a + high b = low d_low + high d_high`. a and b must be i16, so `d_low` is at most 127 in size and
//! `d_high` at most 255. The dims of a stage's first half are high and the others low: of rows that are turned to their principal
//! axes the later dims are the smaller, and so is z.
//!
//! The score that is bounded is not q·v but what [`super::dots`] makes of it in f32. Each product and each of the
//! dims / 16 + 4 additions that a product goes through rounds once, so it differs by at most `γ Σ|q||v|`, where
//! `γ = k u / (1 − k u)`, k = dims / 16 + 5 and u = 2^-24 (Higham 2002, "Accuracy and Stability of Numerical Algorithms",
//! section 3.1), and `Σ|q||v| ≤ 127 s Σ|q|`. All of it is proportional to s: the bound is `s (z Σ d c + slack)`, with one
//! slack for a block, whose |c| is the largest of its rows'. The arithmetic of the bound itself rounds at most eight times numbers of at most
//! `2 × 127 s Σ|q|` (a code of the query that is not 0 is at most twice what it stands for); the slack has that too, and the halves
//! above are 0.5001 for the roundings of the codes' own arithmetic.
//!
//! What follows (times the row's factor, the query's, the residual's) is increasing and IEEE rounding is monotone, so the
//! same f32 operations, done to the bound of the dot product, bound the score.
//!
//! After a part of the dims, a stage, the rest is bounded by Cauchy and Schwarz, `|q_rest| |v_rest|`, which needs the norm of each
//! row's rest, and the slack is that of the dims so far: a block of rows that cannot reach the score that is asked for is left there.
//! The first stage of all blocks comes first: its bounds tell which blocks to finish first, and those what score the others must reach.

use std::ops::Range;

use half::f16;

use super::{add, bound, decode, dots, largest, quantise};

/// Rows in a block, whose codes lie together: four dims of each row, then four dims more of each row, and so on.
pub const BLOCK: usize = 32;

/// Dims that lie together: two numbers of 16 bits for each row.
const FOUR: usize = 4;

/// The parts of the dims behind which a block may be left, in twelfths.
const STAGES: [usize; 3] = [4, 6, 8];

/// Below this many dims a block is always read to its end.
const STAGED: usize = 192;

/// The codes of all rows of a model: `rows × dims` bytes and some numbers a row.
#[derive(Debug)]
pub struct Codes {
    blocks: usize,
    /// Where each stage ends, in fours of dims; a last four that is not whole is filled up with zeros.
    stages: Vec<usize>,
    /// For each stage, so that what is read of all blocks lies together: `blocks × fours of the stage × BLOCK × 4`.
    bytes: Vec<i8>,
    /// `blocks × BLOCK`.
    scales: Vec<f32>,
    /// `blocks × stages × BLOCK`: at least the norm of what is behind the stage.
    pub(super) rests: Vec<f32>,
    /// `blocks`: at least the norm of the codes of each row.
    pub(super) norms: Vec<f32>,
}

/// A query in codes, and what its score is multiplied by.
#[derive(Debug)]
pub struct CodedQuery {
    /// For each four dims the a and the b of two numbers, each two i16, the first in the low half.
    pub(super) fours: Vec<[i32; 2]>,
    pub(super) scale: f32,
    pub(super) stages: Vec<Stage>,
    pub(super) times: [f32; 2],
}

/// What a query has for the dims up to the end of a stage.
#[derive(Debug)]
pub(super) struct Stage {
    /// What the 128 that is added to low codes adds to a sum of this stage alone.
    pub added: i32,
    /// The slack, and how much more there is of it for each unit of |c|.
    pub slack: f32,
    pub slack_by_norm: f32,
    /// At least the norm of what is behind the stage.
    pub rest: f32,
}

/// What makes an upper bound of a sum: `((sum × scale + slack) × scales + rest × rests) × factors × times`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound<'a> {
    pub scale: f32,
    pub slack: f32,
    pub rest: f32,
    pub times: [f32; 2],
    /// Of each row of the block.
    pub scales: &'a [f32; BLOCK],
    pub rests: &'a [f32; BLOCK],
    pub factors: &'a [f32; BLOCK],
}

impl Codes {
    /// Returns the codes of `values`, rows of `dims` finite values.
    #[must_use]
    pub fn new(values: &[f16], dims: usize) -> Self {
        let (fours, blocks) = (dims.div_ceil(FOUR), (values.len() / dims).div_ceil(BLOCK));
        let cut = |twelfths: usize| dims * twelfths / 12 / FOUR;
        let mut stages: Vec<usize> =
            if dims < STAGED { Vec::new() } else { STAGES.map(cut).into() };
        stages.push(fours);
        let bytes = vec![0; blocks * fours * BLOCK * FOUR];
        let scales = vec![0.0; blocks * BLOCK];
        let rests = vec![0.0; blocks * stages.len() * BLOCK];
        let mut codes = Self { blocks, stages, bytes, scales, rests, norms: vec![0.0; blocks] };
        let mut decoded = vec![0.0; fours * FOUR];
        for (at, row) in values.chunks_exact(dims).enumerate() {
            codes.code(at, row, &mut decoded);
        }
        codes
    }

    /// Codes a row. By itself, since a browser goes over to its better code for a function only where that is called.
    #[inline(never)]
    fn code(&mut self, at: usize, row: &[f16], decoded: &mut [f32]) {
        decode(row, &mut decoded[..row.len()]);
        let most = largest(decoded);
        if most == 0.0 {
            return; // of scale 0
        }
        let (block, lane) = (at / BLOCK, at % BLOCK);
        self.scales[at] = most / 127.0;
        // The sum is short of the true one by less than γ, and what is made of it by some roundings more.
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
            quantise(high, low, 127.0 / most, codes);
            if end * FOUR < row.len() {
                self.rests[(block * self.stages.len() + stage) * BLOCK + lane] = norm(end * FOUR);
            }
            start = end;
        }
    }

    /// Returns `query` in codes, for scores that are multiplied by `times`, both at least 0; `None` where a bound would
    /// leave the range of f32.
    #[must_use]
    pub fn query(&self, query: &[f32], times: [f32; 2]) -> Option<CodedQuery> {
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
        Some(CodedQuery { fours, scale, stages, times })
    }

    /// Begins with the block whose first row is `BLOCK × block`: writes the sums of the first stage and returns the largest upper
    /// bound of its rows' scores that they give.
    ///
    /// A score is `((dot × factor) × times[0]) × times[1]` in f32, with the dot product of [`dots`], the row's own entry of
    /// `factors` and the query's `times`. `factors` is as long as all blocks; what stands behind the last row is of no meaning.
    ///
    /// # Panics
    ///
    /// If there is no such block, or `factors` is shorter.
    pub fn begin(
        &self,
        query: &CodedQuery,
        block: usize,
        factors: &[f32],
        sums: &mut [i32; BLOCK],
    ) -> f32 {
        *sums = [0; BLOCK];
        self.sum(query, block, 0, sums);
        self.bound(query, block, 0, factors, sums, &mut [0.0; BLOCK])
    }

    /// Goes on with a block from the sums of its first stage: writes an upper bound of each row's score into `out`, and returns
    /// the largest. Where that is below `least`, they may be wide, but they are bounds.
    ///
    /// # Panics
    ///
    /// As [`Codes::begin`].
    pub fn finish(
        &self,
        query: &CodedQuery,
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

    /// Adds what the codes of a stage give to the sums of a block.
    fn sum(&self, query: &CodedQuery, block: usize, stage: usize, sums: &mut [i32; BLOCK]) {
        let start = if stage == 0 { 0 } else { self.stages[stage - 1] };
        let end = self.stages[stage];
        let codes = &self.bytes[place(start, end, block, self.blocks)];
        add(sums, -query.stages[stage].added, &query.fours[start..end], codes);
    }

    fn bound(
        &self,
        query: &CodedQuery,
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

fn place(start: usize, end: usize, block: usize, blocks: usize) -> Range<usize> {
    let fours = blocks * start + block * (end - start);
    fours * BLOCK * FOUR..(fours + end - start) * BLOCK * FOUR
}

//! The exact top-n search over the rows of one model.
//!
//! This is the one place that chooses how rows are scored: exactly at once, or by their codes first
//! and exactly if the codes leave a row in question. The answer is the same. Imports `model` and
//! `best`.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use super::best::Best;
use super::deadline::{Deadline, ROWS_PER_LOOK};
use super::model::{LoadedModel, ModelQuery, rows_per_part};
use crate::kernel::{self, BLOCK, QuantizedQuery, QuantizedRows};
use crate::topk::{Scored, top};

/// Number of blocks that a search finishes before all others, for each row that is wanted.
const FIRST_BLOCKS: usize = 2;

/// Score candidates in batches of this size: a higher threshold prunes the next blocks.
const CANDIDATE_BATCH: usize = BLOCK;

/// Blocks between two looks at the deadline.
const BLOCKS_PER_LOOK: usize = ROWS_PER_LOOK / BLOCK;

/// The first stage of a block: the largest upper bound of its rows, and the sums so far.
type FirstStage = (f32, [i32; BLOCK]);

/// The means of a search: codes, and a deadline.
#[derive(Clone, Copy)]
pub(super) struct Means<'a> {
    /// Whether it may use codes.
    pub uses_codes: bool,
    /// Looked at between blocks.
    pub deadline: Deadline<'a>,
}

/// One search: everything that is the same for every block.
struct Search<'a> {
    deadline: Deadline<'a>,
    model: &'a LoadedModel,
    query: Rc<ModelQuery>,
    factors: Cow<'a, [f32]>,
    multipliers: [f32; 2],
    /// `None` if this search uses no codes.
    coded_query: Option<QuantizedQuery>,
    rows_per_part: usize,
    /// Rows with residual weights, ascending, and their scores. They are scored exactly first,
    /// because the vector bound does not cover them.
    known: Vec<(u32, f32)>,
}

impl LoadedModel {
    /// Offers `best` every row that passes and may be among the best, by catalogue row and with its
    /// exact score. `means` allows the search to use codes and says when it stops early.
    pub fn search(
        &self,
        query: &Rc<ModelQuery>,
        best: &mut Best<'_>,
        passes: &dyn Fn(u32) -> bool,
        means: Means<'_>,
    ) {
        let search = Search::new(self, query, best.wanted(), means);
        search.offer_known(best, passes);
        let stages = search.first_stages(|_, _| ());
        search.finish(stages, best, passes);
    }
}

impl<'a> Search<'a> {
    fn new(
        model: &'a LoadedModel,
        query: &Rc<ModelQuery>,
        wanted: usize,
        Means { uses_codes, deadline }: Means<'a>,
    ) -> Self {
        // If a good part of the rows is wanted, codes leave too many rows in question.
        let uses_codes = uses_codes && wanted < model.item_rows.len() / 16;
        let uses_codes = uses_codes && model.was_searched.swap(true, Ordering::Relaxed);
        let coded_rows = model.blob.rows_with_vector();
        let (dims, rows_per_part) = (query.vector.len(), rows_per_part(coded_rows));
        let mut coded_query = None;
        let multipliers = model.multipliers(query);
        if uses_codes {
            make_next_part(model, rows_per_part * dims, dims);
            let first = model.codes.first().and_then(OnceLock::get);
            coded_query = first.and_then(|codes| codes.quantize_query(&query.vector, multipliers));
        }
        let factors = model.factors(query.exponent);
        let known = residual_scores(model, query, deadline);
        let query = Rc::clone(query);
        Self { deadline, model, query, factors, multipliers, coded_query, rows_per_part, known }
    }

    /// Offers the rows whose scores are known.
    fn offer_known(&self, best: &mut Best<'_>, passes: &dyn Fn(u32) -> bool) {
        for &(row, score) in &self.known {
            let row = self.model.item_rows[row as usize];
            if passes(row) {
                best.offer(Scored { row, score });
            }
        }
        best.prune();
    }

    fn is_known(&self, row: usize) -> bool {
        self.known.binary_search_by_key(&(row as u32), |&(row, _)| row).is_ok()
    }

    /// Returns how many blocks the rows with a vector have.
    fn blocks(&self) -> usize {
        self.rows_with_vector().len().div_ceil(BLOCK)
    }

    /// Returns the catalogue rows of the rows with a vector.
    fn rows_with_vector(&self) -> &[u32] {
        &self.model.item_rows[..self.model.blob.rows_with_vector() as usize]
    }

    /// Returns the codes of a block's part, the query in codes, the block's place in the part and
    /// the factors of the part; `None` if there are no codes of the block yet.
    #[inline]
    fn coded(&self, block: usize) -> Option<(&QuantizedRows, &QuantizedQuery, usize, &[f32])> {
        let query = self.coded_query.as_ref()?;
        let (part, row) = (block * BLOCK / self.rows_per_part, block * BLOCK % self.rows_per_part);
        let factors = &self.factors[part * self.rows_per_part..];
        Some((self.model.codes[part].get()?, query, row / BLOCK, factors))
    }

    /// Returns the first stage of every block that has codes; these are the first blocks. `see` gets
    /// the upper bounds of each block's rows.
    ///
    /// Another thread may make more codes meanwhile. This search does not use those: a block
    /// without a first stage is scored without codes.
    fn first_stages(&self, mut see: impl FnMut(usize, &[f32; BLOCK])) -> Vec<FirstStage> {
        let (mut stages, mut upper) = (Vec::new(), [0.0; BLOCK]);
        for block in 0..self.blocks() {
            let Some((codes, query, at, factors)) = self.coded(block) else { break };
            if self.deadline.is_over_at(block, BLOCKS_PER_LOOK) {
                break;
            }
            let mut sums = [0; BLOCK];
            stages.push((codes.begin(query, at, factors, &mut sums, &mut upper), sums));
            see(block, &upper);
        }
        stages
    }

    /// Returns all blocks; those with the largest bounds come first, which gives a high threshold
    /// early.
    fn order(&self, stages: &[FirstStage], wanted: usize) -> impl Iterator<Item = usize> + use<> {
        let bounds = (0..).zip(stages).map(|(row, &(score, _))| Scored { row, score });
        let first = top(FIRST_BLOCKS * wanted, bounds);
        let blocks = self.blocks();
        let mut is_done = vec![false; blocks];
        let order = first.into_iter().map(|block| block.row as usize).chain(0..blocks);
        order.filter(move |&block| !std::mem::replace(&mut is_done[block], true))
    }

    /// Scores every block behind its first stage and offers the rows that may be among the best.
    fn finish(
        &self,
        mut stages: Vec<FirstStage>,
        best: &mut Best<'_>,
        passes: &dyn Fn(u32) -> bool,
    ) {
        let score = |item: u32| {
            self.model.without_residual(&self.query, self.model.blob.row_of(item).unwrap_or(0))
        };
        let mut upper = [0.0; BLOCK];
        let mut candidates = Vec::new();
        for (count, block) in self.order(&stages, best.wanted()).enumerate() {
            if self.deadline.is_over_at(count, BLOCKS_PER_LOOK) {
                return;
            }
            let Some(most) = self.bound(block, best.least(), &mut stages, &mut upper) else {
                continue;
            };
            if most >= best.least() {
                let has_codes = block < stages.len();
                self.offer_block(block, has_codes, &upper, best, passes, &mut candidates);
            }
            if candidates.len() >= CANDIDATE_BATCH {
                best.offer_bounded(&candidates, passes, &score, self.deadline);
                candidates.clear();
            }
        }
        best.offer_bounded(&candidates, passes, &score, self.deadline);
        self.offer_without_vector(best, passes);
    }

    /// Returns the score of the rows that have neither a vector nor residual weights.
    fn score_without_vector(&self) -> f32 {
        0.0 * self.multipliers[0] * self.multipliers[1]
    }

    /// Offers the rows that have neither a vector nor residual weights. All have the same score.
    fn offer_without_vector(&self, best: &mut Best<'_>, passes: &dyn Fn(u32) -> bool) {
        let (first, score) = (self.rows_with_vector().len(), self.score_without_vector());
        for (at, &row) in self.model.item_rows.iter().enumerate().skip(first) {
            if score < best.least() || self.deadline.is_over_at(at, ROWS_PER_LOOK) {
                return;
            }
            if !self.is_known(at) && passes(row) {
                best.offer(Scored { row, score });
            }
        }
    }

    /// Returns the catalogue rows of a block.
    #[inline]
    fn rows(&self, block: usize) -> &[u32] {
        let rows = self.rows_with_vector();
        &rows[block * BLOCK..rows.len().min((block + 1) * BLOCK)]
    }

    /// Writes an upper bound of each row's score, or the score itself if the block has no codes.
    /// Returns a bound of them all; `None` if no row of the block reaches the threshold.
    #[inline]
    fn bound(
        &self,
        block: usize,
        threshold: f32,
        stages: &mut [FirstStage],
        upper: &mut [f32; BLOCK],
    ) -> Option<f32> {
        if let Some((most, sums)) = stages.get_mut(block)
            && let Some((codes, query, at, factors)) = self.coded(block)
        {
            if *most < threshold {
                return None;
            }
            return Some(codes.finish(query, at, factors, threshold, sums, upper));
        }
        self.score_block(block, upper);
        Some(f32::INFINITY)
    }

    /// Writes the score of each row of a block by its vector.
    fn score_block(&self, block: usize, upper: &mut [f32; BLOCK]) {
        let (first, rows, dims) = (block * BLOCK, self.rows(block).len(), self.query.vector.len());
        let values = &self.model.blob.values()[first * dims..][..rows * dims];
        kernel::dots(&self.query.vector, values, &mut upper[..rows]);
        for (score, factor) in upper.iter_mut().zip(&self.factors[first..]).take(rows) {
            *score = *score * factor * self.multipliers[0] * self.multipliers[1];
        }
    }

    /// Adds the rows of a block that may be among the best to the candidates, or offers them if
    /// the block has no codes, so that `upper` has their scores.
    #[inline]
    fn offer_block(
        &self,
        block: usize,
        has_codes: bool,
        upper: &[f32; BLOCK],
        best: &mut Best<'_>,
        passes: &dyn Fn(u32) -> bool,
        candidates: &mut Vec<Scored>,
    ) {
        for ((model_row, &row), &score) in (block * BLOCK..).zip(self.rows(block)).zip(upper) {
            if score < best.least() || self.is_known(model_row) {
                continue;
            }
            if has_codes {
                candidates.push(Scored { row, score });
            } else if passes(row) {
                best.offer(Scored { row, score });
            }
        }
    }
}

/// An upper bound of each row's score, by blob row: one that is quick to compute, and a close one
/// for the rows that need it.
pub(super) struct Bounds<'a> {
    search: Search<'a>,
    /// The first stages of the blocks whose bounds are not close, by block.
    stages: Vec<Option<FirstStage>>,
    upper: Vec<f32>,
}

impl<'a> Bounds<'a> {
    pub fn new(model: &'a LoadedModel, query: &Rc<ModelQuery>, means: Means<'a>) -> Self {
        let search = Search::new(model, query, 1, means);
        let mut upper = vec![0.0; model.item_rows.len()];
        let mut write = |block: usize, bounds: &[f32; BLOCK]| {
            let place = upper[block * BLOCK..].iter_mut();
            place.zip(bounds).for_each(|(upper, &bound)| *upper = bound);
        };
        let stages = search.first_stages(&mut write);
        let mut scores = [0.0; BLOCK];
        for block in stages.len()..search.blocks() {
            if means.deadline.is_over_at(block, BLOCKS_PER_LOOK) {
                break;
            }
            search.score_block(block, &mut scores);
            write(block, &scores);
        }
        upper[search.rows_with_vector().len()..].fill(search.score_without_vector());
        for &(row, score) in &search.known {
            upper[row as usize] = score;
        }
        let is_staged = search.coded(0).is_some_and(|(codes, ..)| codes.is_staged());
        let stages = stages.into_iter().map(|stage| is_staged.then_some(stage)).collect();
        Self { search, stages, upper }
    }

    /// Returns a bound for each row.
    pub fn all(&self) -> &[f32] {
        &self.upper
    }

    /// Returns a close bound of a row, or one below `least`.
    pub fn close(&mut self, row: u32, least: f32) -> f32 {
        let block = row as usize / BLOCK;
        if let Some((_, mut sums)) = self.stages.get_mut(block).and_then(Option::take)
            && let Some((codes, query, at, factors)) = self.search.coded(block)
        {
            let mut upper = [0.0; BLOCK];
            codes.finish(query, at, factors, least, &mut sums, &mut upper);
            let first = block * BLOCK;
            let rows = &mut self.upper[first..self.search.rows_with_vector().len()];
            rows.iter_mut().zip(upper).for_each(|(place, bound)| *place = bound);
            let known = &self.search.known;
            let from = known.partition_point(|&(row, _)| (row as usize) < first);
            for &(row, score) in
                known[from..].iter().take_while(|known| known.0 < (first + BLOCK) as u32)
            {
                self.upper[row as usize] = score;
            }
        }
        self.upper[row as usize]
    }
}

/// Makes the codes of the first part that has none.
fn make_next_part(model: &LoadedModel, values_per_part: usize, dims: usize) {
    if let Some(part) = model.codes.iter().position(|codes| codes.get().is_none()) {
        let values = model.blob.values().chunks(values_per_part).nth(part).unwrap_or_default();
        model.codes[part].get_or_init(|| QuantizedRows::new(values, dims));
    }
}

/// Returns the rows that have residual weights, ascending, and their scores.
fn residual_scores(
    model: &LoadedModel,
    query: &ModelQuery,
    deadline: Deadline<'_>,
) -> Vec<(u32, f32)> {
    let Some((_, residual)) = &model.residual else { return Vec::new() };
    let mut scores = vec![f32::NAN; model.norms.len()];
    let mut rows = Vec::new();
    for &(item, weight) in &query.items {
        if deadline.is_over() {
            break;
        }
        for (row, value) in residual.of(item) {
            let score = &mut scores[row as usize];
            if score.is_nan() {
                *score = model.without_residual(query, row);
                rows.push(row);
            }
            *score += weight * value;
        }
    }
    rows.sort_unstable();
    rows.dedup();
    rows.into_iter().map(|row| (row, scores[row as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::drawn::{USUAL, drawn};
    use super::*;

    #[test]
    fn codes_that_another_request_makes_meanwhile_change_no_answer() {
        for seed in 0..10 {
            let engine = drawn(seed, 8, true, &USUAL);
            let model = engine.loaded("a").unwrap();
            let query = Rc::new(model.make_query(&[(0, 1.0)], &[], Vec::new(), Deadline::never()));
            let (all, mut want) = (|_: u32| true, Best::new(5, None));
            let means = |uses_codes| Means { uses_codes, deadline: Deadline::never() };
            model.search(&query, &mut want, &all, means(false));

            model.was_searched.store(true, Ordering::Relaxed);
            let mut best = Best::new(5, None);
            let search = Search::new(model, &query, best.wanted(), means(true));
            search.offer_known(&mut best, &all);
            let stages = search.first_stages(|_, _| ());
            let dims = query.vector.len();
            for _part in 1..model.codes.len() {
                make_next_part(model, search.rows_per_part * dims, dims);
            }
            assert!(model.codes.len() > 1 && model.codes.iter().all(|codes| codes.get().is_some()));
            search.finish(stages, &mut best, &all);
            assert_eq!(best.finish(), want.finish(), "{seed}");
        }
    }
}

//! EASE without a matrix of all pairs: each item's weights come from its nearest items.
//!
//! Imports the sparse Gram matrix.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use faer::linalg::solvers::Solve;
use faer::{Col, Mat, Side};

use super::data::Interactions;
use super::parallel::map_each;
use super::sparse_gram::{Entry, Kept, SparseGram};

/// QUALITY.md, "Larger than one matrix", and its notes have what other numbers give.
const KEPT: Kept = Kept { near: 384, above: 2048 };

/// A pivot below this share of the diagonal is rounding.
const LEAST_PIVOT: f64 = 1e-9;

/// The weights of EASE between near items.
///
/// With `P = (XᵀX + λI)⁻¹`, what i adds to the score of j is `-P[i,j] / P[j,j]`. The regression of
/// item j on its nearest items gives these weights and `1 / P[j,j]`. P is symmetric, so the
/// regression of i gives the weight of the same pair again. If both know the pair, the weight is
/// their mean.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseWeights {
    /// `1 / P[j,j]` of each item.
    pivots: Vec<f64>,
    /// Row j holds the weights of j's own regression, ascending by item.
    of_column: Rows,
    /// The same weights; row i holds those from i.
    of_row: Rows,
}

impl SparseWeights {
    /// Computes the weights; the number of threads does not change them. Returns `None` if it was
    /// cancelled.
    ///
    /// Needs at most 23 kB an item and 4 bytes an interaction, less if items share few users.
    #[must_use]
    pub fn ease(
        data: &Interactions,
        lambda: f64,
        threads: usize,
        cancel: &AtomicBool,
    ) -> Option<Self> {
        Self::with(data, lambda, KEPT, threads, cancel)
    }

    /// Does the same with other than 384 nearest items.
    #[must_use]
    pub fn ease_of_near(
        data: &Interactions,
        lambda: f64,
        near: usize,
        threads: usize,
        cancel: &AtomicBool,
    ) -> Option<Self> {
        Self::with(data, lambda, Kept { near, ..KEPT }, threads, cancel)
    }

    fn with(
        data: &Interactions,
        lambda: f64,
        kept: Kept,
        threads: usize,
        cancel: &AtomicBool,
    ) -> Option<Self> {
        let gram = SparseGram::new(data, lambda, kept, threads, cancel)?;
        let start = || Solver { gram: &gram, lambda, place: vec![0; data.items()] };
        let (columns, _) = map_each(data.items(), threads, start, |solver, item| {
            if cancel.load(Relaxed) { Column::default() } else { solver.regress(item) }
        });
        drop(gram);
        if cancel.load(Relaxed) {
            return None;
        }
        let pivots = columns.iter().map(|column| column.pivot).collect();
        let of_column = Rows::new(columns.into_iter().map(|column| column.weights));
        let of_row = of_column.transposed();
        Some(Self { pivots, of_column, of_row })
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.pivots.len()
    }

    /// Writes what `item` adds to the score of others: (other, weight), ascending.
    pub fn row(&self, item: usize, out: &mut Vec<(u32, f32)>) {
        out.clear();
        // By the symmetry of P.
        let turned = |(other, weight): Entry| {
            let weight = f64::from(weight) * self.pivots[other as usize] / self.pivots[item];
            (other, weight as f32)
        };
        let mut known = self.of_row.of(item).peekable();
        for (other, weight) in self.of_column.of(item).map(turned) {
            while let Some(next) = known.next_if(|next| next.0 < other) {
                out.push(next);
            }
            let both = known.next_if(|next| next.0 == other);
            out.push((other, both.map_or(weight, |(_, known)| f32::midpoint(weight, known))));
        }
        out.extend(known);
    }
}

/// Sparse rows.
#[derive(Debug, Clone, PartialEq)]
struct Rows {
    offsets: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

impl Rows {
    fn new(rows: impl Iterator<Item = Box<[Entry]>>) -> Self {
        let mut all = Self { offsets: vec![0], columns: Vec::new(), values: Vec::new() };
        for row in rows {
            all.columns.extend(row.iter().map(|entry| entry.0));
            all.values.extend(row.iter().map(|entry| entry.1));
            all.offsets.push(all.columns.len());
        }
        all
    }

    fn of(&self, row: usize) -> impl Iterator<Item = Entry> + '_ {
        let range = self.offsets[row]..self.offsets[row + 1];
        self.columns[range.clone()].iter().copied().zip(self.values[range].iter().copied())
    }

    /// Returns columns as rows, each ascending.
    fn transposed(&self) -> Self {
        let mut offsets = vec![0; self.offsets.len()];
        for &column in &self.columns {
            offsets[column as usize + 1] += 1;
        }
        for row in 1..offsets.len() {
            offsets[row] += offsets[row - 1];
        }
        let mut next = offsets.clone();
        let (mut columns, mut values) = (vec![0; self.columns.len()], vec![0.0; self.values.len()]);
        for row in 0..self.offsets.len() - 1 {
            for (column, value) in self.of(row) {
                let at = &mut next[column as usize];
                (columns[*at], values[*at]) = (row as u32, value);
                *at += 1;
            }
        }
        Self { offsets, columns, values }
    }
}

/// The regression of one item.
#[derive(Debug, Default)]
struct Column {
    pivot: f64,
    /// The weights of the nearest items, ascending by item.
    weights: Box<[Entry]>,
}

/// Solves the regression of one item after the other.
struct Solver<'a> {
    gram: &'a SparseGram,
    lambda: f64,
    /// For each item its place in the regression, from 1; 0 if it has none.
    place: Vec<u32>,
}

impl Solver<'_> {
    /// Returns the weights of the nearest items for `item`, and its pivot: what they leave of its
    /// own entry.
    ///
    /// Without its small entries the matrix may have no inverse; then half of the items is taken.
    fn regress(&mut self, item: usize) -> Column {
        let gram = self.gram;
        let mut near = &*gram.near[item];
        let own = f64::from(gram.diagonal[item]) + self.lambda;
        while !near.is_empty() {
            let right = Col::<f64>::from_fn(near.len(), |at| f64::from(near[at].1));
            if let Ok(llt) = self.among(near).llt(Side::Lower) {
                let weights = llt.solve(&right);
                let pivot = own - right.transpose() * &weights;
                if pivot > own * LEAST_PIVOT {
                    let pairs = near.iter().zip(weights.iter());
                    let mut weights: Box<[Entry]> =
                        pairs.map(|(&(other, _), &weight)| (other, weight as f32)).collect();
                    weights.sort_unstable_by_key(|&(other, _)| other);
                    return Column { pivot, weights };
                }
            }
            near = &near[..near.len() / 2];
        }
        Column { pivot: own, weights: Box::default() }
    }

    /// Returns the lower half of `XᵀX + λI` on the rows and columns of these items.
    fn among(&mut self, items: &[Entry]) -> Mat<f64> {
        for (place, &(item, _)) in (1..).zip(items) {
            self.place[item as usize] = place;
        }
        let mut matrix = Mat::<f64>::zeros(items.len(), items.len());
        for (at, &(item, _)) in items.iter().enumerate() {
            matrix[(at, at)] = f64::from(self.gram.diagonal[item as usize]) + self.lambda;
            for &(other, count) in &self.gram.above[item as usize] {
                if let Some(with) = (self.place[other as usize] as usize).checked_sub(1) {
                    matrix[(at.max(with), at.min(with))] = f64::from(count);
                }
            }
        }
        for &(item, _) in items {
            self.place[item as usize] = 0;
        }
        matrix
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use crate::{ItemVectors, ItemWeights, Residual, SourceWeight};
    use osusume_tables::Rating;

    const ALL: Kept = Kept { near: usize::MAX, above: 1 << 20 };

    fn data(rows: impl Iterator<Item = (u32, u32)>) -> Interactions {
        let mut builder = Builder::new(Keep::default());
        let mut users = 0;
        for (user, item) in rows {
            users = users.max(user + 1);
            builder.push(Rating { user, item, ..Rating::default() });
        }
        builder.finish(&(0..users).collect::<Vec<_>>()).0
    }

    /// 80 users with 1 to 9 of 40 items.
    fn some() -> Interactions {
        let of = |user: u32| (0..=user % 9).map(move |n| (user, user * user * (n + 3) % 41 % 40));
        data((0..80).flat_map(of))
    }

    fn ease(data: &Interactions, lambda: f64, kept: Kept, threads: usize) -> SparseWeights {
        SparseWeights::with(data, lambda, kept, threads, &AtomicBool::new(false)).unwrap()
    }

    fn rows(weights: &SparseWeights) -> Vec<Vec<Entry>> {
        let row = |item| {
            let mut row = Vec::new();
            weights.row(item, &mut row);
            row
        };
        (0..weights.items()).map(row).collect()
    }

    #[test]
    fn all_items_as_candidates_give_the_exact_weights() {
        // Items without a common user have weights too, so one user more has everything. Users of
        // two files count differently.
        let all = data((0..40).map(|item| (0, item)));
        let (few, much) =
            (SourceWeight { weight: 1.0, length: 0.5 }, SourceWeight { weight: 3.0, length: 0.0 });
        let linked = Interactions::joined(vec![(some(), few), (all, much)]);
        let exact = ItemWeights::ease(&linked, 3.0).unwrap();
        for (item, row) in rows(&ease(&linked, 3.0, ALL, 2)).iter().enumerate() {
            assert_eq!(row.len(), linked.items() - 1);
            for &(other, weight) in row {
                let wanted = exact.row(item)[other as usize];
                assert!((weight - wanted).abs() < 1e-5, "{item} {other}: {weight} {wanted}");
            }
        }
        // The residual is the same one too.
        let values: Vec<f32> = (0..linked.items() * 3).map(|i| (i as f32 * 0.7).sin()).collect();
        let vectors = ItemVectors { values: &values, dims: 3, exponent: 0.5 };
        let cancel = AtomicBool::new(false);
        let found =
            Residual::of_sparse(&ease(&linked, 3.0, ALL, 1), &vectors, 5, 2, &cancel).unwrap();
        let wanted = Residual::new(&exact, &vectors, 5, 1);
        assert!((found.factor - wanted.factor).abs() < 1e-5, "{found:?} {wanted:?}");
        assert_eq!(found.rows, wanted.rows);
        assert!(found.weights.iter().zip(&wanted.weights).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn threads_change_nothing_and_the_kept_are_bounded() {
        let data = some();
        let kept = Kept { near: 4, above: 3 };
        let one = ease(&data, 3.0, kept, 1);
        for threads in [2, 3, 7] {
            assert_eq!(one, ease(&data, 3.0, kept, threads));
        }
        assert!((0..one.items()).all(|item| one.of_column.of(item).count() <= 4));
        let gram = SparseGram::new(&data, 3.0, kept, 2, &AtomicBool::new(false)).unwrap();
        assert!(gram.above.iter().map(|row| row.len()).sum::<usize>() <= 3 * data.items());
        for row in rows(&one) {
            assert!(row.is_sorted_by(|a, b| a.0 < b.0));
        }
    }

    #[test]
    fn odd_data_give_finite_weights() {
        let lonely = data((0..5).map(|user| (user, user)));
        let one = data((0..5).map(|user| (user, 7)));
        let twins = data((0..6).flat_map(|user| [(user, 1), (user, 2), (user, 3)]));
        for data in [&data(std::iter::empty()), &one, &lonely, &twins, &some()] {
            for lambda in [1e-300, 1e-12, 1.0, 1e30, 1e300] {
                for kept in [Kept { near: 0, above: 0 }, Kept { near: 3, above: 0 }, ALL] {
                    let weights = ease(data, lambda, kept, 2);
                    assert_eq!(weights.items(), data.items());
                    assert!(rows(&weights).iter().flatten().all(|entry| entry.1.is_finite()));
                }
            }
        }
        assert!(rows(&ease(&lonely, 1.0, ALL, 1)).iter().all(Vec::is_empty));
    }

    #[test]
    fn a_cancelled_run_returns_nothing() {
        assert_eq!(SparseWeights::ease(&some(), 1.0, 2, &AtomicBool::new(true)), None);
    }
}

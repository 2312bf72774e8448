//! The rules that make one query of several liked items, side by side.
//!
//! Imports the ranks, the fold-in and the residual.

use serde::Serialize;

use super::rank::{Ranks, half_width, sum_up};
use crate::fitted::Fitted;
use crate::fold_in::{FoldIn, score_by_sum};
use crate::item_vectors::ItemVectors;
use crate::residual::Residual;

/// How well one rule ranks the held-out items, for all training items of the user as the query.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleReport {
    /// `mean`, `sum` or `ridge`, the latter two also with `+residual` if the model has one.
    pub rule: &'static str,
    /// Whether the manifest of a release with this model names this rule. With a residual it is the
    /// sum, which the residual completes; without one, the sum or the ridge, whichever ranks better
    /// here.
    pub shipped: bool,
    /// Ranks among all items that are not training items of the user.
    pub ranks: Ranks,
    /// NDCG@10 minus that of `mean`.
    pub over_mean: f64,
    /// Half the width of the 95% interval of `over_mean` (bootstrap over users, each with both
    /// rules).
    pub over_mean_half_width: f64,
}

/// The rules on the vectors of one model, ready to score.
pub(super) struct Rules<'a> {
    vectors: ItemVectors<'a>,
    residual: Option<&'a Residual>,
    fold: FoldIn,
    unit: Vec<f32>,
    own: Vec<f32>,
}

impl<'a> Rules<'a> {
    /// Prepares the rules; `None` for a model without vectors.
    pub fn new(model: &'a dyn Fitted) -> Option<Self> {
        let vectors = model.vectors()?;
        Some(Self {
            vectors,
            residual: model.residual(),
            fold: FoldIn::new(vectors.values, vectors.dims, 1.0, 3.0),
            unit: ItemVectors { exponent: 1.0, ..vectors }.scales(),
            own: vectors.scales(),
        })
    }

    /// Names of the rules in the order in which they score; the plain mean is the first.
    pub fn names(&self) -> &'static [&'static str] {
        match self.residual {
            Some(_) => &["mean", "sum", "sum+residual", "ridge", "ridge+residual"],
            None => &["mean", "sum", "ridge"],
        }
    }

    /// Calls `each` with the scores of every item for a profile, once for each rule.
    pub fn score(&self, own: &[u32], scores: &mut [f32], mut each: impl FnMut(&[f32])) {
        score_by_sum(&self.vectors, &self.unit, own, scores);
        each(scores);
        for is_ridge in [false, true] {
            if is_ridge {
                self.fold.score(own, scores);
            } else {
                score_by_sum(&self.vectors, &self.own, own, scores);
            }
            each(scores);
            if let Some(residual) = self.residual {
                // A ridge predicts interactions themselves, as EASE does; a sum needs the factor to
                // reach their size.
                let factor = if is_ridge { 1.0 } else { residual.factor };
                for score in &mut *scores {
                    *score *= factor;
                }
                let weights = own.iter().flat_map(|&item| residual.of(item as usize));
                weights.for_each(|(item, weight)| scores[item as usize] += weight);
                each(scores);
            }
        }
    }
}

/// Compares the rules called `names`. `answers` holds each user's rank of the held-out item under
/// each rule.
pub(super) fn compare(names: &[&'static str], answers: &[Vec<u32>], seed: u64) -> Vec<RuleReport> {
    let gain = |rank: u32| if rank < 10 { 1.0 / (f64::from(rank) + 2.0).log2() } else { 0.0 };
    let report = |(at, &rule): (usize, &&'static str)| {
        let over: Vec<f64> =
            answers.iter().map(|answer| gain(answer[at]) - gain(answer[0])).collect();
        RuleReport {
            rule,
            shipped: false,
            ranks: sum_up(&answers.iter().map(|answer| vec![answer[at]]).collect::<Vec<_>>(), seed),
            over_mean: over.iter().sum::<f64>() / over.len().max(1) as f64,
            over_mean_half_width: half_width(&over, seed),
        }
    };
    let mut reports: Vec<RuleReport> = names.iter().enumerate().map(report).collect();
    let ships = match reports.as_slice() {
        [_, sum, ridge] if ridge.ranks.ndcg10 > sum.ranks.ndcg10 => "ridge",
        [_, _, _] => "sum",
        _ => "sum+residual",
    };
    for report in &mut reports {
        report.shipped = report.rule == ships;
    }
    reports
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use crate::{ItemWeights, LeaveOneOut, Vectored, WithResidual};
    use osusume_tables::Rating;

    #[test]
    fn with_cosines_the_sum_is_the_mean_and_a_whole_residual_is_its_target() {
        let mut builder = Builder::new(Keep { ratings: false, order: true });
        for user in 0..60_u32 {
            for n in 0..6 {
                let item = (user * user * (n + 3) + n) % 23;
                builder.push(Rating {
                    user,
                    item,
                    rating: None,
                    timestamp: i64::from(n),
                    ..Rating::default()
                });
            }
        }
        let split = LeaveOneOut::new(builder.finish(&(0..60).collect::<Vec<_>>()).0, 1);
        let rules = |model: &dyn Fitted| crate::leave_one_out(model, &split, 1, 2).rules;
        let items = split.train.items();
        let values: Vec<f32> = (0..items * 3).map(|i| (i as f32 * 0.7).sin()).collect();
        let alone = rules(&Vectored::alone(values.clone(), 3, 1.0));
        assert_eq!(alone.iter().map(|r| r.rule).collect::<Vec<_>>(), ["mean", "sum", "ridge"]);
        assert_eq!(alone[0].ranks.ndcg10, alone[1].ranks.ndcg10);
        assert_eq!((alone[1].over_mean, alone[1].over_mean_half_width), (0.0, 0.0));

        let ease = ItemWeights::ease(&split.train, 5.0).unwrap();
        let vectors = ItemVectors { values: &values, dims: 3, exponent: 0.5 };
        let residual = Residual::new(&ease, &vectors, items, 1);
        let whole = rules(&WithResidual::new(&vectors, residual));
        let of = |rule: &str| whole.iter().find(|r| r.rule == rule).unwrap();
        let target = crate::leave_one_out(&ease, &split, 1, 1).full;
        assert!((of("sum+residual").ranks.ndcg10 - target.ndcg10).abs() < 1e-9);
        assert!(of("sum+residual").shipped && !of("sum").shipped);
        let over = of("sum+residual").ranks.ndcg10 - of("mean").ranks.ndcg10;
        assert!((of("sum+residual").over_mean - over).abs() < 1e-12);
    }
}

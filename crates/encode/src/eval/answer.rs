//! The answer of one encoder to one question.
//! It imports the dot product.

use osusume_tables::Vectors;

use crate::math::dot;

/// The number of items in an answer.
pub(super) const LIST: usize = 10;

/// The answer of one encoder to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The ten best items, the best first.
    pub list: Vec<usize>,
    /// The rank of the best wanted item, from 0. An item with the same score as others ranks last
    /// of them.
    pub rank: usize,
}

impl Answered {
    /// Returns the answer to a question for the items `wanted`, given a score for each item.
    #[must_use]
    pub fn new(scores: &[f32], wanted: &[usize]) -> Self {
        let above = |at: usize| {
            scores
                .iter()
                .enumerate()
                .filter(|&(other, score)| other != at && *score >= scores[at])
                .count()
        };
        let mut list: Vec<usize> = (0..scores.len()).collect();
        let best_first = |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b));
        if list.len() > LIST {
            list.select_nth_unstable_by(LIST - 1, best_first);
            list.truncate(LIST);
        }
        list.sort_by(best_first);
        Self { list, rank: wanted.iter().map(|&at| above(at)).min().unwrap_or(scores.len()) }
    }

    /// Returns the answer by the scores of `query` with the vectors of `items`.
    ///
    /// The vector `instead` stands for that of the first wanted item.
    #[must_use]
    pub fn by_vectors(
        query: &[f32],
        items: &Vectors,
        wanted: &[usize],
        instead: Option<&[f32]>,
    ) -> Self {
        let mut scores: Vec<f32> =
            (0..items.ids.len()).map(|at| dot(query, items.row(at))).collect();
        if let (Some(instead), Some(&at)) = (instead, wanted.first()) {
            scores[at] = dot(query, instead);
        }
        Self::new(&scores, wanted)
    }
}

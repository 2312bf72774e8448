//! Diversity: results that differ from each other.
//!
//! Imports `model` and `deadline`.

use super::deadline::Deadline;
use super::model::LoadedModel;
use crate::topk::Scored;

/// Returns how many candidates diversity may choose from: the n best and 4 n more, but at least 90
/// and at most 500 more.
pub(super) fn pool_size(n: usize) -> usize {
    n + (4 * n).clamp(90, 500)
}

/// Chooses n results by maximal marginal relevance (Carbonell and Goldstein 1998).
///
/// Each step takes the candidate with the largest `(1 - d) × relevance - d × (largest cosine to a
/// result)`. Relevance is the score scaled to 0..=1 over the pool. Ties go to the better candidate.
/// The cosine is that of the first model that covers both items, and 0 if no model does. After the
/// deadline it takes no further step.
pub(super) fn diversify(
    n: usize,
    pool: Vec<Scored>,
    diversity: f32,
    models: &[&LoadedModel],
    deadline: Deadline<'_>,
) -> Vec<Scored> {
    let (Some(best), Some(worst)) = (pool.first(), pool.last()) else { return pool };
    let (low, range) = (worst.score, best.score - worst.score);
    let relevance = |score: f32| if range > 0.0 { (score - low) / range } else { 1.0 };
    let rows: Vec<Vec<Option<u32>>> = pool
        .iter()
        .map(|c| models.iter().map(|model| model.blob.row_of(c.row)).collect())
        .collect();
    let mut nearest = vec![f32::NEG_INFINITY; pool.len()];
    let mut left: Vec<usize> = (0..pool.len()).collect();
    let mut chosen = Vec::new();
    while chosen.len() < n && !left.is_empty() && !deadline.is_over() {
        let value = |at: usize| {
            let near = if nearest[at] == f32::NEG_INFINITY { 0.0 } else { nearest[at] };
            (1.0 - diversity) * relevance(pool[at].score) - diversity * near
        };
        let mut take = 0;
        for place in 1..left.len() {
            if value(left[place]) > value(left[take]) {
                take = place;
            }
        }
        let taken = left.remove(take);
        chosen.push(pool[taken]);
        let units: Vec<Option<Vec<f32>>> = models
            .iter()
            .zip(&rows[taken])
            .map(|(model, row)| row.map(|row| model.unit(row)))
            .collect();
        for &at in &left {
            let mut pairs = models.iter().zip(&units).zip(&rows[at]);
            let cosine =
                pairs.find_map(|((model, unit), row)| Some(model.cosine((*row)?, unit.as_ref()?)));
            nearest[at] = nearest[at].max(cosine.unwrap_or(0.0));
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(pairs: &[(u32, f32)]) -> Vec<Scored> {
        pairs.iter().map(|&(row, score)| Scored { row, score }).collect()
    }

    #[test]
    fn without_vectors_diversity_keeps_the_order() {
        let all = scored(&[(1, 5.0), (2, 4.0), (0, 1.0)]);
        assert_eq!(diversify(2, all, 0.7, &[], Deadline::never()), scored(&[(1, 5.0), (2, 4.0)]));
    }
}

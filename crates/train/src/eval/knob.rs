//! Protocol "knob": how the knob from popular to niche changes lists.
//!
//! Imports the ranks and the lists.

use osusume::catalogue::popularity;
use osusume::engine::Niche;
use serde::Serialize;

use super::lists::{Lists, describe, percentiles};
use super::rank::{mean_and_best, rank, top_ten};
use crate::data::NO_ITEM;
use crate::fitted::Fitted;
use crate::parallel::map_parts;
use crate::split::LeaveOneOut;

/// The item-to-item lists at one position of the knob.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KnobPoint {
    /// Position: 0 is the popular end, 1 the niche end, 0.5 the plain order.
    pub niche: f32,
    /// Share of held-out items among the first ten.
    pub hr10: f64,
    /// The same share with one weight for each held-out item, so that popular items count no more
    /// than others.
    pub macro_hr10: f64,
    /// Measures of the lists.
    pub lists: Lists,
}

/// Number of steps between the two ends.
const STEPS: u32 = 10;

/// Measures the item-to-item lists of each user's latest training item at eleven positions of the
/// knob.
///
/// `niche` works as in the engine (ENGINE.md, sections 4 and 5); items are ranked by their training
/// interactions.
#[must_use]
pub fn knob(model: &dyn Fitted, split: &LeaveOneOut, threads: usize) -> Vec<KnobPoint> {
    let data = &split.train;
    let others = data.items().saturating_sub(1) as f32;
    let by_rank = |percentile: &f64| popularity((1.0 - *percentile) as f32 * others, others);
    let popularity: Vec<f32> = percentiles(&data.counts()).iter().map(by_rank).collect();
    let tested: Vec<usize> =
        (0..data.users()).filter(|&user| split.test[user] != NO_ITEM).collect();
    let answers: Vec<Vec<(u32, Vec<u32>)>> = map_parts(tested.len(), threads, |part| {
        let (mut scores, mut moved) = (vec![0.0; data.items()], vec![0.0; data.items()]);
        let ask = |&user: &usize| {
            let (query, test) = (split.latest[user], split.test[user]);
            model.item(query as usize, &mut scores);
            let (mean, best) = mean_and_best(&scores, &[query]);
            let at = |step: u32| {
                let strength = 1.0 - 2.0 * step as f32 / STEPS as f32;
                let niche = Niche::new(&popularity, strength, mean, || best - mean);
                for ((row, moved), &score) in (0..).zip(&mut moved).zip(&scores) {
                    *moved = niche.of(row, score);
                }
                (rank(&moved, test, &[query]), top_ten(&moved, &[query]))
            };
            (0..=STEPS).map(at).collect()
        };
        tested[part].iter().map(ask).collect::<Vec<Vec<(u32, Vec<u32>)>>>()
    })
    .into_iter()
    .flatten()
    .collect();
    let point = |step: u32| {
        let at = step as usize;
        let (mut hits, mut questions) = (vec![0_u32; data.items()], vec![0_u32; data.items()]);
        for (answer, &user) in answers.iter().zip(&tested) {
            let test = split.test[user] as usize;
            questions[test] += 1;
            hits[test] += u32::from(answer[at].0 < 10);
        }
        let targets = questions.iter().filter(|&&n| n > 0).count().max(1) as f64;
        let shares = hits.iter().zip(&questions).filter(|(_, n)| **n > 0);
        KnobPoint {
            niche: step as f32 / STEPS as f32,
            hr10: f64::from(hits.iter().sum::<u32>()) / tested.len().max(1) as f64,
            macro_hr10: shares.map(|(&hits, &n)| f64::from(hits) / f64::from(n)).sum::<f64>()
                / targets,
            lists: describe(answers.iter().map(|answer| answer[at].1.as_slice()), data),
        }
    };
    (0..=STEPS).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ItemWeights;
    use crate::data::{Builder, Keep};
    use crate::random::mix;
    use osusume_tables::Rating;

    #[test]
    fn the_knob_goes_from_the_popular_to_the_rest_and_its_middle_is_the_plain_order() {
        let mut builder = Builder::new(Keep::default());
        for user in 0..300_u32 {
            for n in 0..8 {
                let draw = mix(u64::from(user), n) as f64 / u64::MAX as f64;
                builder.push(Rating {
                    user,
                    item: (draw * draw * 90.0) as u32,
                    ..Rating::default()
                });
            }
        }
        let split = LeaveOneOut::new(builder.finish(&(0..300).collect::<Vec<_>>()).0, 1);
        let model = ItemWeights::cosine(&split.train);
        let points = knob(&model, &split, 2);
        assert_eq!((points.len(), points[0].niche, points[10].niche), (11, 0.0, 1.0));
        assert!(
            points.windows(2).all(|two| two[1].lists.popularity <= two[0].lists.popularity),
            "{points:?}"
        );
        let plain = crate::leave_one_out(&model, &split, 1, 1);
        assert_eq!((points[5].hr10, points[5].lists), (plain.item_to_item.hr10, plain.lists));
    }
}

//! Splits of the data into training and held-out interactions.
//!
//! Imports the data and random streams.

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::data::{Interactions, NO_ITEM};
use super::random::{mix, stream};

/// Leave-one-out: the last interaction of every user is the test item, the one before it the latest
/// training item.
///
/// The order is that of time if the data have it (ties in the order of the file), otherwise a
/// seeded random order. A user with one item keeps it for training and has no test item.
#[derive(Debug, Clone)]
pub struct LeaveOneOut {
    /// Interactions to train on; the items of a user ascend by row.
    pub train: Interactions,
    /// The held-out item of each user, or [`NO_ITEM`].
    pub test: Vec<u32>,
    /// The latest training item of each user: the query of item-to-item rankings, and the item that
    /// validation holds out.
    pub latest: Vec<u32>,
    /// The negatives of each user, if a published split brings them; otherwise evaluations draw
    /// them.
    pub given: Option<Vec<Vec<u32>>>,
}

impl LeaveOneOut {
    /// Splits the interactions.
    #[must_use]
    pub fn new(mut data: Interactions, seed: u64) -> Self {
        let (mut test, mut latest) = (Vec::new(), Vec::new());
        for user in 0..data.users() {
            let own = data.of(user);
            let (last, before) = match own.len() {
                0 => (NO_ITEM, NO_ITEM),
                1 => (NO_ITEM, own[0]),
                n if data.is_chronological() => (own[n - 1], own[n - 2]),
                n => {
                    let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "split"), user as u64));
                    let (last, before) = (rng.random_range(0..n), rng.random_range(0..n - 1));
                    (own[last], own[before + usize::from(before >= last)])
                }
            };
            test.push(last);
            latest.push(before);
        }
        data.filter(|user, item| if item == test[user] { NO_ITEM } else { item });
        data.sort();
        Self { train: data, test, latest, given: None }
    }

    /// Whether the user has the item in the whole data.
    #[must_use]
    pub fn touched(&self, user: usize, item: u32) -> bool {
        self.test[user] == item || self.train.has(user, item)
    }

    /// Returns the number of users with a test item.
    #[must_use]
    pub fn tested(&self) -> usize {
        self.test.iter().filter(|&&item| item != NO_ITEM).count()
    }
}

/// Split B: a tenth of each user's rows is held out at random, at least one row of a user with two.
#[derive(Debug, Clone)]
pub struct Tenth {
    /// Interactions to train on.
    pub train: Interactions,
    /// The held-out items of each user, ascending.
    pub held: Vec<Vec<u32>>,
}

impl Tenth {
    /// Splits the interactions.
    #[must_use]
    pub fn new(mut data: Interactions, seed: u64) -> Self {
        data.sort();
        let held: Vec<Vec<u32>> = (0..data.users())
            .map(|user| {
                let mut own = data.of(user).to_vec();
                let count = if own.len() < 2 { 0 } else { (own.len() / 10).max(1) };
                let mut rng = Pcg64Mcg::seed_from_u64(mix(stream(seed, "tenth"), user as u64));
                for i in 0..count {
                    let other = rng.random_range(i..own.len());
                    own.swap(i, other);
                }
                own.truncate(count);
                own.sort_unstable();
                own
            })
            .collect();
        data.filter(
            |user, item| if held[user].binary_search(&item).is_ok() { NO_ITEM } else { item },
        );
        Self { train: data, held }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use osusume_tables::Rating;

    fn data(order: bool) -> Interactions {
        let mut builder = Builder::new(Keep { ratings: false, order });
        for (user, item, timestamp) in
            [(0, 3, 2), (0, 1, 5), (0, 2, 5), (1, 2, 0), (2, 1, 9), (2, 3, 1)]
        {
            builder.push(Rating { user, item, rating: None, timestamp, ..Rating::default() });
        }
        builder.finish(&[0, 1, 2]).0
    }

    #[test]
    fn the_last_in_time_is_held_out() {
        let split = LeaveOneOut::new(data(true), 1);
        assert_eq!(
            (split.test.as_slice(), split.latest.as_slice()),
            (&[1, NO_ITEM, 0][..], &[0, 1, 2][..])
        );
        assert_eq!(
            (split.train.of(0), split.train.of(1), split.train.of(2)),
            (&[0, 2][..], &[1][..], &[2][..])
        );
        assert!(split.touched(0, 1) && split.touched(0, 0) && !split.touched(1, 0));
        assert_eq!(split.tested(), 2);
    }

    #[test]
    fn without_time_the_seed_decides() {
        let same = |seed| LeaveOneOut::new(data(false), seed);
        assert_eq!(same(4).test, same(4).test);
        assert!((0..20).any(|seed| same(seed).test != same(4).test));
        for seed in 0..20 {
            let split = same(seed);
            assert_eq!(split.train.len(), 4);
            assert!(split.train.has(0, split.latest[0]) && split.test[0] != split.latest[0]);
        }
    }
}

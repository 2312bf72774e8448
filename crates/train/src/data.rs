//! The interactions: which user has which item, in rows of users.
//!
//! Imports the errors and the feedback of a recipe; knows no learner.

mod build;

pub use build::{Builder, LeftOut};

use super::error::TrainError;
use super::recipe::Feedback;
use super::source::SourceWeight;

/// Stands for "no item": the held-out item of a user who has none.
pub const NO_ITEM: u32 = u32::MAX;

/// Interactions of all users, each user's items in one stretch (compressed sparse rows): 4 bytes an
/// interaction.
///
/// Items are *rows* `0..items()`, in ascending order of their ids. A user's items ascend by row,
/// or, if [`Keep::order`] was set and the file has time stamps, by (time stamp, row of the file). A
/// user has each item once.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interactions {
    offsets: Vec<usize>,
    items: Vec<u32>,
    ratings: Option<Vec<f32>>,
    ids: Vec<u32>,
    chronological: bool,
    /// The meaning of `ratings`, which [`Interactions::weigh`] sets.
    feedback: Feedback,
    /// How much each interaction of a user counts, by user; empty if each counts 1.
    weights: Vec<f32>,
}

/// Columns of a ratings file to keep besides the pairs; each costs memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// Ratings: 4 bytes an interaction, 8 while reading.
    pub ratings: bool,
    /// The order in time, if the file has time stamps: 8 bytes an interaction while reading, none
    /// afterwards.
    pub order: bool,
}

impl Interactions {
    /// Number of users.
    #[must_use]
    pub fn users(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.ids.len()
    }

    /// Number of interactions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are no interactions.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The item ids by row, ascending.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Whether each user's items are in the order of time; otherwise they ascend by row.
    #[must_use]
    pub fn is_chronological(&self) -> bool {
        self.chronological
    }

    /// The items of one user.
    #[must_use]
    pub fn of(&self, user: usize) -> &[u32] {
        &self.items[self.offsets[user]..self.offsets[user + 1]]
    }

    /// The ratings of one user, 0 for unrated, in the order of [`Interactions::of`]; `None` unless
    /// kept.
    #[must_use]
    pub fn ratings_of(&self, user: usize) -> Option<&[f32]> {
        self.ratings.as_ref().map(|all| &all[self.offsets[user]..self.offsets[user + 1]])
    }

    /// The (user, item) of one interaction, counted over all users.
    #[must_use]
    pub fn pair(&self, at: usize) -> (u32, u32) {
        (self.offsets.partition_point(|&offset| offset <= at) as u32 - 1, self.items[at])
    }

    /// Where the interactions of `user` begin, counted over all users.
    pub(super) fn first(&self, user: usize) -> usize {
        self.offsets[user]
    }

    /// How much the interaction `at` of a user, counted over all users, counts: 1 unless
    /// [`Interactions::weigh`] made ratings into weights or [`Interactions::joined`] weighed users.
    #[inline]
    pub(super) fn sample_weight(&self, user: u32, at: usize) -> f32 {
        let own = match (&self.ratings, self.feedback) {
            (Some(weights), Feedback::Weighted) => weights[at],
            _ => 1.0,
        };
        own * self.user_weight(user as usize)
    }

    /// How much each interaction of a user counts.
    #[inline]
    pub(super) fn user_weight(&self, user: usize) -> f32 {
        self.weights.get(user).copied().unwrap_or(1.0)
    }

    /// Joins the interactions of several sources. No two of them have a user in common. The mean
    /// weight of all interactions is 1.
    #[must_use]
    pub fn joined(sources: Vec<(Self, SourceWeight)>) -> Self {
        let mut ids: Vec<u32> =
            sources.iter().flat_map(|(data, _)| data.ids.iter().copied()).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut all = Self { offsets: vec![0], ids, ..Self::default() };
        let has_ratings = sources.iter().any(|(data, _)| data.ratings.is_some());
        let mut ratings = Vec::new();
        for (mut data, SourceWeight { weight, length }) in sources {
            data.sort();
            let row = |id: &u32| all.ids.binary_search(id).map_or(NO_ITEM, |row| row as u32);
            let rows: Vec<u32> = data.ids.iter().map(row).collect();
            for user in 0..data.users() {
                let own = data.of(user);
                all.items.extend(own.iter().map(|&item| rows[item as usize]));
                all.offsets.push(all.items.len());
                all.weights.push(weight * (own.len().max(1) as f32).powf(-length));
                if has_ratings {
                    let unrated = || vec![0.0; own.len()];
                    ratings.extend(data.ratings_of(user).map_or_else(unrated, <[f32]>::to_vec));
                }
            }
        }
        all.ratings = has_ratings.then_some(ratings);
        let total: f64 = (0..all.users())
            .map(|user| f64::from(all.weights[user]) * all.of(user).len() as f64)
            .sum();
        let mean = (total / all.len().max(1) as f64) as f32;
        all.weights.iter_mut().for_each(|weight| *weight /= mean);
        all
    }

    /// The target of the interaction `at`, counted over all users: 1 unless
    /// [`Interactions::weigh`] made ratings into targets.
    #[inline]
    pub(super) fn target(&self, at: usize) -> f32 {
        match (&self.ratings, self.feedback) {
            (Some(targets), Feedback::Explicit) => targets[at],
            _ => 1.0,
        }
    }

    /// Turns the ratings into the weights (mean 1) or targets (0 to 1) of `feedback`; unrated rows
    /// get the mean. With implicit feedback drops them.
    pub fn weigh(mut self, feedback: Feedback) -> Result<Self, TrainError> {
        let name = match feedback {
            Feedback::Implicit => return Ok(Self { ratings: None, feedback, ..self }),
            Feedback::Weighted => "weighted",
            Feedback::Explicit => "explicit",
            Feedback::Ratings => return Err(TrainError::RatingsAsTargets),
        };
        let ratings = self.ratings.as_mut().ok_or(TrainError::NoRatings { feedback: name })?;
        let rated = || ratings.iter().copied().filter(|&rating| rating > 0.0);
        let count = rated().count();
        if count == 0 {
            return Err(TrainError::NoRatings { feedback: name });
        }
        let mean = (rated().map(f64::from).sum::<f64>() / count as f64) as f32;
        let (low, high) =
            rated().fold((f32::INFINITY, 0.0_f32), |(a, b), rating| (a.min(rating), b.max(rating)));
        let scaled = |rating: f32| if high > low { (rating - low) / (high - low) } else { 1.0 };
        for value in ratings {
            let rating = if *value > 0.0 { *value } else { mean };
            *value = if feedback == Feedback::Weighted { rating / mean } else { scaled(rating) };
        }
        self.feedback = feedback;
        Ok(self)
    }

    /// Drops the interactions with these items; `ids` ascend.
    #[must_use]
    pub fn without_items(mut self, ids: &[u32]) -> Self {
        let is_out: Vec<bool> = self.ids.iter().map(|id| ids.binary_search(id).is_ok()).collect();
        self.filter(|_, item| if is_out[item as usize] { NO_ITEM } else { item });
        self
    }

    /// Drops what is rated below `least`; unrated interactions stay.
    #[must_use]
    pub fn without_below(mut self, least: f32) -> Self {
        let Some(ratings) = self.ratings.clone() else { return self };
        let mut at = 0..;
        self.filter(|_, item| {
            let rating = at.next().map_or(0.0, |at: usize| ratings[at]);
            if rating > 0.0 && rating < least { NO_ITEM } else { item }
        });
        self
    }

    /// Whether `user` has `item`. The items must ascend by row.
    #[must_use]
    pub fn has(&self, user: usize, item: u32) -> bool {
        debug_assert!(!self.chronological, "rows in the order of time cannot be searched");
        self.of(user).binary_search(&item).is_ok()
    }

    /// Returns the number of interactions of each item.
    #[must_use]
    pub fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.items()];
        for &item in &self.items {
            counts[item as usize] += 1;
        }
        counts
    }

    /// Returns users as items and items as users: `of(item)` are the users of the item, ascending.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let counts = self.counts();
        let mut offsets = vec![0; counts.len() + 1];
        for (item, &count) in counts.iter().enumerate() {
            offsets[item + 1] = offsets[item] + count as usize;
        }
        let mut next = offsets.clone();
        let mut items = vec![0; self.len()];
        let is_weighed = !self.weights.is_empty();
        let has_ratings = is_weighed || self.ratings.is_some();
        let mut ratings = has_ratings.then(|| vec![0.0; self.len()]);
        for user in 0..self.users() {
            for (at, &item) in (self.offsets[user]..).zip(self.of(user)) {
                let to = &mut next[item as usize];
                items[*to] = user as u32;
                if let Some(ratings) = &mut ratings {
                    ratings[*to] = match &self.ratings {
                        Some(own) if !is_weighed => own[at],
                        _ => self.sample_weight(user as u32, at),
                    };
                }
                *to += 1;
            }
        }
        let ids = (0..self.users() as u32).collect();
        // The weights are those of interactions now.
        let feedback = if is_weighed { Feedback::Weighted } else { self.feedback };
        let (chronological, weights) = (false, Vec::new());
        Self { offsets, items, ratings, ids, chronological, feedback, weights }
    }

    /// Returns the largest part in which every item has at least `of_item` interactions and every
    /// user `of_user` (the k-core). Users and items get new numbers in their old order.
    #[must_use]
    pub fn core(mut self, of_item: u32, of_user: u32) -> Self {
        loop {
            let counts = self.counts();
            let mut fresh = vec![NO_ITEM; counts.len()];
            let mut ids = Vec::new();
            for (item, &count) in counts.iter().enumerate() {
                if count >= of_item.max(1) {
                    fresh[item] = ids.len() as u32;
                    ids.push(self.ids[item]);
                }
            }
            let shrinks = ids.len() < self.ids.len();
            self.ids = ids;
            let users = self.users();
            self.filter(|_, item| fresh[item as usize]);
            self.drop_users(of_user.max(1) as usize);
            if !shrinks && self.users() == users {
                return self;
            }
        }
    }

    /// Renames every interaction in place, or drops it ([`NO_ITEM`]).
    pub(super) fn filter(&mut self, mut rename: impl FnMut(usize, u32) -> u32) {
        let mut to = 0;
        let mut from = 0;
        for user in 0..self.users() {
            let end = self.offsets[user + 1];
            self.offsets[user] = to;
            while from < end {
                let item = rename(user, self.items[from]);
                if item != NO_ITEM {
                    self.items[to] = item;
                    if let Some(ratings) = &mut self.ratings {
                        ratings[to] = ratings[from];
                    }
                    to += 1;
                }
                from += 1;
            }
        }
        if let Some(last) = self.offsets.last_mut() {
            *last = to;
        }
        self.items.truncate(to);
        if let Some(ratings) = &mut self.ratings {
            ratings.truncate(to);
        }
    }

    /// Drops the users with fewer than `least` interactions.
    fn drop_users(&mut self, least: usize) {
        let sizes: Vec<usize> = self.offsets.windows(2).map(|w| w[1] - w[0]).collect();
        if sizes.iter().all(|&size| size >= least) {
            return;
        }
        self.filter(|user, item| if sizes[user] < least { NO_ITEM } else { item });
        let mut at = 0;
        if !self.weights.is_empty() {
            let mut size = sizes.iter();
            self.weights.retain(|_| size.next().is_some_and(|&size| size >= least));
        }
        self.offsets = [0]
            .into_iter()
            .chain(sizes.into_iter().filter(|&size| size >= least).map(|size| {
                at += size;
                at
            }))
            .collect();
    }

    /// Returns the interactions with each user's items ascending by row.
    #[must_use]
    pub fn ascending(mut self) -> Self {
        self.sort();
        self
    }

    /// Sorts each user's items by row, so that [`Interactions::has`] can search them.
    pub(super) fn sort(&mut self) {
        if !std::mem::take(&mut self.chronological) {
            return;
        }
        for user in 0..self.users() {
            let range = self.offsets[user]..self.offsets[user + 1];
            if let Some(ratings) = &mut self.ratings {
                let mut both: Vec<(u32, f32)> = self.items[range.clone()]
                    .iter()
                    .copied()
                    .zip(ratings[range.clone()].iter().copied())
                    .collect();
                both.sort_unstable_by_key(|&(item, _)| item);
                for (at, (item, rating)) in range.zip(both) {
                    (self.items[at], ratings[at]) = (item, rating);
                }
            } else {
                self.items[range].sort_unstable();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::build::BLOCK;
    use super::*;
    use osusume_tables::Rating;

    fn build(rows: &[(u32, u32, f32, i64)], keep: Keep) -> (Interactions, u64) {
        let mut builder = Builder::new(keep);
        for &(user, item, rating, timestamp) in rows {
            let rating = Some(rating);
            builder.push(Rating { user, item, rating, timestamp, ..Rating::default() });
        }
        let users = rows.iter().map(|row| row.0 + 1).max().unwrap_or(0);
        let (data, left_out) = builder.finish(&(0..users).collect::<Vec<_>>());
        assert_eq!(left_out.dislikes, 0);
        (data, left_out.duplicates)
    }

    #[test]
    fn a_pair_whose_last_row_is_a_dislike_is_no_interaction() {
        for keep in [Keep::default(), Keep { ratings: true, order: true }] {
            let mut builder = Builder::new(keep);
            for (user, item, is_disliked, timestamp) in [
                (0, 10, false, 1),
                (0, 20, true, 2),
                (0, 30, false, 9),
                (0, 10, true, 4),  // liked at first
                (0, 20, false, 5), // disliked at first
                (1, 40, true, 6),
                (1, 20, false, 7),
            ] {
                let rating = Some(if is_disliked { 1.0 } else { 8.0 });
                builder.push(Rating { user, item, rating, timestamp, is_disliked });
            }
            let (data, left_out) = builder.finish(&[0, 1]);
            assert_eq!(left_out, LeftOut { duplicates: 2, dislikes: 2 });
            assert_eq!(data.ids(), [10, 20, 30, 40]);
            assert_eq!((data.of(0), data.of(1)), (&[1, 2][..], &[1][..]));
            assert_eq!(data.counts(), [0, 2, 1, 0]);
            let rated = data.ratings_of(0).is_none_or(|all| all == [8.0, 8.0]);
            assert!(rated, "the ratings stay with their items");
            assert_eq!(data.core(1, 1).ids(), [20, 30], "an item that nobody likes is left out");
        }
    }

    const ROWS: &[(u32, u32, f32, i64)] = &[
        (1, 50, 1.0, 9),
        (0, 30, 2.0, 5),
        (1, 20, 3.0, 9),
        (0, 50, 4.0, 4),
        (1, 50, 5.0, 7),
        (1, 30, 6.0, 1),
    ];

    #[test]
    fn rows_of_users_ascend_and_the_last_of_equal_pairs_counts() {
        let (data, duplicates) = build(ROWS, Keep { ratings: true, order: false });
        assert_eq!((data.users(), data.items(), data.len(), duplicates), (2, 3, 5, 1));
        assert_eq!(data.ids(), [20, 30, 50]);
        assert_eq!((data.of(0), data.of(1)), (&[1, 2][..], &[0, 1, 2][..]));
        assert_eq!(data.ratings_of(1).unwrap(), [3.0, 6.0, 5.0]);
        assert_eq!(
            (data.pair(0), data.pair(1), data.pair(2), data.pair(4)),
            ((0, 1), (0, 2), (1, 0), (1, 2))
        );
        assert!(data.has(0, 1) && !data.has(0, 0));
        assert_eq!(build(ROWS, Keep::default()).0.of(1), [0, 1, 2]);
    }

    #[test]
    fn order_in_time_breaks_ties_by_row() {
        let (mut data, _) = build(ROWS, Keep { ratings: true, order: true });
        assert_eq!((data.of(0), data.of(1)), (&[2, 1][..], &[1, 2, 0][..]));
        assert_eq!(data.ratings_of(1).unwrap(), [6.0, 5.0, 3.0]);
        data.sort();
        assert_eq!(data.ratings_of(1).unwrap(), [3.0, 6.0, 5.0]);
        let tied = [(0, 9, 1.0, 3), (0, 4, 1.0, 3), (0, 6, 1.0, 3)];
        assert_eq!(build(&tied, Keep { ratings: false, order: true }).0.of(0), [2, 0, 1]);
    }

    #[test]
    fn the_core_shrinks_until_it_holds() {
        // Item 3 has one row. Without it user 2 has one row, then item 2 has one, and so on.
        let chain = [(0, 1, 1.0, 0), (0, 2, 1.0, 0), (2, 2, 1.0, 0), (2, 3, 1.0, 0)];
        let (data, _) = build(&chain, Keep::default());
        assert!(data.clone().core(2, 2).is_empty());
        let part = data.core(2, 1);
        assert_eq!((part.users(), part.items(), part.len()), (2, 1, 2));
        assert_eq!((part.ids(), part.of(0), part.of(1)), (&[2][..], &[0][..], &[0][..]));
    }

    #[test]
    fn time_stamps_may_start_late_or_never() {
        let rows: Vec<_> = (0..BLOCK as u32 * 2)
            .map(|i| (0, i, 1.0, if i < BLOCK as u32 { 0 } else { -i64::from(i) }))
            .collect();
        let (data, _) = build(&rows, Keep { ratings: false, order: true });
        assert_eq!(
            (data.of(0)[0], data.of(0)[BLOCK], data.of(0)[BLOCK + 1]),
            (BLOCK as u32 * 2 - 1, 0, 1)
        );
        let never: Vec<_> = [(0, 9, 1.0, 0), (0, 4, 1.0, 0)].to_vec();
        assert!(!build(&never, Keep { ratings: false, order: true }).0.is_chronological());
    }

    #[test]
    fn blocks_are_joined() {
        let rows: Vec<_> = (0..BLOCK as u32 + 7).map(|i| (i % 5, i / 5, 1.0, 0)).collect();
        let (data, duplicates) = build(&rows, Keep::default());
        assert_eq!((data.len(), duplicates, data.users()), (rows.len(), 0, 5));
    }
}

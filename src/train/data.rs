//! Who touched what: interactions in rows of users, built from a stream of ratings.

use std::collections::HashMap;
use std::path::Path;

use crate::tables::{ItemKeys, Rating, RatingColumns, RatingsReport, TableError, read_ratings};

/// No row: the held-out item of a user who has none.
pub const NONE: u32 = u32::MAX;

/// Interactions of all users, each user's items in one stretch (compressed sparse rows): 4 bytes an interaction.
///
/// Items are *rows* `0..items()`, in ascending order of their ids. A user's items ascend by row, or, when time stamps
/// were asked for, by (time stamp, row of the file). No item stands twice with one user.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interactions {
    offsets: Vec<usize>,
    items: Vec<u32>,
    ratings: Option<Vec<f32>>,
    ids: Vec<u32>,
    chronological: bool,
}

/// What to keep of a ratings file besides the pairs; each costs memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Keep {
    /// Ratings: 4 bytes an interaction, 8 while reading.
    pub ratings: bool,
    /// The order in time, if the file has time stamps: 8 bytes an interaction while reading, none after.
    pub order: bool,
}

impl Interactions {
    /// Reads a ratings file as [`read_ratings`] does.
    ///
    /// Holds 8 bytes a row while it reads and 12 for a moment after, so 25 million rows take about 300 MB. Users are
    /// numbered by ascending number, or by first row if their names are no numbers.
    pub fn read(
        path: &Path,
        columns: Option<&RatingColumns>,
        items: ItemKeys<'_>,
        keep: Keep,
    ) -> Result<(Self, RatingsReport), TableError> {
        let mut builder = Builder::new(keep);
        let (mut report, names) = read_ratings(path, columns, items, |rating| builder.push(rating))?;
        let mut numbers: Vec<(u64, u32)> = Vec::with_capacity(names.len());
        for (user, name) in (0..).zip(&names) {
            match name.parse() {
                Ok(number) => numbers.push((number, user)),
                Err(_) => break,
            }
        }
        let mut place: Vec<u32> = (0..names.len() as u32).collect();
        if numbers.len() == names.len() {
            numbers.sort_unstable();
            for (rank, (_, user)) in (0..).zip(numbers) {
                place[user as usize] = rank;
            }
        }
        drop(names);
        let (data, duplicates) = builder.finish(&place);
        report.duplicates = duplicates;
        Ok((data, report))
    }

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

    /// Whether there is no interaction.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The item ids by row, ascending.
    #[must_use]
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Whether each user's items are in the order of time (else ascending by row).
    #[must_use]
    pub fn is_chronological(&self) -> bool {
        self.chronological
    }

    /// The items of one user.
    #[must_use]
    pub fn of(&self, user: usize) -> &[u32] {
        &self.items[self.offsets[user]..self.offsets[user + 1]]
    }

    /// The ratings of one user, 0 for unrated, in the order of [`Interactions::of`]; `None` unless kept.
    #[must_use]
    pub fn ratings_of(&self, user: usize) -> Option<&[f32]> {
        self.ratings.as_ref().map(|all| &all[self.offsets[user]..self.offsets[user + 1]])
    }

    /// The (user, item) of one interaction, counted over all users.
    #[must_use]
    pub fn pair(&self, at: usize) -> (u32, u32) {
        (self.offsets.partition_point(|&offset| offset <= at) as u32 - 1, self.items[at])
    }

    /// Whether `user` has `item`; for interactions that ascend by row.
    #[must_use]
    pub fn has(&self, user: usize, item: u32) -> bool {
        debug_assert!(!self.chronological, "rows in the order of time cannot be searched");
        self.of(user).binary_search(&item).is_ok()
    }

    /// Interactions of each item.
    #[must_use]
    pub fn counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.items()];
        for &item in &self.items {
            counts[item as usize] += 1;
        }
        counts
    }

    /// Returns users as items and items as users: `of(item)` are the item's users, ascending.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let counts = self.counts();
        let mut offsets = vec![0; counts.len() + 1];
        for (item, &count) in counts.iter().enumerate() {
            offsets[item + 1] = offsets[item] + count as usize;
        }
        let mut next = offsets.clone();
        let mut items = vec![0; self.len()];
        for user in 0..self.users() {
            for &item in self.of(user) {
                items[next[item as usize]] = user as u32;
                next[item as usize] += 1;
            }
        }
        Self { offsets, items, ratings: None, ids: (0..self.users() as u32).collect(), chronological: false }
    }

    /// Returns the largest part in which every item has at least `of_item` interactions and every user `of_user`
    /// (the k-core), users and items numbered anew in their old order.
    #[must_use]
    pub fn core(mut self, of_item: u32, of_user: u32) -> Self {
        loop {
            let counts = self.counts();
            let mut fresh = vec![NONE; counts.len()];
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

    /// Renames or drops ([`NONE`]) every interaction, in place.
    pub(super) fn filter(&mut self, mut rename: impl FnMut(usize, u32) -> u32) {
        let mut to = 0;
        let mut from = 0;
        for user in 0..self.users() {
            let end = self.offsets[user + 1];
            self.offsets[user] = to;
            while from < end {
                let item = rename(user, self.items[from]);
                if item != NONE {
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

    /// Drops the users with fewer than `least` interactions, and the interactions.
    fn drop_users(&mut self, least: usize) {
        let sizes: Vec<usize> = self.offsets.windows(2).map(|w| w[1] - w[0]).collect();
        if sizes.iter().all(|&size| size >= least) {
            return;
        }
        self.filter(|user, item| if sizes[user] < least { NONE } else { item });
        let mut at = 0;
        self.offsets = [0]
            .into_iter()
            .chain(sizes.into_iter().filter(|&size| size >= least).map(|size| {
                at += size;
                at
            }))
            .collect();
    }

    /// Puts each user's items in ascending order, so that [`Interactions::has`] can search them.
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

/// Rows of one block of the stream: blocks are freed one by one while the rows of users are filled.
const BLOCK: usize = 1 << 18;

/// Collects a stream of ratings into [`Interactions`].
#[derive(Debug, Default)]
pub struct Builder {
    keep: Keep,
    pairs: Vec<Vec<(u32, u32)>>,
    ratings: Vec<Vec<f32>>,
    times: Vec<Vec<i64>>,
    numbers: HashMap<u32, u32>,
    ids: Vec<u32>,
    per_user: Vec<usize>,
}

impl Builder {
    /// Returns an empty builder.
    #[must_use]
    pub fn new(keep: Keep) -> Self {
        Self { keep, ..Self::default() }
    }

    /// Adds one row.
    pub fn push(&mut self, rating: Rating) {
        let item = *self.numbers.entry(rating.item).or_insert_with(|| {
            self.ids.push(rating.item);
            self.ids.len() as u32 - 1
        });
        let user = rating.user as usize;
        if self.per_user.len() <= user {
            self.per_user.resize(user + 1, 0);
        }
        self.per_user[user] += 1;
        add(&mut self.pairs, (rating.user, item));
        if self.keep.ratings {
            add(&mut self.ratings, rating.rating.unwrap_or(0.0));
        }
        if self.keep.order && (rating.timestamp != 0 || !self.times.is_empty()) {
            if self.times.is_empty() {
                // The first time stamp: the rows before it had none.
                self.times = self.pairs.iter().map(|block| vec![0; block.len()]).collect();
                if let Some(block) = self.times.last_mut() {
                    block.pop();
                }
            }
            add(&mut self.times, rating.timestamp);
        }
    }

    /// Returns the interactions, and how many rows a later row of the same user and item replaced. User `u` of the
    /// stream becomes user `place[u]`.
    #[must_use]
    pub fn finish(self, place: &[u32]) -> (Interactions, u64) {
        let mut order: Vec<u32> = (0..self.ids.len() as u32).collect();
        order.sort_unstable_by_key(|&item| self.ids[item as usize]);
        let mut row_of = vec![0; order.len()];
        for (row, &item) in (0..).zip(&order) {
            row_of[item as usize] = row;
        }
        let mut sizes = vec![0; place.len()];
        for (user, &size) in self.per_user.iter().enumerate() {
            sizes[place[user] as usize] = size;
        }
        let mut offsets = vec![0; sizes.len() + 1];
        for (user, size) in sizes.iter().enumerate() {
            offsets[user + 1] = offsets[user] + size;
        }
        let total = offsets[sizes.len()];
        let mut next = offsets[..sizes.len()].to_vec();
        let mut items = vec![0_u32; total];
        let mut ratings = vec![0_f32; if self.keep.ratings { total } else { 0 }];
        let chronological = !self.times.is_empty();
        let mut times = vec![0_i64; if chronological { total } else { 0 }];
        let (mut rating_blocks, mut time_blocks) = (self.ratings.into_iter(), self.times.into_iter());
        for block in self.pairs {
            let rating_block = rating_blocks.next().unwrap_or_default();
            let time_block = time_blocks.next().unwrap_or_default();
            for (i, (user, item)) in block.into_iter().enumerate() {
                let at = &mut next[place[user as usize] as usize];
                items[*at] = row_of[item as usize];
                if let Some(&rating) = rating_block.get(i) {
                    ratings[*at] = rating;
                }
                if let Some(&time) = time_block.get(i) {
                    times[*at] = time;
                }
                *at += 1;
            }
        }
        let ids = order.iter().map(|&item| self.ids[item as usize]).collect();
        let mut data = Interactions {
            offsets,
            items,
            ratings: self.keep.ratings.then_some(ratings),
            ids,
            chronological,
        };
        let duplicates = data.tidy(&times);
        (data, duplicates)
    }
}

fn add<T>(blocks: &mut Vec<Vec<T>>, value: T) {
    match blocks.last_mut() {
        Some(block) if block.len() < BLOCK => block.push(value),
        _ => {
            let mut block = Vec::with_capacity(BLOCK);
            block.push(value);
            blocks.push(block);
        }
    }
}

impl Interactions {
    /// Orders each user's rows, which stand as the file has them, and keeps the last of equal pairs.
    fn tidy(&mut self, times: &[i64]) -> u64 {
        let total = self.items.len();
        let (mut to, mut from) = (0, 0);
        let mut rows: Vec<(u32, usize)> = Vec::new();
        for user in 0..self.users() {
            let end = self.offsets[user + 1];
            rows.clear();
            rows.extend((from..end).map(|at| (self.items[at], at)));
            rows.sort_unstable();
            let mut kept = 0;
            for i in 0..rows.len() {
                if rows.get(i + 1).is_none_or(|next| next.0 != rows[i].0) {
                    rows[kept] = rows[i];
                    kept += 1;
                }
            }
            rows.truncate(kept);
            if self.chronological {
                rows.sort_unstable_by_key(|&(_, at)| (times[at], at));
            }
            let ratings: Option<Vec<f32>> =
                self.ratings.as_ref().map(|all| rows.iter().map(|&(_, at)| all[at]).collect());
            self.offsets[user] = to;
            for (i, &(item, _)) in rows.iter().enumerate() {
                self.items[to + i] = item;
                if let (Some(all), Some(own)) = (&mut self.ratings, &ratings) {
                    all[to + i] = own[i];
                }
            }
            to += rows.len();
            from = end;
        }
        if let Some(last) = self.offsets.last_mut() {
            *last = to;
        }
        self.items.truncate(to);
        if let Some(ratings) = &mut self.ratings {
            ratings.truncate(to);
        }
        (total - to) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(rows: &[(u32, u32, f32, i64)], keep: Keep) -> (Interactions, u64) {
        let mut builder = Builder::new(keep);
        for &(user, item, rating, timestamp) in rows {
            builder.push(Rating { user, item, rating: Some(rating), timestamp });
        }
        let users = rows.iter().map(|row| row.0 + 1).max().unwrap_or(0);
        builder.finish(&(0..users).collect::<Vec<_>>())
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
        // Item 3 has one row; without it user 2 has one row; without that item 2 has one; and so on to nothing.
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
        assert_eq!((data.of(0)[0], data.of(0)[BLOCK], data.of(0)[BLOCK + 1]), (BLOCK as u32 * 2 - 1, 0, 1));
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

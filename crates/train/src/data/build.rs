//! Builds interactions from a stream of ratings or from a file.
//!
//! Imports the interactions, whose fields it fills; they do not import it.

use std::collections::HashMap;
use std::path::Path;

use super::{Interactions, Keep};
use crate::recipe::Feedback;
use crate::source::{Source, SourceKind};
use osusume_tables::{
    Dislikes, ItemKeys, Rating, RatingColumns, RatingsReport, TableError, read_ratings,
};

/// Marks an item of a row that is a dislike. A catalogue has at most 2^24 items.
const DISLIKED: u32 = 1 << 31;

/// Rows of one block of the stream. Blocks are freed one by one while the rows of users are filled.
pub(super) const BLOCK: usize = 1 << 18;

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
        let mark = if rating.is_disliked { DISLIKED } else { 0 };
        add(&mut self.pairs, (rating.user, item | mark));
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

    /// Returns the interactions, and how many rows are not among them. User `u` of the stream becomes
    /// user `place[u]`.
    ///
    /// The last row of a user and an item counts. If it is a dislike, the pair is no interaction:
    /// the item is one that the user lacks, which negative samples and rankings may hold.
    #[must_use]
    pub fn finish(self, place: &[u32]) -> (Interactions, LeftOut) {
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
        let (mut rating_blocks, mut time_blocks) =
            (self.ratings.into_iter(), self.times.into_iter());
        for block in self.pairs {
            let rating_block = rating_blocks.next().unwrap_or_default();
            let time_block = time_blocks.next().unwrap_or_default();
            for (i, (user, item)) in block.into_iter().enumerate() {
                let at = &mut next[place[user as usize] as usize];
                items[*at] = row_of[(item & !DISLIKED) as usize] | (item & DISLIKED);
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
            feedback: Feedback::Implicit,
            weights: Vec::new(),
        };
        let left_out = data.tidy(&times);
        (data, left_out)
    }
}

/// Rows of a stream that are no interactions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Rows that a later row of the same user and item replaced.
    pub duplicates: u64,
    /// Pairs whose last row is a dislike.
    pub dislikes: u64,
}

/// Adds a value to the last block, or begins a block.
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
    /// Reads a ratings file as [`read_ratings`] does.
    ///
    /// Reading holds 8 bytes a row and, for a moment afterwards, 12: 25 million rows take about 300
    /// MB. Users are numbered by ascending name if all names are numbers, otherwise by first row.
    pub fn read(
        path: &Path,
        columns: Option<&RatingColumns>,
        dislikes: &Dislikes,
        items: ItemKeys<'_>,
        keep: Keep,
    ) -> Result<(Self, RatingsReport), TableError> {
        let mut builder = Builder::new(keep);
        let (mut report, names) =
            read_ratings(path, columns, dislikes, items, |rating| builder.push(rating))?;
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
        let (data, left_out) = builder.finish(&place);
        (report.duplicates, report.dislikes) = (left_out.duplicates, left_out.dislikes);
        Ok((data, report))
    }

    /// Reads the file of a source in `folder`, as [`Interactions::read`] does.
    pub fn read_source(
        source: &Source,
        folder: &Path,
        dislikes: &Dislikes,
        items: ItemKeys<'_>,
        keep: Keep,
    ) -> Result<(Self, RatingsReport), TableError> {
        let ratings = keep.ratings && source.kind != SourceKind::Favourites;
        let (path, keep) = (folder.join(&source.file), Keep { ratings, ..keep });
        Self::read(&path, source.columns.as_ref(), dislikes, items, keep)
    }

    /// Sorts each user's rows, which are in the order of the file, keeps the last of equal pairs,
    /// and takes out the dislikes.
    fn tidy(&mut self, times: &[i64]) -> LeftOut {
        let mut left_out = LeftOut::default();
        let (mut to, mut from) = (0, 0);
        let mut rows: Vec<(u32, usize)> = Vec::new();
        for user in 0..self.users() {
            let end = self.offsets[user + 1];
            rows.clear();
            rows.extend((from..end).map(|at| (self.items[at] & !DISLIKED, at)));
            rows.sort_unstable();
            let mut kept = 0;
            for i in 0..rows.len() {
                if rows.get(i + 1).is_none_or(|next| next.0 != rows[i].0) {
                    rows[kept] = rows[i];
                    kept += 1;
                }
            }
            left_out.duplicates += (rows.len() - kept) as u64;
            rows.truncate(kept);
            rows.retain(|&(_, at)| self.items[at] & DISLIKED == 0);
            left_out.dislikes += (kept - rows.len()) as u64;
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
        left_out
    }
}

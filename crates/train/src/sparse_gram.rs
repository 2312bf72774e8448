//! The Gram matrix of the interactions without its small entries.
//!
//! Imports the interactions and the parallel parts.

use std::cmp::Ordering;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::data::Interactions;
use super::parallel::map_each;

/// Buckets by size for the positive f32: eight for each power of two.
const BUCKETS: usize = 1 << 11;

/// An item and how many users it shares with another.
pub(super) type Entry = (u32, f32);

/// `XᵀX` by its diagonal, the nearest items of each item, and its largest entries.
#[derive(Debug)]
pub(super) struct SparseGram {
    /// How many users each item has, each counted by their weight.
    pub diagonal: Vec<f32>,
    /// The nearest items of each item, nearest first; equally near ones in the order of rows.
    ///
    /// Two items are the nearer the larger `G[i,j]² / ((G[i,i] + λ)(G[j,j] + λ))` is. For the
    /// regression of one item this is the order in which the others alone lower its loss.
    pub near: Vec<Box<[Entry]>>,
    /// The entries of each item with items of more users, without the small ones. So the rows of
    /// popular items, which share users with all items, are short.
    pub above: Vec<Box<[Entry]>>,
}

/// How much of a Gram matrix is kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept {
    /// Nearest items of each item, at most.
    pub near: usize,
    /// Entries of an item with more popular ones, at most, in the mean over all items.
    pub above: usize,
}

impl SparseGram {
    /// Computes the matrix row by row, twice: the first pass finds the nearest items, and how large
    /// the entries are. Returns `None` if it was cancelled.
    ///
    /// Needs 8 bytes an entry, 4 an interaction for the users of items, and 12 × items a part.
    pub(super) fn new(
        data: &Interactions,
        lambda: f64,
        kept: Kept,
        threads: usize,
        cancel: &AtomicBool,
    ) -> Option<Self> {
        let rows = GramRows::new(data);
        let items = data.items();
        let start = || (Buffer::new(items), vec![0_u64; BUCKETS]);
        let (near, parts) = map_each(items, threads, start, |(buffer, sizes), item| {
            if cancel.load(Relaxed) {
                return Box::default();
            }
            let row = rows.fill(item, buffer);
            for &(_, count) in row.iter().filter(|entry| rows.is_above(entry.0, item)) {
                sizes[bucket(count)] += 1;
            }
            nearest(row, kept.near, |other| f64::from(rows.diagonal[other]) + lambda)
        });
        let mut sizes = vec![0; BUCKETS];
        for (_, part) in parts {
            sizes.iter_mut().zip(part).for_each(|(sum, count)| *sum += count);
        }
        let least = least_bucket(&sizes, kept.above as u64 * items as u64);
        let (above, _) = map_each(
            items,
            threads,
            || Buffer::new(items),
            |buffer, item| {
                if cancel.load(Relaxed) {
                    return Box::default();
                }
                let row = rows.fill(item, buffer).iter().copied();
                row.filter(|e| rows.is_above(e.0, item) && bucket(e.1) >= least).collect()
            },
        );
        (!cancel.load(Relaxed)).then_some(Self { diagonal: rows.diagonal, near, above })
    }
}

/// Makes the rows of `XᵀX`.
struct GramRows<'a> {
    data: &'a Interactions,
    users_of: Interactions,
    diagonal: Vec<f32>,
}

/// The row of one thread.
struct Buffer {
    counts: Vec<f32>,
    row: Vec<Entry>,
}

impl Buffer {
    fn new(items: usize) -> Self {
        Self { counts: vec![0.0; items], row: Vec::new() }
    }
}

impl<'a> GramRows<'a> {
    fn new(data: &'a Interactions) -> Self {
        let mut diagonal = vec![0.0; data.items()];
        for user in 0..data.users() {
            for &item in data.of(user) {
                diagonal[item as usize] += data.user_weight(user);
            }
        }
        Self { data, users_of: data.transposed(), diagonal }
    }

    /// Fills in the entries of `item` with others that are not 0.
    fn fill<'b>(&self, item: usize, buffer: &'b mut Buffer) -> &'b mut [Entry] {
        let Buffer { counts, row } = buffer;
        row.clear();
        for &user in self.users_of.of(item) {
            let weight = self.data.user_weight(user as usize);
            for &other in self.data.of(user as usize) {
                let count = &mut counts[other as usize];
                if *count == 0.0 && other as usize != item {
                    row.push((other, 0.0));
                }
                *count += weight;
            }
        }
        for (other, count) in &mut *row {
            *count = std::mem::take(&mut counts[*other as usize]);
        }
        counts[item] = 0.0;
        row
    }

    /// Whether `other` has more users than `item`; of two equal ones, the first row has more.
    fn is_above(&self, other: u32, item: usize) -> bool {
        let (a, b) = (self.diagonal[other as usize], self.diagonal[item]);
        b.total_cmp(&a).then((other as usize).cmp(&item)) == Ordering::Less
    }
}

/// Returns the nearest of a row, nearest first. `length` is the squared length of an item.
fn nearest(row: &mut [Entry], most: usize, length: impl Fn(usize) -> f64) -> Box<[Entry]> {
    let near = |&(other, count): &Entry| f64::from(count).powi(2) / length(other as usize);
    let order = |a: &Entry, b: &Entry| near(b).total_cmp(&near(a)).then(a.0.cmp(&b.0));
    let mut kept = row;
    if most < kept.len() {
        kept.select_nth_unstable_by(most, order);
        kept = &mut kept[..most];
    }
    kept.sort_unstable_by(order);
    (&*kept).into()
}

/// Returns the bucket of a positive number; a larger number is in no lower bucket.
fn bucket(count: f32) -> usize {
    (count.to_bits() >> 20) as usize & (BUCKETS - 1)
}

/// Returns the lowest bucket from which on at most `most` entries are kept.
fn least_bucket(sizes: &[u64], most: u64) -> usize {
    let fits = sizes.iter().rev().scan(0, |sum, &size| {
        *sum += size;
        (*sum <= most).then_some(())
    });
    sizes.len() - fits.count()
}

//! Measures of lists of ten: coverage, popularity, diversity.
//!
//! Imports the interactions alone.

use serde::Serialize;

use crate::data::Interactions;

/// Coverage, popularity and diversity of lists of ten.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Lists {
    /// Share of the catalogue in any list.
    pub coverage: f64,
    /// Mean popularity percentile of the items shown; the most popular item has 1.
    pub popularity: f64,
    /// One minus the mean share of common users (cosine) of two items of one list.
    pub diversity: f64,
}

/// Measures lists of items.
pub(super) fn describe<'a>(lists: impl Iterator<Item = &'a [u32]>, data: &Interactions) -> Lists {
    let counts = data.counts();
    let percentiles = percentiles(&counts);
    let users_of = data.transposed();
    let mut shown = vec![false; counts.len()];
    let (mut popularity, mut entries, mut likeness, mut couples) = (0.0, 0_u32, 0.0, 0_u32);
    for list in lists {
        for (n, &item) in list.iter().enumerate() {
            shown[item as usize] = true;
            popularity += percentiles[item as usize];
            entries += 1;
            for &other in &list[..n] {
                let (a, b) = (users_of.of(item as usize), users_of.of(other as usize));
                let product = a.len() as f64 * b.len() as f64;
                likeness += if product > 0.0 { common(a, b) as f64 / product.sqrt() } else { 0.0 };
                couples += 1;
            }
        }
    }
    Lists {
        coverage: shown.iter().filter(|&&s| s).count() as f64 / counts.len().max(1) as f64,
        popularity: popularity / f64::from(entries.max(1)),
        diversity: 1.0 - likeness / f64::from(couples.max(1)),
    }
}

/// Returns the percentile of each count, from 0 (least) to 1 (most). Equal counts share the middle
/// of their places.
pub(super) fn percentiles(counts: &[u32]) -> Vec<f64> {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let last = counts.len().saturating_sub(1).max(1) as f64;
    let place = |&count: &u32| {
        let (low, high) =
            (sorted.partition_point(|&c| c < count), sorted.partition_point(|&c| c <= count));
        (low + high - 1) as f64 / 2.0 / last
    };
    counts.iter().map(place).collect()
}

/// Returns the number of common values of two ascending lists.
fn common(mut a: &[u32], mut b: &[u32]) -> usize {
    let mut count = 0;
    while let (Some(x), Some(y)) = (a.first(), b.first()) {
        count += usize::from(x == y);
        if x <= y {
            a = &a[1..];
        }
        if y <= x {
            b = &b[1..];
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intersections_are_counted() {
        assert_eq!(common(&[1, 3, 5, 9], &[2, 3, 9, 10]), 2);
        assert_eq!(common(&[], &[1]), 0);
    }
}

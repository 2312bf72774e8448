//! Disjoint sets of items. This imports nothing.

/// Sets of items, each named by its first item.
pub(crate) struct Groups(Vec<usize>);

impl Groups {
    /// Puts each of `count` items into a set of its own.
    pub fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    /// Returns the first item of the item's set.
    pub fn first(&mut self, at: usize) -> usize {
        let mut first = at;
        while self.0[first] != first {
            first = self.0[first];
        }
        self.0[at] = first;
        first
    }

    /// Makes one set of the sets of two items.
    pub fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        self.0[one.max(other)] = one.min(other);
    }

    /// Returns for each item how many are in its set.
    pub fn sizes(&mut self) -> Vec<usize> {
        let firsts: Vec<usize> = (0..self.0.len()).map(|at| self.first(at)).collect();
        let mut counts = vec![0; firsts.len()];
        for &first in &firsts {
            counts[first] += 1;
        }
        firsts.iter().map(|&first| counts[first]).collect()
    }
}

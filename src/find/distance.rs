//! The edit distance: insertions, deletions, replacements and swaps of neighbours between two
//! texts. Imports nothing of the crate.
//!
//! It is Hyyrö's bit-parallel form of the restricted Damerau-Levenshtein distance, with one 64-bit
//! word for a pattern of up to 64 units.

/// Most units of a pattern.
pub const MAX_UNITS: usize = 64;

const SLOTS: usize = 128;

/// A text prepared for comparisons with many others.
pub struct Pattern {
    units: u32,
    /// For each ASCII unit a bit for each of its places.
    ascii: [u64; 128],
    /// A hash table of the other units, by their low bits, with the same bits.
    others: [(u16, u64); SLOTS],
    has_others: bool,
}

impl Pattern {
    /// Prepares the units, of which there are 1 to [`MAX_UNITS`]; none is zero.
    pub fn new(units: impl ExactSizeIterator<Item = u16>) -> Self {
        let mut pattern = Self {
            units: units.len() as u32,
            ascii: [0; 128],
            others: [(0, 0); SLOTS],
            has_others: false,
        };
        for (unit, at) in units.zip(0..) {
            if let Some(mask) = pattern.ascii.get_mut(usize::from(unit)) {
                *mask |= 1 << at;
            } else {
                let slot = pattern.slot(unit);
                pattern.others[slot].0 = unit;
                pattern.others[slot].1 |= 1 << at;
                pattern.has_others = true;
            }
        }
        pattern
    }

    fn mask(&self, unit: u16) -> u64 {
        match self.ascii.get(usize::from(unit)) {
            Some(&mask) => mask,
            None if self.has_others => self.others[self.slot(unit)].1,
            None => 0,
        }
    }

    /// Returns the slot of a unit, or the free slot for it. There are twice as many slots as units,
    /// so one is always free.
    fn slot(&self, unit: u16) -> usize {
        let mut slot = usize::from(unit) % SLOTS;
        while self.others[slot].1 != 0 && self.others[slot].0 != unit {
            slot = (slot + 1) % SLOTS;
        }
        slot
    }

    /// Calls `each` with the distance between the pattern and every nonempty beginning of `text`.
    /// If the match may start `anywhere`, it is the distance to the nearest part that ends there.
    fn distances(
        &self,
        text: impl Iterator<Item = u16>,
        anywhere: bool,
        mut each: impl FnMut(u32),
    ) {
        let (mut vp, mut vn, mut d0, mut before) = (u64::MAX, 0_u64, 0_u64, 0_u64);
        let last = 1 << (self.units - 1);
        let mut distance = self.units;
        for unit in text {
            let mask = self.mask(unit);
            let swap = ((!d0 & mask) << 1) & before;
            d0 = ((mask & vp).wrapping_add(vp) ^ vp) | mask | vn | swap;
            let (hp, hn) = (vn | !(d0 | vp), d0 & vp);
            distance += u32::from(hp & last != 0);
            distance -= u32::from(hn & last != 0);
            let hp = hp << 1 | u64::from(!anywhere);
            vp = hn << 1 | !(d0 | hp);
            vn = hp & d0;
            before = mask;
            each(distance);
        }
    }

    /// Returns the distance to the whole of `text`.
    pub fn distance_to(&self, text: &[u16]) -> u32 {
        let mut distance = self.units;
        self.distances(text.iter().copied(), false, |d| distance = d);
        distance
    }

    /// Returns the distance to the nearest part of `text`, and the end of the first such part. It
    /// prefers the longer part: `cowboi` is as near to "cowbo" as to "cowboy".
    pub fn nearest_part(&self, text: &[u16]) -> (u32, usize) {
        let (mut best, mut end, mut at) = (self.units, 0, 0);
        self.distances(text.iter().copied(), true, |d| {
            at += 1;
            if d < best || (d == best && at == end + 1) {
                (best, end) = (d, at);
            }
        });
        (best, end)
    }
}

/// Calls `each` with the start of each part at the end of `text` that has this `distance` from the
/// pattern, the longest part last. `reversed` holds the pattern's units backwards.
pub fn part_starts(reversed: &Pattern, text: &[u16], distance: u32, mut each: impl FnMut(usize)) {
    let longest = (reversed.units + distance) as usize;
    let mut at = text.len();
    reversed.distances(text.iter().rev().copied().take(longest), false, |d| {
        at -= 1;
        if d == distance {
            each(at);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    /// The textbook algorithm: the last row of the table of distances.
    fn naive(a: &[u16], b: &[u16], anywhere: bool) -> Vec<u32> {
        let mut rows = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                rows[i][j] = match (i, j) {
                    (0, j) => {
                        if anywhere {
                            0
                        } else {
                            j as u32
                        }
                    }
                    (i, 0) => i as u32,
                    (i, j) => {
                        let same = u32::from(a[i - 1] != b[j - 1]);
                        let mut best = (rows[i - 1][j] + 1)
                            .min(rows[i][j - 1] + 1)
                            .min(rows[i - 1][j - 1] + same);
                        if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                            best = best.min(rows[i - 2][j - 2] + 1);
                        }
                        best
                    }
                };
            }
        }
        rows[a.len()].clone()
    }

    #[test]
    fn distances_are_those_of_the_table() {
        let mut seed = 1_u32;
        let mut next = |n: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) % n
        };
        for round in 0..3000 {
            let mut text = |longest: u32| -> Vec<u16> {
                (0..=next(longest)).map(|_| 97 + next(4) as u16 * 128).collect()
            };
            let (a, b) = (text(if round % 10 == 0 { 64 } else { 7 }), text(20));
            let pattern = Pattern::new(a.iter().copied());
            for anywhere in [false, true] {
                let mut got = vec![a.len() as u32];
                pattern.distances(b.iter().copied(), anywhere, |d| got.push(d));
                assert_eq!(got, naive(&a, &b, anywhere), "{a:?} {b:?} {anywhere}");
            }
            let (distance, end) = pattern.nearest_part(&b);
            assert_eq!(distance, *naive(&a, &b, true).iter().min().unwrap());
            let reversed = Pattern::new(a.iter().rev().copied());
            if end > 0 {
                let mut found = Vec::new();
                part_starts(&reversed, &b[..end], distance, |at| found.push(at));
                assert!(!found.is_empty(), "{a:?} {b:?}");
                for start in found {
                    assert_eq!(pattern.distance_to(&b[start..end]), distance);
                }
            }
        }
    }

    #[test]
    fn a_swap_of_neighbours_is_one_edit() {
        let pattern = Pattern::new(units("narutp").into_iter());
        assert_eq!(pattern.distance_to(&units("nrautp")), 1);
        assert_eq!(pattern.nearest_part(&units("xxnarutoxx")), (1, 8));
    }
}

//! Seeds and orders: every use of randomness has a stream of its own.
//!
//! Imports nothing of this crate.

/// Mixes two numbers into a seed (the finaliser of `SplitMix64`).
#[must_use]
pub fn mix(a: u64, b: u64) -> u64 {
    let mut x = a.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ b.wrapping_add(0x632b_e59b_d9b4_e019);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Returns the seed of one use of randomness, so that no two uses draw the same numbers. An
/// evaluation that drew like the split would find the held-out item next to its query.
#[must_use]
pub fn stream(seed: u64, purpose: &str) -> u64 {
    purpose.bytes().fold(seed, |seed, byte| mix(seed, u64::from(byte)))
}

/// A random order of `0..len` that needs no memory: a Feistel network, applied until the result is
/// below `len`.
#[derive(Debug, Clone, Copy)]
pub struct Shuffle {
    len: u64,
    half: u32,
    key: u64,
}

impl Shuffle {
    /// Returns the order that belongs to `key`.
    #[must_use]
    pub fn new(len: u64, key: u64) -> Self {
        let bits = 64 - len.saturating_sub(1).leading_zeros();
        Self { len, half: bits.div_ceil(2).max(1), key }
    }

    /// Returns the `at`-th number of the order; `at` must be below `len`.
    #[must_use]
    #[inline]
    pub fn at(&self, at: u64) -> u64 {
        let mask = (1 << self.half) - 1;
        let mut x = at;
        loop {
            let (mut left, mut right) = (x >> self.half, x & mask);
            for round in 0..4 {
                (left, right) = (right, left ^ (mix(self.key.wrapping_add(round), right) & mask));
            }
            x = left << self.half | right;
            if x < self.len {
                return x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_is_an_order_of_all() {
        for len in [1, 2, 3, 100, 1000] {
            let shuffle = Shuffle::new(len, 7);
            let mut all: Vec<u64> = (0..len).map(|at| shuffle.at(at)).collect();
            if len == 1000 {
                assert!(all.windows(2).filter(|pair| pair[1] == pair[0] + 1).count() < 10);
            }
            all.sort_unstable();
            assert!(all.into_iter().eq(0..len));
        }
    }
}

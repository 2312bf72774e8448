//! Vector arithmetic and random numbers that the distillation and its evaluation share.
//! It imports nothing of the crate.

/// The random numbers of xorshift64 (Marsaglia 2003).
pub(crate) struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Puts `order` in a random order.
    pub fn shuffle<T>(&mut self, order: &mut [T]) {
        for at in (1..order.len()).rev() {
            order.swap(at, self.below(at + 1));
        }
    }

    /// Returns a random number below `n`.
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((u128::from(self.0) * n as u128) >> 64) as usize
    }
}

/// Adds `by` times `from` to `to`.
pub(crate) fn add(by: f32, from: &[f32], to: &mut [f32]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += by * from);
}

/// Returns the dot product, summed in sixteen lanes.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let (chunks, rest) = (a.chunks_exact(16).zip(b.chunks_exact(16)), a.len() / 16 * 16);
    for (a, b) in chunks {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + a[rest..].iter().zip(&b[rest..]).map(|(a, b)| a * b).sum::<f32>()
}

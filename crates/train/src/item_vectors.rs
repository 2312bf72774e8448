//! Item vectors and how they compare.
//!
//! Imports the dot product alone.

use super::dot::dot;

/// Item vectors, compared by `q·v / (|q||v|)^p`.
#[derive(Debug, Clone, Copy)]
pub struct ItemVectors<'a> {
    /// `items × dims` values.
    pub values: &'a [f32],
    /// Values per vector.
    pub dims: usize,
    /// The exponent p: 0 is the dot product, 1 the cosine.
    pub exponent: f32,
}

impl ItemVectors<'_> {
    /// Returns the factor of each row, `|v|^-p`; 0 for a vector of zeros.
    #[must_use]
    pub fn scales(&self) -> Vec<f32> {
        let norms = self.values.chunks_exact(self.dims).map(|v| dot(v, v).sqrt());
        norms.map(|norm| if norm > 0.0 { norm.powf(-self.exponent) } else { 0.0 }).collect()
    }

    /// Writes `query · v` for every row v.
    pub fn dots(&self, query: &[f32], out: &mut [f32]) {
        for (score, v) in out.iter_mut().zip(self.values.chunks_exact(self.dims)) {
            *score = dot(query, v);
        }
    }
}

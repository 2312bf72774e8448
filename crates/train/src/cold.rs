//! Places items without ratings in the space of trained vectors, by the vectors of their texts.
//!
//! Imports the residual alone.

use std::collections::HashMap;

use faer::linalg::solvers::Solve;
use faer::{Mat, Side};

use super::residual::Residual;
use osusume_tables::Vectors;

/// A linear map with an offset, by ridge regression: `W = (XᵀX + λI)⁻¹ XᵀY` on texts X (scaled to
/// length 1) and trained vectors Y, both minus their means. A text that tells little lands near the
/// mean vector.
#[derive(Debug, Clone)]
pub struct ColdMap {
    from: Vec<f64>,
    to: Vec<f64>,
    /// One column for each value of the trained vectors.
    weights: Mat<f64>,
}

impl ColdMap {
    /// Learns the map from pairs of (text, trained) vectors. Returns `None` without pairs, or if
    /// the system is singular (λ = 0).
    #[must_use]
    pub fn new(pairs: &[(&[f32], &[f32])], lambda: f64) -> Option<Self> {
        let &(text, vector) = pairs.first()?;
        let texts: Vec<Vec<f64>> = pairs.iter().map(|(text, _)| unit(text)).collect();
        let mean = |dims: usize, value: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
            (0..dims)
                .map(|d| (0..pairs.len()).map(|n| value(n, d)).sum::<f64>() / pairs.len() as f64)
                .collect()
        };
        let from = mean(text.len(), &|n, d| texts[n][d]);
        let to = mean(vector.len(), &|n, d| f64::from(pairs[n].1[d]));
        let x = Mat::from_fn(pairs.len(), text.len(), |n, d| texts[n][d] - from[d]);
        let y = Mat::from_fn(pairs.len(), vector.len(), |n, d| f64::from(pairs[n].1[d]) - to[d]);
        let mut gram = x.transpose() * &x;
        for d in 0..text.len() {
            gram[(d, d)] += lambda;
        }
        let weights = gram.llt(Side::Lower).ok()?.solve(x.transpose() * y);
        Some(Self { from, to, weights })
    }

    /// Returns the place of an item with this text.
    #[must_use]
    pub fn place(&self, text: &[f32]) -> Vec<f32> {
        let text: Vec<f64> =
            unit(text).iter().zip(&self.from).map(|(value, mean)| value - mean).collect();
        let column = |d: usize| {
            text.iter().zip(self.weights.col_as_slice(d)).map(|(x, w)| x * w).sum::<f64>()
        };
        self.to.iter().enumerate().map(|(d, mean)| (mean + column(d)) as f32).collect()
    }
}

/// Returns the text scaled to length 1.
fn unit(text: &[f32]) -> Vec<f64> {
    let length = text.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
    text.iter().map(|v| f64::from(*v) / length.max(1e-30)).collect()
}

/// Appends a row to `vectors` for every item of `texts` that it lacks, and an empty row to
/// `residual`. Returns the number of rows; 0 if no item has both a text and a vector.
pub fn place(
    vectors: &mut Vectors,
    residual: Option<&mut Residual>,
    texts: &Vectors,
    lambda: f64,
) -> usize {
    let row_of: HashMap<u32, usize> = vectors.ids.iter().copied().zip(0..).collect();
    let texts_of = || texts.ids.iter().enumerate().map(|(row, &id)| (id, texts.row(row)));
    let pairs: Vec<(&[f32], &[f32])> = texts_of()
        .filter_map(|(id, text)| row_of.get(&id).map(|&row| (text, vectors.row(row))))
        .collect();
    let Some(map) = ColdMap::new(&pairs, lambda) else { return 0 };
    let cold: Vec<(u32, &[f32])> = texts_of().filter(|(id, _)| !row_of.contains_key(id)).collect();
    for &(id, text) in &cold {
        vectors.ids.push(id);
        vectors.values.extend(map.place(text));
    }
    if let Some(residual) = residual {
        let end = residual.rows.len() as u32;
        residual.offsets.extend(cold.iter().map(|_| end));
    }
    cold.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use osusume_tables::Provenance;

    #[test]
    fn a_linear_relation_is_found_and_cold_items_get_their_place() {
        let text = |n: u32| {
            let angle = f64::from(n) * 0.37;
            [angle.sin() as f32, angle.cos() as f32]
        };
        let trained = |n: u32| {
            let [a, b] = text(n);
            [2.0 * a - b + 0.5, a + 1.0, 3.0 * b]
        };
        let vectors = |ids: Vec<u32>, dims, of: &dyn Fn(u32) -> Vec<f32>| Vectors {
            values: ids.iter().flat_map(|&id| of(id)).collect(),
            ids,
            dims,
            provenance: Provenance::default(),
        };
        let texts = vectors((0..30).collect(), 2, &|n| text(n).to_vec());
        let mut found = vectors((0..25).rev().collect(), 3, &|n| trained(n).to_vec());
        let mut residual = Residual {
            factor: 1.0,
            offsets: (0..=25).collect(),
            rows: vec![0; 25],
            weights: vec![0.5; 25],
        };
        assert_eq!(place(&mut found, Some(&mut residual), &texts, 1e-9), 5);
        assert_eq!(found.ids[25..], [25, 26, 27, 28, 29]);
        for row in 25..30 {
            let wanted = trained(found.ids[row]);
            assert!(found.row(row).iter().zip(&wanted).all(|(a, b)| (a - b).abs() < 1e-4), "{row}");
            assert_eq!(residual.of(row).count(), 0);
        }
        // A strong ridge leaves the mean.
        let pairs: Vec<_> = (0..25).map(|row| (texts.row(row), found.row(24 - row))).collect();
        let near = ColdMap::new(&pairs, 1e12).unwrap().place(&text(28));
        let mean = (0..25).map(|n| trained(n)[1]).sum::<f32>() / 25.0;
        assert!((near[1] - mean).abs() < 1e-4, "{near:?} {mean}");
        assert!(ColdMap::new(&[], 1.0).is_none());
        let strangers = vectors(vec![99], 2, &|n| text(n).to_vec());
        assert_eq!(place(&mut found, None, &strangers, 1.0), 0);
    }
}

//! The residual: what vectors miss of an item-item model, as a few signed weights per item.
//!
//! A profile's score of item j is `s·(u·v_j) + Σ_i R[i,j]` with `u = Σ_i v_i` over the profile's
//! items i. The vectors hold the general taste, R the exceptions. The score is a sum over the
//! profile's items, so each item's share of it is exact. Imports item vectors and item-item
//! weights.

use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors};

use super::data::NO_ITEM;
use super::dot::dot;
use super::ease::ItemWeights;
use super::item_vectors::ItemVectors;
use super::parallel::map_parts;
use osusume_tables::{TableError, Tensor};

/// At most `k` weights for each row; `offsets` separates the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Residual {
    /// The factor s of the vectors' part.
    pub factor: f32,
    /// Where each row begins in `rows` and `weights`; the last value is their length.
    pub offsets: Vec<u32>,
    /// The row j of each weight, ascending within a row i.
    pub rows: Vec<u32>,
    /// How much liking i adds to the score of j.
    pub weights: Vec<f32>,
}

impl Residual {
    /// Returns the factor that brings `V·Vᵀ` nearest to `target` (least squares, without the
    /// diagonal), and the `most` largest weights of each row of the difference.
    #[must_use]
    pub fn new(
        target: &ItemWeights,
        vectors: &ItemVectors<'_>,
        most: usize,
        threads: usize,
    ) -> Self {
        let (items, dims) = (target.items(), vectors.dims);
        let scaled = scaled(vectors);
        let row = |i: usize| &scaled[i * dims..][..dims];
        let sums = map_parts(items, threads, |part| {
            let mut sums = (0.0, 0.0);
            for i in part {
                for (j, weight) in target.row(i).iter().enumerate().filter(|&(j, _)| j != i) {
                    let product = f64::from(dot(row(i), row(j)));
                    sums.0 += product * f64::from(*weight);
                    sums.1 += product * product;
                }
            }
            sums
        });
        let (both, square) = sums.into_iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
        let factor = if square > 0.0 { (both / square) as f32 } else { 0.0 };
        let kept = map_parts(items, threads, |part| {
            part.map(|i| {
                let missed =
                    |(j, weight): (usize, &f32)| (j as u32, weight - factor * dot(row(i), row(j)));
                let mut all: Vec<(u32, f32)> =
                    target.row(i).iter().enumerate().filter(|&(j, _)| j != i).map(missed).collect();
                keep_strongest(&mut all, most);
                all
            })
            .collect::<Vec<_>>()
        })
        .into_iter()
        .flatten()
        .collect();
        Self::from_rows(factor, kept)
    }

    /// Returns the residual with these weights of each row: (j, weight), in any order.
    #[must_use]
    pub fn from_rows(factor: f32, mut all: Vec<Vec<(u32, f32)>>) -> Self {
        let mut offsets = vec![0];
        for row in &mut all {
            row.sort_unstable_by_key(|&(j, _)| j);
            offsets.push(offsets[offsets.len() - 1] + row.len() as u32);
        }
        let (rows, weights) = all.into_iter().flatten().unzip();
        Self { factor, offsets, rows, weights }
    }

    /// Returns the weight of row i for j, 0 if it has none.
    #[must_use]
    pub fn at(&self, row: usize, j: u32) -> f32 {
        let range = self.offsets[row] as usize..self.offsets[row + 1] as usize;
        let found = self.rows[range.clone()].binary_search(&j);
        found.map_or(0.0, |at| self.weights[range.start + at])
    }

    /// Returns the weights of row i: (j, weight).
    pub fn of(&self, row: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = self.offsets[row] as usize..self.offsets[row + 1] as usize;
        self.rows[range.clone()].iter().copied().zip(self.weights[range].iter().copied())
    }

    /// Returns the tensors that the vector file holds beside the vectors.
    #[must_use]
    pub fn tensors(&self) -> Vec<Tensor> {
        let words = |values: &[u32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let floats = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let tensor = |name: &str, dtype, len, bytes| Tensor {
            name: format!("residual_rows/{name}"),
            dtype,
            shape: vec![len],
            bytes,
        };
        vec![
            tensor("factor", Dtype::F32, 1, floats(&[self.factor])),
            tensor("offsets", Dtype::U32, self.offsets.len(), words(&self.offsets)),
            tensor("rows", Dtype::U32, self.rows.len(), words(&self.rows)),
            tensor("weights", Dtype::F32, self.weights.len(), floats(&self.weights)),
        ]
    }

    /// Reads the residual of a vector file of `items` rows; `None` if it has none.
    pub fn read(path: &Path, items: usize) -> Result<Option<Self>, TableError> {
        let bad = |reason: &str| TableError::VectorFile {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let bytes = std::fs::read(path).map_err(TableError::io(path))?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(|e| bad(&e.to_string()))?;
        let words = |name: &str, dtype| match tensors.tensor(&format!("residual_rows/{name}")) {
            Ok(found) if found.dtype() == dtype && found.shape().len() == 1 => Ok(found
                .data()
                .chunks_exact(4)
                .map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]))
                .collect()),
            Ok(_) => Err(bad(&format!("\"residual_rows/{name}\" has the wrong type or shape"))),
            Err(_) => Err(bad(&format!("it has no tensor \"residual_rows/{name}\""))),
        };
        if tensors.tensor("residual_rows/factor").is_err() {
            return Ok(None);
        }
        let factor: Vec<u32> = words("factor", Dtype::F32)?;
        let (offsets, rows): (Vec<u32>, Vec<u32>) =
            (words("offsets", Dtype::U32)?, words("rows", Dtype::U32)?);
        let weights: Vec<u32> = words("weights", Dtype::F32)?;
        let weights: Vec<f32> = weights.into_iter().map(f32::from_bits).collect();
        let whole = offsets.len() == items + 1
            && offsets[0] == 0
            && offsets.is_sorted()
            && offsets[items] as usize == rows.len()
            && rows.len() == weights.len()
            && rows.iter().all(|&row| (row as usize) < items);
        let &[factor] = factor.as_slice() else {
            return Err(bad("\"residual_rows/factor\" is not one value"));
        };
        let factor = f32::from_bits(factor);
        if !whole {
            return Err(bad("the residual does not fit its rows"));
        }
        if let Some(at) = weights.iter().position(|w| !w.is_finite()) {
            return Err(TableError::NotFinite { path: path.to_owned(), id: rows[at] });
        }
        if !factor.is_finite() {
            return Err(TableError::NotFinite { path: path.to_owned(), id: NO_ITEM });
        }
        Ok(Some(Self { factor, offsets, rows, weights }))
    }
}

/// Keeps the weights that are largest without their sign; of equal ones those of the first rows.
pub fn keep_strongest(all: &mut Vec<(u32, f32)>, most: usize) {
    if most < all.len() {
        all.select_nth_unstable_by(most, |a, b| {
            b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0))
        });
        all.truncate(most);
    }
}

/// Returns the vectors times the factor of their exponent, for both sides of a product.
pub(super) fn scaled(vectors: &ItemVectors<'_>) -> Vec<f32> {
    let rows = vectors.values.chunks_exact(vectors.dims).zip(vectors.scales());
    rows.flat_map(|(row, scale)| row.iter().map(move |value| value * scale)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use crate::{Fitted, WithResidual};
    use osusume_tables::{Provenance, Rating, Vectors};

    fn ease() -> ItemWeights {
        let mut builder = Builder::new(Keep::default());
        for user in 0..50_u32 {
            for n in 0..5 {
                let item = user * user * (n + 3) % 23;
                builder.push(Rating { user, item, ..Rating::default() });
            }
        }
        let (data, _) = builder.finish(&(0..50).collect::<Vec<_>>());
        ItemWeights::ease(&data, 5.0).unwrap()
    }

    #[test]
    fn all_weights_give_the_target_back() {
        let target = ease();
        let items = target.items();
        let values: Vec<f32> = (0..items * 3).map(|i| (i as f32 * 0.7).sin()).collect();
        let vectors = ItemVectors { values: &values, dims: 3, exponent: 0.5 };
        let (mut found, mut wanted) = (vec![0.0; items], vec![0.0; items]);
        let whole = WithResidual::new(&vectors, Residual::new(&target, &vectors, items, 2));
        for own in [&[2, 5, 9][..], &[0], &[]] {
            whole.user(0, own, &mut found);
            target.profile(own, &mut wanted);
            for (j, (a, b)) in found.iter().zip(&wanted).enumerate() {
                // An item's own score is left out: it never comes back.
                assert!(own.contains(&(j as u32)) || (a - b).abs() < 1e-5, "{j}: {a} {b}");
            }
        }
        let few = Residual::new(&target, &vectors, 4, 1);
        assert!((0..items).all(|i| few.of(i).count() == 4));
        assert!((few.factor - whole.residual().unwrap().factor).abs() < 1e-6);
    }

    #[test]
    fn what_is_written_is_read() {
        let target = ease();
        let items = target.items();
        let values: Vec<f32> = (0..items * 2).map(|i| (i as f32).cos()).collect();
        let residual =
            Residual::new(&target, &ItemVectors { values: &values, dims: 2, exponent: 0.0 }, 3, 1);
        let file = tempfile::NamedTempFile::new().unwrap();
        let ids = (0..items as u32).collect();
        let vectors = Vectors { ids, dims: 2, values, provenance: Provenance::default() };
        vectors.write(file.path()).unwrap();
        assert_eq!(Residual::read(file.path(), items).unwrap(), None);
        let write =
            |residual: &Residual| vectors.write_with(file.path(), &residual.tensors()).unwrap();
        write(&residual);
        assert_eq!(Residual::read(file.path(), items).unwrap().as_ref(), Some(&residual));
        assert_eq!(Vectors::read(file.path()).unwrap(), vectors);

        let code = || Residual::read(file.path(), items).unwrap_err().code().as_str();
        let mut far = residual.clone();
        far.rows[0] = items as u32;
        write(&far);
        assert_eq!(code(), "vector_file");
        let mut wild = residual.clone();
        wild.weights[1] = f32::NAN;
        write(&wild);
        assert_eq!(code(), "vector_not_finite");
        let mut short = residual;
        short.offsets.pop();
        write(&short);
        assert_eq!(code(), "vector_file");
    }
}

//! Models as a release holds them: values in f16, and the largest weights of each item.
//!
//! Imports the models with vectors and weights; knows no learner.

use half::f16;

use super::ease::ItemWeights;
use super::fitted::Fitted;
use super::item_vectors::ItemVectors;
use super::residual::{Residual, keep_strongest};
use super::vectored::Vectored;
use super::with_residual::WithResidual;

/// Returns the bytes of vectors and weights in a release, with f16 values.
///
/// A weight has the row of the other item beside it, and each item a count of its weights. An item
/// whose vector is zero stores none. A matrix of all pairs needs no rows.
#[must_use]
pub fn packed_bytes(model: &dyn Fitted) -> usize {
    let vectors = model.vectors().map_or(0, |vectors| {
        let is_stored = |row: &&[f32]| row.iter().any(|&value| value != 0.0);
        vectors.values.chunks_exact(vectors.dims).filter(is_stored).count() * vectors.dims * 2
    });
    let weights = model.residual().map_or(0, |residual| {
        let rows = residual.offsets.len() - 1;
        let row_width = if rows <= 1 << 16 { 2 } else { 4 };
        rows * 4 + residual.weights.len() * (row_width + 2)
    });
    let pairs = model.item_weights().map_or(0, |matrix| matrix.items().pow(2) * 2);
    vectors + weights + pairs
}

/// Returns the model with all values rounded to f16, and of each item only the `most` weights that
/// are largest without their sign. Returns `None` for a model of neither vectors nor weights.
///
/// It scores users by their profile alone: by the sum with weights, by the ridge without.
#[must_use]
pub fn packed(model: &dyn Fitted, most: usize) -> Option<Box<dyn Fitted>> {
    let weights = match (model.residual(), model.item_weights()) {
        (Some(residual), _) => Some(strongest_of(residual, most)),
        (None, Some(matrix)) => Some(strongest_of_all(matrix, most)),
        (None, None) => None,
    };
    let vectors = model.vectors().map(|vectors| (rounded(vectors.values), vectors));
    Some(match (vectors, weights) {
        (None, None) => return None,
        (Some((values, vectors)), None) => {
            Box::new(Vectored::alone(values, vectors.dims, vectors.exponent))
        }
        (Some((values, vectors)), Some(weights)) => {
            Box::new(WithResidual::new(&ItemVectors { values: &values, ..vectors }, weights))
        }
        (None, Some(weights)) => Box::new(WithResidual::weights_alone(weights)),
    })
}

/// Rounds values to f16.
pub(super) fn rounded(values: &[f32]) -> Vec<f32> {
    values.iter().map(|value| f16::from_f32(*value).to_f32()).collect()
}

fn strongest_of(residual: &Residual, most: usize) -> Residual {
    let rows = 0..residual.offsets.len() - 1;
    let rows = rows.map(|row| strongest(residual.of(row).collect(), most));
    Residual::from_rows(residual.factor, rows.collect())
}

fn strongest_of_all(matrix: &ItemWeights, most: usize) -> Residual {
    let others = |item: usize| {
        let row = (0..).zip(matrix.row(item).iter().copied());
        row.filter(move |&(j, weight)| j as usize != item && weight != 0.0).collect()
    };
    let rows = (0..matrix.items()).map(|item| strongest(others(item), most));
    Residual::from_rows(1.0, rows.collect())
}

fn strongest(mut row: Vec<(u32, f32)>, most: usize) -> Vec<(u32, f32)> {
    keep_strongest(&mut row, most);
    for (_, weight) in &mut row {
        *weight = f16::from_f32(*weight).to_f32();
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Popularity;
    use crate::data::{Builder, Interactions, Keep};
    use crate::random::mix;
    use osusume_tables::Rating;

    fn data() -> Interactions {
        let mut builder = Builder::new(Keep::default());
        for user in 0..100_u32 {
            for n in 0..6 {
                let item = (mix(u64::from(user), n) % 30) as u32;
                builder.push(Rating { user, item, ..Rating::default() });
            }
        }
        builder.finish(&(0..100).collect::<Vec<_>>()).0
    }

    #[test]
    fn the_largest_weights_stay_and_each_byte_is_counted() {
        let data = data();
        let items = data.items();
        let matrix = ItemWeights::ease(&data, 5.0).unwrap();
        assert_eq!(packed_bytes(&matrix), items * items * 2);
        let few = packed(&matrix, 3).unwrap();
        assert_eq!(packed_bytes(&*few), items * (4 + 3 * 4));
        let weights = few.residual().unwrap();
        for item in 0..items {
            let mut row: Vec<f32> = matrix.row(item).iter().map(|weight| weight.abs()).collect();
            row.sort_unstable_by(f32::total_cmp);
            let least = rounded(&row[items - 3..items - 2])[0];
            assert!(weights.of(item).all(|(j, w)| w.abs() >= least && j as usize != item));
        }

        let (mut whole, mut cut) = (vec![0.0; items], vec![0.0; items]);
        packed(&matrix, items).unwrap().user(0, &[1, 4], &mut cut);
        matrix.user(0, &[1, 4], &mut whole);
        assert!(whole.iter().zip(&cut).all(|(a, b)| (a - b).abs() < 1e-3), "{whole:?} {cut:?}");
    }

    #[test]
    fn vectors_keep_their_weights_and_popularity_has_neither() {
        let data = data();
        let items = data.items();
        let mut values: Vec<f32> = (0..items * 4).map(|n| (n as f32 * 0.7).sin()).collect();
        values[..4].fill(0.0);
        let vectors = ItemVectors { values: &values, dims: 4, exponent: 0.5 };
        let matrix = ItemWeights::ease(&data, 5.0).unwrap();
        let model = WithResidual::new(&vectors, Residual::new(&matrix, &vectors, 8, 1));
        assert_eq!(packed_bytes(&model), (items - 1) * 8 + items * (4 + 8 * 4));
        let few = packed(&model, 2).unwrap();
        assert_eq!(packed_bytes(&*few), (items - 1) * 8 + items * (4 + 2 * 4));
        let found = few.vectors().unwrap();
        assert_eq!((found.values, found.exponent), (&rounded(&values)[..], 0.5));
        let wanted = Residual::new(&matrix, &vectors, 2, 1);
        assert_eq!(few.residual().unwrap().rows, wanted.rows);
        assert_eq!(few.residual().unwrap().weights, rounded(&wanted.weights));

        let alone = Vectored::alone(values.clone(), 4, 0.5);
        let same = packed(&alone, 2).unwrap();
        assert_eq!(packed_bytes(&*same), (items - 1) * 8);
        assert!(same.residual().is_none());
        assert!(packed(&Popularity::new(&data), 2).is_none());
        assert_eq!(packed_bytes(&Popularity::new(&data)), 0);
    }
}

//! Protocol "fidelity": how rounding the vectors changes lists of ten.
//!
//! Imports the ranks and the models with vectors.

use serde::Serialize;

use super::rank::top_ten;
use crate::data::Interactions;
use crate::fitted::Fitted;
use crate::item_vectors::ItemVectors;
use crate::packed::rounded as half;
use crate::parallel::map_parts;
use crate::residual::Residual;
use crate::vectored::Vectored;
use crate::with_residual::WithResidual;

/// How much of the f32 lists one form of the vectors keeps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fidelity {
    /// `f16`, as packed; or `i8` with one scale for each row, and the weights of a residual in f16.
    pub form: &'static str,
    /// Bytes of vectors, scales and weights.
    pub bytes: usize,
    /// Mean share of the ten items most similar to an item that stay among its ten, over all items
    /// with a vector.
    pub items: f64,
    /// The same share for the ten items of a user's profile, over all users.
    pub profiles: f64,
}

/// Compares the lists by f16 and by i8 with the lists by f32, for every item and every user of
/// `data`. Returns nothing for a model without vectors.
#[must_use]
pub fn fidelity(model: &dyn Fitted, data: &Interactions, threads: usize) -> Vec<Fidelity> {
    let Some(vectors) = model.vectors() else { return Vec::new() };
    let whole = shipped(&vectors, model.residual().cloned());
    let weights = model.residual().map_or(0, |residual| residual.weights.len());
    let covered: Vec<usize> = (0..)
        .zip(vectors.values.chunks_exact(vectors.dims))
        .filter_map(|(item, values)| values.iter().any(|value| *value != 0.0).then_some(item))
        .collect();
    let rounded = model
        .residual()
        .map(|residual| Residual { weights: half(&residual.weights), ..residual.clone() });
    // `bytes` counts one row.
    let compare = |form, values: &[f32], bytes: usize| {
        let rounded = shipped(&ItemVectors { values, ..vectors }, rounded.clone());
        let (items, profiles) = kept(&*whole, &*rounded, &covered, data, threads);
        Fidelity { form, bytes: covered.len() * bytes + weights * 4, items, profiles }
    };
    let (f16, i8) = (half(vectors.values), bytewise(vectors.values, vectors.dims));
    vec![compare("f16", &f16, vectors.dims * 2), compare("i8", &i8, vectors.dims + 4)]
}

/// Returns the model that a release holds.
fn shipped(vectors: &ItemVectors<'_>, residual: Option<Residual>) -> Box<dyn Fitted> {
    match residual {
        Some(residual) => Box::new(WithResidual::new(vectors, residual)),
        None => Box::new(Vectored::alone(vectors.values.to_vec(), vectors.dims, vectors.exponent)),
    }
}

/// Rounds each row to 255 steps of its own scale.
fn bytewise(values: &[f32], dims: usize) -> Vec<f32> {
    let row = |row: &[f32]| {
        let step = row.iter().fold(0.0_f32, |most, v| most.max(v.abs())) / 127.0;
        row.iter()
            .map(|v| if step > 0.0 { (v / step).round() * step } else { 0.0 })
            .collect::<Vec<_>>()
    };
    values.chunks_exact(dims).flat_map(row).collect()
}

/// Returns the list of ten of the n-th query.
type Ask<'a> = &'a (dyn Fn(&dyn Fitted, usize, &mut [f32]) -> Vec<u32> + Sync);

/// Returns the mean shares of the lists of `a` that `b` keeps: for the items `covered`, and for the
/// users.
fn kept(
    a: &dyn Fitted,
    b: &dyn Fitted,
    covered: &[usize],
    data: &Interactions,
    threads: usize,
) -> (f64, f64) {
    let share = |count: usize, each: Ask<'_>| {
        let parts = map_parts(count, threads, |part| {
            let mut scores = vec![0.0; data.items()];
            part.map(|n| {
                let (left, right) = (each(a, n, &mut scores), each(b, n, &mut scores));
                left.iter().filter(|item| right.contains(item)).count() as f64
                    / left.len().max(1) as f64
            })
            .sum::<f64>()
        });
        parts.into_iter().sum::<f64>() / count.max(1) as f64
    };
    let items = share(covered.len(), &|model, n, scores| {
        let item = covered[n];
        model.item(item, scores);
        top_ten(scores, &[item as u32])
    });
    let users = share(data.users(), &|model, user, scores| {
        model.user(0, data.of(user), scores);
        top_ten(scores, data.of(user))
    });
    (items, users)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Builder, Keep};
    use crate::random::mix;
    use osusume_tables::Rating;

    #[test]
    fn finer_forms_keep_more() {
        let mut builder = Builder::new(Keep::default());
        for user in 0..100_u32 {
            for n in 0..5 {
                let item = (mix(u64::from(user), n) % 200) as u32;
                builder.push(Rating { user, item, ..Rating::default() });
            }
        }
        let data = builder.finish(&(0..100).collect::<Vec<_>>()).0;
        let values =
            (0..data.items() as u64 * 16).map(|n| (mix(3, n) >> 40) as f32 / 8_388_608.0 - 1.0);
        let model = Vectored::alone(values.collect(), 16, 1.0);
        let found = fidelity(&model, &data, 2);
        assert_eq!(found.iter().map(|f| f.form).collect::<Vec<_>>(), ["f16", "i8"]);
        assert_eq!(
            found.iter().map(|f| f.bytes).collect::<Vec<_>>(),
            [data.items() * 32, data.items() * 20]
        );
        assert!(found[0].items > 0.99 && found[0].profiles > 0.99, "{found:?}");
        assert!((0.9..=found[0].items).contains(&found[1].items), "{found:?}");
        let rough = bytewise(&[0.0, 0.0, -127.0, 64.4], 2);
        assert_eq!(rough, [0.0, 0.0, -127.0, 64.0]);
    }
}

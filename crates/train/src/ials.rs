//! Implicit alternating least squares with frequency-scaled regularisation (Rendle et al. 2021,
//! "Revisiting the performance of iALS on item recommendation benchmarks", section 3).
//!
//! Imports the data and work in parts; no other learner.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::linalg::matmul::triangular::{BlockStructure, matmul};
use faer::{Accum, MatMut, MatRef, Par, Spec};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use super::data::Interactions;
use super::dot::dot;
use super::learner::{EpochInput, EpochStats, Learner, Scorer};
use super::parallel::map_parts;
use super::random::stream;
use super::table::normal;

/// Vectors of users and items with `w·h` near 1 for the items that a user has, and near 0, with
/// less weight, for all items.
///
/// Each half of an epoch solves one ridge regression for each row exactly; there is no learning
/// rate. The result does not depend on the number of threads.
#[derive(Debug, Clone)]
pub struct Ials {
    dims: usize,
    users: Vec<f32>,
    items: Vec<f32>,
    settings: IalsSettings,
    /// Users by item; the first epoch makes it.
    by_item: Option<Interactions>,
}

/// The three numbers to tune.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IalsSettings {
    /// α₀, the weight of every item, 0.1 to 1.
    pub unseen: f32,
    /// λ, the regularisation, 0.001 to 0.01.
    pub lambda: f32,
    /// ν: a row of n interactions among N has the regularisation `λ (n + α₀N)^ν`.
    pub nu: f32,
}

impl Ials {
    /// Returns small random vectors.
    #[must_use]
    pub fn new(
        (users, items, dims): (usize, usize, usize),
        settings: IalsSettings,
        seed: u64,
    ) -> Self {
        let draw = |rows: usize, part| {
            let mut value =
                normal(Pcg64Mcg::seed_from_u64(stream(seed, part)), 0.1 / (dims as f32).sqrt());
            (0..rows * dims).map(|_| value()).collect()
        };
        Self {
            dims,
            users: draw(users, "users"),
            items: draw(items, "items"),
            settings,
            by_item: None,
        }
    }
}

/// Solves for every row of `data` against the fixed vectors of its entries. Returns the rows and
/// the summed loss.
fn half(
    data: &Interactions,
    fixed: &[f32],
    dims: usize,
    settings: IalsSettings,
    threads: usize,
) -> (Vec<f32>, f64) {
    /// Vectors multiplied at a time: enough for the kernel, little enough for the cache.
    const BLOCK: usize = 256;
    let base = gram(fixed, dims, settings.unseen, threads);
    let others = (fixed.len() / dims) as f32 * settings.unseen;
    let parts = map_parts(data.users(), threads, |rows| {
        let mut solved = Vec::with_capacity(rows.len() * dims);
        let (mut matrix, mut packed) = (base.clone(), Vec::with_capacity(BLOCK * dims));
        let (mut right, mut sum) = (vec![0.0; dims], vec![0.0; dims]);
        let params = Spec::default();
        let mut memory =
            MemBuffer::new(llt::factor::cholesky_in_place_scratch::<f32>(dims, Par::Seq, params));
        let mut loss = 0.0;
        for row in rows {
            let entries = data.of(row);
            let first = data.first(row);
            let mut confidence = 0.0;
            let ridge = settings.lambda * (entries.len() as f32 + others).powf(settings.nu);
            matrix.copy_from_slice(&base);
            for d in 0..dims {
                matrix[d * dims + d] += ridge;
            }
            right.fill(0.0);
            for (number, block) in entries.chunks(BLOCK).enumerate() {
                packed.clear();
                for (at, &entry) in (first + number * BLOCK..).zip(block) {
                    let v = &fixed[entry as usize * dims..][..dims];
                    let weight = data.sample_weight(row as u32, at);
                    let root = weight.sqrt();
                    packed.extend(v.iter().map(|v| v * root));
                    for (sum, v) in right.iter_mut().zip(v) {
                        *sum += v * weight;
                    }
                    confidence += f64::from(weight);
                }
                let v = MatRef::from_column_major_slice(&packed, dims, block.len());
                add_products(&mut matrix, v, 1.0);
            }
            sum.copy_from_slice(&right);
            let stack = MemStack::new(&mut memory);
            let system = MatMut::from_column_major_slice_mut(&mut matrix, dims, dims);
            match llt::factor::cholesky_in_place(
                system,
                llt::factor::LltRegularization::default(),
                Par::Seq,
                stack,
                params,
            ) {
                Ok(_) => {
                    let lower = MatRef::from_column_major_slice(&matrix, dims, dims);
                    let right = MatMut::from_column_major_slice_mut(&mut right, dims, 1);
                    llt::solve::solve_in_place(lower, right, Par::Seq, stack);
                }
                // The matrix is not positive: the fixed side is no longer finite, and so the loss
                // is not either.
                Err(_) => right.fill(f32::NAN),
            }
            // Σ c (1 - w·h)² + α₀ Σ (w·h)² at the solution of A w = b is Σ c - w·b - ridge·|w|².
            loss += confidence - f64::from(dot(&right, &sum) + ridge * dot(&right, &right));
            solved.extend_from_slice(&right);
        }
        (solved, loss)
    });
    let loss = parts.iter().map(|part| part.1).sum();
    (parts.into_iter().flat_map(|part| part.0).collect(), loss)
}

/// Adds `weight · V Vᵀ` to the lower triangle of a matrix of columns.
fn add_products(matrix: &mut [f32], v: MatRef<'_, f32>, weight: f32) {
    let dims = v.nrows();
    let out = MatMut::from_column_major_slice_mut(matrix, dims, dims);
    let (lower, whole) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
    matmul(out, lower, Accum::Add, v, whole, v.transpose(), whole, weight, Par::Seq);
}

/// Returns `weight · VᵀV`, lower triangle.
fn gram(vectors: &[f32], dims: usize, weight: f32, threads: usize) -> Vec<f32> {
    let parts = map_parts(vectors.len() / dims, threads, |rows| {
        let mut part = vec![0.0; dims * dims];
        let v = &vectors[rows.start * dims..rows.end * dims];
        add_products(&mut part, MatRef::from_column_major_slice(v, dims, rows.len()), weight);
        part
    });
    let mut sum = vec![0.0; dims * dims];
    for part in parts {
        for (sum, value) in sum.iter_mut().zip(part) {
            *sum += value;
        }
    }
    sum
}

impl Scorer for Ials {
    fn score(&self, user: u32, items: &[u32], out: &mut [f32]) {
        let w = &self.users[user as usize * self.dims..][..self.dims];
        for (&item, score) in items.iter().zip(out) {
            *score = dot(w, &self.items[item as usize * self.dims..][..self.dims]);
        }
    }
}

impl Learner for Ials {
    fn train_epoch(&mut self, input: &EpochInput<'_>) -> EpochStats {
        let by_item = self.by_item.get_or_insert_with(|| input.data.transposed());
        let (users, _) = half(input.data, &self.items, self.dims, self.settings, input.threads);
        self.users = users;
        let (items, loss) = half(by_item, &self.users, self.dims, self.settings, input.threads);
        self.items = items;
        EpochStats { loss, samples: input.data.len() as u64 }
    }

    fn dims(&self) -> usize {
        self.dims
    }

    fn item_vectors(&self) -> Vec<f32> {
        self.items.clone()
    }

    fn state(&self) -> Vec<Vec<u32>> {
        [&self.users, &self.items]
            .map(|side| side.iter().map(|value| value.to_bits()).collect())
            .into()
    }

    fn restore(&mut self, state: &[Vec<u32>]) {
        for (side, words) in [&mut self.users, &mut self.items].into_iter().zip(state) {
            *side = words.iter().map(|word| f32::from_bits(*word)).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::data::{Builder, Keep};
    use osusume_tables::Rating;

    #[test]
    fn the_loss_falls_and_threads_do_not_matter() {
        let mut builder = Builder::new(Keep::default());
        for user in 0..40 {
            for n in 0..6 {
                builder.push(Rating {
                    user,
                    item: (user % 4) * 10 + (user / 4 + n) % 10,
                    ..Rating::default()
                });
            }
        }
        let (data, _) = builder.finish(&(0..40).collect::<Vec<_>>());
        let settings = IalsSettings { unseen: 0.5, lambda: 0.003, nu: 1.0 };
        let run = |threads| {
            let mut model = Ials::new((40, data.items(), 8), settings, 3);
            let cancel = AtomicBool::new(false);
            let losses: Vec<f64> = (0..6)
                .map(|epoch| {
                    model
                        .train_epoch(&EpochInput {
                            data: &data,
                            epoch,
                            seed: 1,
                            threads,
                            cancel: &cancel,
                        })
                        .loss
                })
                .collect();
            (model, losses)
        };
        let (model, losses) = run(1);
        assert!(losses[5] < losses[0], "{losses:?}");
        assert_eq!(model.items, run(2).0.items);
        // The loss in closed form is the loss.
        let mut direct = 0.0;
        let mut scores = vec![0.0; data.items()];
        let all: Vec<u32> = (0..data.items() as u32).collect();
        for user in 0..40 {
            model.score(user as u32, &all, &mut scores);
            direct += scores.iter().map(|s| f64::from(0.5 * s * s)).sum::<f64>();
            direct += data
                .of(user)
                .iter()
                .map(|&i| f64::from(1.0 - scores[i as usize]).powi(2))
                .sum::<f64>();
        }
        assert!((direct - losses[5]).abs() < 1e-3 * direct, "{direct} {losses:?}");
    }
}

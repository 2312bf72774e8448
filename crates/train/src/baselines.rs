//! Models to measure others by: popularity, item-kNN, EASE, `PureSVD`; and ridge fold-in of a profile.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::solvers::{DenseSolveCore, Solve};
use faer::matrix_free::eigen::{
    PartialEigenParams, partial_self_adjoint_eigen, partial_self_adjoint_eigen_scratch,
};
use faer::{Col, Mat, Par, Side};

use super::data::Interactions;
use super::fitted::{Fitted, ItemVectors};

/// Everybody gets what most have.
#[derive(Debug, Clone)]
pub struct Popularity(Vec<f32>);

impl Popularity {
    /// Counts.
    #[must_use]
    pub fn new(data: &Interactions) -> Self {
        Self(data.counts().into_iter().map(|count| count as f32).collect())
    }
}

impl Fitted for Popularity {
    fn user(&self, _: usize, _: &[u32], out: &mut [f32]) {
        out.copy_from_slice(&self.0);
    }

    fn item(&self, _: usize, out: &mut [f32]) {
        out.copy_from_slice(&self.0);
    }

    fn vectors(&self) -> Option<ItemVectors<'_>> {
        None
    }
}

/// A weight for each pair of items: a profile's score of an item is the sum of the weights from the profile's items.
#[derive(Debug, Clone)]
pub struct ItemWeights {
    items: usize,
    /// `items × items`, row by row; row q holds what q adds to the score of each item.
    weights: Vec<f32>,
}

impl ItemWeights {
    /// Item-kNN with all neighbours: the cosine of two items' sets of users.
    #[must_use]
    pub fn cosine(data: &Interactions) -> Self {
        let (items, gram) = (data.items(), gram(data));
        let lengths: Vec<f64> = (0..items).map(|i| gram[(i, i)].sqrt()).collect();
        let weight = |q: usize, j: usize| match lengths[q] * lengths[j] {
            length if q != j && length > 0.0 => (gram[(q, j)] / length) as f32,
            _ => 0.0,
        };
        Self {
            items,
            weights: (0..items * items).map(|at| weight(at / items, at % items)).collect(),
        }
    }

    /// EASE (Steck 2019, "Embarrassingly shallow autoencoders for sparse data", equation 8): `B = I - P diag(1/P)`
    /// with `P = (XᵀX + λI)⁻¹`. Needs 8 bytes × items² three times over; `None` if the matrix is singular (λ = 0).
    #[must_use]
    pub fn ease(data: &Interactions, lambda: f64) -> Option<Self> {
        let items = data.items();
        let mut gram = gram(data);
        for i in 0..items {
            gram[(i, i)] += lambda;
        }
        let inverse = gram.llt(Side::Lower).ok()?.inverse();
        drop(gram);
        let mut weights = vec![0.0; items * items];
        for j in 0..items {
            let own = inverse[(j, j)];
            for q in 0..items {
                if q != j {
                    weights[q * items + j] = (-inverse[(q, j)] / own) as f32;
                }
            }
        }
        Some(Self { items, weights })
    }

    /// Row `item`: what it adds to the score of each item.
    #[must_use]
    pub fn row(&self, item: usize) -> &[f32] {
        &self.weights[item * self.items..][..self.items]
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> usize {
        self.items
    }

    /// Writes the score of every item for a profile.
    pub fn profile(&self, own: &[u32], out: &mut [f32]) {
        out.fill(0.0);
        for &q in own {
            for (score, weight) in out.iter_mut().zip(self.row(q as usize)) {
                *score += weight;
            }
        }
    }
}

impl Fitted for ItemWeights {
    fn user(&self, _: usize, own: &[u32], out: &mut [f32]) {
        self.profile(own, out);
    }

    fn item(&self, item: usize, out: &mut [f32]) {
        out.copy_from_slice(self.row(item));
    }

    fn vectors(&self) -> Option<ItemVectors<'_>> {
        None
    }
}

/// `PureSVD` (Cremonesi et al. 2010): the interactions' leading right singular vectors, uncentred.
#[derive(Debug, Clone)]
pub struct PureSvd {
    dims: usize,
    /// V.
    basis: Vec<f32>,
    /// V·S, compared by cosine.
    scaled: Vec<f32>,
}

impl PureSvd {
    /// Decomposes; at most as many dims as items.
    #[must_use]
    pub fn new(data: &Interactions, dims: usize) -> Self {
        let items = data.items();
        let (values, vectors) = leading(&gram(data), dims);
        let dims = values.len();
        let mut basis = vec![0.0; items * dims];
        let mut scaled = basis.clone();
        for item in 0..items {
            for d in 0..dims {
                basis[item * dims + d] = vectors[(item, d)] as f32;
                scaled[item * dims + d] = (vectors[(item, d)] * values[d].max(0.0).sqrt()) as f32;
            }
        }
        Self { dims, basis, scaled }
    }
}

impl Fitted for PureSvd {
    fn user(&self, _: usize, own: &[u32], out: &mut [f32]) {
        let basis = ItemVectors { values: &self.basis, dims: self.dims, exponent: 0.0 };
        basis.dots(&sum(&self.basis, self.dims, own), out);
    }

    fn item(&self, item: usize, out: &mut [f32]) {
        let vectors = ItemVectors { values: &self.scaled, dims: self.dims, exponent: 1.0 };
        vectors.dots(&self.scaled[item * self.dims..][..self.dims], out);
        for (score, scale) in out.iter_mut().zip(vectors.scales()) {
            *score *= scale;
        }
    }

    fn vectors(&self) -> Option<ItemVectors<'_>> {
        Some(ItemVectors { values: &self.scaled, dims: self.dims, exponent: 1.0 })
    }
}

/// Ridge fold-in: the user vector that a profile has by one least-squares step,
/// `u = (a·VᵀV + Σ v vᵀ + λI)⁻¹ Σ v` over the profile's items, V scaled to a mean square norm of 1.
#[derive(Debug, Clone)]
pub struct FoldIn {
    dims: usize,
    values: Vec<f32>,
    base: Mat<f64>,
}

impl FoldIn {
    /// Prepares the fixed part; `unseen` is a, `ridge` is λ (1 and 3 did best on both data sets).
    #[must_use]
    pub fn new(values: &[f32], dims: usize, unseen: f64, ridge: f64) -> Self {
        let square: f64 = values.iter().map(|v| f64::from(*v).powi(2)).sum();
        let rows = (values.len() / dims).max(1) as f64;
        let scale = if square > 0.0 { (rows / square).sqrt() } else { 1.0 };
        let values: Vec<f32> = values.iter().map(|v| (f64::from(*v) * scale) as f32).collect();
        let mut base = Mat::<f64>::zeros(dims, dims);
        add_outer(&mut base, values.chunks_exact(dims), unseen);
        for d in 0..dims {
            base[(d, d)] += ridge;
        }
        Self { dims, values, base }
    }

    /// Returns the user vector of a profile; zeros if the system is singular.
    #[must_use]
    pub fn user(&self, own: &[u32]) -> Vec<f32> {
        let mut matrix = self.base.clone();
        add_outer(
            &mut matrix,
            own.iter().map(|&item| &self.values[item as usize * self.dims..][..self.dims]),
            1.0,
        );
        let sum = sum(&self.values, self.dims, own);
        let right = Col::<f64>::from_fn(self.dims, |d| f64::from(sum[d]));
        match matrix.llt(Side::Lower) {
            Ok(llt) => llt.solve(&right).iter().map(|v| *v as f32).collect(),
            Err(_) => vec![0.0; self.dims],
        }
    }

    /// Writes the score of every item for a profile.
    pub fn score(&self, own: &[u32], out: &mut [f32]) {
        ItemVectors { values: &self.values, dims: self.dims, exponent: 0.0 }
            .dots(&self.user(own), out);
    }
}

fn add_outer<'a>(matrix: &mut Mat<f64>, rows: impl Iterator<Item = &'a [f32]>, weight: f64) {
    for v in rows {
        for (j, &b) in v.iter().enumerate() {
            let by = weight * f64::from(b);
            for (cell, &a) in matrix.col_as_slice_mut(j).iter_mut().zip(v) {
                *cell += by * f64::from(a);
            }
        }
    }
}

/// Writes the scores of `Σ v/|v|^p` over a profile against `v/|v|^p`, `scales` being the `1/|v|^p`: with p = 1 those of the
/// mean of normalised vectors, but for its length.
pub fn sum_profile(vectors: &ItemVectors<'_>, scales: &[f32], own: &[u32], out: &mut [f32]) {
    let mut query = vec![0.0; vectors.dims];
    for &item in own {
        let v = &vectors.values[item as usize * vectors.dims..][..vectors.dims];
        for (sum, value) in query.iter_mut().zip(v) {
            *sum += value * scales[item as usize];
        }
    }
    vectors.dots(&query, out);
    for (score, scale) in out.iter_mut().zip(scales) {
        *score *= scale;
    }
}

fn sum(values: &[f32], dims: usize, own: &[u32]) -> Vec<f32> {
    let mut sum = vec![0.0; dims];
    for &item in own {
        for (sum, value) in sum.iter_mut().zip(&values[item as usize * dims..][..dims]) {
            *sum += value;
        }
    }
    sum
}

/// `XᵀX`: how many users each pair of items has in common.
pub(super) fn gram(data: &Interactions) -> Mat<f64> {
    let mut gram = Mat::<f64>::zeros(data.items(), data.items());
    for user in 0..data.users() {
        let own = data.of(user);
        for &i in own {
            let column = gram.col_as_slice_mut(i as usize);
            for &j in own {
                column[j as usize] += 1.0;
            }
        }
    }
    gram
}

/// Returns the eigenvalues of largest magnitude of a symmetric matrix, largest first, and their vectors as columns.
pub(super) fn leading(matrix: &Mat<f64>, wanted: usize) -> (Vec<f64>, Mat<f64>) {
    let rows = matrix.nrows();
    let wanted = wanted.min(rows);
    // Below this size all of them cost no more than some.
    if rows < 400 || wanted * 3 > rows {
        return all_leading(matrix, wanted);
    }
    let mut vectors = Mat::<f64>::zeros(rows, wanted);
    let mut values = vec![0.0; wanted];
    let start = Col::<f64>::from_fn(rows, |row| 1.0 + (row % 7) as f64 * 0.1);
    let params = PartialEigenParams::default();
    let mut memory =
        MemBuffer::new(partial_self_adjoint_eigen_scratch(matrix, wanted, Par::Seq, params));
    let stack = MemStack::new(&mut memory);
    let info = partial_self_adjoint_eigen(
        vectors.as_mut(),
        &mut values,
        matrix,
        start.as_ref(),
        1e-10,
        Par::Seq,
        stack,
        params,
    );
    if info.n_converged_eigen < wanted { all_leading(matrix, wanted) } else { (values, vectors) }
}

fn all_leading(matrix: &Mat<f64>, wanted: usize) -> (Vec<f64>, Mat<f64>) {
    let Ok(all) = matrix.self_adjoint_eigen(Side::Lower) else {
        return (Vec::new(), Mat::zeros(matrix.nrows(), 0));
    };
    let (values, vectors) = (all.S().column_vector(), all.U());
    let mut order: Vec<usize> = (0..matrix.nrows()).collect();
    order.sort_by(|&a, &b| values[b].abs().total_cmp(&values[a].abs()));
    order.truncate(wanted);
    let kept = order.iter().map(|&at| values[at]).collect();
    (kept, Mat::from_fn(matrix.nrows(), order.len(), |row, d| vectors[(row, order[d])]))
}

//! The Gram matrix of the interactions and its leading eigenvectors.
//!
//! Imports the interactions alone.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::matrix_free::eigen::{
    PartialEigenParams, partial_self_adjoint_eigen, partial_self_adjoint_eigen_scratch,
};
use faer::{Col, Mat, Par, Side};

use super::data::Interactions;

/// Returns `XᵀWX`: how many users each pair of items has in common, each by the weight of its
/// interactions.
pub(super) fn gram(data: &Interactions) -> Mat<f64> {
    let mut gram = Mat::<f64>::zeros(data.items(), data.items());
    for user in 0..data.users() {
        let own = data.of(user);
        let weight = f64::from(data.user_weight(user));
        for &i in own {
            let column = gram.col_as_slice_mut(i as usize);
            for &j in own {
                column[j as usize] += weight;
            }
        }
    }
    gram
}

/// Returns the `wanted` eigenvalues of largest magnitude of a symmetric matrix, largest first, and
/// their vectors as columns.
pub(super) fn leading(matrix: &Mat<f64>, wanted: usize) -> (Vec<f64>, Mat<f64>) {
    let rows = matrix.nrows();
    let wanted = wanted.min(rows);
    // Below this size computing all of them costs no more.
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

/// Does the same by computing all of them.
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

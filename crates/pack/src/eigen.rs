//! Eigenvectors of a symmetric matrix. This imports nothing.
//!
//! Householder's reduction to tridiagonal form, then implicit QL steps (Golub and Van Loan, "Matrix
//! Computations", sections 8.3.1 and 8.3.3). Plain f64 sums and products, no fused ones: every
//! processor then packs the same bytes.

/// Steps that one eigenvalue may take; two are usual.
const MOST_STEPS: usize = 60;

/// Returns the eigenvectors of the symmetric `matrix`, `n × n`, as rows of length 1, and their
/// eigenvalues, in no order. `None` if the matrix is not finite. Costs about `6 n³`.
pub(super) fn eigenvectors(mut matrix: Vec<f64>, n: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    if !matrix.iter().all(|v| v.is_finite()) {
        return None;
    }
    let (mut diagonal, mut beside, mut rows) = tridiagonal(&mut matrix, n);
    for at in 0..n {
        let mut steps = 0;
        while let Some(end) = coupled(&diagonal, &beside, at) {
            steps += 1;
            if steps > MOST_STEPS {
                return None;
            }
            step(&mut diagonal, &mut beside, &mut rows, at, end);
        }
    }
    Some((rows, diagonal))
}

/// Reduces `matrix` to tridiagonal form. Returns the diagonal, the one beside it, and the basis, as
/// rows.
fn tridiagonal(matrix: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut beside = vec![0.0; n];
    let mut mirrors: Vec<(Vec<f64>, f64)> = Vec::new();
    for k in 0..n.saturating_sub(1) {
        let mut v: Vec<f64> = (k + 1..n).map(|row| matrix[row * n + k]).collect();
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let to = if v[0] > 0.0 { -length } else { length };
        beside[k] = to;
        v[0] -= to;
        let square = v.iter().map(|x| x * x).sum::<f64>();
        let by = if square > 0.0 { 2.0 / square } else { 0.0 };
        if by > 0.0 {
            // A − v wᵀ − w vᵀ with w = p − ½ by (p·v) v and p = by A v. A is symmetric, so its rows
            // are its columns.
            let mut w = vec![0.0; v.len()];
            for (row, &x) in v.iter().enumerate() {
                add(&mut w, &matrix[(k + 1 + row) * n + k + 1..][..v.len()], by * x);
            }
            let half = 0.5 * by * w.iter().zip(&v).map(|(w, v)| w * v).sum::<f64>();
            add(&mut w, &v, -half);
            for row in 0..v.len() {
                let line = &mut matrix[(k + 1 + row) * n + k + 1..][..v.len()];
                add(line, &w, -v[row]);
                add(line, &v, -w[row]);
            }
        }
        mirrors.push((v, by));
    }
    // The basis is the product of the mirrors; from the last on, each meets only what is behind it.
    let mut basis = vec![0.0; n * n];
    (0..n).for_each(|at| basis[at * n + at] = 1.0);
    for (k, (v, by)) in mirrors.iter().enumerate().rev() {
        let mut sums = vec![0.0; v.len()];
        for (row, &x) in v.iter().enumerate() {
            add(&mut sums, &basis[(k + 1 + row) * n + k + 1..][..v.len()], by * x);
        }
        for (row, &x) in v.iter().enumerate() {
            add(&mut basis[(k + 1 + row) * n + k + 1..][..v.len()], &sums, -x);
        }
    }
    let diagonal = (0..n).map(|at| matrix[at * n + at]).collect();
    let rows = (0..n * n).map(|at| basis[at % n * n + at / n]).collect();
    (diagonal, beside, rows)
}

/// Returns the last row of the unreduced block that starts at `at`, or `None` if it is one row.
fn coupled(diagonal: &[f64], beside: &[f64], at: usize) -> Option<usize> {
    let loose = |&m: &usize| {
        let size = diagonal[m].abs() + diagonal[m + 1].abs();
        beside[m].abs() <= f64::EPSILON * size || beside[m] == 0.0
    };
    let end = (at..diagonal.len() - 1).find(loose).unwrap_or(diagonal.len() - 1);
    (end > at).then_some(end)
}

/// One QL step with Wilkinson's shift on the part from `at` to `end`.
fn step(diagonal: &mut [f64], beside: &mut [f64], rows: &mut [f64], at: usize, end: usize) {
    let n = diagonal.len();
    let lean = (diagonal[at + 1] - diagonal[at]) / (2.0 * beside[at]);
    let root = (lean * lean + 1.0).sqrt();
    let mut g =
        diagonal[end] - diagonal[at] + beside[at] / (lean + if lean < 0.0 { -root } else { root });
    let (mut sine, mut cosine, mut taken) = (1.0, 1.0, 0.0);
    for m in (at..end).rev() {
        let (f, b) = (sine * beside[m], cosine * beside[m]);
        let length = (f * f + g * g).sqrt();
        beside[m + 1] = length;
        if length == 0.0 {
            // The part falls in two here.
            diagonal[m + 1] -= taken;
            beside[end] = 0.0;
            return;
        }
        (sine, cosine) = (f / length, g / length);
        let rest = diagonal[m + 1] - taken;
        let turn = (diagonal[m] - rest) * sine + 2.0 * cosine * b;
        taken = sine * turn;
        diagonal[m + 1] = rest + taken;
        g = cosine * turn - b;
        let (low, high) = rows[m * n..(m + 2) * n].split_at_mut(n);
        for (low, high) in low.iter_mut().zip(high) {
            (*low, *high) = (cosine * *low - sine * *high, sine * *low + cosine * *high);
        }
    }
    diagonal[at] -= taken;
    beside[at] = g;
    beside[end] = 0.0;
}

fn add(to: &mut [f64], what: &[f64], times: f64) {
    to.iter_mut().zip(what).for_each(|(to, what)| *to += times * what);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    fn check(matrix: &[f64], n: usize) {
        let (rows, values) = eigenvectors(matrix.to_vec(), n).unwrap();
        let size = 1e-12 * (1.0 + dot(matrix, matrix).sqrt());
        for (i, row) in rows.chunks(n).enumerate() {
            for (j, other) in rows.chunks(n).enumerate() {
                let want = if i == j { 1.0 } else { 0.0 };
                assert!((dot(row, other) - want).abs() < 1e-12, "{i} and {j}");
            }
            for (line, x) in matrix.chunks(n).zip(row) {
                assert!((dot(line, row) - values[i] * x).abs() < size, "{i}: {matrix:?}");
            }
        }
    }

    #[test]
    fn matrices_that_are_odd() {
        check(&[0.0; 49], 7);
        check(&[5.0], 1);
        check(&[1.0; 64], 8);
        check(&[0.0, 2.0, 2.0, 0.0], 2);
        let unit: Vec<f64> = (0..36).map(|at| f64::from(u8::from(at % 7 == 0))).collect();
        check(&unit, 6);
        let steep: Vec<f64> = (0..81).map(|at| 10_f64.powi(-(at / 9 + at % 9))).collect();
        check(&steep, 9);
        assert!(eigenvectors(vec![f64::NAN; 4], 2).is_none());
        assert!(eigenvectors(vec![f64::INFINITY; 4], 2).is_none());
    }

    proptest! {
        #[test]
        fn any_symmetric_matrix(
            (n, mut matrix) in (1_usize..24)
                .prop_flat_map(|n| (Just(n), proptest::collection::vec(-9.0_f64..9.0, n * n)))
        ) {
            for at in 0..n * n {
                matrix[at] = matrix[at % n * n + at / n];
            }
            check(&matrix, n);
        }
    }
}

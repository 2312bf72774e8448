//! The elementwise functions of the encoder, on row-major slices. It imports nothing of the crate.
//!
//! They use only `+ − × ÷ √` in a fixed order, in a form that the compiler turns into vector
//! instructions.

/// Layer normalisation of rows of `weight.len()` values.
pub(super) struct LayerNorm {
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
    pub eps: f32,
}

impl LayerNorm {
    /// Normalises each row of `x` in place.
    pub fn apply(&self, x: &mut [f32]) {
        let size = self.weight.len() as f32;
        for row in x.chunks_exact_mut(self.weight.len()) {
            let mean = sum(row, |v| v) / size;
            let variance = sum(row, |v| (v - mean) * (v - mean)) / size;
            let scale = 1.0 / (variance + self.eps).sqrt();
            for ((v, weight), bias) in row.iter_mut().zip(&self.weight).zip(&self.bias) {
                *v = (*v - mean) * scale * weight + bias;
            }
        }
    }
}

/// Adds `bias` to each row.
pub(super) fn add_bias(x: &mut [f32], bias: &[f32]) {
    for row in x.chunks_exact_mut(bias.len()) {
        add_rows(row, bias);
    }
}

/// Adds `other`, which has the same shape.
pub(super) fn add_rows(x: &mut [f32], other: &[f32]) {
    for (v, other) in x.iter_mut().zip(other) {
        *v += other;
    }
}

/// Adds `bias` to each row, then takes the Gaussian error linear unit `x Φ(x)` of each value.
pub(super) fn add_bias_gelu(x: &mut [f32], bias: &[f32]) {
    for row in x.chunks_exact_mut(bias.len()) {
        for (v, bias) in row.iter_mut().zip(bias) {
            let x = *v + bias;
            *v = 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2));
        }
    }
}

/// Replaces each row of `size` values by the softmax of `scale` times the row.
pub(super) fn softmax(x: &mut [f32], size: usize, scale: f32) {
    for row in x.chunks_exact_mut(size) {
        let max = row.iter().fold(f32::NEG_INFINITY, |max, &v| if v > max { v } else { max });
        for v in row.iter_mut() {
            *v = exp((*v - max) * scale);
        }
        let total = sum(row, |v| v);
        for v in row.iter_mut() {
            *v /= total;
        }
    }
}

/// Returns the sum of `f` over the row. It sums in eight lanes and adds up the lanes at the end.
fn sum(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; 8];
    let chunks = row.chunks_exact(8);
    let rest: f32 = chunks.remainder().iter().map(|&v| f(v)).sum();
    for chunk in chunks {
        for (lane, &v) in lanes.iter_mut().zip(chunk) {
            *lane += f(v);
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Returns `erf(x)` (Abramowitz and Stegun, formula 7.1.26), or NaN for NaN. The error is at most
/// 6e-7, with rounding.
fn erf(x: f32) -> f32 {
    let size = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let series = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_8) * t - 0.284_496_74) * t
        + 0.254_829_6)
        * t;
    (1.0 - series * exp(-size * size)).copysign(x)
}

/// Returns `eˣ` for x ≤ 0, or NaN for NaN. The relative error is at most 3e-7. Below -87 the
/// absolute error is at most 2e-38.
fn exp(x: f32) -> f32 {
    /// A number plus this constant has the nearest integer in its low bits.
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2²³
    // ln 2 in two parts. The first has so few bits that k times it is exact.
    const LN2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = if x < -87.0 { -87.0 } else { x }; // not `max`, which drops NaN
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = x - k * LN2[0] - k * LN2[1]; // at most ln 2 / 2
    let series = 1.0
        + r * (1.0
            + r * (1.0 / 2.0
                + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))))));
    series * f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0_f32.to_bits())) // times 2ᵏ
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_is_close() {
        for step in 0..=870_000 {
            let x = step as f32 * -1e-4;
            let want = f64::from(x).exp();
            assert!(
                (f64::from(exp(x)) / want - 1.0).abs() < 3e-7,
                "exp({x}) is {}, not {want}",
                exp(x)
            );
        }
        for x in [-88.0, -1e9, f32::NEG_INFINITY] {
            assert!((0.0..2e-38).contains(&exp(x)));
        }
        assert!(exp(f32::NAN).is_nan());
    }

    /// The expected value is the integral that defines `erf`, summed by Simpson's rule in f64.
    #[test]
    fn erf_is_close() {
        let (mut want, step) = (0.0, 1e-3);
        let density = |x: f64| (-x * x).exp() * std::f64::consts::FRAC_2_SQRT_PI;
        for at in 0..6000 {
            let x = f64::from(at) * step;
            for (x, want) in [(x, want), (-x, -want)] {
                assert!(
                    (f64::from(erf(x as f32)) - want).abs() < 6e-7,
                    "erf({x}) is {}",
                    erf(x as f32)
                );
            }
            want += step / 6.0 * (density(x) + 4.0 * density(x + step / 2.0) + density(x + step));
        }
        assert!(erf(f32::NAN).is_nan());
        assert_eq!(erf(f32::NEG_INFINITY), -1.0);
    }

    #[test]
    fn softmax_adds_up_and_keeps_nan() {
        let mut x = [1.0, 2.0, 3.0, -1e30, 0.0, f32::NAN, 5.0, 5.0];
        softmax(&mut x, 4, 0.5);
        let want = [0.5_f64.exp(), 1.0_f64.exp(), 1.5_f64.exp(), 0.0];
        let total: f64 = want.iter().sum();
        assert!(x.iter().zip(want).all(|(&v, want)| (f64::from(v) - want / total).abs() < 1e-6));
        assert!(x[4..].iter().all(|v| v.is_nan()));
    }

    #[test]
    fn norm_has_mean_0_and_variance_1() {
        let mut x: Vec<f32> = (0..22).map(|at| (at * at) as f32).collect();
        LayerNorm { weight: vec![2.0; 11], bias: vec![1.0; 11], eps: 0.0 }.apply(&mut x);
        for row in x.chunks(11) {
            let mean = row.iter().sum::<f32>() / 11.0;
            let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 11.0;
            assert!((mean - 1.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4);
        }
    }
}

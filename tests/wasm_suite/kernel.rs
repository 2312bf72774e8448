//! Compares the SIMD kernel with the scalar one, bit for bit. Uses the public kernel alone.

use half::f16;
use osusume::kernel::{BLOCK, QuantizedRows, dots, norm, scalar};
use wasm_bindgen_test::wasm_bindgen_test;

/// A small generator (xorshift32), so that the suite needs no crate for it.
struct Random(u32);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    /// Any finite f16, subnormals and both zeros among them.
    fn value(&mut self) -> f16 {
        loop {
            let value = f16::from_bits((self.next() >> 8) as u16);
            if value.is_finite() {
                return value;
            }
        }
    }

    fn subnormal(&mut self) -> f16 {
        f16::from_bits((self.next() >> 8) as u16 & 0x83ff)
    }
}

/// Without SIMD the suite would compare the scalar kernel with itself.
const _: () = assert!(cfg!(target_feature = "simd128"));

#[wasm_bindgen_test]
fn every_shape_and_value_gives_the_bits_of_the_scalar_kernel() {
    let mut random = Random(7);
    for dims in (1..=130).chain([384, 400, 4096]) {
        for kind in 0..4 {
            let mut value = || if kind == 0 { random.subnormal() } else { random.value() };
            let query: Vec<f32> =
                (0..dims).map(|_| value().to_f32() * if kind == 1 { 1e-30 } else { 1.0 }).collect();
            let rows: Vec<f16> = (0..dims * 3).map(|_| value()).collect();
            let mut scores = [0.0; 3];
            dots(&query, &rows, &mut scores);
            for (row, score) in rows.chunks(dims).zip(scores) {
                assert_eq!(
                    score.to_bits(),
                    scalar::dot(&query, row).to_bits(),
                    "{dims} dims, kind {kind}"
                );
                let widened: Vec<f32> = row.iter().map(|v| v.to_f32()).collect();
                assert_eq!(norm(row).to_bits(), scalar::dot(&widened, row).sqrt().to_bits());
            }
        }
    }
}

#[wasm_bindgen_test]
fn every_finite_f16_is_decoded_exactly() {
    for bits in 0..=u16::MAX {
        let value = f16::from_bits(bits);
        if value.is_finite() {
            let mut score = [0.0];
            dots(&[1.0], &[value], &mut score);
            assert_eq!(score[0], value.to_f32(), "{bits:#06x}");
        }
    }
}

#[wasm_bindgen_test]
fn a_bound_is_never_below_the_score() {
    let mut random = Random(11);
    for dims in (1..=70).chain([192, 193, 384]) {
        let rows: Vec<f16> = (0..dims * 70).map(|_| random.value()).collect();
        let query: Vec<f32> = (0..dims).map(|_| random.value().to_f32()).collect();
        let mut scores = [0.0; 70];
        dots(&query, &rows, &mut scores);
        let codes = QuantizedRows::new(&rows, dims);
        let quantized = codes.quantize_query(&query, [0.5, 3.0]).unwrap();
        for (block, scores) in scores.chunks(BLOCK).enumerate() {
            let (mut sums, mut early, mut out) = ([0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
            for least in [0.0, f32::NEG_INFINITY] {
                let first = codes.begin(&quantized, block, &[2.0; 96], &mut sums, &mut early);
                let most = codes.finish(&quantized, block, &[2.0; 96], least, &mut sums, &mut out);
                for ((score, bound), early) in scores.iter().zip(out).zip(early) {
                    let score = score * 2.0 * 0.5 * 3.0;
                    assert!(bound >= score && most >= bound, "{dims} dims");
                    assert!(early >= score && first >= early, "{dims} dims");
                }
            }
        }
    }
}

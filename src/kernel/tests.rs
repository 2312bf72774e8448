//! One suite for every implementation: `cargo test` runs it natively, `tests/node.rs` in wasm.
//! May import every file of the kernel.

use half::f16;
use proptest::prelude::*;

use super::dispatch::{add, bound};
use super::lanes::{BLOCK, Bound, LANES};
use super::{QuantizedQuery, QuantizedRows, dots, norm, scalar};

/// The definition, written differently: value i into lane i mod 16, then halves added to halves.
fn obvious(query: &[f32], row: &[f16]) -> f32 {
    let mut lanes = vec![0.0_f32; LANES];
    for i in 0..query.len() {
        lanes[i % LANES] += query[i] * f32::from(row[i]);
    }
    while lanes.len() > 1 {
        let high = lanes.split_off(lanes.len() / 2);
        lanes.iter_mut().zip(high).for_each(|(low, high)| *low += high);
    }
    lanes[0]
}

fn finite_f16() -> impl Strategy<Value = f16> {
    any::<u16>().prop_map(f16::from_bits).prop_filter("finite", |v| v.is_finite())
}

proptest! {
    #[test]
    fn the_order_of_summation_holds(
        (query, rows) in (1_usize..70, 0_usize..5).prop_flat_map(|(dims, rows)| (
            proptest::collection::vec(-1e6_f32..1e6, dims),
            proptest::collection::vec(finite_f16(), dims * rows),
        ))
    ) {
        let mut out = vec![0.0; rows.len() / query.len()];
        dots(&query, &rows, &mut out);
        for (row, score) in rows.chunks(query.len()).zip(out) {
            prop_assert_eq!(score.to_bits(), obvious(&query, row).to_bits());
            prop_assert_eq!(score.to_bits(), scalar::dot(&query, row).to_bits());
        }
    }
}

#[test]
fn a_norm_is_the_root_of_the_dot_with_itself() {
    assert_eq!(norm(&[3.0, 4.0].map(f16::from_f32)).to_bits(), 5.0_f32.to_bits());
    assert_eq!(norm(&[f16::ZERO; 3]).to_bits(), 0);
}

/// Rows of all kinds in one table: any finite values, equal values, zeros, subnormals, the largest
/// values, and a single value among zeros.
fn hostile_rows(dims: usize) -> impl Strategy<Value = Vec<f16>> {
    let row = prop_oneof![
        proptest::collection::vec(finite_f16(), dims),
        proptest::collection::vec(-1.0_f32..1.0, dims)
            .prop_map(|row| row.into_iter().map(f16::from_f32).collect()),
        (0_u16..0x400).prop_map(move |bits| vec![f16::from_bits(bits); dims]),
        any::<bool>()
            .prop_map(move |negative| vec![if negative { f16::MIN } else { f16::MAX }; dims]),
        (0..dims, finite_f16()).prop_map(move |(at, v)| {
            let mut row = vec![f16::ZERO; dims];
            row[at] = v;
            row
        }),
    ];
    proptest::collection::vec(row, 1..80).prop_map(|rows| rows.concat())
}

fn hostile_query(dims: usize) -> impl Strategy<Value = Vec<f32>> {
    prop_oneof![
        hostile_rows(dims).prop_map(move |rows| rows[..dims].iter().map(|v| v.to_f32()).collect()),
        proptest::collection::vec(-1.0_f32..1.0, dims),
        (proptest::collection::vec(-1.0_f32..1.0, dims), -60_i32..60)
            .prop_map(|(query, power)| query.iter().map(|v| v * 2.0_f32.powi(power)).collect()),
        proptest::collection::vec(any::<f32>(), dims),
    ]
}

/// The bounds of the scores of a block, the largest, and the sums.
fn bounds(
    rows: &QuantizedRows,
    query: &QuantizedQuery,
    block: usize,
    factors: &[f32],
    least: f32,
) -> ([f32; BLOCK], f32, [i32; BLOCK]) {
    let (mut sums, mut out) = ([7; BLOCK], [0.0; BLOCK]);
    rows.begin(query, block, factors, &mut sums, &mut [0.0; BLOCK]);
    let most = rows.finish(query, block, factors, least, &mut sums, &mut out);
    (out, most, sums)
}

proptest! {
    #[test]
    fn a_bound_is_never_below_the_score(
        (query, rows) in prop_oneof![1_usize..70, 190_usize..200, Just(384)]
            .prop_flat_map(|dims| (hostile_query(dims), hostile_rows(dims))),
        factor in prop_oneof![Just(1.0_f32), 0.0_f32..1e7],
        times in prop_oneof![Just([1.0_f32, 1.0]), [0.0_f32..1e6, 0.0_f32..10.0]],
        least in prop_oneof![Just(f32::NEG_INFINITY), -2.0_f32..2.0],
    ) {
        let dims = query.len();
        let mut scores = vec![0.0; rows.len() / dims];
        dots(&query, &rows, &mut scores);
        let factor_of = |row: usize| factor * (1 + row % 37) as f32;
        let factors: Vec<f32> =
            (0..scores.len().next_multiple_of(BLOCK)).map(factor_of).collect();
        let codes = QuantizedRows::new(&rows, dims);
        if let Some(coded) = codes.quantize_query(&query, times) {
            let blocks = scores.chunks(BLOCK).zip(factors.chunks(BLOCK));
            for (block, (scores, factors_of)) in blocks.enumerate() {
                let first = codes.begin(&coded, block, &factors, &mut [0; BLOCK], &mut [0.0; BLOCK]);
                let (out, most, _) = bounds(&codes, &coded, block, &factors, least);
                prop_assert_eq!(most, out.into_iter().fold(f32::NEG_INFINITY, f32::max));
                for ((&score, bound), factor) in scores.iter().zip(out).zip(factors_of) {
                    let score = score * factor * times[0] * times[1];
                    prop_assert!(first >= score, "{} < {} by the first stage", first, score);
                    if most < least {
                        prop_assert!(least > score);
                    }
                    prop_assert!(bound >= score, "{} < {}", bound, score);
                }
            }
        }
    }

    #[test]
    fn every_implementation_adds_and_bounds_alike(
        begun in proptest::collection::vec(any::<i32>(), BLOCK),
        added in any::<i32>(),
        fours in proptest::collection::vec(
            ([-127_i16..128, -127_i16..128], [-32767_i16..=32767, -32767_i16..=32767]),
            0..9,
        ),
        seed in any::<u32>(),
        rows in proptest::collection::vec((0.0_f32..1.0, 0.0_f32..1.0, 0.0_f32..1.0), BLOCK),
        (scale, slack, rest, times) in
            (0.0_f32..1.0, 0.0_f32..1e3, 0.0_f32..1.0, [0.0_f32..2.0, 0.0_f32..2.0]),
    ) {
        let two = |[first, second]: [i16; 2]| i32::from(first) & 0xffff | i32::from(second) << 16;
        let fours: Vec<[i32; 2]> = fours.into_iter().map(|(a, b)| [two(a), two(b)]).collect();
        let code = |at: usize| (seed.wrapping_mul(at as u32 | 1) >> 24) as i8;
        let codes: Vec<i8> = (0..fours.len() * BLOCK * 4).map(code).collect();
        let mut sums: [i32; BLOCK] = begun.try_into().unwrap();
        let mut same = sums;
        add(&mut sums, added, &fours, &codes);
        scalar::add(&mut same, added, &fours, &codes);
        prop_assert_eq!(sums, same);
        let column = |of: fn(&(f32, f32, f32)) -> f32| -> [f32; BLOCK] {
            rows.iter().map(of).collect::<Vec<_>>().try_into().unwrap()
        };
        let (scales, rests) = (column(|row| row.0), column(|row| row.1));
        let factors = column(|row| row.2);
        let by =
            Bound { scale, slack, rest, times, scales: &scales, rests: &rests, factors: &factors };
        let (mut out, mut same) = ([0.0; BLOCK], [0.0; BLOCK]);
        prop_assert_eq!(bound(&sums, &by, &mut out), scalar::bound(&sums, &by, &mut same));
        prop_assert_eq!(out.map(f32::to_bits), same.map(f32::to_bits));
    }
}

#[test]
fn the_sums_are_of_the_products_of_codes() {
    for dims in [1_usize, 2, 3, 4, 5, 7, 64, 191, 192, 197, 384, 1001] {
        let value = |at: usize, by: usize| ((at * by + 3) % 211) as f32 / 211.0 - 0.5;
        let query: Vec<f32> = (0..dims).map(|at| value(at, 37)).collect();
        let rows: Vec<f16> =
            (0..dims * (BLOCK + 5)).map(|at| f16::from_f32(value(at, 53))).collect();
        let codes = QuantizedRows::new(&rows, dims);
        let quantized = codes.quantize_query(&query, [1.0, 1.0]).unwrap();
        for (block, rows) in rows.chunks(BLOCK * dims).enumerate() {
            let (_, _, sums) =
                bounds(&codes, &quantized, block, &[1.0; 2 * BLOCK], f32::NEG_INFINITY);
            for (row, sum) in rows.chunks(dims).zip(sums) {
                let most = row.iter().fold(0.0_f32, |most, v| most.max(v.to_f32().abs()));
                let products = row.iter().zip(&query).map(|(v, q)| {
                    let code = (v.to_f32() * (127.0 / most)).round_ties_even() as i64;
                    (q / quantized.scale).round() as i64 * code
                });
                assert_eq!(i64::from(sum), products.sum::<i64>(), "{dims} dims");
            }
        }
    }
}

#[test]
fn a_block_that_cannot_reach_the_threshold_is_skipped() {
    let dims = 384;
    let query: Vec<f32> = (0..dims).map(|at| 1.0 / (at + 1) as f32).collect();
    let sign =
        |at: usize| if (at as u32).wrapping_mul(2_654_435_761) >> 31 == 0 { 0.5 } else { -0.5 };
    let rows: Vec<f16> = (0..BLOCK * dims).map(|at| f16::from_f32(sign(at))).collect();
    let codes = QuantizedRows::new(&rows, dims);
    let quantized = codes.quantize_query(&query, [1.0, 1.0]).unwrap();
    let factors = [1.0; BLOCK];
    let (_, most, all) = bounds(&codes, &quantized, 0, &factors, f32::NEG_INFINITY);
    let (_, same, sums) = bounds(&codes, &quantized, 0, &factors, most);
    assert_eq!((same, sums), (most, all), "a block that reaches the threshold uses all dims");
    let (out, wide, left) = bounds(&codes, &quantized, 0, &factors, f32::INFINITY);
    assert!(
        most < wide
            && wide < codes.begin(&quantized, 0, &factors, &mut [0; BLOCK], &mut [0.0; BLOCK])
    );
    assert!(left != all && out.iter().all(|&bound| bound <= wide), "skipped after the next stage");
    let (_, _, later) = bounds(&codes, &quantized, 0, &factors, wide);
    assert!(later != left, "a block that reaches the threshold continues");
}

#[test]
fn a_query_of_any_size_keeps_its_sums_in_i32() {
    for dims in [1, 384, 516, 517, 4096] {
        let rows = vec![f16::MAX; dims];
        let codes = QuantizedRows::new(&rows, dims);
        let query = codes.quantize_query(&vec![-1.0; dims], [1.0, 1.0]).unwrap();
        let (out, most, _) = bounds(&codes, &query, 0, &[1.0; BLOCK], f32::NEG_INFINITY);
        assert_eq!(most, 0.0, "the bound of an empty row");
        let want = -65504.0 * dims as f32;
        assert!(out[0] >= want && out[0] < want * 0.9, "{} {want}", out[0]);
        assert_eq!(out[1], 0.0, "no row, no score");
    }
    let codes = QuantizedRows::new(&[f16::ONE], 1);
    for query in [f32::NAN, f32::INFINITY, 0.0, 1e-30, 1e30] {
        assert!(codes.quantize_query(&[query], [1.0, 1.0]).is_none(), "{query}");
    }
    assert!(codes.quantize_query(&[1.0], [1.0, -1.0]).is_none());
    assert!(
        QuantizedRows::new(&[f16::ONE; 2], 2)
            .quantize_query(&[1.0, f32::NAN], [1.0, 1.0])
            .is_none()
    );
}

/// The score of a single row, and its bound.
fn bound_of(query: &[f32], row: &[f16]) -> (f32, f32) {
    let codes = QuantizedRows::new(row, query.len());
    let quantized = codes.quantize_query(query, [1.0, 1.0]).unwrap();
    let (out, ..) = bounds(&codes, &quantized, 0, &[1.0; BLOCK], f32::NEG_INFINITY);
    let mut score = [0.0];
    dots(query, row, &mut score);
    (score[0], out[0])
}

#[test]
fn the_worst_roundings_stay_below_the_bound() {
    let dims = 384;
    // Each value is nearly half a code above its own code, in the direction of the query.
    let mut row = vec![f16::from_f32(10.49); dims];
    row[0] = f16::from_f32(127.0);
    let mut query = vec![1.0; dims];
    query[0] = 0.0;
    let (score, bound) = bound_of(&query, &row);
    assert!(score <= bound && bound < score * 1.02, "{score} {bound}");
    // The same for the query: all codes are as large as they can be, and the part that the codes
    // leave out has the direction of the row.
    let mut query = vec![0.49; dims];
    query[0] = 255.0;
    let (score, bound) = bound_of(&query, &vec![f16::ONE; dims]);
    assert!(score <= bound && bound < score * 1.02, "{score} {bound}");
}

/// Computes every number of a quantized query again, by the derivation at the head of
/// `quantized.rs`.
#[test]
fn a_quantized_query_has_the_derived_slack() {
    for dims in [1_usize, 7, 192, 384, 517, 4096] {
        let query: Vec<f32> = (0..dims).map(|at| ((at * 37 % 101) as f32 - 50.0) / 50.0).collect();
        let row: Vec<f16> =
            (0..dims).map(|at| f16::from_f32(((at * 53 % 97) as f32 - 48.0) / 97.0)).collect();
        let codes = QuantizedRows::new(&row, dims);
        let quantized = codes.quantize_query(&query, [1.0, 1.0]).unwrap();
        let near = |got: f32, want: f64| (f64::from(got) / want - 1.0).abs() < 1e-6;
        let fours = dims.div_ceil(4);
        let ends: Vec<usize> =
            if dims < 192 { vec![fours] } else { vec![dims / 12, dims / 8, dims / 6, fours] };
        // The first half of each stage is high.
        let mut high = vec![false; fours * 4];
        for (start, end) in [0].iter().chain(&ends).zip(&ends) {
            high[start * 4..(start + end) * 2].fill(true);
        }
        let size = |is_high: bool| {
            let of = query.iter().zip(&high).filter(|(_, high)| **high == is_high);
            of.fold(0.0_f32, |most, (v, _)| most.max(v.abs()))
        };
        assert!(
            near(quantized.scale, f64::from((size(true) / 255.0).max(size(false) / 127.0))),
            "{dims}"
        );
        let scale = f64::from(quantized.scale);
        let query: Vec<f64> = query.iter().map(|&v| f64::from(v)).collect();
        let row: Vec<f64> = row.iter().map(|v| v.to_f64()).collect();
        let norm = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>().sqrt();
        let left: Vec<f64> = query.iter().map(|v| v - (v / scale).round() * scale).collect();
        let (k, u) = (dims.div_ceil(16) as f64 + 5.0, 2.0_f64.powi(-24));
        let sum = |of: &[f64]| of.iter().map(|v| v.abs()).sum::<f64>();
        let roundings = 128.0 * (k * u / (1.0 - k * u) + 16.0 * u) * sum(&query);
        let most = row.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
        let of_codes = norm(&row) * 1.0001 / most * 127.0 + 0.5001 * (dims as f64).sqrt();
        assert!(near(codes.norms[0], of_codes), "{dims}");
        assert_eq!(quantized.stages.len(), ends.len());
        for (at, (stage, end)) in quantized.stages.iter().zip(ends).enumerate() {
            let end = dims.min(end * 4);
            assert!(
                near(stage.slack, (sum(&query[..end]) * 0.5001 + roundings) * 1.000_001),
                "{dims}"
            );
            assert!(
                (f64::from(stage.slack_by_norm) - norm(&left[..end]) * 1.0001).abs() < 1e-6,
                "{dims}"
            );
            let rest = codes.rests[at * BLOCK];
            if end < dims {
                assert!(near(stage.rest, norm(&query[end..]) * 1.0001), "{dims}");
                assert!((f64::from(rest) / norm(&row[end..]) - 1.0001).abs() < 1e-5, "{dims}");
            } else {
                assert_eq!((stage.rest, rest), (0.0, 0.0), "{dims}");
            }
        }
    }
}

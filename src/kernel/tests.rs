//! One suite, run against every implementation: `cargo test` natively, `tests/node.rs` for wasm.

use half::f16;
use proptest::prelude::*;

use super::{BLOCK, Codes, LANES, dots, norm, scalar, upper};

/// The definition once more, in other words: value i into lane i mod 16, then halves added to halves.
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

/// Rows of all kinds beside each other: any finite values, alike ones, zeros, subnormals, the largest, one value alone.
fn hostile_rows(dims: usize) -> impl Strategy<Value = Vec<f16>> {
    let row = prop_oneof![
        proptest::collection::vec(finite_f16(), dims),
        proptest::collection::vec(-1.0_f32..1.0, dims)
            .prop_map(|row| row.into_iter().map(f16::from_f32).collect()),
        (0_u16..0x400).prop_map(move |bits| vec![f16::from_bits(bits); dims]),
        any::<bool>().prop_map(move |negative| vec![if negative { f16::MIN } else { f16::MAX }; dims]),
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

proptest! {
    #[test]
    fn a_bound_is_never_below_the_score(
        (query, rows) in prop_oneof![1_usize..70, 190_usize..200, Just(384)]
            .prop_flat_map(|dims| (hostile_query(dims), hostile_rows(dims))),
        factor in prop_oneof![Just(1.0_f32), 0.0_f32..1e7],
        times in prop_oneof![Just([1.0_f32, 1.0]), [0.0_f32..1e6, 0.0_f32..10.0]],
        least in prop_oneof![Just(f32::NEG_INFINITY), -2.0_f32..2.0],
        leave in any::<bool>(),
    ) {
        let dims = query.len();
        let mut scores = vec![0.0; rows.len() / dims];
        dots(&query, &rows, &mut scores);
        let factors: Vec<f32> =
            (0..scores.len().next_multiple_of(BLOCK)).map(|row| factor * (1 + row % 37) as f32).collect();
        let codes = Codes::new(&rows, dims);
        if let Some(coded) = codes.query(&query, times) {
            for (block, (scores, factors_of)) in scores.chunks(BLOCK).zip(factors.chunks(BLOCK)).enumerate() {
                let (mut out, mut same) = ([0.0; BLOCK], [0.0; BLOCK]);
                let any = upper(&codes, &coded, block, &factors, least, leave, &mut out);
                prop_assert_eq!(scalar::upper(&coded, codes.block(block, &factors), least, leave, &mut same), any);
                prop_assert_eq!(out.map(f32::to_bits), same.map(f32::to_bits));
                for ((&score, bound), factor) in scores.iter().zip(out).zip(factors_of) {
                    let score = score * factor * times[0] * times[1];
                    prop_assert!(bound >= score, "{} < {}", bound, score);
                    prop_assert!(any || bound < least);
                }
            }
        }
    }
}

#[test]
fn a_query_of_whatever_size_keeps_its_sums_in_i32() {
    for dims in [1, 384, 516, 517, 4096] {
        let rows = vec![f16::MAX; dims];
        let codes = Codes::new(&rows, dims);
        let query = codes.query(&vec![-1.0; dims], [1.0, 1.0]).unwrap();
        let mut out = [0.0; BLOCK];
        assert!(upper(&codes, &query, 0, &[1.0; BLOCK], 0.0, false, &mut out));
        let want = -65504.0 * dims as f32;
        assert!(out[0] >= want && out[0] < want * 0.9, "{} {want}", out[0]);
        assert_eq!(out[1], 0.0, "no row, no score");
    }
    let codes = Codes::new(&[f16::ONE], 1);
    for query in [f32::NAN, f32::INFINITY, 0.0, 1e-30, 1e30] {
        assert!(codes.query(&[query], [1.0, 1.0]).is_none(), "{query}");
    }
    assert!(codes.query(&[1.0], [1.0, -1.0]).is_none());
    assert!(Codes::new(&[f16::ONE; 2], 2).query(&[1.0, f32::NAN], [1.0, 1.0]).is_none());
}

/// The bound of the score of a row that stands alone.
fn bound_of(query: &[f32], row: &[f16]) -> (f32, f32) {
    let codes = Codes::new(row, query.len());
    let asked = codes.query(query, [1.0, 1.0]).unwrap();
    let (mut out, mut score) = ([0.0; BLOCK], [0.0]);
    assert!(upper(&codes, &asked, 0, &[1.0; BLOCK], f32::NEG_INFINITY, false, &mut out));
    dots(query, row, &mut score);
    (score[0], out[0])
}

#[test]
fn the_worst_roundings_stay_below_the_bound() {
    let dims = 384;
    // Each value lies nearly half a code above its own, in the direction of the query.
    let mut row = vec![f16::from_f32(10.49); dims];
    row[0] = f16::from_f32(127.0);
    let mut query = vec![1.0; dims];
    query[0] = 0.0;
    let (score, bound) = bound_of(&query, &row);
    assert!(score <= bound && bound < score * 1.02, "{score} {bound}");
    // And each of the query's, where all codes are as large as they can be.
    let mut query = vec![1.49; dims];
    query[0] = 32767.0;
    let (score, bound) = bound_of(&query, &vec![f16::ONE; dims]);
    assert!(score <= bound && bound < score * 1.02, "{score} {bound}");
}

/// Every number of a query in codes, by the derivation at the head of `codes.rs` once more.
#[test]
fn a_query_in_codes_has_the_slack_that_is_derived() {
    for dims in [1_usize, 7, 192, 384, 517, 4096] {
        let query: Vec<f32> = (0..dims).map(|at| ((at * 37 % 101) as f32 - 50.0) / 50.0).collect();
        let row: Vec<f16> =
            (0..dims).map(|at| f16::from_f32(((at * 53 % 97) as f32 - 48.0) / 97.0)).collect();
        let codes = Codes::new(&row, dims);
        let asked = codes.query(&query, [1.0, 1.0]).unwrap();
        let near = |got: f32, want: f64| (f64::from(got) / want - 1.0).abs() < 3e-7;
        let most = query.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        let top = 32767.min((1 << 31) / 127 / (dims as u64 + 1));
        assert!(near(asked.scale, f64::from(most) / top as f64), "{dims}");
        let sum: f64 = query.iter().map(|v| f64::from(v.abs())).sum();
        let (k, u) = (dims.div_ceil(16) as f64 + 5.0, 2.0_f64.powi(-24));
        let roundings = 128.0 * (k * u / (1.0 - k * u) + 8.0 * u);
        let own = 0.5001 * 127.0 * dims as f64 * f64::from(asked.scale);
        assert!(near(asked.slack, (sum * (0.5001 + roundings) + own) * 1.000_001), "{dims}");
        let stages = if dims < 192 { vec![12] } else { vec![4, 6, 8, 12] };
        let ends = stages
            .iter()
            .map(|twelfths| if *twelfths == 12 { dims.div_ceil(2) } else { dims * twelfths / 12 / 2 });
        let norm = |from: usize, values: &[f64]| values.iter().skip(from).map(|v| v * v).sum::<f64>().sqrt();
        let rests = codes.block(0, &[1.0; BLOCK]).rests;
        assert_eq!(asked.stages.len(), stages.len());
        for (at, (&(end, rest), want)) in asked.stages.iter().zip(ends).enumerate() {
            assert_eq!(end, want, "{dims}");
            let query: Vec<f64> = query.iter().map(|&v| f64::from(v)).collect();
            let row: Vec<f64> = row.iter().map(|v| v.to_f64()).collect();
            if end * 2 < dims {
                assert!(near(rest, norm(end * 2, &query) * 1.0001), "{dims}");
                assert!((f64::from(rests[at * BLOCK]) / norm(end * 2, &row) - 1.0001).abs() < 1e-5, "{dims}");
            } else {
                assert_eq!((rest, rests[at * BLOCK]), (0.0, 0.0), "{dims}");
            }
        }
    }
}

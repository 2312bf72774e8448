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
        let factors = vec![factor; scores.len().next_multiple_of(BLOCK)];
        let codes = Codes::new(&rows, dims);
        if let Some(coded) = codes.query(&query, times) {
            for (block, scores) in scores.chunks(BLOCK).enumerate() {
                let (mut out, mut same) = ([0.0; BLOCK], [0.0; BLOCK]);
                let any = upper(&codes, &coded, block, &factors, least, leave, &mut out);
                prop_assert_eq!(scalar::upper(&coded, codes.block(block, &factors), least, leave, &mut same), any);
                prop_assert_eq!(out.map(f32::to_bits), same.map(f32::to_bits));
                for (&score, bound) in scores.iter().zip(out) {
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

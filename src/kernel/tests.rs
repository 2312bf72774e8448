//! One suite, run against every implementation: `cargo test` natively, `tests/node.rs` for wasm.

use half::f16;
use proptest::prelude::*;

use super::{LANES, dots, norm, scalar};

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

//! Times the native kernels on one thread: `cargo bench --bench kernel`.
//! Compares every implementation's answers with the scalar ones before it times anything.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use half::f16;
use osusume::kernel::{BLOCK, QuantizedRows, decode, dots, norm, scalar};

/// Rows around 200 centres, as in `benches/browser/generate.mjs` but from another generator.
fn rows(rows: usize, dims: usize) -> Vec<f16> {
    let mut state = 1_u64;
    let mut next = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u64 << 23) as f32 - 1.0
    };
    let centres: Vec<f32> = (0..200 * dims).map(|_| next()).collect();
    (0..rows)
        .flat_map(|row| {
            let centre = row * 7919 % 200 * dims;
            let values: Vec<f32> =
                (0..dims).map(|dim| centres[centre + dim] + 0.5 * next()).collect();
            let length = values.iter().map(|v| v * v).sum::<f32>().sqrt();
            values.into_iter().map(move |v| f16::from_f32(v / length))
        })
        .collect()
}

fn kernels(criterion: &mut Criterion) {
    for (count, dims) in [(24_905, 384), (16_500, 32)] {
        let values = rows(count, dims);
        let query: Vec<f32> = values[..dims].iter().map(|v| v.to_f32()).collect();
        let mut scores = vec![0.0; count];
        dots(&query, &values, &mut scores);
        for (row, score) in values.chunks(dims).zip(&scores) {
            assert_eq!(score.to_bits(), scalar::dot(&query, row).to_bits());
        }
        let mut group = criterion.benchmark_group(format!("{count} x {dims}"));
        group.throughput(Throughput::Elements((count * dims) as u64)).sample_size(50);
        bounds(&mut group, &query, &values, &scores);
        group.bench_function("f16, scalar", |bencher| {
            bencher.iter(|| {
                for (row, score) in values.chunks_exact(dims).zip(&mut scores) {
                    *score = scalar::dot(black_box(&query), row);
                }
            });
        });
        group.bench_function("f16, best", |bencher| {
            bencher.iter(|| dots(black_box(&query), &values, &mut scores));
        });
        group.bench_function("making the codes", |bencher| {
            bencher.iter(|| QuantizedRows::new(black_box(&values), dims));
        });
        group.bench_function("norms", |bencher| {
            bencher.iter(|| values.chunks_exact(dims).map(norm).sum::<f32>());
        });
        let mut decoded = vec![0.0; dims];
        group.bench_function("decoding", |bencher| {
            bencher.iter(|| {
                values.chunks_exact(dims).for_each(|row| decode(black_box(row), &mut decoded));
            });
        });
        group.finish();
    }
}

/// Times the bounds of all blocks, and those of a search for the ten best.
fn bounds(group: &mut BenchmarkGroup<'_, WallTime>, query: &[f32], values: &[f16], scores: &[f32]) {
    let count = scores.len();
    let codes = QuantizedRows::new(values, query.len());
    let quantized = codes.quantize_query(query, [1.0, 1.0]).expect("an ordinary query");
    let factors = vec![1.0; count.next_multiple_of(BLOCK)];
    let (mut sums, mut out) = ([0; BLOCK], [0.0; BLOCK]);
    let mut bound = |block: usize, least: f32, out: &mut [f32; BLOCK]| {
        let first = codes.begin(black_box(&quantized), block, &factors, &mut sums, out);
        first >= least && codes.finish(&quantized, block, &factors, least, &mut sums, out) >= least
    };
    for (block, scores) in scores.chunks(BLOCK).enumerate() {
        assert!(bound(block, f32::NEG_INFINITY, &mut out));
        assert!(scores.iter().zip(out).all(|(score, bound)| bound >= *score));
    }
    let mut sorted = scores.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    for (name, least) in
        [("all", f32::NEG_INFINITY), ("left where the tenth is out of reach", sorted[10])]
    {
        group.bench_function(BenchmarkId::new("bounds by codes", name), |bencher| {
            bencher.iter(|| {
                (0..count.div_ceil(BLOCK)).filter(|&block| bound(block, least, &mut out)).count()
            });
        });
    }
}

criterion_group!(benches, kernels);
criterion_main!(benches);

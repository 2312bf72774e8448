//! Makes ratings to measure scale with: `cargo run --release -p osusume-train --example
//! generate-ratings -- ROWS USERS ITEMS [SEED] > ratings.csv`.
//!
//! They are shaped like the anime ratings. An item's popularity falls with its rank as in a
//! Zipf–Mandelbrot law, and a user's list is log-normally long (median a little above half the
//! mean). Nobody has an item twice. Each user prefers one of 50 tastes, so that there is something
//! to learn. The same arguments give the same bytes.

use std::io::{BufWriter, Write};

use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;

const TASTES: usize = 50;

fn main() -> std::io::Result<()> {
    let numbers: Vec<u64> = std::env::args().skip(1).filter_map(|text| text.parse().ok()).collect();
    let [rows, users, items, ref rest @ ..] = numbers[..] else {
        eprintln!("usage: generate-ratings ROWS USERS ITEMS [SEED] > ratings.csv");
        std::process::exit(2);
    };
    let mut rng = Pcg64Mcg::seed_from_u64(rest.first().copied().unwrap_or(1));
    let items = items.max(1) as usize;
    // Cumulated popularity up to each rank.
    let mut total = 0.0;
    let heads: Vec<f64> = (0..items)
        .map(|rank| {
            total += (rank as f64 + 30.0).powf(-1.1);
            total
        })
        .collect();
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    writeln!(out, "user_id,anime_id,rating")?;
    let mean = rows as f64 / users.max(1) as f64;
    let mut holder = vec![0; items];
    let mut left = rows;
    for user in 1..=users {
        let (a, b): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
        let spread = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
        // e^(spread - 1/2) has the mean 1. The last user takes the remaining rows, as far as they
        // fit.
        let length = if user == users { left as f64 } else { (mean * (spread - 0.5).exp()).ceil() };
        let length = (length as u64).min(left).min(items as u64 / 2 + 1);
        left -= length;
        let taste = rng.random_range(0..TASTES);
        for _ in 0..length {
            let item = loop {
                let drawn = rng.random::<f64>() * total;
                let item = heads.partition_point(|&head| head < drawn).min(items - 1);
                // A user passes over items of other tastes four times in five.
                let liked = item % TASTES == taste || rng.random::<f64>() < 0.2;
                if liked && holder[item] != user {
                    break item;
                }
            };
            holder[item] = user;
            writeln!(out, "{user},{},{}", item + 1, rng.random_range(4..=10))?;
        }
    }
    out.flush()
}

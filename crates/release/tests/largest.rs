//! The largest requests that are legal, against the embedded release: each has an answer of at most
//! 5 MB or a typed error, and takes little memory. Optimised, each takes little processor time too:
//! `cargo test --release -p osusume-release --test largest -- --nocapture` prints it.

use std::path::Path;

use osusume::engine::{Engine, MAX_ANSWER_BYTES};
use osusume_release as release;
use peak_alloc::PeakAlloc;
use serde_json::{Value, json};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Most bytes that a request may take besides the release.
const MAX_MEMORY: usize = 32 << 20;

/// Most milliseconds of processor for a request.
const MAX_MILLISECONDS: f64 = 50.0;

/// Ids of a request, all lists together.
const IDS: usize = 10_000;

fn engine() -> Engine {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("embeddings");
    release::open(&folder, None).unwrap()
}

/// Returns the largest requests, each with what it is made of.
fn largest(engine: &Engine) -> Vec<(&'static str, Value)> {
    let catalogue = engine.catalogue();
    let ids: Vec<u32> = (0..catalogue.items()).map(|row| catalogue.id(row)).collect();
    // The most popular items have the most residual weights.
    let some = |count: usize| ids.iter().cycle().take(count).copied().collect::<Vec<u32>>();
    let fields: Vec<&str> = catalogue.names().collect();
    let genres = &catalogue.tag_list().unwrap().names;
    let names: Vec<&String> = genres.iter().cycle().take(200).collect();
    let blend = json!({ "ncf": 1, "synopsis": 0.7 });
    let text = "a lonely space pirate hunts old friends on Mars ".repeat(9)[..400].to_owned();
    vec![
        ("10,000 likes", json!({ "liked": some(IDS), "limit": 1000 })),
        (
            "a blend of 10,000 likes, niche and varied",
            json!({ "liked": some(IDS), "limit": 1000, "model": blend, "niche": 0.3, "diversity": 0.5,
                    "collapse": true, "fields": fields }),
        ),
        (
            "a text beside 10,000 likes and dislikes",
            json!({ "liked": some(IDS / 2), "disliked": ids[ids.len() - IDS / 2..], "text": text,
                    "limit": 1000, "model": blend, "diversity": 1 }),
        ),
        (
            "ten results of 10,000 likes, explained",
            json!({ "liked": some(IDS), "limit": 10, "model": blend, "explain": true }),
        ),
        (
            "1,000 results of 100 likes, explained",
            json!({ "liked": some(100), "limit": 1000, "model": blend, "explain": true,
                    "niche": 0.8, "fields": fields }),
        ),
        (
            "a story, 1,000 varied results",
            json!({ "liked": [1], "limit": 1000, "model": "synopsis", "diversity": 0.9 }),
        ),
        (
            "a varied start list",
            json!({ "limit": 1000, "model": blend, "diversity": 1, "fields": fields }),
        ),
        (
            "200 names in filters, 9,999 ids",
            json!({ "liked": [1], "limit": 1000, "model": blend, "only": some(IDS - 1),
                    "filter": { "genres": { "none": names } } }),
        ),
        (
            "3,500 likes, 1,000 results, explained",
            json!({ "liked": some(3500), "limit": 1000, "explain": true }),
        ),
        ("10,000 likes, explained", json!({ "liked": some(IDS), "limit": 11, "explain": true })),
    ]
}

/// Returns the mean milliseconds of processor of some runs: the system counts in steps of several.
fn mean_of<T>(work: impl Fn() -> T) -> f64 {
    const RUNS: u32 = 20;
    let started = processor();
    for _ in 0..RUNS {
        drop(std::hint::black_box(work()));
    }
    (processor() - started) / f64::from(RUNS)
}

/// Returns the milliseconds of processor that this thread has taken.
fn processor() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse::<f64>().ok());
    nanoseconds.map_or(0.0, |nanoseconds| nanoseconds / 1e6)
}

#[test]
fn the_largest_requests_are_bounded() {
    let engine = engine();
    let mut errors = 0;
    for (name, request) in largest(&engine) {
        let request = serde_json::from_value(request).unwrap();
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let answer = engine.recommend(&request);
        let bytes = match &answer {
            Ok(answer) => serde_json::to_vec(answer).unwrap().len(),
            Err(error) => {
                assert_eq!(error.code().as_str(), "explain_too_large", "{name}");
                errors += 1;
                0
            }
        };
        let memory = MEMORY.peak_usage() - before;
        drop(answer);
        assert!(bytes <= MAX_ANSWER_BYTES, "{name}: {bytes} bytes");
        assert!(memory <= MAX_MEMORY, "{name}: {memory} bytes of memory");
        let mean =
            if cfg!(debug_assertions) { 0.0 } else { mean_of(|| engine.recommend(&request)) };
        eprintln!("{name}: {mean:.1} ms, {bytes} bytes, {} kB of memory", memory / 1000);
        assert!(mean <= MAX_MILLISECONDS, "{name}: {mean} ms");
    }
    assert_eq!(errors, 2, "the last two are refused");
}

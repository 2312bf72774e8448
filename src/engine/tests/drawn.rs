//! Engines of random vectors, and the property that codes change no answer.

use half::f16;
use proptest::prelude::*;
use serde_json::json;

use super::super::{Engine, Request};
use super::fixtures::{entry, file};
use crate::format::{
    AlignedBytes, DefaultQuestion, FileEntry, Manifest, ModelBlob, ModelEntry, ProfileKind,
    ResidualBlob, ResidualEntry,
};

/// Lengths of rows that a release may have.
pub const USUAL: [f32; 4] = [0.0, 0.5, 1.0, 2.0];
/// Lengths at the edge of the range of f16.
const STRANGE: [f32; 7] = [0.0, 6e-8, 1.0, 1.0, 1.0, 1.0, 60000.0];

const ITEMS: u32 = 200;

/// A linear congruential generator: the test needs variety, not quality.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32 % n
    }
}

/// A drawn model and the content of its files.
struct Drawn {
    entry: ModelEntry,
    blob: AlignedBytes,
    residual: Option<Vec<u8>>,
}

/// Draws vectors for `rows` rows, many of them alike, as long as one of `sizes`.
fn values(random: &mut Random, rows: usize, dims: u32, sizes: &[f32]) -> Vec<f16> {
    let mut values: Vec<f16> = Vec::new();
    for at in 0..rows {
        let size = sizes[random.below(sizes.len() as u32) as usize];
        match random.below(4) {
            0 if at > 0 => values.extend_from_within((at - 1) * dims as usize..),
            1 => values.extend(std::iter::repeat_n(f16::from_f32(size), dims as usize)),
            _ => values.extend(
                (0..dims).map(|_| f16::from_f32(size * (random.below(2001) as f32 / 1000.0 - 1.0))),
            ),
        }
    }
    values
}

/// Draws the residual weights of one row.
fn pairs(random: &mut Random, row: u32, rows: u32) -> Vec<(u32, f16)> {
    let others: Vec<u32> =
        (0..rows).filter(|&other| other != row && random.below(20) == 0).collect();
    let weight = |other| (other, f16::from_f32(random.below(9) as f32 - 4.0));
    others.into_iter().map(weight).collect()
}

/// Draws a model: `a` has a residual, `b` is of the kind `ridge`. Adds its files to `files`.
fn model(
    random: &mut Random,
    files: &mut Vec<FileEntry>,
    (name, exponent): (&str, f32),
    dims: u32,
    sizes: &[f32],
) -> Drawn {
    let covered: Vec<u32> = (0..ITEMS).filter(|_| random.below(4) > 0).collect();
    // In half of the models one row of eight has no vector.
    let is_bare = random.below(2) > 0;
    let (bare, with): (Vec<u32>, Vec<u32>) =
        covered.iter().partition(|_| is_bare && random.below(8) == 0);
    let rows = covered.len() as u32;
    let values = values(random, with.len(), dims, sizes);
    let widths = if dims > 1 { vec![1, dims - 1] } else { vec![1] };
    let blob = ModelBlob::encode_layers(ITEMS, &widths, [&with, &bare], &values).unwrap();
    let pinned = file("model", &blob);
    let pairs: Vec<Vec<(u32, f16)>> = (0..rows).map(|row| pairs(random, row, rows)).collect();
    let residual = ResidualBlob::encode(ITEMS, &pairs).unwrap();
    let mut entry = entry(name, &pinned, exponent, &ModelBlob::decode(blob.clone()).unwrap());
    files.push(pinned);
    let residual = (name == "a").then(|| {
        let pinned = file("residual", &residual);
        let factor = random.below(5) as f32 - 1.0;
        entry.residual = Some(ResidualEntry { file: pinned.name.clone(), factor });
        files.push(pinned);
        residual
    });
    if name == "b" {
        entry.niche = 0.5;
        entry.profile.kind = ProfileKind::Ridge;
        entry.profile.scale = 0.3;
    }
    Drawn { entry, blob, residual }
}

/// Returns an engine over 200 items and two models, whose vectors and residual `seed` decides.
pub fn drawn(seed: u64, dims: u32, uses_codes: bool, sizes: &[f32]) -> Engine {
    let (random, mut files) = (&mut Random(seed), vec![file("catalogue", b"c")]);
    let drawn = [("a", 0.5), ("b", 1.0)].map(|name| model(random, &mut files, name, dims, sizes));
    let manifest = Manifest {
        format: 2,
        release: "0123456789abcdef".into(),
        items: ITEMS,
        default: DefaultQuestion { model: "a".into(), niche: None },
        fields: crate::catalogue::tests::of(1).declared(),
        files,
        models: drawn.iter().map(|drawn| drawn.entry.clone()).collect(),
        related: None,
    };
    let catalogue = crate::catalogue::tests::of(ITEMS);
    let engine = Engine::new(manifest.checked().unwrap(), catalogue).unwrap();
    let mut engine = engine.with_codes(uses_codes);
    for Drawn { entry, blob, residual } in drawn {
        engine.add(&entry.name, blob, residual.as_deref()).unwrap();
    }
    engine
}

/// Returns one of many kinds of requests.
fn request(id: u32) -> Request {
    let mut json = json!({ "liked": [id], "limit": 1 + id % 12, "explain": id.is_multiple_of(2) });
    let models = [json!("a"), "b".into(), json!({ "a": 1, "b": 0.5 })];
    json["model"] = models[id as usize % 3].clone();
    if id.is_multiple_of(4) {
        json["liked"] = json!([id, id + 1, { "id": id + 2, "weight": 3 }]);
        json["disliked"] = json!([id + 3]);
    }
    if id.is_multiple_of(5) {
        json["niche"] = 0.2.into();
    }
    if id % 7 < 2 {
        json["collapse"] = true.into();
        json["filter"] = json!({ "members": { "min": 40 } });
    }
    if id.is_multiple_of(11) {
        json["diversity"] = 0.4.into();
    }
    serde_json::from_value(json).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn codes_change_no_answer(
        seed in any::<u64>(),
        dims in prop_oneof![1_u32..40, 192_u32..200],
    ) {
        let coded = drawn(seed, dims, true, &STRANGE);
        let plain = drawn(seed, dims, false, &STRANGE);
        for _warm in 0..2 {
            for id in 1..=66_u32 {
                let request = request(id);
                let answer = |engine: &Engine| {
                    serde_json::to_string(&engine.recommend(&request).unwrap()).unwrap()
                };
                prop_assert_eq!(answer(&coded), answer(&plain), "{:?}", request);
            }
        }
    }
}

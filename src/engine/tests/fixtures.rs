//! Small engines for the tests, and short ways to ask them.

use half::f16;

use super::super::{Answer, Engine, ModelChoice, Request};
use crate::format::{
    AlignedBytes, DefaultQuestion, FileEntry, Manifest, ModelBlob, ModelEntry, ProfileRule,
};

/// Returns the manifest's entry of a model.
pub fn entry(name: &str, file: &FileEntry, exponent: f32, blob: &ModelBlob) -> ModelEntry {
    ModelEntry {
        name: name.into(),
        file: file.name.clone(),
        metric: "dot".into(),
        exponent,
        dims: blob.dims(),
        rows: blob.rows(),
        profile: ProfileRule { exponent, ..ProfileRule::default() },
        residual: None,
        text: None,
        niche: 1.0,
        scale: if name == "a" { 0.5 } else { 1.0 },
    }
}

/// Returns the manifest's entry of a file.
pub fn file(kind: &str, content: &[u8]) -> FileEntry {
    FileEntry::new(kind, "f", content)
}

/// Returns an engine without vectors over the sample catalogue, and the files of its two models: `a`
/// by dot covers rows 0 to 3, `b` by cosine rows 1 to 5.
pub fn engine() -> (Engine, AlignedBytes, AlignedBytes) {
    let blob = |rows: &[u32], values: &[f32]| {
        let values: Vec<f16> = values.iter().copied().map(f16::from_f32).collect();
        ModelBlob::encode(6, 2, rows, &values).unwrap()
    };
    let a = blob(&[0, 1, 2, 3], &[1.0, 0.0, 2.0, 0.0, 0.0, 1.0, 2.0, 5.0]);
    let b = blob(&[1, 2, 3, 4, 5], &[1.0, 0.0, 9.0, 1.0, 0.0, 1.0, 0.0, 0.0, -1.0, 0.0]);
    let files = vec![file("catalogue", b"c"), file("model", &a), file("model", &b)];
    let decoded = |bytes: &AlignedBytes| ModelBlob::decode(bytes.clone()).unwrap();
    let models =
        vec![entry("a", &files[1], 0.0, &decoded(&a)), entry("b", &files[2], 1.0, &decoded(&b))];
    let release = "0123456789abcdef".into();
    let catalogue = crate::catalogue::tests::sample();
    let (default, fields) =
        (DefaultQuestion { model: "a".into(), niche: None }, catalogue.declared());
    let related = None;
    let manifest =
        Manifest { format: 2, release, items: 6, default, fields, files, models, related };
    (Engine::new(manifest.checked().unwrap(), catalogue).unwrap(), a, b)
}

/// Returns the engine with both models.
pub fn loaded() -> Engine {
    let (mut engine, a, b) = engine();
    engine.add("a", a, None).unwrap();
    engine.add("b", b, None).unwrap();
    engine
}

pub fn request(id: u32, limit: usize, model: &str) -> Request {
    Request {
        liked: vec![id.into()],
        limit,
        model: Some(ModelChoice::One(model.into())),
        ..Request::default()
    }
}

pub fn ids(answer: &Answer<'_>) -> Vec<u32> {
    answer.items.iter().map(|item| item.id).collect()
}

pub fn answered<'a>(engine: &'a Engine, json: &str) -> Answer<'a> {
    engine.recommend(&parse(json)).unwrap()
}

pub fn ask(engine: &Engine, json: &str) -> Vec<u32> {
    ids(&answered(engine, json))
}

pub fn parse(json: &str) -> Request {
    serde_json::from_str(json).unwrap()
}

pub fn refused(engine: &Engine, json: &str) -> &'static str {
    engine.recommend(&parse(json)).unwrap_err().code().as_str()
}

pub fn row(engine: &Engine, id: u32) -> u32 {
    engine.catalogue().row_of_id(id).unwrap()
}

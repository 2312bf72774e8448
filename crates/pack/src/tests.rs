//! Packing as a whole: what is packed answers, and what cannot be packed is refused.

use crate::publish::tests::files;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use osusume::catalogue::Value;
use osusume::engine::{ModelChoice, Request, Warning};
use osusume::format::Role;
use osusume_release::{MANIFEST, open};
use osusume_tables::{
    Cancel, Entry, FieldColumn, FieldValues, Provenance, ReleaseRecipe, Uncovered, Vectors,
};

use super::*;

fn catalogue() -> Vec<Entry> {
    let entry = |id: u32, title: &str, members: u32| Entry {
        id,
        title: title.into(),
        titles: BTreeMap::from([("english".into(), format!("The {title}"))]),
        popularity: Some(f64::from(members)),
        image: (id < 3).then(|| format!("https://pictures.example/{id}.jpg")),
        ..Entry::default()
    };
    vec![
        entry(1, "One", 5),
        entry(2, "Two", 9),
        entry(3, "Three", 7),
        entry(4, "Four", 99),
        entry(5, "Five", 1),
    ]
}

/// The fields of these entries.
fn fields(entries: &[Entry]) -> [FieldColumn; 3] {
    let tags = |entry: &Entry| vec!["B".into(), format!("T{}", entry.id)];
    let price = |entry: &Entry| Some(8.755 + f64::from(entry.id));
    let sold = FieldValues::Number(entries.iter().map(|entry| entry.popularity).collect());
    [
        FieldColumn::new("topics", None, FieldValues::Tags(entries.iter().map(tags).collect())),
        FieldColumn::new("price", None, FieldValues::Number(entries.iter().map(price).collect())),
        FieldColumn::new("sold", Some(Role::Popularity), sold),
    ]
}

fn packed(folder: &Path, models: &[ModelInput]) -> Result<PackReport> {
    let entries = catalogue();
    pack(folder, &entries, &fields(&entries), "romaji", models)
}

fn model(name: &str, ids: &[u32], metric: Metric) -> ModelInput {
    let values = ids.iter().flat_map(|&id| [id as f32, 2.0]).collect();
    let vectors = Vectors { ids: ids.into(), dims: 2, values, provenance: Provenance::default() };
    ModelInput::new(name, vectors, metric)
}

fn models() -> [ModelInput; 2] {
    [model("ncf", &[3, 1, 2], Metric::Dot(0.5)), model("text", &[2, 4, 77], Metric::Cosine)]
}

/// The names of all files below a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    files(folder).into_keys().collect()
}

#[test]
fn what_is_packed_answers() {
    let dir = tempfile::tempdir().unwrap();
    let report = packed(dir.path(), &models()).unwrap();
    assert_eq!(report.uncovered, [5]);
    assert_eq!((report.unknown["ncf"], report.unknown["text"]), (0, 1));
    let engine = open(dir.path(), None).unwrap();
    let order: Vec<u32> = (0..4).map(|row| engine.catalogue().id(row)).collect();
    assert_eq!(order, [2, 3, 1, 4], "covered by both, then by the first model, then by popularity");
    let item = engine.item(2).unwrap();
    assert_eq!(item.fields.get("english"), Some(&Value::Text("The Two")));
    assert_eq!(item.fields.get("price"), Some(&Value::Number(10.755)), "not rounded");
    assert_eq!(item.fields.get("sold"), Some(&Value::Number(9.0)));
    assert_eq!(item.fields.get("topics"), Some(&Value::Tags(vec!["B", "T2"])));
    assert_eq!(item.image, Some("https://pictures.example/2.jpg"));
    assert_eq!(engine.item(3).unwrap().image, None);
    let request = Request {
        liked: vec![4.into()],
        limit: 1,
        model: Some(ModelChoice::One("text".into())),
        ..Request::default()
    };
    let answer = engine.recommend(&request).unwrap();
    assert_eq!(answer.items[0].id, 2);
    assert!(
        (answer.items[0].score - 0.9487).abs() < 1e-3,
        "12 / √20·√8 as f16: {}",
        answer.items[0].score
    );
}

#[test]
fn an_item_that_no_model_covers_may_stay_and_stands_in_no_list() {
    let dir = tempfile::tempdir().unwrap();
    let never = Cancel::new();
    let recipe = ReleaseRecipe { uncovered: Uncovered::Keep, ..ReleaseRecipe::default() };
    let release = assemble(&catalogue(), &[], &models(), &recipe, &never).unwrap();
    let report = release.publish(dir.path(), None, &never).unwrap();
    assert_eq!((report.uncovered, report.manifest.items), (vec![5], 5));
    let engine = open(dir.path(), None).unwrap();
    assert_eq!(engine.catalogue().id(4), 5, "it comes last");
    assert_eq!(engine.find("five", 1).unwrap()[0].item.id, 5);
    assert!(engine.models_of(5).unwrap().is_empty());
    for liked in [1, 2, 3, 4] {
        let request = Request { liked: vec![liked.into()], ..Request::default() };
        let answer = engine.recommend(&request).unwrap();
        assert!(!answer.items.is_empty() && answer.items.iter().all(|item| item.id != 5));
    }
    // Nothing is known of what is like it: the answer says that it is a list to start from.
    let request = Request { liked: vec![5.into()], ..Request::default() };
    assert_eq!(engine.recommend(&request).unwrap().warnings[0], Warning::StartList);
}

#[test]
fn the_same_inputs_give_the_same_bytes_in_any_order() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    packed(one.path(), &models()).unwrap();
    let mut entries = catalogue();
    entries.reverse();
    let fields = fields(&entries);
    let reordered = [model("ncf", &[1, 2, 3], Metric::Dot(0.5)), models()[1].clone()];
    pack(two.path(), &entries, &fields, "romaji", &reordered).unwrap();
    assert_eq!(names(one.path()), names(two.path()));
    let other = files(two.path());
    for (name, content) in files(one.path()) {
        assert_eq!(content, other[&name], "{name}");
    }
}

#[test]
fn a_new_release_replaces_the_old_one_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let old = packed(dir.path(), &models()).unwrap().manifest;
    std::fs::create_dir(dir.path().join("recipes")).unwrap();
    std::fs::write(dir.path().join("recipes/mine.toml"), "").unwrap();
    std::fs::write(dir.path().join("README.md"), "card").unwrap();
    std::fs::write(dir.path().join("old.0123456789abcdef.part"), "interrupted").unwrap();
    let [ncf, _] = models();
    let new = packed(dir.path(), &[ncf]).unwrap().manifest;
    assert_ne!(old.release, new.release);
    let mut want: BTreeSet<String> = new.files.iter().map(|file| file.name.clone()).collect();
    want.extend(["manifest.json", "README.md", "recipes/mine.toml"].map(str::to_owned));
    let folder = new.related.unwrap().folder;
    want.extend(["0.json", "index.bin"].map(|file| format!("{folder}/{file}")));
    assert_eq!(names(dir.path()), want);
}

#[test]
fn a_pack_that_stops_leaves_the_old_release() {
    let dir = tempfile::tempdir().unwrap();
    let old = packed(dir.path(), &models()).unwrap().manifest;
    // The new files can be written, the manifest cannot: as if it was stopped between the two.
    std::fs::create_dir(dir.path().join("manifest.part")).unwrap();
    let [ncf, _] = models();
    let stopped = packed(dir.path(), &[ncf]).unwrap_err();
    assert_eq!(stopped.code().as_str(), "io");
    assert_eq!(open(dir.path(), None).unwrap().manifest().release, old.release);
}

#[test]
fn bad_inputs_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let code = |models: &[ModelInput]| packed(dir.path(), models).unwrap_err().code().as_str();
    assert_eq!(code(&[]), "no_model");
    assert_eq!(code(&[model("../x", &[1], Metric::Cosine)]), "model_name");
    assert_eq!(code(&[model("a", &[70], Metric::Cosine)]), "no_items");
    let mut large = model("a", &[1], Metric::Dot(0.0));
    large.vectors.values[0] = 1e5;
    assert_eq!(code(&[large.clone()]), "vector_range");
    large.metric = Metric::Cosine;
    assert!(packed(dir.path(), &[large.clone()]).is_ok());
    for value in [f32::NAN, f32::INFINITY] {
        large.vectors.values[0] = value;
        assert_eq!(code(&[large.clone()]), "vector_range");
    }
    let twins = [model("a", &[1], Metric::Cosine), model("a", &[1], Metric::Cosine)];
    assert_eq!(code(&twins), "manifest_invalid");
    assert_eq!(code(&[model("a", &[1], Metric::Dot(2.0))]), "manifest_invalid");
}

#[test]
fn broken_folders_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let code = || open(dir.path(), None).unwrap_err().code().as_str();
    assert_eq!(code(), "file_missing");
    let manifest = packed(dir.path(), &models()).unwrap().manifest;
    let path = dir.path().join(&manifest.models[1].file);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, &whole[1..]).unwrap();
    assert_eq!(code(), "blob_truncated");
    std::fs::write(&path, [whole.as_slice(), b"x"].concat()).unwrap();
    assert_eq!(code(), "blob_length");
    let mut flipped = whole.clone();
    flipped[50] ^= 1;
    std::fs::write(&path, &flipped).unwrap();
    assert_eq!(code(), "integrity");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(code(), "file_missing");
    assert!(open(dir.path(), Some(&["ncf"])).is_ok(), "the other model is whole");
    for (text, want) in
        [("<!doctype html>", "manifest_invalid"), (r#"{"format": 1}"#, "blob_version")]
    {
        std::fs::write(dir.path().join(MANIFEST), text).unwrap();
        assert_eq!(code(), want);
    }
}

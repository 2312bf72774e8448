//! The committed release knows the best-known shows by what people watch, and has a list for every
//! show.

use std::path::Path;

use osusume::engine::Request;
use osusume::format::ModelBlob;
use osusume_release as release;

#[test]
fn the_best_known_shows_are_answered_by_viewers_and_every_show_has_a_list() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("embeddings");
    let engine = release::verify(&folder).unwrap();
    let entry = engine.manifest().file(&engine.manifest().models[0]).unwrap();
    let blob = ModelBlob::decode(release::read(&folder, entry).unwrap()).unwrap();
    let catalogue = engine.catalogue();
    let members = |row| catalogue.value("members", row).and_then(|value| value.as_number());
    let mut rows: Vec<u32> = (0..catalogue.items()).collect();
    rows.sort_by(|&a, &b| members(b).partial_cmp(&members(a)).unwrap());
    for &row in &rows[..200] {
        let has_vector = blob.row_of(row).is_some_and(|own| own < blob.rows_with_vector());
        assert!(has_vector, "{} has no vector", catalogue.id(row));
        assert!(engine.models_predicting(catalogue.id(row)).unwrap().is_empty());
    }
    let predicted = rows.iter().filter(|&&row| {
        engine.models_predicting(catalogue.id(row)).unwrap() == ["ncf"]
            && blob.row_of(row).is_some_and(|own| own >= blob.rows_with_vector())
    });
    assert_eq!(predicted.count() as u32, blob.rows() - blob.rows_with_vector());
    for (at, row) in rows.into_iter().enumerate().filter(|(at, _)| *at < 200 || at % 20 == 0) {
        let id = catalogue.id(row);
        let request = Request { liked: vec![id.into()], ..Request::default() };
        let answer = engine.recommend(&request).unwrap();
        let found = (answer.items.len(), answer.model.as_str(), answer.warnings.len());
        assert_eq!(found, (10, "ncf", 0), "{id}, {at} by popularity");
    }
}

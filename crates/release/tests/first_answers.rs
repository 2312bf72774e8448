//! The neighbour lists of the committed release are the engine's own answers, and its titles are the catalogue's.

use std::path::Path;

use osusume::engine::{Engine, ModelChoice, Request};
use osusume_release as release;

#[test]
fn the_first_answers_of_the_release_are_the_exact_ones() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("embeddings");
    let engine = release::verify(&folder).unwrap();
    let models = engine.manifest().models.clone();
    for model in models {
        assert!(model.neighbours.is_some(), "{} has no neighbours", model.name);
        let mut asked = 0;
        // Every row of the small model and each ninth of the large one: a second in a debug build.
        for row in (0..engine.catalogue().items()).step_by(if model.dims > 100 { 9 } else { 1 }) {
            let id = engine.catalogue().id(row);
            if !engine.models_of(id).unwrap().contains(&model.name.as_str()) {
                continue;
            }
            let request = Request {
                liked: vec![id.into()],
                model: Some(ModelChoice::One(model.name.clone())),
                ..Request::default()
            };
            let (first, exact) = (
                engine.preliminary(&request).unwrap().unwrap(),
                engine.recommend(&request).unwrap(),
            );
            assert!(first.preliminary && !exact.preliminary);
            let ids = |answer: &osusume::engine::Answer<'_>| {
                answer.items.iter().map(|item| (item.id, item.title.to_owned())).collect::<Vec<_>>()
            };
            assert_eq!(ids(&first), ids(&exact), "{} by {}", id, model.name);
            asked += 1;
        }
        assert!(asked > 1000, "{asked}");
    }
}

#[test]
fn what_the_lists_do_not_hold_is_not_answered_from_them() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("embeddings");
    let engine = release::verify(&folder).unwrap();
    let ask = |json: &str| {
        let request: Request = serde_json::from_str(json).unwrap();
        engine
            .preliminary(&request)
            .map_or_else(|error| error.code().as_str(), |answer| answer.map_or("no", |_| "yes"))
    };
    assert_eq!(ask(r#"{"liked": [1]}"#), "yes");
    assert_eq!(
        ask(r#"{"liked": [{"id": 1, "weight": 3}], "model": "synopsis", "limit": 3}"#),
        "yes"
    );
    for json in [
        "{}",
        r#"{"liked": [1, 5]}"#,
        r#"{"liked": [1], "limit": 11}"#,
        r#"{"liked": [1], "disliked": [5]}"#,
        r#"{"liked": [1], "niche": 0.5}"#,
        r#"{"liked": [1], "diversity": 0.5}"#,
        r#"{"liked": [1], "explain": true}"#,
        r#"{"liked": [1], "exclude": [6]}"#,
        r#"{"liked": [1], "collapse": true}"#,
        r#"{"liked": [1], "only": [5, 6]}"#,
        r#"{"liked": [1], "filter": {"score": {"min": 1}}}"#,
        r#"{"liked": [1], "model": {"ncf": 1}}"#,
    ] {
        assert_eq!(ask(json), "no", "{json}");
    }
    assert_eq!(ask(r#"{"liked": [1], "model": "x"}"#), "unknown_model");
    assert_eq!(ask(r#"{"liked": [999999999]}"#), "unknown_id");
}

#[test]
fn titles_of_all_items_are_no_catalogue_yet() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("embeddings");
    let whole = release::open(&folder, Some(&[])).unwrap();
    let mut begun = Engine::begin(whole.manifest().clone(), whole.catalogue().clone()).unwrap();
    assert!(
        whole.is_complete() && !begun.is_complete(),
        "as where each item has a row of the default model"
    );
    assert_eq!(
        begun.recommend(&Request::default()).unwrap_err().code().as_str(),
        "catalogue_not_loaded"
    );
    begun.complete(whole.catalogue().clone()).unwrap();
    assert!(begun.is_complete());
}

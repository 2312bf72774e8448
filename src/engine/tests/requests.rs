//! Requests and files that the engine refuses, and items by name.

use super::super::error::EngineError;
use super::super::{Answer, Condition, MAX_IDS, Request};
use super::fixtures::{engine, loaded, refused, request};

#[test]
fn bad_requests_are_named() {
    let engine = loaded();
    let code = |request: Request| engine.recommend(&request).unwrap_err().code().as_str();
    assert_eq!(code(request(1, 0, "a")), "limit_out_of_range");
    assert_eq!(code(request(1, 1001, "a")), "limit_out_of_range");
    assert_eq!(code(request(2, 1, "a")), "unknown_id");
    assert_eq!(code(request(1, 1, "c")), "unknown_model");
    assert_eq!(engine.find("a", 0).unwrap_err().code().as_str(), "limit_out_of_range");
}

#[test]
fn numbers_out_of_range_are_refused() {
    let engine = loaded();
    for bad in [
        r#"{"liked": [1], "niche": 1.1}"#,
        r#"{"liked": [1], "diversity": -0.1}"#,
        r#"{"liked": [{"id": 1, "weight": 0}]}"#,
        r#"{"liked": [{"id": 1, "weight": -1}]}"#,
        r#"{"disliked": [{"id": 1, "weight": 1001}]}"#,
        r#"{"liked": [1], "model": {"a": 0}}"#,
    ] {
        assert_eq!(refused(&engine, bad), "out_of_range", "{bad}");
    }
    let many = Request { liked: vec![1.into(); MAX_IDS + 1], ..Request::default() };
    assert_eq!(engine.recommend(&many).unwrap_err().code().as_str(), "too_many_ids");
    let liked = vec![1.into(); 101];
    let explained =
        |limit| Request { liked: liked.clone(), limit, explain: true, ..Request::default() };
    assert_eq!(
        engine.recommend(&explained(1000)).unwrap_err().code().as_str(),
        "explain_too_large"
    );
    assert!(engine.recommend(&explained(990)).is_ok());
    let names = vec!["x".to_owned(); 201];
    let filter = [("genres".to_owned(), Condition { any: names.clone(), ..Condition::default() })];
    let many = [
        Request { filter: filter.into_iter().collect(), ..Request::default() },
        Request { fields: names, ..Request::default() },
    ];
    for request in many {
        assert_eq!(engine.recommend(&request).unwrap_err().code().as_str(), "request_invalid");
    }
    assert_eq!(refused(&engine, r#"{"liked": [1], "model": {}}"#), "request_invalid");
    assert_eq!(refused(&engine, r#"{"liked": [1], "model": {"a": 1, "c": 1}}"#), "unknown_model");
    assert_eq!(
        refused(&engine, r#"{"liked": [1], "filter": {"genres": {"any": ["None"]}}}"#),
        "unknown_value"
    );
    assert_eq!(
        refused(&engine, r#"{"liked": [1], "filter": {"type": {"any": ["None"]}}}"#),
        "unknown_value"
    );
}

#[test]
fn a_model_must_be_loaded_and_be_the_one_that_the_manifest_pins() {
    let (mut engine, a, b) = engine();
    let code = |e: Result<Answer<'_>, EngineError>| e.unwrap_err().code().as_str();
    assert_eq!(code(engine.recommend(&request(1, 1, "a"))), "model_not_loaded");
    assert_eq!(engine.add("a", b, None).unwrap_err().code().as_str(), "blob_length");
    let mut flipped = a.clone();
    flipped[100] ^= 1;
    assert_eq!(engine.add("a", flipped, None).unwrap_err().code().as_str(), "integrity");
    assert!(!engine.is_loaded("a"));
    engine.add("a", a, None).unwrap();
    assert!(engine.is_loaded("a") && !engine.is_loaded("b"));
    assert_eq!(
        code(engine.recommend(&request(9, 1, "a"))),
        "model_not_loaded",
        "the fallback is not loaded yet"
    );
    assert_eq!(engine.models_of(1).unwrap(), ["a"]);
}

#[test]
fn items_are_named_by_id_or_title() {
    let engine = loaded();
    assert_eq!(engine.row("20").unwrap(), 1);
    assert_eq!(engine.row("naruto").unwrap(), 1);
    let code = |text: &str| engine.row(text).unwrap_err().code().as_str();
    assert_eq!(code("21"), "unknown_id");
    assert_eq!(code("cowboy"), "unknown_title");
    assert_eq!(code("Henshin"), "ambiguous_title");
    let message = engine.row("cowboy").unwrap_err().to_string();
    assert!(message.contains("1 \"Cowboy Bebop\""), "{message}");
}

#[test]
fn warm_returns_whether_work_is_left() {
    let engine = loaded();
    assert_eq!([(); 4].map(|()| engine.warm()), [true, true, false, false]);
}

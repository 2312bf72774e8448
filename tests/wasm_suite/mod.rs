//! Tests the interface of the browser module on the stored release of format 1.
//! Uses `server`, a server in memory, and the public crate.

mod kernel;
mod server;

use js_sys::{Array, BigInt, JSON, Map, Object, Reflect};
use osusume::wasm::Recommender;
use server::{CATALOGUE, EXPECTED, MANIFEST, NCF, Server, code, get};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

async fn loaded() -> Recommender {
    let recommender = Server::sound().open().await.unwrap();
    for model in ["ncf", "synopsis"] {
        JsFuture::from(recommender.load(model.into())).await.unwrap();
    }
    recommender
}

fn object(pairs: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in pairs {
        Reflect::set(&object, &(*name).into(), value).unwrap();
    }
    object.into()
}

fn json(value: &JsValue) -> String {
    JSON::stringify(value).unwrap().into()
}

fn error(result: Result<JsValue, JsValue>) -> String {
    code(&result.unwrap_err())
}

#[wasm_bindgen_test]
async fn every_neighbour_and_every_score_is_the_native_one() {
    let recommender = loaded().await;
    let expected: Array = JSON::parse(EXPECTED).unwrap().into();
    // The expected answers are in catalogue order: the items of both models first, then by
    // popularity.
    let ids = [10, 30, 40, 50, 20, 60, 70, 80, 90, 100, 110, 120];
    let mut at = 0;
    for id in ids {
        for model in ["ncf", "synopsis"] {
            let options = object(&[("limit", 5.into()), ("model", model.into())]);
            let answer = recommender.similar(&id.into(), &options, None).unwrap();
            // Both sides use the key order of the struct, and JavaScript prints a number's shortest
            // form.
            assert_eq!(json(&answer), json(&expected.get(at)), "{id} by {model}");
            at += 1;
        }
    }
    assert_eq!(at, expected.length());
}

#[wasm_bindgen_test]
async fn items_are_found_and_plain_objects() {
    let recommender = loaded().await;
    let found: Array = recommender.find("title 1", 9.0).unwrap().into();
    assert_eq!(get(&found.get(0), "id").as_f64(), Some(10.0), "title 1 itself first");
    let ids: Vec<_> = (1..4).map(|at| get(&found.get(at), "id").as_f64().unwrap()).collect();
    assert_eq!(ids, [100.0, 110.0, 120.0], "then those that begin with it");
    assert_eq!(found.length(), 9, "then those with another number, which may be a typo");
    assert_eq!(json(&get(&found.get(1), "spans")), "[[0,7]]");
    let item = recommender.item(&JsValue::from(10), None).unwrap();
    assert_eq!(
        json(&item),
        concat!(
            r#"{"id":10,"title":"Title 1","fields":{"english":"Name 1","genres":["Action"],"#,
            r#""members":99,"romaji":"Title 1","score":7.5,"series":10,"type":"TV","year":2000},"#,
            r#""models":["ncf","synopsis"]}"#
        )
    );
    let info = recommender.info(None).unwrap();
    assert_eq!(get(&info, "items").as_f64(), Some(12.0));
    let models: Array = get(&info, "models").into();
    assert_eq!(get(&models.get(0), "loaded").as_bool(), Some(true));
}

#[wasm_bindgen_test]
async fn wrong_arguments_are_refused() {
    let recommender = loaded().await;
    assert_eq!(error(recommender.item(&JsValue::from(11), None)), "unknown_id");
    assert_eq!(error(recommender.item(&JsValue::from(1.5), None)), "unknown_id");
    assert_eq!(error(recommender.item(&JsValue::from(-1), None)), "unknown_id");
    assert_eq!(error(recommender.item(&JsValue::from("x"), None)), "unknown_id");
    assert_eq!(error(recommender.item(&JsValue::from(BigInt::from(10)), None)), "request_invalid");
    assert_eq!(error(recommender.item(&JsValue::from(Map::new()), None)), "request_invalid");
    assert_eq!(error(recommender.find("a", 0.0)), "limit_out_of_range");
    assert_eq!(error(recommender.find("a", 1001.0)), "limit_out_of_range");
    assert_eq!(error(recommender.find("a", 1.5)), "request_invalid");
    let similar =
        |pairs: &[(&str, JsValue)]| error(recommender.similar(&10.into(), &object(pairs), None));
    assert_eq!(similar(&[("limit", 0.into())]), "limit_out_of_range");
    assert_eq!(similar(&[("limit", (-1).into())]), "request_invalid");
    assert_eq!(similar(&[("limit", "ten".into())]), "request_invalid");
    assert_eq!(similar(&[("model", "none".into())]), "unknown_model");
    assert_eq!(similar(&[("n", 5.into())]), "request_invalid");
    assert_eq!(
        error(recommender.similar(&10.into(), &JsValue::from_f64(3.0), None)),
        "request_invalid"
    );
    let recommend =
        |liked: JsValue| error(recommender.recommend(&object(&[("liked", liked)]), None));
    assert_eq!(
        recommend(Array::of1(&"10".into()).into()),
        "unknown_id",
        "this catalogue has no text ids"
    );
    assert_eq!(recommend(Array::of1(&(1.5).into()).into()), "request_invalid");
    assert_eq!(recommend(Map::new().into()), "request_invalid");
    assert_eq!(recommend(Array::of1(&BigInt::from(10).into()).into()), "request_invalid");
    assert_eq!(error(recommender.recommend(&JsValue::NULL, None)), "request_invalid");
}

#[wasm_bindgen_test]
async fn full_requests_are_answered_and_unknown_fields_are_refused() {
    let recommender = loaded().await;
    let ask = |request: &str| recommender.recommend(&JSON::parse(request).unwrap(), None);
    let full = r#"{"liked": [10, {"id": 30, "weight": 2}], "disliked": [40], "limit": 3,
        "model": {"ncf": 1, "synopsis": 2}, "filter": {"genres": {"all": ["Action"], "none": []},
        "type": {"any": ["tv"]}, "year": {"min": 1990, "max": 2010}, "score": {"min": 7},
        "members": {"min": 1, "max": 1000}}, "only": [20, 50, 60, 70, 80, 90],
        "exclude": [50, 999], "collapse": false, "niche": 0.25, "diversity": 0.5,
        "explain": true, "fields": ["year", "genres"]}"#;
    let answer = ask(full).unwrap();
    assert_eq!(get(&answer, "model").as_string().as_deref(), Some("ncf+synopsis"));
    let items: Array = get(&answer, "items").into();
    assert_eq!(items.length(), 3);
    assert!(Array::is_array(&get(&items.get(0), "because")));
    assert!(get(&get(&items.get(0), "byModel"), "synopsis").as_f64().is_some());
    assert_eq!(get(&get(&items.get(0), "fields"), "year").as_f64(), Some(2000.0));
    assert!(ask("{}").is_ok(), "a start list");
    let filter = |filter: &str| error(ask(&format!(r#"{{"liked": [10], "filter": {filter}}}"#)));
    assert_eq!(filter(r#"{"genre": {"any": ["Action"]}}"#), "unknown_field");
    assert_eq!(filter(r#"{"genres": {"any": ["None"]}}"#), "unknown_value");
    assert_eq!(filter(r#"{"genres": {"min": 1}}"#), "filter_invalid");
    assert_eq!(filter(r#"{"genres": ["Action"]}"#), "request_invalid");
    assert_eq!(filter(r#"{"genres": {"some": ["Action"]}}"#), "request_invalid");
    assert_eq!(filter(r#"{"year": {"min": true}}"#), "request_invalid");
    assert_eq!(error(ask(r#"{"liked": [10], "fields": ["none"]}"#)), "unknown_field");
    assert_eq!(error(ask(r#"{"liked": [{"id": 10, "wait": 1}]}"#)), "request_invalid");
    assert_eq!(error(ask(r#"{"liked": [10], "niche": 2}"#)), "out_of_range");
    // An undefined field counts as missing.
    let loose = object(&[("liked", Array::of1(&10.into()).into()), ("limit", JsValue::UNDEFINED)]);
    assert!(recommender.recommend(&loose, None).is_ok());
}

#[wasm_bindgen_test]
async fn a_model_is_loaded_once_and_retried_after_a_failure() {
    let server = Server::sound();
    let recommender = server.open().await.unwrap();
    assert_eq!(
        error(recommender.similar(&10.into(), &JsValue::UNDEFINED, None)),
        "model_not_loaded"
    );
    server.answer(NCF, 503, b"busy");
    let failed = JsFuture::from(recommender.load("ncf".into())).await.unwrap_err();
    assert_eq!(code(&failed), "http_status");
    assert_eq!(get(&failed, "class").as_string().as_deref(), Some("notReady"));
    server.restore(NCF);
    let before = server.requests();
    let both = Array::of2(&recommender.load("ncf".into()), &recommender.load("ncf".into()));
    JsFuture::from(js_sys::Promise::all(&both)).await.unwrap();
    assert_eq!(server.requests(), before + 1, "one download serves both");
    assert!(recommender.similar(&10.into(), &JsValue::UNDEFINED, None).is_ok());
    let unknown = JsFuture::from(recommender.load("none".into())).await.unwrap_err();
    assert_eq!(code(&unknown), "unknown_model");
    assert_eq!(get(&unknown, "class").as_string().as_deref(), Some("caller"));
}

#[wasm_bindgen_test]
async fn progress_is_reported_in_bytes() {
    let server = Server::sound();
    let recommender = server.open().await.unwrap();
    JsFuture::from(recommender.load("ncf".into())).await.unwrap();
    let last = server.progress().pop().unwrap();
    let number = |name: &str| get(&last, name).as_f64().unwrap();
    assert_eq!((number("loaded"), number("total")), (118.0, 118.0));
    assert_eq!(get(&last, "model").as_string().as_deref(), Some("ncf"));
    assert_eq!(get(&last, "kind").as_string().as_deref(), Some("model"));
}

#[wasm_bindgen_test]
async fn each_failure_of_a_server_has_a_code() {
    let model = |change: fn(&Server)| async move {
        let server = Server::sound();
        let recommender = server.open().await.unwrap();
        change(&server);
        code(&JsFuture::from(recommender.load("ncf".into())).await.unwrap_err())
    };
    assert_eq!(model(|s| s.answer(NCF, 404, b"")).await, "file_missing");
    assert_eq!(model(|s| s.answer(NCF, 500, b"")).await, "http_status");
    assert_eq!(
        model(|s| s.answer(NCF, 200, b"<!doctype html><title>Sign in</title>")).await,
        "blob_magic"
    );
    assert_eq!(model(|s| s.answer(NCF, 200, b"")).await, "blob_truncated");
    assert_eq!(model(|s| s.alter(NCF, |file| file.truncate(100))).await, "blob_truncated");
    assert_eq!(model(|s| s.alter(NCF, |file| file.push(0))).await, "blob_length");
    assert_eq!(model(|s| s.alter(NCF, |file| file[70] ^= 1)).await, "integrity");
    assert_eq!(model(|s| s.fail(NCF)).await, "network");

    let open = |change: fn(&Server)| async move {
        let server = Server::sound();
        change(&server);
        server.open().await.map_or_else(|e| code(&e), |_| "ok".to_owned())
    };
    assert_eq!(open(|_| ()).await, "ok");
    assert_eq!(open(|s| s.fail(MANIFEST)).await, "network");
    assert_eq!(open(|s| s.answer(MANIFEST, 404, b"")).await, "file_missing");
    assert_eq!(open(|s| s.answer(MANIFEST, 200, b"<!doctype html>")).await, "manifest_invalid");
    assert_eq!(open(|s| s.answer(MANIFEST, 200, b"{\"format\": 2}")).await, "blob_version");
    assert_eq!(open(|s| s.answer(MANIFEST, 200, b"{\"format\": 1}")).await, "manifest_invalid");
    assert_eq!(open(|s| s.answer(MANIFEST, 200, b"null")).await, "manifest_invalid");
    assert_eq!(open(|s| s.answer(CATALOGUE, 404, b"")).await, "file_missing");
    assert_eq!(open(|s| s.alter(CATALOGUE, |file| file[100] ^= 1)).await, "integrity");
}

#[wasm_bindgen_test]
async fn a_replaced_release_is_told_from_a_broken_one() {
    let server = Server::sound();
    let recommender = server.open().await.unwrap();
    server.answer(NCF, 404, b"");
    server.alter(MANIFEST, |manifest| {
        let text = String::from_utf8(manifest.clone()).unwrap();
        let at = text.find("\"release\": \"").unwrap() + 12;
        *manifest =
            format!("{}{}{}", &text[..at], "0123456789abcdef", &text[at + 16..]).into_bytes();
    });
    let failed = JsFuture::from(recommender.load("ncf".into())).await.unwrap_err();
    assert_eq!(code(&failed), "release_changed");
}

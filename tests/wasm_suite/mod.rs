//! Tests the interface of the browser module on the stored release of format 2.
//! No test needs a network: files are bytes. Uses `release` and the public crate.

mod kernel;
mod release;

use js_sys::{Array, BigInt, JSON, Map, Object, Reflect, Uint8Array};
use osusume::wasm::Recommender;
use release::{
    CATALOGUE, EXPECTED, MANIFEST, NCF, add_catalogue, add_model, code, get, loaded, open, receive,
    with_catalogue,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

const NONE: &JsValue = &JsValue::UNDEFINED;

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
            let answer = recommender.similar(&id.into(), &options).unwrap();
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
    let item = recommender.item(&JsValue::from(10)).unwrap();
    assert_eq!(
        json(&item),
        concat!(
            r#"{"id":10,"title":"Title 1","fields":{"english":"Name 1","genres":["Action"],"#,
            r#""members":99,"romaji":"Title 1","score":7.5,"series":10,"type":"TV","year":2000},"#,
            r#""models":["ncf","synopsis"],"predicted":[]}"#
        )
    );
    let info = recommender.info().unwrap();
    assert_eq!(get(&info, "items").as_f64(), Some(12.0));
    let models: Array = get(&info, "models").into();
    assert_eq!(
        json(&models.get(0)),
        r#"{"name":"ncf","metric":"dot","dims":5,"rows":7,"bytes":166,"loaded":true,"textLoaded":false}"#
    );
}

#[wasm_bindgen_test]
async fn wrong_arguments_are_refused() {
    let recommender = loaded().await;
    assert_eq!(error(recommender.item(&JsValue::from(11))), "unknown_id");
    assert_eq!(error(recommender.item(&JsValue::from(1.5))), "unknown_id");
    assert_eq!(error(recommender.item(&JsValue::from(-1))), "unknown_id");
    assert_eq!(error(recommender.item(&JsValue::from("x"))), "unknown_id");
    assert_eq!(error(recommender.item(&JsValue::from(BigInt::from(10)))), "request_invalid");
    assert_eq!(error(recommender.item(&JsValue::from(Map::new()))), "request_invalid");
    assert_eq!(error(recommender.find("a", 0.0)), "limit_out_of_range");
    assert_eq!(error(recommender.find("a", 1001.0)), "limit_out_of_range");
    assert_eq!(error(recommender.find("a", 1.5)), "request_invalid");
    let similar =
        |pairs: &[(&str, JsValue)]| error(recommender.similar(&10.into(), &object(pairs)));
    assert_eq!(similar(&[("limit", 0.into())]), "limit_out_of_range");
    assert_eq!(similar(&[("limit", (-1).into())]), "request_invalid");
    assert_eq!(similar(&[("limit", "ten".into())]), "request_invalid");
    assert_eq!(similar(&[("model", "none".into())]), "unknown_model");
    assert_eq!(similar(&[("n", 5.into())]), "request_invalid");
    assert_eq!(error(recommender.similar(&10.into(), &JsValue::from_f64(3.0))), "request_invalid");
    let recommend = |liked: JsValue| error(recommender.recommend(&object(&[("liked", liked)])));
    assert_eq!(
        recommend(Array::of1(&"10".into()).into()),
        "unknown_id",
        "this catalogue has no text ids"
    );
    assert_eq!(recommend(Array::of1(&(1.5).into()).into()), "request_invalid");
    assert_eq!(recommend(Map::new().into()), "request_invalid");
    assert_eq!(recommend(Array::of1(&BigInt::from(10).into()).into()), "request_invalid");
    assert_eq!(error(recommender.recommend(&JsValue::NULL)), "request_invalid");
}

#[wasm_bindgen_test]
async fn full_requests_are_answered_and_unknown_fields_are_refused() {
    let recommender = loaded().await;
    let ask = |request: &str| recommender.recommend(&JSON::parse(request).unwrap());
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
    assert!(recommender.recommend(&loose).is_ok());
}

#[wasm_bindgen_test]
async fn what_is_missing_is_named_until_it_is_added() {
    let recommender = open(MANIFEST).unwrap();
    let similar = |recommender: &Recommender| {
        recommender.similar(&10.into(), NONE).map_or_else(|e| code(&e), |_| "ok".to_owned())
    };
    assert_eq!(similar(&recommender), "catalogue_not_loaded");
    assert_eq!(error(recommender.info()), "catalogue_not_loaded");
    assert_eq!(error(recommender.import_profile(b"<myanimelist/>")), "catalogue_not_loaded");
    add_catalogue(&recommender, CATALOGUE).await.unwrap();
    assert_eq!(similar(&recommender), "model_not_loaded");
    let unknown = add_model(&recommender, "none", NCF).unwrap_err();
    assert_eq!(code(&unknown), "unknown_model");
    assert_eq!(get(&unknown, "class").as_string().as_deref(), Some("caller"));
    assert_eq!(code(&add_model(&recommender, "ncf", &NCF[..100]).unwrap_err()), "blob_truncated");
    assert_eq!(similar(&recommender), "model_not_loaded", "a failure leaves nothing behind");
    add_model(&recommender, "ncf", NCF).unwrap();
    assert_eq!(similar(&recommender), "ok");
}

#[wasm_bindgen_test]
async fn files_of_a_wrong_kind_are_refused() {
    let recommender = open(MANIFEST).unwrap();
    let file = || JsValue::from(Uint8Array::from(NCF));
    for adding in [
        recommender.add_catalogue(file(), JsValue::UNDEFINED),
        recommender.add_text("ncf".into(), file()),
    ] {
        assert_eq!(code(&JsFuture::from(adding).await.unwrap_err()), "blob_kind");
    }
    assert_eq!(error(recommender.map(file())), "catalogue_not_loaded");
    let recommender = with_catalogue().await;
    assert_eq!(error(recommender.map(file())), "blob_kind");
    for wrong in [JsValue::NULL, "bytes".into(), Array::of1(&1.into()).into()] {
        let refused = recommender.add_model("ncf", wrong, JsValue::UNDEFINED).unwrap_err();
        assert_eq!(code(&refused), "request_invalid");
    }
}

#[wasm_bindgen_test]
async fn a_received_file_is_seen_without_a_copy_and_added() {
    let len = NCF.len() as u32;
    let (file, reported) = receive(NCF, len).await;
    let file = file.unwrap();
    assert_eq!((reported[0], *reported.last().unwrap()), (0, len), "{reported:?}");
    assert!(reported.is_sorted());
    let view = Reflect::get(&file, &"view".into()).unwrap().unchecked_into::<js_sys::Function>();
    let view: Uint8Array = view.call0(&file).unwrap().unchecked_into();
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    assert_eq!(view.to_vec(), NCF);
    assert!(JsValue::from(view.buffer()) == memory.buffer(), "in the module's own memory");
    assert_eq!(view.byte_offset() % 16, 0, "aligned");

    let recommender = with_catalogue().await;
    recommender.add_model("ncf", file, JsValue::UNDEFINED).unwrap();
    let bytes = loaded().await;
    let ask = |of: &Recommender| json(&of.similar(&10.into(), NONE).unwrap());
    assert_eq!(ask(&recommender), ask(&bytes), "as from bytes");
}

#[wasm_bindgen_test]
async fn a_body_that_is_no_such_file_is_refused() {
    let refused = async |body: &[u8]| code(&receive(body, NCF.len() as u32).await.0.unwrap_err());
    assert_eq!(refused(b"<!doctype html><title>Sign in</title>").await, "blob_magic");
    assert_eq!(refused(&[b'<'; 5000]).await, "blob_magic", "a page that is longer");
    assert_eq!(refused(b"").await, "blob_truncated");
    assert_eq!(refused(&NCF[..7]).await, "blob_truncated");
    assert_eq!(refused(&NCF[..NCF.len() - 1]).await, "blob_truncated");
    assert_eq!(refused(&[NCF, &[0]].concat()).await, "blob_length");
    let (failed, _) = receive(NCF, u32::MAX).await;
    assert_eq!(code(&failed.unwrap_err()), "out_of_memory");
}

#[wasm_bindgen_test]
fn a_manifest_is_checked() {
    let refused = |manifest: &str| code(&open(manifest).map(drop).unwrap_err());
    assert_eq!(refused("{\"format\": 1}"), "blob_version");
    assert_eq!(refused("{\"format\": 3}"), "blob_version");
    assert_eq!(refused("{\"format\": 2}"), "manifest_invalid");
    assert_eq!(refused("null"), "manifest_invalid");
    assert_eq!(refused("[]"), "manifest_invalid");
    let undefined = Recommender::new(JsValue::UNDEFINED, NONE).map(drop).unwrap_err();
    assert_eq!(code(&undefined), "manifest_invalid");
    let without = MANIFEST.replace("\"model\": \"ncf\"", "\"model\": \"none\"");
    assert_ne!(without, MANIFEST);
    assert_eq!(refused(&without), "manifest_invalid");
}

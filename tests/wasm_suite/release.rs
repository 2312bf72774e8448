//! The stored release of format 2, and what its files look like to a recommender.
//! Uses the public crate alone.

use js_sys::{Function, JSON, Reflect, Uint8Array};
use osusume::wasm::Recommender;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

pub const MANIFEST: &str = include_str!("../fixtures/format-2/manifest.json");
pub const EXPECTED: &str = include_str!("../fixtures/format-2/expected.json");
pub const CATALOGUE: &[u8] = include_bytes!("../fixtures/format-2/catalogue.d7e73fcd848d64bb.bin");
pub const NCF: &[u8] = include_bytes!("../fixtures/format-2/ncf.6aabde56f7b9460f.bin");
pub const SYNOPSIS: &[u8] = include_bytes!("../fixtures/format-2/synopsis.1650b8f17d02113e.bin");

/// Opens a manifest, before any file is added.
pub fn open(manifest: &str) -> Result<Recommender, JsValue> {
    Recommender::new(JSON::parse(manifest).unwrap(), &JsValue::UNDEFINED)
}

/// Adds a catalogue without images.
pub async fn add_catalogue(recommender: &Recommender, file: &[u8]) -> Result<(), JsValue> {
    let adding = recommender.add_catalogue(Uint8Array::from(file).into(), JsValue::UNDEFINED);
    JsFuture::from(adding).await.map(drop)
}

/// Adds a model without a residual.
pub fn add_model(recommender: &Recommender, name: &str, file: &[u8]) -> Result<(), JsValue> {
    recommender.add_model(name, Uint8Array::from(file).into(), JsValue::UNDEFINED)
}

/// Opens the release with its catalogue.
pub async fn with_catalogue() -> Recommender {
    let recommender = open(MANIFEST).unwrap();
    add_catalogue(&recommender, CATALOGUE).await.unwrap();
    recommender
}

/// Opens the whole release.
pub async fn loaded() -> Recommender {
    let recommender = with_catalogue().await;
    add_model(&recommender, "ncf", NCF).unwrap();
    add_model(&recommender, "synopsis", SYNOPSIS).unwrap();
    recommender
}

/// Receives a response with this body, a file of `len` bytes. Returns what was reported, too.
pub async fn receive(body: &[u8], len: u32) -> (Result<JsValue, JsValue>, Vec<u32>) {
    let response = Response::new_with_opt_js_u8_array(Some(&Uint8Array::from(body))).unwrap();
    let reported = js_sys::Array::new();
    let report = Reflect::get(&reported, &"push".into()).unwrap().unchecked_into::<Function>();
    let received = Recommender::receive(response, len, report.bind0(&reported));
    let received = JsFuture::from(received).await;
    (received, reported.iter().map(|at| at.as_f64().unwrap() as u32).collect())
}

pub fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap()
}

/// Returns the stable code of a failure, which must be an `OsusumeError`.
pub fn code(error: &JsValue) -> String {
    assert!(error.is_instance_of::<js_sys::Error>(), "{error:?}");
    assert_eq!(get(error, "name").as_string().as_deref(), Some("OsusumeError"), "{error:?}");
    assert!(!get(error, "message").as_string().unwrap().is_empty());
    let class = get(error, "class").as_string().unwrap();
    assert!(["caller", "notReady", "fault"].contains(&class.as_str()), "{class}");
    get(error, "code").as_string().unwrap()
}

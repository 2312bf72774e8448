//! Reads a visitor's own list with the platform's JSON parser and decoder.
//! Imports `fetch`, `load` and `failure`.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};

use super::failure::JsFailure;
use super::fetch;
use super::load::OpenRelease;
use crate::profile::{self, Profile, ProfileError};

/// Reads the bytes of a list, plain or gzip.
pub(super) async fn import(release: &OpenRelease, bytes: Vec<u8>) -> Result<Profile, JsFailure> {
    let bytes = if profile::is_gzip(&bytes) { fetch::gunzip_profile(&bytes).await? } else { bytes };
    let text = profile::text(&bytes)?;
    let engine = release.engine.borrow();
    let profile = if profile::is_xml(text) {
        Profile::from_xml(text, engine.catalogue())
    } else {
        let json = js_sys::JSON::parse(text)
            .map_err(|_| ProfileError::Invalid("it is neither XML nor JSON"));
        json.and_then(|json| Profile::from_json(&json, engine.catalogue()))
    };
    Ok(profile?)
}

impl profile::Json for JsValue {
    fn field(&self, name: &str) -> Option<Self> {
        if js_sys::Array::is_array(self) {
            return None; // `entries` is a method of arrays
        }
        let field = Reflect::get(self, &name.into()).ok()?; // fails if it is no object
        (!field.is_undefined() && !field.is_null()).then_some(field)
    }

    fn elements(&self) -> Option<Vec<Self>> {
        Some(self.dyn_ref::<js_sys::Array>()?.iter().collect())
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn text(&self) -> Option<String> {
        self.as_string()
    }
}

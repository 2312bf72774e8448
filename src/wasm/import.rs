//! Reads a visitor's own list with the platform's JSON parser.
//! Imports `failure`.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};

use super::failure::JsFailure;
use crate::catalogue::Catalogue;
use crate::profile::{self, Profile, ProfileError};

/// Reads the bytes of a list, uncompressed.
pub(super) fn import(bytes: &[u8], catalogue: &Catalogue) -> Result<Profile, JsFailure> {
    let text = profile::text(bytes)?;
    let profile = if profile::is_xml(text) {
        Profile::from_xml(text, catalogue)
    } else {
        let json = js_sys::JSON::parse(text)
            .map_err(|_| ProfileError::Invalid("it is neither XML nor JSON"));
        json.and_then(|json| Profile::from_json(&json, catalogue))
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

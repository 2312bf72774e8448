//! Converts arguments and answers between JavaScript and Rust.
//! Imports `reader` and `failure`.

use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};

use super::failure::{JsFailure, invalid};
use super::reader;
use crate::engine::{Engine, EngineError, Request};
use crate::format::{FORMAT_VERSION, FormatError, Manifest};
use crate::message::shown;

/// Reads a request. A field that is `undefined` counts as missing.
pub(super) fn read_request(request: &JsValue) -> Result<Request, JsFailure> {
    if !is_plain(request) {
        return Err(invalid(
            "a request is made of plain objects, arrays, numbers and texts: no Map, Set or BigInt",
        ));
    }
    reader::read(request.clone(), true).map_err(|wrong| invalid(&wrong.to_string()))
}

/// Reads and checks a manifest. Reads the version first, so that the error for a newer format names
/// its number and not a missing field.
pub(super) fn read_manifest(manifest: JsValue) -> Result<Manifest, JsFailure> {
    let format = Reflect::get(&manifest, &"format".into()).ok().and_then(|value| value.as_f64());
    if let Some(found) = format.map(|value| value as u32).filter(|&value| value != FORMAT_VERSION) {
        return Err(FormatError::Version { found }.into());
    }
    let read: Result<Manifest, _> = reader::read(manifest, false);
    Ok(read.map_err(|wrong| FormatError::Manifest(wrong.to_string()))?.checked()?)
}

/// Says whether a value is undefined or one that JSON can hold. Any other iterable would pass for a
/// list.
fn is_plain(value: &JsValue) -> bool {
    if let Some(list) = value.dyn_ref::<js_sys::Array>() {
        return list.iter().all(|value| is_plain(&value));
    }
    if let Some(object) = value.dyn_ref::<Object>() {
        let exotic = js_sys::Symbol::iterator().into();
        return !Reflect::has(object, &exotic).unwrap_or(true)
            && Object::values(object).iter().all(|value| is_plain(&value));
    }
    !value.is_bigint() && !value.is_symbol() && !value.is_function()
}

/// Adds fields to a new object, which cannot fail.
pub(super) fn with_fields(object: JsValue, fields: &[(&str, JsValue)]) -> JsValue {
    for (name, value) in fields {
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    object
}

/// Converts an answer to a plain object: no `Map`, no `BigInt`, nothing `undefined`.
pub(super) fn to_plain(value: &impl Serialize) -> Result<JsValue, JsValue> {
    Ok(value.serialize(&serde_wasm_bindgen::Serializer::json_compatible())?)
}

/// Says whether an option is set. Options that are no object have none.
pub(super) fn is_set(options: &JsValue, name: &str) -> bool {
    Reflect::get(options, &name.into()).is_ok_and(|value| value.is_truthy())
}

/// Reads a count, which JavaScript passes as any number.
pub(super) fn read_count(limit: f64) -> Result<usize, JsFailure> {
    let whole = limit as usize; // saturates, and NaN is 0
    if whole as f64 == limit {
        Ok(whole)
    } else {
        Err(invalid(&format!("limit is {}, it must be a whole number", shown(limit))))
    }
}

/// Reads the id of an item: its number, or its text id.
pub(super) fn read_id(engine: &Engine, id: &JsValue) -> Result<u32, JsFailure> {
    if let Some(key) = id.as_string() {
        let row = engine.row_by_id(&key)?;
        return Ok(engine.catalogue().id(row));
    }
    match id.as_f64() {
        Some(number) if f64::from(number as u32) == number => Ok(number as u32),
        Some(number) => Err(EngineError::UnknownId(shown(number)).into()),
        None => Err(invalid("an id is a number or, where the catalogue has text ids, a string")),
    }
}

//! The one conversion of every failure to a JavaScript `Error`.
//! Imports the errors of the crate; every other file of `wasm` but `reader` imports it.

use std::borrow::Cow;

use js_sys::Reflect;
use wasm_bindgen::JsValue;

use crate::code::Code;
use crate::engine::EngineError;
use crate::format::FormatError;
use crate::profile::ProfileError;

/// A failure on its way to JavaScript: a code with its class, a message that says what to do, and
/// for some codes more fields.
#[derive(Debug)]
pub struct JsFailure {
    pub code: Code,
    message: Cow<'static, str>,
    fields: Vec<(&'static str, JsValue)>,
}

impl JsFailure {
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { code, message: message.into(), fields: Vec::new() }
    }

    /// Adds a field that the page can read.
    pub fn with(mut self, name: &'static str, value: impl Into<JsValue>) -> Self {
        self.fields.push((name, value.into()));
        self
    }
}

/// Returns the failure for an argument of a wrong shape.
pub fn invalid(why: &str) -> JsFailure {
    EngineError::Request(why.to_owned()).into()
}

impl From<EngineError> for JsFailure {
    fn from(error: EngineError) -> Self {
        let failure = Self::new(error.code(), error.to_string());
        match error {
            EngineError::ModelNotLoaded(model) | EngineError::TextNotLoaded(model) => {
                failure.with("model", model)
            }
            _ => failure,
        }
    }
}

impl From<FormatError> for JsFailure {
    fn from(error: FormatError) -> Self {
        EngineError::from(error).into()
    }
}

impl From<ProfileError> for JsFailure {
    fn from(error: ProfileError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}

impl From<JsFailure> for JsValue {
    fn from(failure: JsFailure) -> Self {
        let error = js_sys::Error::new(&failure.message);
        error.set_name("OsusumeError");
        let code = failure.code;
        let class = code.class().as_str();
        for (name, value) in failure.with("code", code.as_str()).with("class", class).fields {
            // Setting a property of a new Error cannot fail.
            let _ = Reflect::set(&error, &name.into(), &value);
        }
        error.into()
    }
}

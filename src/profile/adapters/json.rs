//! JSON values of any parser, so that the browser module needs no JSON parser of its own.
//! Imports nothing of the crate.

/// A JSON value of any parser: the browser's own or a library's.
pub trait Json: Sized {
    /// Returns a field of an object that is not null.
    fn field(&self, name: &str) -> Option<Self>;
    /// Returns the elements of an array.
    fn elements(&self) -> Option<Vec<Self>>;
    /// Returns a number.
    fn number(&self) -> Option<f64>;
    /// Returns a text.
    fn text(&self) -> Option<String>;
}

#[cfg(not(target_arch = "wasm32"))]
impl Json for &serde_json::Value {
    fn field(&self, name: &str) -> Option<Self> {
        self.get(name).filter(|value| !value.is_null())
    }

    fn elements(&self) -> Option<Vec<Self>> {
        Some(self.as_array()?.iter().collect())
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }
}

//! The one error type that callers see, made of one enum a module.

use std::fmt::{self, Write};

use thiserror::Error;

/// Whatever can go wrong, by the module that found it. [`Error::code`] is the same in Rust, JavaScript and HTTP.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of a release is not what it should be.
    #[error(transparent)]
    Format(#[from] crate::format::FormatError),
    /// A question that the release cannot answer.
    #[error(transparent)]
    Engine(#[from] crate::engine::EngineError),
    /// A visitor's list that cannot be read.
    #[error(transparent)]
    Profile(#[from] crate::profile::ProfileError),
}

/// [`enum@Error`] as the error of a [`std::result::Result`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Stable token for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Format(e) => e.code(),
            Self::Engine(e) => e.code(),
            Self::Profile(e) => e.code(),
        }
    }
}

/// A text as a message shows it: in quotation marks, on one line, nothing in it that a terminal obeys.
///
/// As `{:?}`, which takes tables of every printable character along, and with them more than the browser needs.
pub(crate) struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for c in self.0.chars() {
            if c == '"' || c == '\\' {
                f.write_char('\\')?;
            }
            f.write_char(if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })?;
        }
        f.write_char('"')
    }
}

/// A number as a message shows it; in the browser by the browser's own printer, since Rust's is 4 kB.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn shown(number: f64) -> String {
    number.to_string()
}

/// A number as a message shows it.
#[cfg(target_arch = "wasm32")]
pub(crate) fn shown(number: f64) -> String {
    let text = js_sys::Number::from(number).to_string_with_radix(10);
    text.map_or_else(|_| String::new(), String::from) // 10 is a radix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_stays_on_its_line() {
        assert_eq!(Quoted("K-ON! \"けいおん\" \\").to_string(), r#""K-ON! \"けいおん\" \\""#);
        assert_eq!(Quoted("a\n\u{1b}[2J\u{9b}").to_string(), "\"a\u{fffd}\u{fffd}[2J\u{fffd}\"");
    }
}

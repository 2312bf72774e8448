//! Prints lines, JSON and errors for every subcommand. Imports only the error.

use std::io::Write;

use crate::error::Error;
use serde::Serialize;

/// Prints one line of canonical JSON (RFC 8785).
pub fn json(value: &impl Serialize) {
    let text = serde_json_canonicalizer::to_string(value)
        .expect("answers have string keys and finite numbers");
    line(&text);
}

/// Prints a line. A reader that has left (`| head`) is not an error.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints an error to standard error.
pub fn error(error: &Error, json: bool) {
    if json {
        eprintln!("{}", error_json(error));
    } else {
        eprintln!("error [{}]: {error}", error.code());
    }
}

/// Returns an error as JSON.
pub fn error_json(error: &Error) -> serde_json::Value {
    serde_json::json!({ "error": { "code": error.code(), "message": error.to_string() } })
}

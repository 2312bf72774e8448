//! What every subcommand prints with.

use std::io::Write;

use crate::error::Error;
use serde::Serialize;

/// Prints one line of canonical JSON (RFC 8785).
pub fn json(value: &impl Serialize) {
    let text = serde_json_canonicalizer::to_string(value)
        .expect("answers have string keys and finite numbers");
    line(&text);
}

/// Prints a line; a reader that has gone (`| head`) is no error.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Says what failed.
pub fn error(error: &Error, json: bool) {
    if json {
        eprintln!("{}", failure(error));
    } else {
        eprintln!("error [{}]: {error}", error.code());
    }
}

/// Returns what failed, as programs read it.
pub fn failure(error: &Error) -> serde_json::Value {
    serde_json::json!({ "error": { "code": error.code(), "message": error.to_string() } })
}

//! What every subcommand prints with.

use std::io::Write;

use osusume::Error;
use serde::Serialize;

/// Prints one line of canonical JSON (RFC 8785).
pub fn json(value: &impl Serialize) {
    let text =
        serde_json_canonicalizer::to_string(value).expect("answers have string keys and finite numbers");
    line(&text);
}

/// Prints a line; a reader that has gone (`| head`) is no error.
pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Says what failed.
pub fn error(error: &Error, json: bool) {
    let (code, message) = (error.code(), error.to_string());
    if json {
        let body = serde_json::json!({ "error": { "code": code, "message": message } });
        eprintln!("{body}");
    } else {
        eprintln!("error [{code}]: {message}");
    }
}

//! Prints lines, JSON, errors and facts for every subcommand. Imports the error and the table of
//! errors.

use std::io::Write;

use crate::error::Error;
use osusume::Code;
use osusume::catalogue::{Item, Value};
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
        eprintln!("{}", error_json(error.code(), &error.to_string()));
    } else {
        eprintln!("error [{}]: {error}", error.code());
    }
}

/// Returns an error as JSON.
pub fn error_json(code: Code, message: &str) -> serde_json::Value {
    let (class, hint) = (code.class().as_str(), code.row().hint);
    serde_json::json!({
        "error": { "code": code.as_str(), "class": class, "message": message, "hint": hint }
    })
}

/// Returns a field and its value as text.
pub fn field((name, of): &(&str, Value<'_>)) -> String {
    format!("{name} {}", value(of))
}

/// Returns a value as text.
pub fn value(value: &Value<'_>) -> String {
    match value {
        Value::Tags(tags) => tags.join(", "),
        Value::Text(text) => (*text).to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
    }
}

/// Returns what a line about an item says besides its title: categories, numbers and dates.
pub fn facts(item: &Item<'_>) -> String {
    let is_short = |(_, value): &&(&str, Value<'_>)| !matches!(value, Value::Tags(_));
    let facts: Vec<String> = item.fields.iter().filter(is_short).map(field).collect();
    if facts.is_empty() { String::new() } else { format!("  [{}]", facts.join(", ")) }
}

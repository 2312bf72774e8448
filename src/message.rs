//! How an error message shows a text or a number.
//!
//! Used by the modules that write messages. Imports nothing of this crate.

use std::fmt::{self, Write};

/// A text in quotation marks, on one line and without control characters, which a terminal would
/// obey.
///
/// `{:?}` does nearly the same, but brings tables of every printable character into the browser
/// module.
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

/// Returns a number in decimal.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn shown(number: f64) -> String {
    number.to_string()
}

/// Returns a number in decimal. The browser prints it, because Rust's own printer is 4 kB of code.
#[cfg(target_arch = "wasm32")]
pub(crate) fn shown(number: f64) -> String {
    let text = js_sys::Number::from(number).to_string_with_radix(10);
    text.map_or_else(|_| String::new(), String::from) // 10 is a valid radix, so this cannot fail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_text_stays_on_its_line() {
        assert_eq!(Quoted("K-ON! \"けいおん\" \\").to_string(), r#""K-ON! \"けいおん\" \\""#);
        assert_eq!(Quoted("a\n\u{1b}[2J\u{9b}").to_string(), "\"a\u{fffd}\u{fffd}[2J\u{fffd}\"");
    }
}

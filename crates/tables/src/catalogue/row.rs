//! The fields of a catalogue's row, parsed and checked.
//! It imports the error.

use std::path::Path;

use csv::StringRecord;

use crate::error::TableError;

/// Texts that catalogues write for an unknown value.
const UNKNOWN: &[&str] = &["", "unknown", "nan", "n/a", "none", "null", "-"];

/// One row of a catalogue, with its place for error messages.
pub(super) struct CatalogueRow<'a> {
    pub path: &'a Path,
    pub line: u64,
    pub record: &'a StringRecord,
    pub header: &'a StringRecord,
}

impl CatalogueRow<'_> {
    /// Returns a field, or `None` if its value is unknown.
    pub fn text(&self, at: usize) -> Option<&str> {
        Some(self.record[at].trim()).filter(|text| !is_unknown(text))
    }

    /// Returns a field that must not be empty. "Unknown" is allowed, because it may be a title.
    pub fn required(&self, at: usize) -> Result<&str, TableError> {
        match self.record[at].trim() {
            "" => Err(self.broken(format!("column \"{}\" is empty", &self.header[at]))),
            text => Ok(text),
        }
    }

    /// Returns the id that `text`, the field `at`, holds.
    pub fn id(&self, text: &str, at: usize) -> Result<u32, TableError> {
        text.parse().map_err(|_| {
            if text.bytes().all(|b| b.is_ascii_digit()) {
                let value = text.chars().take(40).collect();
                TableError::IdRange { path: self.path.to_owned(), line: self.line, value }
            } else {
                self.not_a_number(at)
            }
        })
    }

    /// Returns a number that is not negative, or `None` if it is unknown.
    pub fn number(&self, at: usize) -> Result<Option<f64>, TableError> {
        let Some(text) = self.text(at) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => Ok(Some(value)),
            _ => Err(self.not_a_number(at)),
        }
    }

    /// Returns the address of a picture, which a page may fetch: `http`, `https` or a relative
    /// address.
    pub fn image(&self, at: usize) -> Result<Option<String>, TableError> {
        let Some(text) = self.text(at) else { return Ok(None) };
        let scheme =
            text.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| !scheme.contains('/'));
        let is_web = scheme.is_none_or(|scheme| {
            scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
        });
        if is_web && !text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Ok(Some(text.to_owned()));
        }
        let shown: String = text.chars().take(40).collect();
        let column = &self.header[at];
        Err(self.broken(format!("column \"{column}\": {shown:?} is not the address of a picture")))
    }

    fn broken(&self, reason: String) -> TableError {
        TableError::Row { path: self.path.to_owned(), line: self.line, reason }
    }

    fn not_a_number(&self, at: usize) -> TableError {
        TableError::Number {
            path: self.path.to_owned(),
            line: self.line,
            column: self.header[at].to_owned(),
            value: self.record[at].chars().take(40).collect(),
        }
    }
}

/// Says whether a field is empty or says "unknown".
pub(super) fn is_unknown(text: &str) -> bool {
    let text = text.trim();
    UNKNOWN.iter().any(|unknown| text.eq_ignore_ascii_case(unknown))
}

/// Returns the text on one line: each run of white space and control characters becomes one space.
pub(super) fn clean(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns every tag once, in the order of the text.
pub(super) fn tags(text: &str, separator: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(separator).map(clean).filter(|tag| !is_unknown(tag)) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// Returns the first group of exactly four digits that is a year from 1800 to 2199.
pub(super) fn year(text: &str) -> Option<u16> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 4);
    digits.filter_map(|digits| digits.parse().ok()).find(|year| (1800..2200).contains(year))
}

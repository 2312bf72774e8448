//! The fields of a ratings file's row, parsed and checked.
//! It imports the error.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use csv::ByteRecord;

use crate::error::TableError;

/// Which items count. Rows of other items are left out, and
/// [`RatingsReport::unknown_items`](super::RatingsReport::unknown_items) counts them.
#[derive(Debug, Clone, Copy)]
pub enum ItemKeys<'a> {
    /// Every u32.
    Any,
    /// These numbers only.
    Ids(&'a HashSet<u32>),
    /// Text keys and the numbers that stand for them.
    Keys(&'a HashMap<String, u32>),
}

/// One row of a ratings file, with its place for error messages.
pub(super) struct RatingRow<'a> {
    pub path: &'a Path,
    pub line: u64,
    pub record: &'a ByteRecord,
    pub names: &'a [String],
}

impl RatingRow<'_> {
    /// Returns an error if the row has more or fewer fields than the header.
    pub fn check_width(&self) -> Result<(), TableError> {
        if self.record.len() == self.names.len() {
            return Ok(());
        }
        let (found, expected) = (self.record.len(), self.names.len());
        Err(self.broken(format!("{found} fields, the header has {expected}")))
    }

    /// Returns a field that must not be empty.
    pub fn text(&self, at: usize) -> Result<&str, TableError> {
        let text = std::str::from_utf8(&self.record[at])
            .map_err(|_| self.broken(format!("column \"{}\" is not UTF-8", self.names[at])))?;
        match text.trim() {
            "" => Err(self.broken(format!("column \"{}\" is empty", self.names[at]))),
            text => Ok(text),
        }
    }

    /// Returns a field, empty if it is not UTF-8.
    pub fn plain(&self, at: usize) -> &str {
        std::str::from_utf8(&self.record[at]).unwrap_or_default()
    }

    /// Returns the item's id, or `None` if the item does not count.
    pub fn item(&self, at: usize, items: ItemKeys<'_>) -> Result<Option<u32>, TableError> {
        let text = self.text(at)?;
        if let ItemKeys::Keys(keys) = items {
            return Ok(keys.get(text).copied());
        }
        let id = text.parse::<u32>().map_err(|_| {
            if text.bytes().all(|b| b.is_ascii_digit()) {
                let value = text.chars().take(40).collect();
                TableError::IdRange { path: self.path.to_owned(), line: self.line, value }
            } else {
                self.not_a_number(at)
            }
        })?;
        Ok(match items {
            ItemKeys::Ids(ids) if !ids.contains(&id) => None,
            _ => Some(id),
        })
    }

    /// Returns the rating, or `None` if the field is empty, zero or negative.
    pub fn rating(&self, at: usize) -> Result<Option<f32>, TableError> {
        let field = self.record[at].trim_ascii();
        if field.is_empty() {
            return Ok(None);
        }
        let value = std::str::from_utf8(field).ok().and_then(|text| text.parse::<f32>().ok());
        match value {
            Some(value) if !value.is_finite() => Err(self.not_a_number(at)),
            Some(value) if value <= 0.0 => Ok(None),
            Some(value) => Ok(Some(value)),
            None => Err(self.not_a_number(at)),
        }
    }

    /// Returns seconds unchanged, and a date as the number of its digits, which keeps the order.
    pub fn timestamp(&self, at: usize) -> Result<i64, TableError> {
        let text = std::str::from_utf8(&self.record[at]).map(str::trim).unwrap_or_default();
        if let Ok(seconds) = text.parse::<i64>() {
            return Ok(seconds);
        }
        if let Ok(seconds) = text.parse::<f64>()
            && seconds.is_finite()
        {
            return Ok(seconds as i64);
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).take(14).collect();
        let is_date = text.chars().all(|c| c.is_ascii_digit() || "-:/. TZ+".contains(c));
        match digits.len() {
            8.. if is_date => format!("{digits:0<14}").parse().map_err(|_| self.not_a_number(at)),
            _ => Err(self.not_a_number(at)),
        }
    }

    fn broken(&self, reason: String) -> TableError {
        // The CSV reader takes all lines behind an open quote for one field.
        let quote = self.record.iter().any(|field| field.contains(&b'\n'));
        let hint = if quote { "; a quote is opened and not closed" } else { "" };
        TableError::Row { path: self.path.to_owned(), line: self.line, reason: reason + hint }
    }

    fn not_a_number(&self, at: usize) -> TableError {
        let value = String::from_utf8_lossy(&self.record[at]);
        if value.contains('\n') {
            return self.broken(format!("column \"{}\" spans lines", self.names[at]));
        }
        TableError::Number {
            path: self.path.to_owned(),
            line: self.line,
            column: self.names[at].clone(),
            value: value.chars().take(40).collect(),
        }
    }
}

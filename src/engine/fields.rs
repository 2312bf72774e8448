//! The fields that come with each result, and the length of an answer.
//!
//! Imports `explain` and `filter` for a limit and an error, `request` and `state`.

use super::error::{EngineError, MAX_ANSWER_BYTES};
use super::explain::MAX_REASONS;
use super::filter::unknown_field;
use super::request::{Id, Request};
use super::state::Engine;
use super::validate::check_limit;
use crate::catalogue::{Item, Value};
use crate::names::ByName;
use crate::topk::Scored;

/// Bytes that a result may have besides its texts: id, score and the names of its parts.
const PLAIN_BYTES: usize = 200;

/// Bytes of one reason in JSON, at most.
const REASON_BYTES: usize = 64;

/// Bytes of a number or date in JSON, at most.
const NUMBER_BYTES: usize = 25;

impl Engine {
    /// Refuses names that are no fields.
    pub(super) fn check_fields(&self, names: &[String]) -> Result<(), EngineError> {
        match names.iter().find(|name| self.catalogue.name_of(name).is_none()) {
            Some(name) => Err(unknown_field(&self.catalogue, name)),
            None => Ok(()),
        }
    }

    /// Returns the known values of these fields of a row.
    pub(super) fn values(&self, names: &[String], row: u32) -> ByName<&str, Value<'_>> {
        let names = names.iter().filter_map(|name| self.catalogue.name_of(name));
        names.filter_map(|name| Some((name, self.catalogue.value(name, row)?))).collect()
    }

    /// Returns everything that the catalogue has on the known items, in the order of the ids, and
    /// the ids that the release does not have.
    pub fn items(&self, ids: &[Id]) -> Result<(Vec<Item<'_>>, Vec<Id>), EngineError> {
        if !ids.is_empty() {
            check_limit(ids.len())?;
        }
        self.check_catalogue()?;
        let mut unknown = Vec::new();
        let rows: Vec<u32> = ids.iter().filter_map(|id| self.known_row(id, &mut unknown)).collect();
        let fields: Vec<String> = self.catalogue.names().map(str::to_owned).collect();
        Self::check_bytes(rows.iter().map(|&row| PLAIN_BYTES + self.row_bytes(row, &fields)))?;
        Ok((rows.into_iter().map(|row| self.catalogue.item(row)).collect(), unknown))
    }

    /// Refuses an answer of these rows whose JSON may be too long. Nothing of it is made yet.
    pub(super) fn check_length(
        &self,
        rows: &[Scored],
        request: &Request,
    ) -> Result<(), EngineError> {
        let models = self.manifest.models.iter().map(|model| json_bytes(&model.name));
        let reasons = if request.explain {
            MAX_REASONS * REASON_BYTES + models.map(|name| name + NUMBER_BYTES).sum::<usize>()
        } else {
            0
        };
        let item =
            |scored: &Scored| PLAIN_BYTES + reasons + self.row_bytes(scored.row, &request.fields);
        Self::check_bytes(rows.iter().map(item))
    }

    fn check_bytes(items: impl Iterator<Item = usize>) -> Result<(), EngineError> {
        if items.sum::<usize>() > MAX_ANSWER_BYTES {
            Err(EngineError::AnswerTooLarge)
        } else {
            Ok(())
        }
    }

    /// Returns the bytes of a row's texts and of these fields in JSON, at most.
    fn row_bytes(&self, row: u32, fields: &[String]) -> usize {
        let catalogue = &self.catalogue;
        let texts = [catalogue.key(row), catalogue.url(row), catalogue.image(row)];
        let texts = texts.into_iter().flatten().chain([catalogue.title(row)]).map(json_bytes);
        let fields = fields.iter().map(|name| {
            let value = catalogue.value(name, row).map_or(0, |value| value_bytes(&value));
            json_bytes(name) + value
        });
        texts.chain(fields).sum()
    }
}

fn value_bytes(value: &Value<'_>) -> usize {
    match value {
        Value::Tags(tags) => tags.iter().map(|tag| json_bytes(tag)).sum::<usize>() + 2,
        Value::Text(text) => json_bytes(text),
        Value::Number(_) | Value::Date(_) => NUMBER_BYTES,
    }
}

/// Returns the bytes of a text in JSON, with its quotation marks and what stands between it and
/// the next.
fn json_bytes(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum::<usize>() + 4
}

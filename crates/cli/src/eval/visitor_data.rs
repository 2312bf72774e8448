//! The tables that the visitor protocol reads beside the ratings.

use std::collections::HashMap;
use std::path::Path;

use osusume::engine::Engine;
use osusume_tables::{Entry, FieldColumn, FieldValues, TableError, open_table};
use osusume_train::Recommended;

use crate::error::Result;

/// Fewest votes of a recommendation, and fewest such recommendations of an item, to judge by.
const LEAST_VOTES: u32 = 5;

/// Returns the ids of the release, the best known first.
pub(super) fn by_popularity(engine: &Engine, entries: &[Entry]) -> Vec<u32> {
    let popularity: HashMap<u32, f64> =
        entries.iter().map(|entry| (entry.id, entry.popularity.unwrap_or(0.0))).collect();
    let catalogue = engine.catalogue();
    let mut ids: Vec<u32> = (0..catalogue.items()).map(|row| catalogue.id(row)).collect();
    ids.sort_by(|a, b| popularity[b].total_cmp(&popularity[a]));
    ids
}

/// Returns the tags of each item: the values of the catalogue's first field of tags.
pub(super) fn tags(entries: &[Entry], fields: &[FieldColumn]) -> HashMap<u32, Vec<String>> {
    let values = fields.iter().find_map(|field| match &field.values {
        FieldValues::Tags(values) => Some(values),
        _ => None,
    });
    let values = values.into_iter().flatten().cloned();
    entries.iter().map(|entry| entry.id).zip(values).collect()
}

/// Reads what people recommend, without recommendations of few people.
pub(super) fn read_recommended(path: &Path) -> Result<Recommended> {
    let bad = |reason: String| TableError::VectorFile { path: path.to_owned(), reason };
    let mut reader = csv::Reader::from_reader(open_table(path)?);
    let mut recommended = Recommended::default();
    for row in reader.records() {
        let row = row.map_err(|e| bad(e.to_string()))?;
        let number = |at: usize| row.get(at).unwrap_or("0").trim().parse::<u32>();
        let (Ok(item), Ok(other), Ok(votes), Ok(series)) =
            (number(0), number(1), number(2), number(3))
        else {
            return Err(bad(format!("a row is not item, item, votes: {row:?}")).into());
        };
        if series == 1 {
            recommended.same_series.entry(item).or_default().insert(other);
        } else if votes >= LEAST_VOTES {
            recommended.votes.entry(item).or_default().insert(other, votes);
        }
    }
    recommended.votes.retain(|_, votes| votes.len() >= LEAST_VOTES as usize);
    Ok(recommended)
}

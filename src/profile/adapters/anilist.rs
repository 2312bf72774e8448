//! Reads `AniList`'s JSON. Imports `json` and `entry`; knows no other site and no weights.
//!
//! The file is the answer of the `MediaListCollection` query, a part of it that holds the lists, or
//! a flat array of entries, as exporters write it.

use super::json::Json;
use crate::profile::entry::{Entry, ProfileError, decimal, status};

/// The fields around the entries, from the outermost in; each may be missing.
const AROUND: [&str; 4] = ["data", "MediaListCollection", "lists", "entries"];

/// Reads the entries of a list.
pub(super) fn read<T: Json>(list: &T) -> Result<Vec<Entry>, ProfileError> {
    let mut entries = Vec::new();
    gather(list, &AROUND, &mut entries);
    if entries.is_empty() { Err(ProfileError::Invalid("it lists no anime")) } else { Ok(entries) }
}

/// Follows the remaining fields of [`AROUND`] and one array of lists, and adds the entries inside.
fn gather<T: Json>(list: &T, around: &[&str], entries: &mut Vec<Entry>) {
    let inner = around.iter().zip(1..).find_map(|(name, next)| Some((list.field(name)?, next)));
    if let Some((inner, next)) = inner {
        return gather(&inner, &around[next..], entries);
    }
    for element in list.elements().unwrap_or_default() {
        match element.field("entries").and_then(|inner| inner.elements()) {
            Some(inner) => entries.extend(inner.iter().filter_map(entry)),
            None => entries.extend(entry(&element)),
        }
    }
}

/// Reads one entry; `None` for manga, and for an entry with neither id nor title.
fn entry<T: Json>(listed: &T) -> Option<Entry> {
    let media = listed.field("media");
    let either = |name: &str| {
        let inside = media.as_ref().and_then(|media| media.field(name));
        inside.or_else(|| listed.field(name))
    };
    if either("type")
        .and_then(|kind| kind.text())
        .is_some_and(|kind| kind.eq_ignore_ascii_case("manga"))
    {
        return None;
    }
    let number = |value: T| value.number().or_else(|| decimal(value.text()?.trim()));
    let id = |value: T| match value.number() {
        Some(id) => (f64::from(id as u32) == id).then_some(id as u32),
        None => value.text()?.trim().parse().ok(),
    };
    let id = ["idMal", "mal_id", "malId", "id_mal"].into_iter().find_map(|name| id(either(name)?));
    let title = either("title").and_then(|title| {
        let translated = || {
            ["romaji", "english", "native"].into_iter().find_map(|name| title.field(name)?.text())
        };
        title.text().or_else(translated)
    });
    let named = listed.field("status");
    let named = named
        .and_then(|status| status.text().or_else(|| Some((status.number()? as u32).to_string())));
    let entry = Entry {
        id,
        title,
        status: named.map(|name| status(&name)).unwrap_or_default(),
        score: listed
            .field("score")
            .and_then(number)
            .filter(|&score| score > 0.0 && score.is_finite()),
    };
    let is_listed = entry.id.is_some() || entry.title.is_some();
    is_listed.then_some(entry)
}

//! `AniList`'s JSON: the answer of its `MediaListCollection` query, any part of it that holds the lists, and flat arrays.

use super::{Entry, ProfileError, decimal, status};

/// A JSON value, by whatever parser there is: the browser's own or a library's.
pub trait Json: Sized {
    /// Returns a field of an object that is not null.
    fn field(&self, name: &str) -> Option<Self>;
    /// Returns the elements of an array.
    fn elements(&self) -> Option<Vec<Self>>;
    /// Returns a number.
    fn number(&self) -> Option<f64>;
    /// Returns a text.
    fn text(&self) -> Option<String>;
}

/// Where lists stand inside each other, from the outermost in; each may be missing.
const AROUND: [&str; 4] = ["data", "MediaListCollection", "lists", "entries"];

/// Reads the entries.
pub fn read<T: Json>(list: &T) -> Result<Vec<Entry>, ProfileError> {
    let mut entries = Vec::new();
    gather(list, &AROUND, &mut entries);
    if entries.is_empty() { Err(ProfileError::Invalid("it lists no anime")) } else { Ok(entries) }
}

/// Goes in through the fields that are left of [`AROUND`], and through one array of lists.
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
        let named = || {
            ["romaji", "english", "native"].into_iter().find_map(|name| title.field(name)?.text())
        };
        title.text().or_else(named)
    });
    let said = listed.field("status");
    let said = said
        .and_then(|status| status.text().or_else(|| Some((status.number()? as u32).to_string())));
    let entry = Entry {
        id,
        title,
        status: said.map(|said| status(&said)).unwrap_or_default(),
        score: listed
            .field("score")
            .and_then(number)
            .filter(|&score| score > 0.0 && score.is_finite()),
    };
    let is_listed = entry.id.is_some() || entry.title.is_some();
    is_listed.then_some(entry)
}

#[cfg(not(target_arch = "wasm32"))]
impl Json for &serde_json::Value {
    fn field(&self, name: &str) -> Option<Self> {
        self.get(name).filter(|value| !value.is_null())
    }

    fn elements(&self) -> Option<Vec<Self>> {
        Some(self.as_array()?.iter().collect())
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }
}

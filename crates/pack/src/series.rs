//! The series of each item: the seasons, films, specials and side stories of one show.
//! A column of the catalogue names them. Without one, the adapter for titles finds them.

use std::collections::HashMap;

use osusume_tables::Entry;

use crate::adapters::series_titles;
use crate::groups::Groups;

/// Returns for each entry the position of the first entry of its series, or its own position if it
/// is alone.
#[must_use]
pub(crate) fn series(entries: &[&Entry]) -> Vec<u32> {
    let mut groups = Groups::new(entries.len());
    if entries.iter().any(|entry| entry.group.is_some()) {
        join_by_column(entries, &mut groups);
    } else {
        series_titles::join(entries, &mut groups);
    }
    (0..entries.len()).map(|at| groups.first(at) as u32).collect()
}

/// Joins entries that name the same series, or each other's id.
fn join_by_column(entries: &[&Entry], groups: &mut Groups) {
    let mut known: HashMap<String, usize> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        known.insert(entry.key.clone().unwrap_or_else(|| entry.id.to_string()), at);
    }
    for (at, entry) in entries.iter().enumerate() {
        let names = entry.group.iter().flat_map(|text| text.split([',', '|'])).map(str::trim);
        for name in names.filter(|name| !name.is_empty()) {
            let other = *known.entry(name.to_owned()).or_insert(at);
            groups.join(at, other);
        }
    }
}

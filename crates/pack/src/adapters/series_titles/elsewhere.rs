//! Joins entries by names and brands elsewhere in their titles, after the other rules.
//! This knows titles, the names of shows and groups.

use std::collections::{BTreeMap, BTreeSet};

use super::beginning::{Names, Use};
use super::title::{Item, letters};
use crate::groups::Groups;

/// Joins each item that is still alone with a show whose name stands inside its title.
pub(super) fn join_by_name_inside(items: &[Item], names: &[(usize, Names)], groups: &mut Groups) {
    let sizes = groups.sizes();
    for (at, item) in items.iter().enumerate().filter(|&(at, _)| sizes[at] == 1) {
        let found = names.iter().find_map(|(column, names)| {
            let words = &item.columns[*column].words;
            let parts = (1..words.len())
                .flat_map(|from| (from + 2..=words.len()).rev().map(move |to| from..to));
            parts.filter(|part| letters(&words[part.clone()]) >= 9).find_map(|part| {
                let same = names.get(&words[part])?.iter().filter(|other| other.item != at);
                let agrees =
                    |other: &&Use| item.letters.agree(&items[other.item].letters) == Some(true);
                same.clone().find(agrees).map(|other| other.item)
            })
        });
        if let Some(other) = found {
            groups.join(at, other);
        }
    }
}

/// Joins whole groups by a brand, such as `Gundam`: a word whose items are mostly of one group.
pub(super) fn join_by_brand(items: &[Item], groups: &mut Groups) {
    let mut having: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        for word in
            item.columns.iter().flat_map(|column| &column.words).filter(|word| word.len() > 5)
        {
            having.entry(word).or_default().insert(at);
        }
    }
    let sizes = groups.sizes();
    for having in having.values().filter(|having| having.len() >= 8) {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for &at in having {
            *counts.entry(groups.first(at)).or_default() += 1;
        }
        let Some((&brand, &most)) = counts.iter().max_by_key(|&(_, count)| *count) else {
            continue;
        };
        // The fewer there are, the more of them must be of one show.
        let enough = if having.len() >= 40 { 50 } else { 85 };
        if most * 100 < having.len() * enough {
            continue;
        }
        for &at in having {
            let first = groups.first(at);
            let all = counts.get(&first) == Some(&sizes[at]);
            if first != brand && all && items[at].letters.share(&items[brand].letters, 4) {
                groups.join(at, brand);
            }
        }
    }
}

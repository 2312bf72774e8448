//! Joins entries whose titles begin with the same name. This knows titles and groups alone.

use std::collections::{BTreeMap, BTreeSet};

use super::title::{COLLECTIONS, Gap, Item, Words, is_in, is_long, is_part, letters};
use crate::groups::Groups;

/// A title that begins with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Use {
    /// Whether the title goes on behind the name. Whole titles sort first.
    pub is_longer: bool,
    pub item: usize,
    /// Words of the title that the name takes.
    pub end: usize,
}

/// The names that titles begin with, and their uses.
pub(super) type Names = BTreeMap<Vec<String>, Vec<Use>>;

/// Joins the items that begin with one name, unless their other titles disagree. Returns the names
/// that end at a mark or with their title.
pub(super) fn join_by_beginning(items: &[Item], column: usize, groups: &mut Groups) -> Names {
    let (mut names, ended) = find_names(items, column);
    for (name, uses) in &mut names {
        if name.len() > 1 || (ended.contains(name) && !is_part(&name[0])) {
            uses.sort_unstable();
            join_uses(items, column, name, uses, groups);
        }
    }
    join_long_beginnings(items, column, &names, groups);
    names.retain(|name, _| ended.contains(name));
    names
}

/// Returns every name that a title may begin with, and those that end at a mark or with a title.
fn find_names(items: &[Item], column: usize) -> (Names, BTreeSet<Vec<String>>) {
    let mut names = Names::new();
    let mut ended = BTreeSet::new();
    for (at, item) in items.iter().enumerate() {
        let Words { words, gaps } = &item.columns[column];
        for cut in 1..=words.len() {
            let is_whole = cut == words.len();
            if !is_whole && (gaps[cut] < Some(Gap::Mark) || is_in(COLLECTIONS, &words[cut - 1])) {
                continue;
            }
            let mut is_ended = is_whole || gaps[cut] == Some(Gap::End);
            let mut end = cut;
            loop {
                let name = &words[..end];
                if letters(name) >= 4 {
                    let uses = names.entry(name.to_vec()).or_default();
                    let found = Use { is_longer: end != words.len(), item: at, end };
                    if !uses.contains(&found) {
                        uses.push(found);
                    }
                    if is_ended {
                        ended.insert(name.to_vec());
                    }
                }
                if end == 1 || !is_part(&words[end - 1]) {
                    break;
                }
                (end, is_ended) = (end - 1, true);
            }
        }
    }
    (names, ended)
}

/// Joins each use of a name with the first one before it that agrees with it.
fn join_uses(items: &[Item], column: usize, name: &[String], uses: &[Use], groups: &mut Groups) {
    let mut apart: Vec<Use> = Vec::new();
    for &found in uses {
        let Words { words, gaps } = &items[found.item].columns[column];
        let goes_on =
            letters(name) >= 6 && words.len() > found.end && gaps[found.end] >= Some(Gap::Mark);
        let is_one_show = |other: &Use| {
            let agree = items[found.item].letters.agree(&items[other.item].letters);
            match agree {
                Some(true) | None => true,
                Some(false) => {
                    (!other.is_longer && goes_on) || (name.len() > 2 && letters(name) >= 9)
                }
            }
        };
        match apart.iter().copied().find(is_one_show) {
            Some(other) => groups.join(found.item, other.item),
            None => apart.push(found),
        }
    }
}

/// Joins titles that continue a long name without a mark.
fn join_long_beginnings(items: &[Item], column: usize, names: &Names, groups: &mut Groups) {
    for (at, item) in items.iter().enumerate() {
        let words = &item.columns[column].words;
        for end in 2..words.len() {
            if !is_long(&words[..end]) {
                continue;
            }
            for other in names.get(&words[..end]).into_iter().flatten() {
                let agree = item.letters.agree(&items[other.item].letters);
                if !other.is_longer && (agree == Some(true) || (agree.is_none() && end > 2)) {
                    groups.join(at, other.item);
                }
            }
        }
    }
}

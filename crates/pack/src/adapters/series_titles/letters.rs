//! Joins entries by titles in a script without spaces. This knows titles and groups alone.

use std::collections::{BTreeMap, HashMap};

use super::title::{Item, common, letters};
use crate::groups::Groups;

/// Joins items whose titles in a script without spaces begin with the same letters, if their main
/// titles begin with the same word.
pub(super) fn join_by_letters(items: &[Item], groups: &mut Groups) {
    let mut blocks: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut by_whole: HashMap<&[u16], usize> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        if item.letters.units.is_empty() {
            continue;
        }
        if item.letters.units.len() >= 6 {
            by_whole.entry(&item.letters.units).or_insert(at);
        }
        if let Some(word) = item.columns[0].words.first().filter(|word| word.len() > 2) {
            blocks.entry(word).or_default().push(at);
        }
    }
    for block in blocks.values() {
        for (n, &one) in block.iter().enumerate() {
            for &other in &block[..n] {
                let (a, b) = (&items[one].letters, &items[other].letters);
                let shared_letters = common(&a.units, &b.units);
                if shared_letters < 4 {
                    continue;
                }
                let (short, long) = if a.units.len() <= b.units.len() { (a, b) } else { (b, a) };
                let (one_words, other_words) =
                    (&items[one].columns[0].words, &items[other].columns[0].words);
                let words = common(one_words, other_words);
                let shared = letters(&one_words[..words]);
                let ends = words > 1
                    || (shared_letters > 4 && shared > 8)
                    || long.marks.contains(&shared_letters);
                let whole = shared_letters == short.units.len() && ends;
                let most = shared_letters > 5
                    && (words > 1 || shared_letters > 7)
                    && shared_letters * 10 >= short.units.len() * 7
                    && words * 2 >= one_words.len().min(other_words.len());
                if shared > 4 && (whole || most) {
                    groups.join(one, other);
                }
            }
        }
    }
    for (at, item) in items.iter().enumerate() {
        for end in 6..item.letters.units.len() {
            if let Some(&other) = by_whole
                .get(&item.letters.units[..end])
                .filter(|_| item.letters.marks.contains(&end))
            {
                groups.join(at, other);
            }
        }
    }
}

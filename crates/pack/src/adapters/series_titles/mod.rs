//! Series by title words: an adapter for catalogues of anime, whose titles follow these habits.
//! It takes titles and joins groups of items; nothing else of the crate depends on its rules.
//!
//! `Cowboy Bebop: Tengoku no Tobira` continues the title `Cowboy Bebop`, and `涼宮ハルヒの消失`
//! continues `涼宮ハルヒの`. Titles that look alike in one language must also agree in the other:
//! `Monster` and `Monster Farm` share a word, but `モンスターファーム` has no mark behind the word
//! that they share. `tests/series.rs` measures the rules on shows that were labelled by hand.

mod beginning;
mod elsewhere;
mod letters;
mod title;

use std::collections::BTreeSet;

use osusume_tables::Entry;

use crate::groups::Groups;
use beginning::join_by_beginning;
use elsewhere::{join_by_brand, join_by_name_inside};
use letters::join_by_letters;
use title::{Item, Letters, Words, uses_no_spaces};

/// Joins the entries whose titles are of one show.
pub(crate) fn join(entries: &[&Entry], groups: &mut Groups) {
    let names: BTreeSet<&String> = entries.iter().flat_map(|entry| entry.titles.keys()).collect();
    let in_letters = |name: &String| {
        let titles = || entries.iter().filter_map(|entry| entry.titles.get(name));
        titles().filter(|title| uses_no_spaces(title)).count() * 2 > titles().count()
    };
    let (letters, words): (Vec<&String>, Vec<&String>) =
        names.into_iter().partition(|name| in_letters(name));
    let item = |entry: &&Entry| {
        let titles = words.iter().map(|&name| entry.titles.get(name).unwrap_or(&entry.title));
        let columns =
            std::iter::once(&entry.title).chain(titles).map(|title| Words::new(title)).collect();
        let letters = letters.iter().find_map(|&name| entry.titles.get(name));
        Item { columns, letters: Letters::new(letters.map_or("", String::as_str)) }
    };
    let items: Vec<Item> = entries.iter().map(item).collect();
    let mut names_of_shows = Vec::new();
    for column in 0..=words.len() {
        names_of_shows.push((column, join_by_beginning(&items, column, groups)));
    }
    join_by_letters(&items, groups);
    join_by_name_inside(&items, &names_of_shows, groups);
    join_by_brand(&items, groups);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn entry(id: u32, title: &str, japanese: &str) -> Entry {
        Entry {
            id,
            title: title.to_owned(),
            titles: BTreeMap::from([("japanese".to_owned(), japanese.to_owned())]),
            ..Entry::default()
        }
    }

    #[test]
    fn titles_that_continue_a_name_are_of_its_series() {
        let entries = [
            entry(0, "Cowboy Bebop", "カウボーイビバップ"),
            entry(1, "Cowboy Bebop: Tengoku no Tobira", "カウボーイビバップ 天国の扉"),
            entry(2, "Monster", "モンスター"),
            entry(3, "Monster Farm", "モンスターファーム"),
            entry(4, "Suzumiya Haruhi no Yuuutsu", "涼宮ハルヒの憂鬱"),
            entry(5, "Suzumiya Haruhi no Shoushitsu", "涼宮ハルヒの消失"),
        ];
        let entries: Vec<&Entry> = entries.iter().collect();
        let mut groups = Groups::new(entries.len());
        join(&entries, &mut groups);
        let firsts: Vec<usize> = (0..entries.len()).map(|at| groups.first(at)).collect();
        assert_eq!(firsts, [0, 0, 2, 3, 4, 4]);
    }
}

//! One suite for the look-ups and the search, and the sample catalogues of other tests.
//! May import all of `catalogue`.

use super::*;
use crate::format::{Columns, TagList, UNKNOWN_SCORE};

/// A catalogue of six shows, two with the same title.
pub(crate) fn sample() -> Catalogue {
    let columns = Columns {
        ids: vec![1, 20, 5, 7, 8, 9],
        keys: String::new(),
        languages: vec!["main".into(), "english".into(), "japanese".into()],
        titles: vec![
            "Cowboy Bebop\nNaruto\nCowboy Bebop: Tengoku no Tobira\nHenshin\nHenshin\nShin Naruto"
                .into(),
            "\n\nCowboy Bebop: The Movie\n\nNaruto\n".into(),
            "カウボーイビバップ\nナルト\n\n\n\n".into(),
        ],
        tags: TagList {
            names: vec!["Action".into(), "Space".into()],
            counts: vec![2, 1, 0, 0, 0, 0],
            indices: vec![0, 1, 0],
        },
        type_names: vec!["TV".into(), "Movie".into()],
        types: vec![1, 1, 2, 0, 0, 0],
        years: vec![1998, 2002, 2001, 0, 0, 0],
        scores: vec![878, 794, 839, UNKNOWN_SCORE, UNKNOWN_SCORE, 0],
        members: vec![100, 300, 50, 0, 0, 0],
        series: vec![0, 0, 2, 0, 0, 4],
    };
    Catalogue::new(Columns::decode(&columns.encode(6).unwrap(), 6).unwrap()).unwrap()
}

/// A catalogue of `items` items; every third starts a series of three.
pub(crate) fn of(items: u32) -> Catalogue {
    let count = items as usize;
    let titles: Vec<String> = (1..=items).map(|id| format!("Item {id}")).collect();
    let columns = Columns {
        ids: (1..=items).collect(),
        languages: vec!["main".into()],
        titles: vec![titles.join("\n")],
        tags: TagList { counts: vec![0; count], ..TagList::default() },
        types: vec![0; count],
        years: vec![0; count],
        scores: vec![UNKNOWN_SCORE; count],
        members: (0..items).map(|row| row * 37 % 101).collect(),
        series: (0..items).map(|row| row % 3).collect(),
        ..Columns::default()
    };
    Catalogue::new(Columns::decode(&columns.encode(items).unwrap(), items).unwrap()).unwrap()
}

fn found(text: &str) -> Vec<u32> {
    sample().find(text, 9).iter().map(|m| m.item.id).collect()
}

#[test]
fn a_warmed_catalogue_finds_the_same() {
    let (cold, warmed) = (sample(), sample());
    assert_eq!(
        [(); 4].map(|()| warmed.warm()),
        [true, true, false, false],
        "three columns of titles"
    );
    for text in ["a", "b", "show", "1"] {
        assert_eq!(warmed.find(text, 9), cold.find(text, 9));
    }
    assert!(!cold.warm(), "the first search made it");
    let half = sample();
    assert!(half.warm());
    assert_eq!(half.find("a", 9), warmed.find("a", 9));
    assert!(!half.warm());
}

#[test]
fn items_hold_the_data_of_the_columns() {
    let catalogue = sample();
    let item = catalogue.item(0);
    assert_eq!(
        (item.id, item.title, item.kind, item.year),
        (1, "Cowboy Bebop", Some("TV"), Some(1998))
    );
    assert_eq!((item.score, item.members), (Some(8.78), Some(100)));
    assert_eq!(item.genres, ["Action", "Space"]);
    assert_eq!(item.titles.get("japanese"), Some(&"カウボーイビバップ"));
    assert_eq!(item.titles.len(), 2);
    let unknown = catalogue.item(3);
    assert_eq!(
        (unknown.kind, unknown.year, unknown.score, unknown.members),
        (None, None, None, None)
    );
    assert_eq!(catalogue.item(5).score, Some(0.0));
    let series = |row| (catalogue.series(row), catalogue.item(row).series);
    assert_eq!(
        [0, 1, 2, 3, 5].map(series),
        [(0, Some(1)), (1, Some(20)), (0, Some(1)), (3, None), (1, Some(20))]
    );
}

#[test]
fn titles_are_found_in_any_language_best_first() {
    assert_eq!(found("cowboy  BEBOP "), [1, 5], "exact before prefix");
    assert_eq!(found("Naruto"), [20, 8, 9], "popular first, then rows; a word inside comes last");
    assert_eq!(found("ナル"), [20]);
    assert_eq!(found("movie"), [5]);
    assert_eq!(found("20"), [20]);
    assert_eq!(found("in"), [0; 0], "inside a word is not a match");
    assert_eq!(found(" "), [0; 0]);
    let catalogue = sample();
    let movie = &catalogue.find("cowboy bebop: the", 1)[0];
    assert_eq!((movie.matched, movie.language), ("Cowboy Bebop: The Movie", "english"));
}

#[test]
fn a_main_title_wins_and_two_items_may_share_a_title() {
    let catalogue = sample();
    assert_eq!(catalogue.rows_titled("naruto"), [1]);
    assert_eq!(catalogue.rows_titled("henshin"), [3, 4]);
    assert_eq!(catalogue.rows_titled("nobody"), [0; 0]);
    assert_eq!(catalogue.rows_titled(""), [0; 0], "an unknown title is not an empty one");
}

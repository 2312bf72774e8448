//! One suite for the look-ups and the search, and the sample catalogues of other tests.
//! May import all of `catalogue`.

use super::*;
use crate::format::{Columns, Field, FieldValues, Role, TagList, TitleColumn};

fn number(name: &str, role: Option<Role>, values: &[f64]) -> Field {
    Field { name: name.into(), role, values: FieldValues::Number(values.into()) }
}

fn titles(columns: &[(&str, &str)]) -> Vec<TitleColumn> {
    let column =
        |&(name, lines): &(&str, &str)| TitleColumn { name: name.into(), lines: lines.into() };
    columns.iter().map(column).collect()
}

const UNKNOWN: f64 = f64::NAN;

/// A catalogue of six shows, two with the same title.
pub(crate) fn sample() -> Catalogue {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let counts = [2, 1, 0, 0, 0, 0].into_iter();
    let genres = TagList::new(names(&["Action", "Space"]), counts, vec![0, 1, 0]);
    let types =
        FieldValues::Category { names: names(&["TV", "Movie"]), values: vec![1, 1, 2, 0, 0, 0] };
    let columns = Columns {
        ids: vec![1, 20, 5, 7, 8, 9],
        keys: String::new(),
        titles: titles(&[
            (
                "main",
                "Cowboy Bebop\nNaruto\nCowboy Bebop: Tengoku no Tobira\nHenshin\nHenshin\nShin Naruto",
            ),
            ("english", "\n\nCowboy Bebop: The Movie\n\nNaruto\n"),
            ("japanese", "カウボーイビバップ\nナルト\n\n\n\n"),
        ]),
        fields: vec![
            Field { name: "genres".into(), role: None, values: FieldValues::Tags(genres) },
            Field { name: "type".into(), role: None, values: types },
            number("year", None, &[1998.0, 2002.0, 2001.0, UNKNOWN, UNKNOWN, UNKNOWN]),
            number("score", None, &[8.78, 7.94, 8.39, UNKNOWN, UNKNOWN, 0.0]),
            number(
                "members",
                Some(Role::Popularity),
                &[100.0, 300.0, 50.0, UNKNOWN, UNKNOWN, UNKNOWN],
            ),
            number("series", Some(Role::Group), &[1.0, 20.0, 1.0, UNKNOWN, UNKNOWN, 20.0]),
        ],
    };
    Catalogue::new(Columns::decode(&columns.encode(6).unwrap(), 6).unwrap()).unwrap()
}

/// A catalogue of `items` items; every third starts a series of three.
pub(crate) fn of(items: u32) -> Catalogue {
    let lines: Vec<String> = (1..=items).map(|id| format!("Item {id}")).collect();
    let members: Vec<f64> = (0..items).map(|row| f64::from(row * 37 % 101)).collect();
    let series: Vec<f64> = (0..items).map(|row| f64::from(row / 3)).collect();
    let columns = Columns {
        ids: (1..=items).collect(),
        titles: titles(&[("main", &lines.join("\n"))]),
        fields: vec![
            number("members", Some(Role::Popularity), &members),
            number("series", Some(Role::Group), &series),
        ],
        ..Columns::default()
    };
    Catalogue::new(columns).unwrap()
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
    assert_eq!((item.id, item.title), (1, "Cowboy Bebop"));
    let value = |row: u32, name: &str| catalogue.value(name, row);
    assert_eq!(value(0, "type"), Some(Value::Text("TV")));
    assert_eq!(value(0, "year"), Some(Value::Number(1998.0)));
    assert_eq!(value(0, "score"), Some(Value::Number(8.78)));
    assert_eq!(value(0, "members"), Some(Value::Number(100.0)));
    assert_eq!(value(0, "genres"), Some(Value::Tags(vec!["Action", "Space"])));
    assert_eq!(value(0, "japanese"), Some(Value::Text("カウボーイビバップ")));
    assert_eq!(value(0, "main"), Some(Value::Text("Cowboy Bebop")));
    let names: Vec<&str> = item.fields.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["genres", "japanese", "main", "members", "score", "series", "type", "year"]);
    let unknown: Vec<(&str, Value<'_>)> =
        catalogue.item(3).fields.iter().map(|(name, value)| (*name, value.clone())).collect();
    assert_eq!(unknown, [("genres", Value::Tags(vec![])), ("main", Value::Text("Henshin"))]);
    assert_eq!(value(5, "score"), Some(Value::Number(0.0)));
    let series = |row| (catalogue.group(row), value(row, "series").and_then(|v| v.as_number()));
    assert_eq!(
        [0, 1, 2, 3, 5].map(series),
        [(0, Some(1.0)), (1, Some(20.0)), (0, Some(1.0)), (3, None), (1, Some(20.0))]
    );
}

#[test]
fn fields_tell_what_a_filter_may_ask() {
    let catalogue = sample();
    let fields = serde_json::to_value(catalogue.fields()).unwrap();
    let want = serde_json::json!([
        {"name": "genres", "type": "tags", "values": ["Action", "Space"]},
        {"name": "type", "type": "category", "values": ["TV", "Movie"]},
        {"name": "year", "type": "number", "min": 1998.0, "max": 2002.0},
        {"name": "score", "type": "number", "min": 0.0, "max": 8.78},
        {"name": "members", "type": "number", "role": "popularity", "min": 50.0, "max": 300.0},
        {"name": "series", "type": "number", "role": "group", "min": 1.0, "max": 20.0},
        {"name": "main", "type": "text", "role": "title"},
        {"name": "english", "type": "text", "role": "title"},
        {"name": "japanese", "type": "text", "role": "title"},
    ]);
    assert_eq!(fields, want);
}

#[test]
fn text_ids_and_texts_are_looked_up() {
    let lines =
        |count: u32, of: &dyn Fn(u32) -> String| (0..count).map(of).collect::<Vec<_>>().join("\n");
    let field = |name: &str, role, lines| Field {
        name: name.into(),
        role: Some(role),
        values: FieldValues::Text(lines),
    };
    let catalogue = Catalogue::new(Columns {
        ids: (10..20).collect(),
        keys: lines(10, &|row| format!("key-{}", row * 7 % 10)),
        titles: titles(&[("main", &lines(10, &|row| format!("T{row}")))]),
        fields: vec![
            field("page", Role::Url, lines(10, &|row| format!("/{row}"))),
            field("cover", Role::Image, "a.png".to_owned() + &"\n".repeat(9)),
        ],
    })
    .unwrap();
    for row in 0..10 {
        assert_eq!(catalogue.row_of_key(&format!("key-{}", row * 7 % 10)), Some(row));
        assert_eq!(catalogue.url(row), Some(format!("/{row}").as_str()));
    }
    for none in ["", "key", "key-10", "zzz", "key-1\nkey-2"] {
        assert_eq!(catalogue.row_of_key(none), None, "{none}");
    }
    let item = catalogue.item(0);
    assert_eq!((item.key, item.url, item.image), (Some("key-0"), Some("/0"), Some("a.png")));
    assert_eq!(catalogue.image(1), None);
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

#[test]
fn popularity_never_rises_with_the_rank() {
    let others = 300_000.0;
    let all: Vec<f32> = (0..=300_000).map(|ahead| popularity(ahead as f32, others)).collect();
    assert_eq!((all[0], all[300_000]), (1.0, 0.0));
    assert!(all.windows(2).all(|two| two[1] <= two[0]));
    assert!(all[30_000] < 0.3 && all[100] > 0.9, "{} {}", all[30_000], all[100]);
    assert_eq!([popularity(0.0, 0.0), popularity(0.0, 1.0), popularity(1.0, 1.0)], [1.0, 1.0, 0.0]);
}

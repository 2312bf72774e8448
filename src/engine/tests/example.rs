//! The worked example of docs/ENGINE.md: the file contains every row of its tables.

use std::collections::HashMap;

use super::super::{Because, Engine, Recommended};
use super::fixtures::{answered, ids, loaded, row};

const BLEND: &str = r#"{"liked": [20], "model": {"a": 3, "b": 1}}"#;

/// Fails unless the document contains the text.
fn assert_documented(text: &str) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/ENGINE.md");
    let document = std::fs::read_to_string(path).unwrap();
    assert!(document.contains(text), "docs/ENGINE.md does not contain {text}");
}

fn number(value: f64) -> String {
    format!("{value:.4}").replace('-', "−")
}

/// Returns the blend's request with one more field.
fn blend_with(field: &str) -> String {
    BLEND.replace("}}", &format!("}}, {field}}}"))
}

#[test]
fn the_worked_example_holds() {
    let engine = loaded();
    let liked = r#""liked": [1, {"id": 5, "weight": 2}]"#;
    let request = &format!(r#"{{{liked}, "disliked": [20], "model": "a", "explain": true}}"#);
    assert_documented(&format!("`{request}`"));
    let answer = answered(&engine, request);
    assert_eq!(answer.items.len(), 1, "liked and disliked items never come back");
    let item = &answer.items[0];
    assert_eq!((item.id, item.score), (7, 10.0));
    assert_eq!(item.by_model.as_ref().unwrap().get("a"), Some(&10.0));
    let because = item.because.as_ref().unwrap();
    let shares: Vec<String> = because
        .iter()
        .map(|b| match b {
            Because::Item { id, share } => format!("{id}: {}", number(*share)),
            Because::Word { word, share } => format!("{word}: {}", number(*share)),
        })
        .collect();
    assert_documented(&format!("| 7 | {} | {} |", number(item.score), shares.join(", ")));
    assert!(
        (because[0].share() - 10.0 / 12.0).abs() < 1e-12
            && (because[1].share() - 2.0 / 12.0).abs() < 1e-12
    );
}

/// Returns what a model gives to an item of the blend; empty if the model does not cover it.
fn given(item: &Recommended<'_>, name: &str) -> String {
    item.by_model.as_ref().unwrap().get(name).copied().map_or_else(String::new, number)
}

#[test]
fn the_worked_example_of_a_blend_holds() {
    let engine = loaded();
    assert_documented(&format!("`{BLEND}`"));
    assert_eq!(ids(&answered(&engine, BLEND)), [7, 8, 1, 9, 5]);
    let scores = |engine: &Engine, field: &str| -> HashMap<u32, f64> {
        let answer = answered(engine, &blend_with(field));
        answer.items.iter().map(|item| (item.id, item.score)).collect()
    };
    let popular = scores(&engine, r#""niche": 0"#);
    let niche = scores(&engine, r#""niche": 1"#);
    let explained = answered(&engine, &blend_with(r#""explain": true"#));
    for item in &explained.items {
        let row = row(&engine, item.id);
        assert_documented(&format!("| {:.1} | ", engine.catalogue().popularity(row)));
        let columns = [
            item.id.to_string(),
            given(item, "a"),
            given(item, "b"),
            number(item.score),
            number(popular[&item.id]),
            number(niche[&item.id]),
        ];
        assert_documented(&format!("| {} |", columns.join(" | ")).replace("|  |", "| |"));
    }
    let varied = answered(&engine, &blend_with(r#""diversity": 0.5"#));
    assert_eq!(ids(&varied), [7, 8, 9, 1, 5]);
    assert_documented("The order becomes 7, 8, 9, 1, 5");
}

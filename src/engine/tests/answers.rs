//! Which items an answer has, in which order and with which warnings.

use half::f16;
use serde_json::json;

use super::super::{Because, Engine, Id, Recommended, Request, Warning, WeightedItem};
use super::drawn::{USUAL, drawn};
use super::fixtures::{answered, ask, engine, entry, file, ids, loaded, parse, refused, request};
use crate::catalogue::Catalogue;
use crate::format::{
    Columns, DefaultQuestion, Field, FieldValues, Manifest, ModelBlob, ProfileKind, ProfileRule,
    ResidualBlob, ResidualEntry, TitleColumn,
};

#[test]
fn a_dot_model_prefers_long_rows_and_ties_go_by_row() {
    let engine = loaded();
    let answer = engine.recommend(&request(1, 3, "a")).unwrap();
    let got: Vec<(u32, f64)> = answer.items.iter().map(|item| (item.id, item.score)).collect();
    assert_eq!(got, [(20, 2.0), (7, 2.0), (5, 0.0)], "the show itself is left out");
    assert_eq!((answer.model.as_str(), answer.warnings), ("a", vec![]));
    let has_reasons = |item: &Recommended<'_>| item.because.is_some() || item.by_model.is_some();
    assert!(!answer.items.iter().any(has_reasons), "reasons are given only if requested");
}

#[test]
fn a_cosine_model_ignores_length_and_a_zero_row_scores_zero() {
    let engine = loaded();
    let answer = engine.recommend(&request(20, 4, "b")).unwrap();
    let got: Vec<(u32, f64)> = answer.items.iter().map(|item| (item.id, item.score)).collect();
    let cosine = 9.0_f32 * (1.0 / 82.0_f32.sqrt());
    assert_eq!(got, [(5, f64::from(cosine)), (7, 0.0), (8, 0.0), (9, -1.0)]);
}

#[test]
fn an_item_without_a_row_is_answered_by_another_model() {
    let engine = loaded();
    let answer = engine.recommend(&request(9, 2, "a")).unwrap();
    assert_eq!(answer.model, "b");
    assert_eq!(answer.warnings, [Warning::ModelFallback { asked: "a".into(), used: "b".into() }]);
    assert_eq!(answer.items.len(), 2);
}

#[test]
fn fewer_than_n_is_a_warning() {
    let engine = loaded();
    let answer = engine.recommend(&request(1, 1000, "a")).unwrap();
    assert_eq!(answer.items.len(), 3);
    assert_eq!(answer.warnings, [Warning::FewMatches { asked: 1000, found: 3 }]);
}

#[test]
fn a_profile_is_answered_from_the_covered_items() {
    let engine = loaded();
    let answer = answered(&engine, r#"{"liked": [1, 9], "model": "a"}"#);
    assert_eq!(answer.warnings[0], Warning::PartlyCovered { model: "a".into(), missing: vec![9] });
    assert_eq!(answer.model, "a");
}

#[test]
fn a_residual_adds_its_weights() {
    let (mut engine, a, _) = engine();
    let pair = |row, weight: f32| (row, f16::from_f32(weight));
    let residual =
        ResidualBlob::encode(6, &[vec![pair(2, 8.0)], vec![], vec![pair(1, -1.0)], vec![]])
            .unwrap();
    let pinned = file("residual", &residual);
    engine.manifest.models[0].residual =
        Some(ResidualEntry { file: pinned.name.clone(), factor: 0.5 });
    engine.manifest.files.push(pinned);
    assert_eq!(engine.add("a", a.clone(), None).unwrap_err().code().as_str(), "blob_truncated");
    engine.add("a", a, Some(&residual)).unwrap();
    let scores = |json: &str| -> Vec<(u32, f64)> {
        let answer = answered(&engine, json);
        answer.items.iter().map(|item| (item.id, item.score)).collect()
    };
    // By vectors 20 and 7 score 2 and 5 scores 0; halved, and 5 gets 8.
    assert_eq!(scores(r#"{"liked": [1]}"#), [(5, 8.0), (20, 1.0), (7, 1.0)]);
    // The profile (1, 0) + 3·(0, 1): 20 scores ½·2 - 3, 7 scores ½·(2 + 15).
    assert_eq!(scores(r#"{"liked": [1, {"id": 5, "weight": 3}]}"#), [(7, 8.5), (20, -2.0)]);
    let answer = answered(&engine, r#"{"liked": [1, {"id": 5, "weight": 3}], "explain": true}"#);
    let because = answer.items[1].because.as_ref().unwrap();
    assert_eq!(because.as_slice(), [Because::Item { id: 1, share: 1.0 }], "5 speaks against 20");
}

#[test]
fn a_ridge_profile_is_the_solution_of_its_equation() {
    let (mut engine, a, _) = engine();
    engine.manifest.models[0].profile =
        ProfileRule { kind: ProfileKind::Ridge, exponent: 0.0, a0: 0.5, lambda: 2.0, scale: 1.0 };
    engine.add("a", a, None).unwrap();
    let answer = answered(&engine, r#"{"liked": [1, 20], "model": "a", "explain": true}"#);
    // Mean squared length 35 / 4, so c² = 4 / 35. G = c² (9, 10; 10, 26), S = c² (5, 0; 0, 0), b =
    // c (3, 0).
    let c2 = 4.0_f64 / 35.0;
    let (first, both, second) =
        (0.5 * c2 * 9.0 + 2.0 + c2 * 5.0, 0.5 * c2 * 10.0, 0.5 * c2 * 26.0 + 2.0);
    let det = first * second - both * both;
    let u = (c2 * 3.0 * second / det, -c2 * 3.0 * both / det);
    let want = [(5, u.1), (7, 2.0 * u.0 + 5.0 * u.1)];
    for (id, score) in want {
        let item = answer.items.iter().find(|item| item.id == id).unwrap();
        assert!((item.score - score).abs() < 1e-6, "{id}: {} {score}", item.score);
    }
}

#[test]
fn of_equal_scores_the_first_row_wins() {
    // The query is row 40. All others score -1, except row 9, which is all zeros, and row 50, whose
    // residual weight raises its score to 0.
    let items = 64;
    let value = |row: u32| {
        if row == 40 {
            1.0
        } else if row == 9 {
            0.0
        } else {
            -1.0
        }
    };
    let values: Vec<f16> = (0..items).map(|row| f16::from_f32(value(row))).collect();
    let blob = ModelBlob::encode(items, 1, &(0..items).collect::<Vec<_>>(), &values).unwrap();
    let pairs = |row| if row == 40 { vec![(50, f16::ONE)] } else { Vec::new() };
    let residual = ResidualBlob::encode(items, &(0..items).map(pairs).collect::<Vec<_>>()).unwrap();
    let files = vec![file("catalogue", b"c"), file("model", &blob), file("residual", &residual)];
    let mut model = entry("a", &files[1], 0.0, &ModelBlob::decode(blob.clone()).unwrap());
    model.residual = Some(ResidualEntry { file: files[2].name.clone(), factor: 1.0 });
    let release = "0123456789abcdef".into();
    let manifest = Manifest {
        format: 2,
        release,
        items,
        default: DefaultQuestion { model: "a".into(), niche: None },
        fields: crate::catalogue::tests::of(items).declared(),
        files,
        models: vec![model],
        related: None,
    };
    for coded in [false, true] {
        let catalogue = crate::catalogue::tests::of(items);
        let mut engine = Engine::new(manifest.clone(), catalogue).unwrap().with_codes(coded);
        engine.add("a", blob.clone(), Some(&residual)).unwrap();
        let (liked, first) = (engine.catalogue().id(40), engine.catalogue().id(9));
        for _again in 0..3 {
            let found = ask(&engine, &format!(r#"{{"liked": [{liked}], "limit": 2}}"#));
            assert_eq!(found[0], first, "coded: {coded}");
            assert_eq!(
                ask(&engine, &format!(r#"{{"liked": [{liked}], "limit": 1}}"#)),
                [first],
                "coded: {coded}"
            );
        }
    }
}

#[test]
fn filters_work_before_the_selection() {
    let engine = loaded();
    let with = |filter: &str| {
        ask(&engine, &format!(r#"{{"liked": [8], "model": "b", "filter": {filter}}}"#))
    };
    assert_eq!(with("{}"), [20, 5, 7, 9]);
    assert_eq!(with(r#"{"genres": {"all": ["action"]}}"#), [20]);
    assert_eq!(with(r#"{"genres": {"none": ["Action"]}}"#), [5, 7, 9]);
    assert_eq!(with(r#"{"type": {"any": ["Movie"]}}"#), [5]);
    assert_eq!(with(r#"{"year": {"min": 2001, "max": 2001}}"#), [5]);
    assert_eq!(with(r#"{"score": {"min": 7.94}}"#), [20, 5]);
    assert_eq!(with(r#"{"score": {"min": 7.95}}"#), [5]);
    assert_eq!(with(r#"{"members": {"min": 50}}"#), [20, 5]);
    assert_eq!(with(r#"{"members": {"max": 50}}"#), [5, 7, 9]);
    let also = |field: &str| ask(&engine, &format!(r#"{{"liked": [8], "model": "b", {field}}}"#));
    assert_eq!(also(r#""exclude": [5, 9, 123456]"#), [20, 7]);
    assert_eq!(also(r#""limit": 1, "exclude": [20]"#), [5], "n results whenever n exist");
    assert_eq!(also(r#""collapse": true"#), [20, 5, 7], "9 is of the series of 20");
    assert_eq!(also(r#""only": [9, 5, 8]"#), [5, 9], "a liked item never comes back");
    assert_eq!(also(r#""only": [9, 5], "exclude": [5]"#), [9]);
    assert_eq!(also(r#""only": []"#), [0; 0]);
}

#[test]
fn unknown_ids_are_skipped_and_named() {
    let engine = loaded();
    let json = r#"{"liked": [8, "x", 77], "disliked": [78], "only": [5, 79], "model": "b"}"#;
    let answer = answered(&engine, json);
    assert_eq!(ids(&answer), [5]);
    let unknown = [Id::Key("x".into()), Id::Number(77), Id::Number(78), Id::Number(79)].to_vec();
    assert_eq!(answer.warnings[0], Warning::UnknownIds { ids: unknown });
    assert_eq!(refused(&engine, r#"{"liked": [77, 78]}"#), "unknown_id");
    assert_eq!(refused(&engine, r#"{"liked": [77], "disliked": [8]}"#), "unknown_id");
    let start = answered(&engine, r#"{"disliked": [77]}"#);
    assert_eq!(start.warnings[0], Warning::UnknownIds { ids: vec![Id::Number(77)] });
    assert_eq!(start.warnings[1], Warning::StartList);
}

#[test]
fn a_list_is_drawn_from_one_call() {
    let engine = loaded();
    let json =
        r#"{"liked": [8], "model": "b", "limit": 2, "fields": ["year", "genres", "english"]}"#;
    let answer = answered(&engine, json);
    let found = serde_json::to_value(&answer.items).unwrap();
    assert_eq!(found[0]["fields"], json!({"genres": ["Action"], "year": 2002.0}));
    let english = "Cowboy Bebop: The Movie";
    assert_eq!(found[1]["fields"], json!({"genres": [], "year": 2001.0, "english": english}));
    assert_eq!(refused(&engine, r#"{"liked": [8], "fields": ["price"]}"#), "unknown_field");
    assert_eq!(answered(&engine, r#"{"liked": [8]}"#).items[0].fields, None);
}

#[test]
fn an_answer_that_would_be_too_long_is_refused() {
    let (engine, a, _) = engine();
    let note = |letter: &str, length: usize| {
        let lines = vec![letter.repeat(length); 6].join("\n");
        let title = TitleColumn { name: "main".into(), lines: "A\nB\nC\nD\nE\nF".into() };
        let field = Field { name: "note".into(), role: None, values: FieldValues::Text(lines) };
        let catalogue = Catalogue::new(Columns {
            ids: (1..=6).collect(),
            keys: String::new(),
            titles: vec![title],
            fields: vec![field],
        });
        let catalogue = catalogue.unwrap();
        let manifest = Manifest { fields: catalogue.declared(), ..engine.manifest.clone() };
        let mut engine = Engine::new(manifest, catalogue).unwrap();
        engine.add("a", a.clone(), None).unwrap();
        let json = r#"{"liked": [1], "limit": 3, "fields": ["note"]}"#;
        let answer = engine.recommend(&parse(json));
        let ids: Vec<Id> = (1..=6).map(Id::Number).collect();
        let items = engine.items(&ids).map(|(items, _)| items.len());
        (
            answer.map_err(|error| error.code().as_str()).map(|answer| answer.items.len()),
            items.is_ok(),
        )
    };
    assert_eq!(note("x", 800_000), (Ok(3), true));
    assert_eq!(note("x", 900_000), (Ok(3), false), "of six items");
    assert_eq!(note("x", 1_700_000), (Err("answer_too_large"), false));
    assert_eq!(note("\"", 900_000), (Err("answer_too_large"), false), "each takes two bytes");
    assert_eq!(note("\u{1}", 300_000), (Err("answer_too_large"), false), "each takes six");
}

#[test]
fn a_result_has_at_most_ten_reasons() {
    let engine = drawn(1, 8, false, &USUAL);
    let liked: Vec<u32> = (1..=30).collect();
    let request = Request {
        liked: liked.into_iter().map(WeightedItem::from).collect(),
        explain: true,
        ..Request::default()
    };
    let answer = engine.recommend(&request).unwrap();
    let reasons: Vec<usize> =
        answer.items.iter().map(|item| item.because.as_ref().unwrap().len()).collect();
    assert_eq!(reasons.iter().max(), Some(&10), "{reasons:?}");
    let shares = answer.items[0].because.as_ref().unwrap();
    assert!(shares.windows(2).all(|pair| pair[0].share() >= pair[1].share()));
}

#[test]
fn diversity_zero_is_the_plain_order_and_one_avoids_the_alike() {
    let engine = loaded();
    let plain = ask(&engine, r#"{"liked": [5], "model": "b"}"#);
    assert_eq!(ask(&engine, r#"{"liked": [5], "model": "b", "diversity": 0}"#), plain);
    assert_eq!(plain[..2], [20, 7]);
    let varied = ask(&engine, r#"{"liked": [5], "model": "b", "diversity": 1}"#);
    assert_eq!(varied.len(), plain.len());
    assert_eq!(varied[..2], [20, 9], "the one that points the other way comes next");
    assert_eq!(
        ask(&engine, r#"{"liked": [5], "model": "b", "diversity": 1, "limit": 2}"#),
        [20, 9],
        "of more than n"
    );
}

#[test]
fn no_liked_item_gives_a_start_list() {
    let engine = loaded();
    for request in ["{}", r#"{"disliked": [7]}"#] {
        let answer = answered(&engine, request);
        assert_eq!(answer.items[0].id, 20, "the most popular first");
        assert_eq!(answer.warnings[0], Warning::StartList);
        assert_eq!(ids(&answer).contains(&7), request == "{}");
    }
    assert_eq!(ask(&engine, r#"{"filter": {"type": {"any": ["Movie"]}}}"#), [5]);
}

#[test]
fn a_start_list_does_not_depend_on_other_loaded_models() {
    let (mut engine, a, b) = engine();
    assert_eq!(refused(&engine, "{}"), "model_not_loaded", "the caller loads it and retries");
    engine.add("a", a, None).unwrap();
    let before = ask(&engine, "{}");
    engine.add("b", b, None).unwrap();
    assert_eq!(ask(&engine, "{}"), before);
}

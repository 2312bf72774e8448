//! Answers of several models, and of `niche`.

use super::super::Because;
use super::fixtures::{answered, ask, loaded};

#[test]
fn a_model_that_does_not_know_an_item_gives_it_nothing() {
    let engine = loaded();
    let answer =
        answered(&engine, r#"{"liked": [20], "model": {"a": 3, "b": 1}, "explain": true}"#);
    assert_eq!(answer.model, "a+b");
    // Scores by a: rows 0 to 3 are 2, 4, 0, 4, and the mean is 2.5. Its scale is 0.5.
    let by_a = |score: f64| 0.75 * 0.5 * (score - 2.5);
    let one = answer.items.iter().find(|item| item.id == 1).unwrap();
    assert!((one.score - by_a(2.0)).abs() < 1e-6, "covered by a alone");
    let seven = answer.items.iter().find(|item| item.id == 7).unwrap();
    let by_model = seven.by_model.as_ref().unwrap();
    assert!((by_model.get("a").unwrap() - by_a(4.0)).abs() < 1e-6);
    assert!(
        (by_model.iter().map(|(_, given)| given).sum::<f64>() - seven.score).abs() < 1e-6,
        "the models' parts add up"
    );
    let nine = answer.items.iter().find(|item| item.id == 9).unwrap();
    assert_eq!(nine.by_model.as_ref().unwrap().len(), 1);
}

#[test]
fn a_model_with_equal_scores_adds_nothing_to_a_blend() {
    let engine = loaded();
    // The row of 8 in b is all zeros, and those of 20 and 9 point away from each other.
    for liked in ["[1, 8]", "[20, 9]"] {
        let request =
            format!(r#"{{"liked": {liked}, "model": {{"a": 1, "b": 1}}, "explain": true}}"#);
        let answer = answered(&engine, &request);
        assert_eq!(answer.model, "a+b");
        assert!(answer.items.iter().all(|item| item.score.is_finite()), "{answer:?}");
        let given: Vec<f64> = answer
            .items
            .iter()
            .filter_map(|item| item.by_model.as_ref()?.get("b").copied())
            .collect();
        assert!(given.len() > 1 && given.iter().all(|&given| given == 0.0), "{given:?}");
        let seven = answer.items.iter().find(|item| item.id == 7).unwrap();
        let because = seven.because.as_ref().unwrap();
        assert!(
            matches!(because[..], [Because::Item { id: 1 | 20, share: 1.0 }]),
            "a alone: {because:?}"
        );
    }
}

#[test]
fn niche_moves_from_the_popular_to_the_rest() {
    let engine = loaded();
    let mean_popularity = |niche: f32| {
        let json = format!(r#"{{"liked": [1], "model": "a", "limit": 1, "niche": {niche}}}"#);
        let rows =
            ask(&engine, &json).into_iter().map(|id| engine.catalogue().row_of_id(id).unwrap());
        rows.map(|row| engine.catalogue().popularity(row)).sum::<f32>()
    };
    let steps: Vec<f32> = (0..=10).map(|step| mean_popularity(step as f32 / 10.0)).collect();
    assert!(steps.windows(2).all(|pair| pair[0] >= pair[1]), "{steps:?}");
    assert!(steps[0] > steps[10], "{steps:?}");
    let plain = ask(&engine, r#"{"liked": [1], "model": "a"}"#);
    assert_eq!(ask(&engine, r#"{"liked": [1], "model": "a", "niche": 0.5}"#), plain);
}

#[test]
fn the_default_question_may_have_a_niche() {
    let mut engine = loaded();
    let plain = ask(&engine, r#"{"liked": [1], "model": "a"}"#);
    let niche = ask(&engine, r#"{"liked": [1], "model": "a", "niche": 1}"#);
    assert_ne!(plain, niche);
    engine.manifest.default.niche = Some(1.0);
    assert_eq!(ask(&engine, r#"{"liked": [1]}"#), niche);
    assert_eq!(ask(&engine, r#"{"liked": [1], "niche": 0.5}"#), plain);
    assert_eq!(ask(&engine, r#"{"liked": [1], "model": "a"}"#), plain, "it names a model");
}

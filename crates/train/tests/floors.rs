//! Floors of quality on `MovieLens`-100K, the mean of three training seeds. A correct trainer
//! passes nearly always. One whose negatives include training positives, or are drawn only once, or
//! with a frozen branch, fails.
//!
//! The tests take minutes, so they run only on demand: `cargo test --release -p osusume-train
//! --test floors -- --ignored`.

mod ml_100k;

use std::path::Path;

use osusume_tables::{Dislikes, ItemKeys};
use osusume_train::{Interactions, Keep, LeaveOneOut, Recipe, Report, leave_one_out};

fn split() -> Option<LeaveOneOut> {
    let path = ml_100k::path()?;
    let keep = Keep { ratings: false, order: true };
    Some(LeaveOneOut::new(
        Interactions::read(&path, None, &Dislikes::default(), ItemKeys::Any, keep).unwrap().0,
        1,
    ))
}

/// Trains a committed recipe with three seeds and compares sampled HR@10 and NDCG@10 and full
/// NDCG@10 with the floors.
fn check(recipe: &str, floors: [f64; 3]) {
    let Some(split) = split() else { return };
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .join("embeddings/recipes")
        .join(recipe);
    let reports = (1..=3).map(|seed| {
        let recipe = Recipe { seed, ..Recipe::read(&path).unwrap() };
        leave_one_out(&*recipe.fit(&split.train, 1).unwrap(), &split, 1, 1)
    });
    let mean = reports.reduce(|sum, one| sum.plus(&one)).unwrap_or_else(Report::default).over(3);
    let found = [mean.sampled.hr10, mean.sampled.ndcg10, mean.full.ndcg10];
    println!("{recipe}: {found:.4?}");
    assert!(
        found.iter().zip(&floors).all(|(found, floor)| found >= floor),
        "{recipe}: {found:.4?} < {floors:?}"
    );
    assert!(found[0] <= 0.72, "{recipe}: above 0.72 something leaks: {found:.4?}");
}

#[test]
#[ignore = "minutes"]
fn gmf_8() {
    check("paper-gmf-8.toml", [0.635, 0.365, 0.058]);
}

#[test]
#[ignore = "minutes"]
fn gmf_32() {
    check("paper-gmf-32.toml", [0.645, 0.372, 0.068]);
}

#[test]
#[ignore = "minutes"]
fn mlp_8() {
    check("paper-mlp-8.toml", [0.600, 0.340, 0.054]);
}

#[test]
#[ignore = "minutes"]
fn neumf_8() {
    check("paper-neumf-8.toml", [0.630, 0.358, 0.056]);
}

#[test]
#[ignore = "minutes"]
fn neumf_8_pretrained() {
    check("paper-neumf-8-pretrained.toml", [0.630, 0.360, 0.058]);
}

#[test]
#[ignore = "minutes"]
fn ials_32() {
    check("ials-32.toml", [0.650, 0.380, 0.073]);
}

#[test]
#[ignore = "minutes"]
fn in_batch_32() {
    check("in-batch-32.toml", [0.655, 0.380, 0.072]);
}

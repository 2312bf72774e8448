//! Golden figures on `MovieLens`-100K: split, evaluator and baselines against an independent
//! implementation.
//!
//! Needs the data of `pkg-scripts/fetch-ml-100k.sh` and fails without.

mod ml_100k;

use std::sync::OnceLock;

use osusume_tables::{Dislikes, ItemKeys};
use osusume_train::{
    Fitted, Interactions, ItemWeights, Keep, LeaveOneOut, NO_ITEM, Popularity, PureSvd, Ranks,
    leave_one_out,
};

fn leave_one() -> Option<&'static LeaveOneOut> {
    static SPLIT: OnceLock<LeaveOneOut> = OnceLock::new();
    let path = ml_100k::path()?;
    Some(SPLIT.get_or_init(|| {
        let keep = Keep { ratings: false, order: true };
        let (data, report) =
            Interactions::read(&path, None, &Dislikes::default(), ItemKeys::Any, keep).unwrap();
        assert_eq!((report.rows, data.users(), data.items()), (100_000, 943, 1682));
        LeaveOneOut::new(data, 1)
    }))
}

/// Hits at 10, NDCG@10 and MRR of the full ranking; hits at 10 and 50 and MRR of item to item.
fn check(
    name: &str,
    fit: impl Fn(&Interactions) -> Box<dyn Fitted>,
    full: (usize, f64, f64),
    items: (usize, usize, f64),
) {
    let Some(split) = leave_one() else { return };
    let report = leave_one_out(&*fit(&split.train), split, 1, 2);
    let Ranks { hits10, ndcg10, mrr, .. } = report.full;
    let i2i = report.item_to_item;
    let found = ((hits10, ndcg10, mrr), (i2i.hits10, i2i.hits50, i2i.mrr));
    let hit = |a: usize, b: usize| a.abs_diff(b) <= 1;
    let near = |a: f64, b: f64| (a - b).abs() < 0.0006;
    assert!(
        hit(hits10, full.0)
            && near(ndcg10, full.1)
            && near(mrr, full.2)
            && hit(i2i.hits10, items.0)
            && hit(i2i.hits50, items.1)
            && near(i2i.mrr, items.2),
        "{name}: found {found:?}, expected {full:?}, {items:?}"
    );
    assert!(
        (0.0..0.72).contains(&report.sampled.hr10),
        "above 0.72 something leaks: {:?}",
        report.sampled
    );
}

#[test]
fn split() {
    let Some(split) = leave_one() else { return };
    assert_eq!(split.train.len(), 99_057);
    let sum =
        |items: &[u32]| items.iter().filter(|&&i| i != NO_ITEM).map(|&i| u64::from(i)).sum::<u64>();
    assert_eq!((sum(&split.test), sum(&split.latest)), (451_094, 445_711));
    assert_eq!(split.test[..10], [101, 280, 180, 10, 394, 271, 340, 565, 482, 339]);
}

#[test]
fn popularity() {
    check(
        "popularity",
        |data| Box::new(Popularity::new(data)),
        (81, 0.04385, 0.04016),
        (47, 144, 0.02180),
    );
}

#[test]
fn item_knn() {
    check(
        "item-knn",
        |data| Box::new(ItemWeights::cosine(data)),
        (103, 0.05629, 0.05223),
        (88, 309, 0.05003),
    );
}

#[test]
fn ease() {
    let ease = |lambda| {
        move |data: &Interactions| {
            Box::new(ItemWeights::ease(data, lambda).unwrap()) as Box<dyn Fitted>
        }
    };
    check("EASE 100", ease(100.0), (140, 0.07229, 0.06414), (95, 223, 0.04525));
    check("EASE 500", ease(500.0), (137, 0.07373, 0.06689), (101, 272, 0.05164));
}

#[test]
fn pure_svd() {
    check(
        "PureSVD 32",
        |data| Box::new(PureSvd::new(data, 32)),
        (138, 0.07310, 0.06546),
        (104, 324, 0.05671),
    );
}

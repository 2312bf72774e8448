//! The small files that a page answers from before it has catalogue and vectors: neighbour lists and
//! their titles. This asks the engine, and knows nothing of folders.

use std::collections::HashMap;

use crate::error::Result;
use crate::workers::map_in_parts;
use osusume::engine::{Engine, ModelChoice, Request};
use osusume::format::{Columns, TitleColumn};
use osusume_tables::Cancel;

/// Neighbours of each row: as many as a page's first list has.
const N: usize = 10;

/// Models with more rows get no lists, since fetching them would take longer than they save.
pub(super) const MAX_ROWS: usize = 30_000;

/// A row's neighbours, by row of the model, and their scores.
type List = Vec<(u32, u8)>;

/// Returns the columns of the first `rows` items with ids and main titles only.
pub(super) fn titles(whole: &Columns, rows: usize) -> Columns {
    let first = |text: &str| text.split('\n').take(rows).collect::<Vec<_>>().join("\n");
    let main = whole
        .titles
        .iter()
        .take(1)
        .map(|column| TitleColumn { name: column.name.clone(), lines: first(&column.lines) });
    Columns {
        ids: whole.ids[..rows].to_vec(),
        keys: first(&whole.keys),
        titles: main.collect(),
        fields: Vec::new(),
    }
}

/// Returns how many neighbours each list has, and the lists of the model's rows, one after the
/// other. `item_rows` are the catalogue rows of the model.
///
/// The lists are the engine's own answers, with scores in 255ths of the best. Scores have 51 steps:
/// enough for a bar on a page, and they compress well.
pub(super) fn lists(
    engine: &Engine,
    model: &str,
    item_rows: &[u32],
    cancel: &Cancel,
) -> Result<(u32, List)> {
    let n = N.min(item_rows.len() - 1);
    let ids = engine.catalogue();
    let rows: HashMap<u32, u32> = item_rows.iter().map(|&row| ids.id(row)).zip(0..).collect();
    let list = |&row: &u32| -> Result<List> {
        let model = Some(ModelChoice::One(model.to_owned()));
        let liked = vec![ids.id(row).into()];
        let request = Request { liked, limit: n, model, ..Request::default() };
        let answer = engine.recommend(&request)?;
        let best = answer.items.first().map_or(0.0, |item| item.score);
        let part = |score: f64| {
            if best > 0.0 { (51.0 * (score / best).max(0.0)).round() as u8 * 5 } else { 0 }
        };
        Ok(answer.items.iter().map(|item| (rows[&item.id], part(item.score))).collect())
    };
    let lists = map_in_parts(item_rows, cancel, list)?;
    Ok((n as u32, lists.into_iter().flatten().collect()))
}

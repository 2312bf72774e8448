//! What a page can answer from before catalogue and vectors are there: neighbour lists, and the titles for them.

use std::collections::HashMap;

use crate::Result;
use osusume::engine::{Engine, ModelChoice, Request};
use osusume::format::{Columns, TagList, UNKNOWN_SCORE};

/// Neighbours of each row; a page's first list has as many.
const N: usize = 10;

/// Models with more rows get no lists: they would take longer to fetch than they save.
pub(super) const MAX_ROWS: usize = 30_000;

/// A row's neighbours, by row of the model, and their scores.
type List = Vec<(u32, u8)>;

/// Returns the columns of the first `rows` items with ids and main titles only.
pub(super) fn titles(whole: &Columns, rows: usize) -> Columns {
    let first = |text: &str| text.split('\n').take(rows).collect::<Vec<_>>().join("\n");
    Columns {
        ids: whole.ids[..rows].to_vec(),
        keys: first(&whole.keys),
        languages: whole.languages[..1].to_vec(),
        titles: vec![first(&whole.titles[0])],
        ..unknown(rows)
    }
}

/// Returns the columns of items of which nothing is known.
pub(super) fn unknown(rows: usize) -> Columns {
    Columns {
        tags: TagList { counts: vec![0; rows], ..TagList::default() },
        types: vec![0; rows],
        years: vec![0; rows],
        scores: vec![UNKNOWN_SCORE; rows],
        members: vec![0; rows],
        series: vec![0; rows],
        ..Columns::default()
    }
}

/// Returns how many neighbours each list has, and the lists of the model's rows, which are these catalogue rows: the
/// engine's own answers, with scores in 255ths of the best. Fifty steps of score are enough for a picture of it and compress well.
pub(super) fn lists(engine: &Engine, model: &str, item_rows: &[u32]) -> Result<(u32, List)> {
    let n = N.min(item_rows.len() - 1);
    let ids = engine.catalogue();
    let rows: HashMap<u32, u32> = item_rows.iter().map(|&row| ids.id(row)).zip(0..).collect();
    let list = |&row: &u32| -> Result<List> {
        let model = Some(ModelChoice::One(model.to_owned()));
        let request = Request { liked: vec![ids.id(row).into()], n, model, ..Request::default() };
        let answer = engine.recommend(&request)?;
        let best = answer.items.first().map_or(0.0, |item| item.score);
        let part = |score: f64| {
            if best > 0.0 { (51.0 * (score / best).max(0.0)).round() as u8 * 5 } else { 0 }
        };
        Ok(answer.items.iter().map(|item| (rows[&item.id], part(item.score))).collect())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let chunks = item_rows.chunks(item_rows.len().div_ceil(threads));
    let lists: Result<Vec<Vec<List>>> = std::thread::scope(|scope| {
        let answer = |chunk: &[u32]| chunk.iter().map(list).collect::<Result<Vec<_>>>();
        let running: Vec<_> = chunks.map(|chunk| scope.spawn(move || answer(chunk))).collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("a panic goes on to panic here"))
            .collect()
    });
    Ok((n as u32, lists?.into_iter().flatten().flatten().collect()))
}

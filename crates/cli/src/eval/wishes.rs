//! `--protocol wishes`: a release, asked by a like, by a description, and by both.

use std::path::{Path, PathBuf};

use osusume::engine::{Engine, Id, Request};
use osusume_release::open;
use osusume_tables::TableError;
use osusume_train::standard_error;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Error, Result};

/// Results that are looked at; a show behind them counts as not found.
const DEPTH: usize = 1000;

/// The options of the wishes protocol.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub struct Args {
    /// Likes and descriptions that agree (CSV: `liked` and `shows`, ids separated by spaces, and
    /// `description`), asked of the release of --release.
    #[arg(long, value_name = "FILE", requires = "release")]
    wishes: Option<PathBuf>,
    /// The folder of a release, for --protocol wishes.
    #[arg(long, value_name = "FOLDER", requires = "wishes")]
    release: Option<PathBuf>,
}

/// One visitor's likes, the description of the wish, and the shows that fulfil it.
#[derive(Debug, Deserialize)]
struct Wish {
    liked: String,
    description: String,
    shows: String,
}

/// A way to ask, by the parts of a wish that it names.
const WAYS: [(&str, bool, bool); 3] =
    [("like", true, false), ("description", false, true), ("both", true, true)];

impl Args {
    /// Runs the protocol.
    pub fn run(&self, json: bool) -> Result<()> {
        let (Some(wishes), Some(release)) = (&self.wishes, &self.release) else {
            return Err(Error::usage("protocol", "wishes", "--wishes and --release with it"));
        };
        let (engine, wishes) = (open(release, None)?, read(wishes)?);
        let mut reports = Vec::new();
        for (name, likes, words) in WAYS {
            let rank = |wish: &Wish| first_rank(&engine, wish, likes, words);
            let ranks = wishes.iter().map(rank).collect::<Result<Vec<_>>>()?;
            reports.push(report(name, &ranks));
        }
        if json {
            println!("{}", Value::Array(reports));
            return Ok(());
        }
        println!("{:<12} {:>6} | hit@10 hit@50 | MRR (± error) | median rank", "by", "wishes");
        for report in &reports {
            let number = |name: &str| report[name].as_f64().unwrap_or_default();
            println!(
                "{:<12} {:>6} | {:.3} {:.3} | {:.4} (±{:.4}) | {}",
                report["by"].as_str().unwrap_or_default(),
                number("wishes"),
                number("hit10"),
                number("hit50"),
                number("mrr"),
                number("mrr_error"),
                number("median_rank")
            );
        }
        Ok(())
    }
}

/// Reads the wishes.
fn read(path: &Path) -> Result<Vec<Wish>> {
    let bad = |reason: String| TableError::VectorFile { path: path.to_owned(), reason };
    let mut reader = csv::Reader::from_path(path).map_err(|e| bad(e.to_string()))?;
    let wishes: std::result::Result<Vec<Wish>, _> = reader.deserialize().collect();
    let wishes = wishes.map_err(|e| bad(e.to_string()))?;
    if wishes.is_empty() {
        return Err(bad("there is no wish".into()).into());
    }
    Ok(wishes)
}

/// Returns the ids of a field.
fn ids(field: &str) -> Vec<u32> {
    field.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

/// Returns the rank of the first show that is wanted; [`DEPTH`] + 1 if none is found.
fn first_rank(engine: &Engine, wish: &Wish, likes: bool, words: bool) -> Result<usize> {
    let request = Request {
        liked: ids(&wish.liked).into_iter().filter(|_| likes).map(Into::into).collect(),
        // The like is known: it is no result, however the list is asked for.
        exclude: ids(&wish.liked).into_iter().filter(|_| !likes).map(Id::Number).collect(),
        text: words.then(|| wish.description.clone()),
        limit: DEPTH,
        ..Request::default()
    };
    let (answer, wanted) = (engine.recommend(&request)?, ids(&wish.shows));
    // Sequels of the like count neither way, as in the visitor protocol.
    let catalogue = engine.catalogue();
    let group = |id: u32| catalogue.row_of_id(id).map(|row| catalogue.group(row));
    let own: Vec<Option<u32>> = ids(&wish.liked).into_iter().map(group).collect();
    let mut others = answer.items.iter().filter(|item| !own.contains(&group(item.id)));
    Ok(others.position(|item| wanted.contains(&item.id)).unwrap_or(DEPTH) + 1)
}

/// Returns the measures of one way to ask.
fn report(name: &str, ranks: &[usize]) -> Value {
    let count = ranks.len() as f64;
    let hits = |most: usize| ranks.iter().filter(|&&rank| rank <= most).count() as f64 / count;
    let found = |rank: usize| if rank > DEPTH { 0.0 } else { 1.0 / rank as f64 };
    let gains: Vec<f64> = ranks.iter().map(|&rank| found(rank)).collect();
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    json!({
        "by": name, "wishes": ranks.len(), "hit10": hits(10), "hit50": hits(50),
        "mrr": gains.iter().sum::<f64>() / count, "mrr_error": standard_error(&gains),
        "median_rank": sorted[ranks.len() / 2], "ranks": ranks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_that_are_not_found_give_nothing() {
        let report = report("both", &[1, 4, DEPTH + 1]);
        assert_eq!(
            (report["mrr"].as_f64(), report["median_rank"].as_u64()),
            (Some(1.25 / 3.0), Some(4))
        );
        assert_eq!(report["hit10"].as_f64(), Some(2.0 / 3.0));
        assert_eq!(ids("1 x 20"), [1, 20]);
    }
}

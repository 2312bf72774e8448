//! `--protocol visitor`: the lists of a whole release, asked for as the page asks.
//!
//! A release is trained and assembled in memory without the visitors, and its engine answers them.
//! Beside it stand popularity and dense EASE on the same data.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use osusume::engine::{Engine, ModelChoice, Request};
use osusume_pack::assemble;
use osusume_pack::pipeline::{
    KnownItems, Run, count_people, model_input, read_entries, weights_input,
};
use osusume_tables::{Cancel, Dislikes, Entry, TableError, Vectors, open_table};
use osusume_train::{
    Control, Epoch, Interactions, ItemWeights, Keep, ListReport, Recipe, Recommended, SHOWN,
    TrainOutput, Visitor, Visitors, judge, map_parts, standard_error, train,
};
use serde_json::{Value, json};

use super::args::Args;
use crate::error::{Error, Result};

/// Likes that are given; `None` is all of them.
const LENGTHS: [Option<usize>; 4] = [Some(1), Some(3), Some(10), None];

/// Fewest votes of a recommendation, and fewest such recommendations of an item, to judge by.
const LEAST_VOTES: u32 = 5;

/// One way to make a list.
enum Way {
    /// The engine's answer to this request with the likes.
    Engine(Box<Request>),
    /// The most popular items of the catalogue.
    Popularity(Vec<u32>),
    /// EASE as a dense matrix over these ids.
    Ease(Vec<u32>, ItemWeights),
}

/// Runs the protocol.
pub fn run(args: &Args, ratings: &Path, json: bool) -> Result<()> {
    let Some(catalogue) = &args.catalogue else {
        let expected = "the file of the catalogue, for --protocol visitor";
        return Err(Error::usage("catalogue", "is missing", expected));
    };
    let release_recipe = args.release_recipe()?;
    let recipe =
        release_recipe.train.as_deref().map_or_else(|| Ok(Recipe::default()), Recipe::read)?;
    let cancel = Cancel::new();
    let quiet = Run { cancel: &cancel, progress: &|_| {} };
    let (mut entries, mut fields) = read_entries(catalogue, &release_recipe, quiet)?;
    let split = split(args, ratings, &entries, &recipe)?;
    let output = trained(split.train.clone(), &recipe, args.threads())?;
    count_people(&mut entries, &mut fields, &output);
    let mut model = model_input("ncf", output.vectors);
    model.residual = output.residual.as_ref().map(weights_input);
    let mut models = vec![model];
    if let Some(path) = &args.texts {
        models.push(model_input("synopsis", Vectors::read(path)?));
    }
    let release = assemble(&entries, &fields, &models, &release_recipe, &cancel)?;
    let engine = release.engine();
    let mut ways = requests(engine);
    ways.push(("popularity".to_owned(), Way::Popularity(by_popularity(engine, &entries))));
    let known = split.train.clone().core(recipe.min_interactions, 1);
    if known.items() <= ItemWeights::MOST_ITEMS {
        let dense = ItemWeights::ease(&known, recipe.ease_lambda).map(|weights| {
            (format!("dense EASE {}", recipe.ease_lambda), Way::Ease(known.ids().to_vec(), weights))
        });
        ways.extend(dense);
    }
    let recommended = args.visitor.recommendations.as_deref().map(read_recommended).transpose()?;
    let shown = Measure { engine, split: &split, threads: args.threads() };
    shown.print(&ways, recommended.as_ref(), json);
    Ok(())
}

/// Splits the ratings of the catalogue's items.
fn split(args: &Args, ratings: &Path, entries: &[Entry], recipe: &Recipe) -> Result<Visitors> {
    let items = KnownItems::new(entries);
    let statuses = recipe.dislike_statuses.clone();
    let keep = Keep { ratings: true, order: false };
    let dislikes = Dislikes { below: 0.0, statuses };
    let (data, _) = Interactions::read(ratings, None, &dislikes, items.keys(), keep)?;
    let data = data.core(args.core, args.core);
    let mut split = Visitors::new(data, args.visitor.like_from, 1);
    split.train = split.train.without_below(recipe.dislike_below).core(1, 1);
    eprintln!(
        "{} visitors and {} items kept out; {} training interactions of {} users and {} items",
        split.visitors.len(),
        split.stripped.len(),
        split.train.len(),
        split.train.users(),
        split.train.items()
    );
    Ok(split)
}

/// Trains the model of the recipe.
fn trained(data: Interactions, recipe: &Recipe, threads: usize) -> Result<TrainOutput> {
    let cancel = Cancel::new();
    let mut progress = |epoch: &Epoch| eprintln!("epoch {}/{}", epoch.epoch, epoch.epochs);
    let mut control =
        Control { progress: &mut progress, cancel: cancel.flag(), resume: None, threads };
    Ok(train(data, recipe, &mut control)?)
}

/// Returns the requests to measure: the untouched page's, each model alone, the stops of the slider
/// between two models, and the other controls of the page.
fn requests(engine: &Engine) -> Vec<(String, Way)> {
    let models: Vec<&str> =
        engine.manifest().models.iter().map(|model| model.name.as_str()).collect();
    let mut all = vec![("default".to_owned(), Request::default())];
    let mut add = |name: String, request: Request| all.push((name, request));
    for name in &models {
        let model = Some(ModelChoice::One((*name).to_owned()));
        add(format!("{name} alone"), Request { model, ..Request::default() });
    }
    if let [first, second, ..] = models[..] {
        for part in [90.0, 70.0, 50.0, 30.0] {
            let parts = [(first, part), (second, 100.0 - part)];
            let parts = parts.map(|(name, part)| (name.to_owned(), part));
            let model = Some(ModelChoice::Blend(parts.into_iter().collect()));
            add(
                format!("{first} {part} {second} {}", 100.0 - part),
                Request { model, ..Request::default() },
            );
        }
    }
    for (name, niche) in
        [("well known", 0.0), ("niche 0.25", 0.25), ("hidden gems", 0.65), ("niche 1", 1.0)]
    {
        add(name.to_owned(), Request { niche: Some(niche), ..Request::default() });
    }
    add("one of each group".to_owned(), Request { collapse: true, ..Request::default() });
    all.into_iter().map(|(name, request)| (name, Way::Engine(Box::new(request)))).collect()
}

/// Returns the ids of the release, the best known first.
fn by_popularity(engine: &Engine, entries: &[Entry]) -> Vec<u32> {
    let popularity: HashMap<u32, f64> =
        entries.iter().map(|entry| (entry.id, entry.popularity.unwrap_or(0.0))).collect();
    let catalogue = engine.catalogue();
    let mut ids: Vec<u32> = (0..catalogue.items()).map(|row| catalogue.id(row)).collect();
    ids.sort_by(|a, b| popularity[b].total_cmp(&popularity[a]));
    ids
}

/// Reads what people recommend, without recommendations of few people.
fn read_recommended(path: &Path) -> Result<Recommended> {
    let bad = |reason: String| TableError::VectorFile { path: path.to_owned(), reason };
    let mut reader = csv::Reader::from_reader(open_table(path)?);
    let mut recommended = Recommended::default();
    for row in reader.records() {
        let row = row.map_err(|e| bad(e.to_string()))?;
        let number = |at: usize| row.get(at).unwrap_or("0").trim().parse::<u32>();
        let (Ok(item), Ok(other), Ok(votes), Ok(series)) =
            (number(0), number(1), number(2), number(3))
        else {
            return Err(bad(format!("a row is not item, item, votes: {row:?}")).into());
        };
        if series == 1 {
            recommended.same_series.entry(item).or_default().insert(other);
        } else if votes >= LEAST_VOTES {
            recommended.votes.entry(item).or_default().insert(other, votes);
        }
    }
    recommended.votes.retain(|_, votes| votes.len() >= LEAST_VOTES as usize);
    Ok(recommended)
}

/// The engine that makes the lists, and the split that judges them.
struct Measure<'a> {
    engine: &'a Engine,
    split: &'a Visitors,
    threads: usize,
}

impl Measure<'_> {
    /// Returns the list of one way for these likes.
    fn list(&self, way: &Way, given: &[u32], limit: usize) -> Vec<u32> {
        let first = |ids: &mut dyn Iterator<Item = u32>| {
            ids.filter(|id| !given.contains(id)).take(limit).collect()
        };
        match way {
            Way::Engine(request) => {
                let liked = given.iter().map(|&id| id.into()).collect();
                let answer = self.engine.recommend(&Request { liked, limit, ..*request.clone() });
                // No like is known: the page shows what is popular.
                answer.map_or_else(
                    |_| Vec::new(),
                    |answer| answer.items.iter().map(|item| item.id).collect(),
                )
            }
            Way::Popularity(ids) => first(&mut ids.iter().copied()),
            Way::Ease(ids, weights) => {
                let own: Vec<u32> = given
                    .iter()
                    .filter_map(|id| ids.binary_search(id).ok().map(|row| row as u32))
                    .collect();
                let mut scores = vec![0.0; ids.len()];
                weights.profile(&own, &mut scores);
                let mut order: Vec<usize> = (0..ids.len()).collect();
                order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
                first(&mut order.into_iter().map(|row| ids[row]))
            }
        }
    }

    /// Measures one way with so many likes of each visitor.
    fn report(&self, way: &Way, length: Option<usize>) -> ListReport {
        let visitors: Vec<&Visitor> = self
            .split
            .visitors
            .iter()
            .filter(|visitor| length.is_none_or(|length| visitor.given.len() >= length))
            .collect();
        let likes = |visitor: &Visitor| {
            let count = length.unwrap_or(visitor.given.len());
            self.list(way, &visitor.given[..count], SHOWN)
        };
        let lists = in_parallel(&visitors, self.threads, |visitor| likes(visitor));
        let items = self.engine.catalogue().items() as usize;
        judge(&lists, &visitors, self.split.train.ids(), items)
    }

    /// Returns the mean gain of the lists for one item, over the items that people recommend for.
    fn recommended(&self, way: &Way, recommended: &Recommended) -> (usize, f64, f64) {
        let has = |item: &&u32| self.engine.item(**item).is_ok();
        let items: Vec<u32> = recommended.votes.keys().filter(has).copied().collect();
        let gains = in_parallel(&items, self.threads, |&item| {
            recommended.gain(item, &self.list(way, &[item], 5 * SHOWN))
        });
        let mean = gains.iter().sum::<f64>() / gains.len().max(1) as f64;
        (gains.len(), mean, standard_error(&gains))
    }

    /// Measures every way and prints a line each, or JSON.
    fn print(&self, ways: &[(String, Way)], recommended: Option<&Recommended>, json: bool) {
        let mut reports = Vec::new();
        for length in LENGTHS {
            let given = length.map_or_else(|| "all".to_owned(), |length| length.to_string());
            let mut default = None;
            for (name, way) in ways {
                let report = self.report(way, length);
                let default: &ListReport = default.get_or_insert_with(|| report.clone());
                let over: Vec<f64> =
                    default.gains.iter().zip(&report.gains).map(|(a, b)| a - b).collect();
                let over =
                    (over.iter().sum::<f64>() / over.len().max(1) as f64, standard_error(&over));
                reports.push(row(&given, name, &report, over));
            }
        }
        for (name, way) in ways.iter().filter(|_| recommended.is_some()) {
            let Some(recommended) = recommended else { continue };
            let (items, ndcg10, error) = self.recommended(way, recommended);
            reports.push(json!({
                "given": "one, by fans", "list": name, "items": items,
                "ndcg10": ndcg10, "ndcg10_error": error,
            }));
        }
        if json {
            println!("{}", Value::Array(reports));
            return;
        }
        println!(
            "{:<12} {:<24} {:>8} | NDCG@10 (± error) recall@10 | default - this (± error) \
             | cold: shown recall@10 | coverage",
            "likes", "list", "visitors"
        );
        for report in &reports {
            println!("{}", line(report));
        }
    }
}

/// Returns the report of one way as JSON.
fn row(given: &str, name: &str, report: &ListReport, (over, error): (f64, f64)) -> Value {
    let mut value = json!(report);
    value["given"] = given.into();
    value["list"] = name.into();
    value["default_minus"] = over.into();
    value["default_minus_error"] = error.into();
    value
}

/// Returns the line of a report.
fn line(report: &Value) -> String {
    let text = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| report[name].as_f64().unwrap_or_default();
    let count = report["visitors"].as_u64().or(report["items"].as_u64()).unwrap_or_default();
    let mut line = format!(
        "{:<12} {:<24} {count:>8} | {:.4} (±{:.4})",
        text("given"),
        text("list"),
        number("ndcg10"),
        number("ndcg10_error")
    );
    if report["recall10"].is_number() {
        let _ = write!(
            line,
            " {:.4} | {:+.4} (±{:.4}) | {:.3} {:.4} | {:.3}",
            number("recall10"),
            number("default_minus"),
            number("default_minus_error"),
            number("cold_shown"),
            number("cold_recall10"),
            number("coverage")
        );
    }
    line
}

/// Calls `of` for each of `all` on several threads; the results are in the order of `all`.
fn in_parallel<T: Sync, R: Send>(all: &[T], threads: usize, of: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let parts = map_parts(all.len(), threads, |part| all[part].iter().map(&of).collect::<Vec<R>>());
    parts.into_iter().flatten().collect()
}

//! `--protocol visitor`: the lists of a whole release, asked for as the page asks.
//!
//! A release is trained and assembled in memory without the visitors, and its engine answers them.
//! Beside it stand popularity and dense EASE on the same data.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::Path;

use osusume::engine::{Engine, EngineError, Id, ModelChoice, Request};
use osusume_pack::assemble;
use osusume_pack::pipeline::{
    Event, KnownItems, Run, add_content, count_people, model_input, read_entries, weights_input,
};
use osusume_tables::{Cancel, Dislikes, Entry, TextTable, Vectors};
use osusume_train::{
    ContentReport, Control, Epoch, Interactions, ItemWeights, Keep, ListReport, Recipe,
    Recommended, SHOWN, TrainOutput, Visitor, Visitors, judge, map_parts, median_rank, shared,
    standard_error, train,
};
use serde_json::{Value, json};

use super::args::Args;
use super::visitor_data::{by_popularity, read_recommended, tags};
use crate::error::{Error, Result};

/// Likes that are given; `None` is all of them.
const LENGTHS: [Option<usize>; 4] = [Some(1), Some(3), Some(10), None];

/// Tags that a visitor types.
const TYPED_TAGS: usize = 2;

/// One way to make a list.
enum Way {
    /// The engine's answer to this request with the likes.
    Engine(Box<Request>),
    /// The engine's answer to typed words, the tags that the likes have most often. With the
    /// likes too, or as an answer to the words alone.
    Typed { with_likes: bool },
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
    let mut output = trained(split.train.clone(), &recipe, args.threads())?;
    count_people(&mut entries, &mut fields, &output);
    let texts = args.texts.as_ref().map(|path| Vectors::read(path)).transpose()?;
    if let Some(texts) = &texts {
        let run = Run { cancel: &cancel, progress: &|event| report_content(&event) };
        add_content(&mut output, &entries, &fields, texts, (&recipe, args.threads()), run);
    }
    let mut model = model_input("ncf", output.vectors);
    model.residual = output.residual.as_ref().map(weights_input);
    let mut models = vec![model];
    if let Some(texts) = texts {
        let mut stories = model_input("synopsis", texts);
        stories.text = args.visitor.words.as_deref().map(TextTable::read).transpose()?;
        models.push(stories);
    }
    let release = assemble(&entries, &fields, &models, &release_recipe, &cancel)?;
    let engine = &release.into_engine()?;
    let mut ways = requests(engine);
    if args.visitor.words.is_some() {
        let typed = |with_likes| Way::Typed { with_likes };
        ways.push(("likes and their tags typed".to_owned(), typed(true)));
        ways.push(("their tags typed alone".to_owned(), typed(false)));
    }
    let by_popularity = by_popularity(engine, &entries);
    ways.push(("popularity".to_owned(), Way::Popularity(by_popularity.clone())));
    let known = split.train.clone().core(recipe.min_interactions, 1);
    if known.items() <= ItemWeights::MOST_ITEMS {
        let dense = ItemWeights::ease(&known, recipe.ease_lambda).map(|weights| {
            (format!("dense EASE {}", recipe.ease_lambda), Way::Ease(known.ids().to_vec(), weights))
        });
        ways.extend(dense);
    }
    let recommended = args.visitor.recommendations.as_deref().map(read_recommended).transpose()?;
    let tags = tags(&entries, &fields);
    let shown = Measure { engine, split: &split, by_popularity, tags, threads: args.threads() };
    shown.print(&ways, recommended.as_ref(), json)
}

/// Prints what content added.
fn report_content(event: &Event<'_>) {
    if let Event::ContentAdded(ContentReport { predicted, explained }) = event {
        eprintln!("{predicted} items by their content, R² {explained:.3}");
    }
}

/// Splits the ratings of the catalogue's items. With several sources, one of them has the visitors.
fn split(args: &Args, ratings: &Path, entries: &[Entry], recipe: &Recipe) -> Result<Visitors> {
    recipe.check_ratings(ratings)?;
    let items = KnownItems::new(entries);
    let keep = Keep { ratings: true, order: false };
    let visitors = |data: Interactions, below: f32| {
        let data = data.core(args.core, args.core);
        let mut split = Visitors::new(data, args.visitor.like_from, args.visitor.seed);
        split.train = split.train.without_below(below).core(1, 1);
        split
    };
    let split = if recipe.interactions.is_empty() {
        let dislikes = Dislikes { below: 0.0, statuses: recipe.dislike_statuses.clone() };
        let (data, _) = Interactions::read(ratings, None, &dislikes, items.keys(), keep)?;
        visitors(data, recipe.dislike_below)
    } else {
        let name = args.visitor.visitors.as_ref().unwrap_or(&recipe.interactions[0].file);
        let Some(source) = recipe.interactions.iter().find(|source| source.file == *name) else {
            let expected = "a file that [[interactions]] of the training recipe names";
            return Err(Error::usage("visitors", &name.to_string_lossy(), expected));
        };
        let (below, dislikes) = (source.dislike_below, source.dislikes());
        let dislikes = Dislikes { below: 0.0, ..dislikes };
        let (data, _) = Interactions::read_source(source, ratings, &dislikes, items.keys(), keep)?;
        let mut split = visitors(data, below);
        let mut all = vec![(std::mem::take(&mut split.train), source.source_weight())];
        for source in recipe.interactions.iter().filter(|source| source.file != *name) {
            let none = Keep::default();
            let (data, _) =
                Interactions::read_source(source, ratings, &source.dislikes(), items.keys(), none)?;
            let data = data.without_items(&split.stripped).core(1, 1);
            all.push((data, source.source_weight()));
        }
        split.train = Interactions::joined(all);
        split
    };
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
        [("well known", 0.0), ("niche 0.25", 0.25), ("niche 0.65", 0.65), ("hidden gems", 1.0)]
    {
        add(name.to_owned(), Request { niche: Some(niche), ..Request::default() });
    }
    add("one of each group".to_owned(), Request { collapse: true, ..Request::default() });
    all.into_iter().map(|(name, request)| (name, Way::Engine(Box::new(request)))).collect()
}

/// The engine that makes the lists, and the split that judges them.
struct Measure<'a> {
    engine: &'a Engine,
    split: &'a Visitors,
    /// Ids of the catalogue, the best known first.
    by_popularity: Vec<u32>,
    tags: HashMap<u32, Vec<String>>,
    threads: usize,
}

impl Measure<'_> {
    /// Returns the words that a visitor with these likes types: the two tags that most of them
    /// have, of equal ones the first by name.
    fn words(&self, given: &[u32]) -> String {
        let mut counts = BTreeMap::<&str, usize>::new();
        for tag in given.iter().filter_map(|id| self.tags.get(id)).flatten() {
            *counts.entry(tag).or_default() += 1;
        }
        let mut tags: Vec<(&str, usize)> = counts.into_iter().collect();
        tags.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        let tags: Vec<&str> = tags.iter().take(TYPED_TAGS).map(|&(tag, _)| tag).collect();
        tags.join(" ")
    }

    /// Returns the ids that the engine answers; none if it knows nothing of what is asked for.
    fn answer(&self, request: &Request) -> Result<Vec<u32>> {
        match self.engine.recommend(request) {
            Ok(answer) => Ok(answer.items.iter().map(|item| item.id).collect()),
            Err(EngineError::UnknownId(_) | EngineError::UnknownText) => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the list of one way for these likes.
    fn list(&self, way: &Way, given: &[u32], limit: usize) -> Result<Vec<u32>> {
        let first = |ids: &mut dyn Iterator<Item = u32>| {
            ids.filter(|id| !given.contains(id)).take(limit).collect()
        };
        match way {
            Way::Engine(request) => {
                let liked = given.iter().map(|&id| id.into()).collect();
                self.answer(&Request { liked, limit, ..*request.clone() })
            }
            Way::Typed { with_likes } => {
                let ids = given.iter().copied();
                let (liked, exclude) = if *with_likes {
                    (ids.map(Into::into).collect(), Vec::new())
                } else {
                    (Vec::new(), ids.map(Id::Number).collect())
                };
                let text = Some(self.words(given)).filter(|words| !words.is_empty());
                self.answer(&Request { liked, exclude, text, limit, ..Request::default() })
            }
            Way::Popularity(ids) => Ok(first(&mut ids.iter().copied())),
            Way::Ease(ids, weights) => {
                let own: Vec<u32> = given
                    .iter()
                    .filter_map(|id| ids.binary_search(id).ok().map(|row| row as u32))
                    .collect();
                let mut scores = vec![0.0; ids.len()];
                weights.profile(&own, &mut scores);
                let mut order: Vec<usize> = (0..ids.len()).collect();
                order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
                Ok(first(&mut order.into_iter().map(|row| ids[row])))
            }
        }
    }

    /// Measures one way with so many likes of each visitor. Returns the lists too.
    fn report(&self, way: &Way, length: Option<usize>) -> Result<(ListReport, Vec<Vec<u32>>)> {
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
        let lists = in_parallel(&visitors, self.threads, |visitor| likes(visitor))?;
        let items = self.engine.catalogue().items() as usize;
        Ok((judge(&lists, &visitors, self.split.train.ids(), items), lists))
    }

    /// Returns the mean gain of the lists for one item, over the items that people recommend for.
    fn recommended(&self, way: &Way, recommended: &Recommended) -> Result<(usize, f64, f64)> {
        let has = |item: &&u32| self.engine.item(**item).is_ok();
        let items: Vec<u32> = recommended.votes.keys().filter(has).copied().collect();
        let gains = in_parallel(&items, self.threads, |&item| {
            Ok(recommended.gain(item, &self.list(way, &[item], 5 * SHOWN)?))
        })?;
        let mean = gains.iter().sum::<f64>() / gains.len().max(1) as f64;
        Ok((gains.len(), mean, standard_error(&gains)))
    }

    /// Measures every way and prints a line each, or JSON.
    fn print(
        &self,
        ways: &[(String, Way)],
        recommended: Option<&Recommended>,
        json: bool,
    ) -> Result<()> {
        let mut reports = Vec::new();
        for length in LENGTHS {
            let given = length.map_or_else(|| "all".to_owned(), |length| length.to_string());
            let mut default = None;
            for (name, way) in ways {
                let (report, lists) = self.report(way, length)?;
                let (default, default_lists): &(ListReport, Vec<Vec<u32>>) =
                    default.get_or_insert_with(|| (report.clone(), lists.clone()));
                let over: Vec<f64> =
                    default.gains.iter().zip(&report.gains).map(|(a, b)| a - b).collect();
                let mut row = json!(report);
                row["given"] = given.as_str().into();
                row["list"] = name.as_str().into();
                row["default_minus"] = (over.iter().sum::<f64>() / over.len().max(1) as f64).into();
                row["default_minus_error"] = standard_error(&over).into();
                row["shared10"] = shared(&lists, default_lists).into();
                row["median_rank"] = median_rank(&lists, &self.by_popularity).into();
                reports.push(row);
            }
        }
        for (name, way) in ways.iter().filter(|_| recommended.is_some()) {
            let Some(recommended) = recommended else { continue };
            let (items, ndcg10, error) = self.recommended(way, recommended)?;
            reports.push(json!({
                "given": "one, by fans", "list": name, "items": items,
                "ndcg10": ndcg10, "ndcg10_error": error,
            }));
        }
        if json {
            println!("{}", Value::Array(reports));
            return Ok(());
        }
        println!(
            "{:<12} {:<26} {:>8} | NDCG@10 (± error) recall@10 | default - this (± error) \
             | cold: shown recall@10 | coverage | of default's ten, median rank of popularity",
            "likes", "list", "visitors"
        );
        for report in &reports {
            println!("{}", line(report));
        }
        Ok(())
    }
}

/// Returns the line of a report.
fn line(report: &Value) -> String {
    let text = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
    let number = |name: &str| report[name].as_f64().unwrap_or_default();
    let count = report["visitors"].as_u64().or(report["items"].as_u64()).unwrap_or_default();
    let mut line = format!(
        "{:<12} {:<26} {count:>8} | {:.4} (±{:.4})",
        text("given"),
        text("list"),
        number("ndcg10"),
        number("ndcg10_error")
    );
    if report["recall10"].is_number() {
        let _ = write!(
            line,
            " {:.4} | {:+.4} (±{:.4}) | {:.3} {:.4} | {:.3} | {:.1} {}",
            number("recall10"),
            number("default_minus"),
            number("default_minus_error"),
            number("cold_shown"),
            number("cold_recall10"),
            number("coverage"),
            number("shared10"),
            number("median_rank")
        );
    }
    line
}

/// Calls `of` for each of `all` on several threads; the results are in the order of `all`.
fn in_parallel<T: Sync, R: Send>(
    all: &[T],
    threads: usize,
    of: impl Fn(&T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let part = |part: std::ops::Range<usize>| all[part].iter().map(&of).collect::<Result<Vec<R>>>();
    let parts: Result<Vec<Vec<R>>> = map_parts(all.len(), threads, part).into_iter().collect();
    Ok(parts?.into_iter().flatten().collect())
}

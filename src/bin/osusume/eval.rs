//! `osusume eval`: how well models rank, by one protocol.

use std::path::{Path, PathBuf};
use std::time::Instant;

use osusume::tables::{ItemKeys, Vectors};
use osusume::train::{
    Fitted, Interactions, ItemWeights, Keep, LeaveOneOut, Popularity, PureSvd, Recipe, Report, RuleReport,
    Tenth, TrainError, Vectored, leave_one_out, profiles, tenth,
};

/// Measure models: leave-one-out among 99 negatives and among all items, item to item, profiles, lists.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ratings: CSV or tab separated with a header line, plain or gzip.
    #[arg(long, value_name = "FILE")]
    ratings: PathBuf,
    /// The held-out pairs of a published split; `ratings` then holds the training pairs.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["core", "tenth"])]
    test: Option<PathBuf>,
    /// The negatives of a published split: user, item, negatives.
    #[arg(long, value_name = "FILE", requires = "test")]
    negatives: Option<PathBuf>,
    /// Baselines, recipes (TOML) and vector files, by comma: popularity, item-knn, ease[:λ], puresvd[:dims].
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_value = "popularity,item-knn,ease,puresvd"
    )]
    models: Vec<String>,
    /// What is asked: "all" of a model; or "profile", by which rule several liked items are best made one query.
    #[arg(long, value_enum, default_value_t = Protocol::All)]
    protocol: Protocol,
    /// Leave out items and users with fewer interactions, again and again until none is left.
    #[arg(long, default_value_t = 1)]
    core: u32,
    /// Measure each recipe with this many training seeds and print the mean.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Values per vector, over the recipes'.
    #[arg(long)]
    dims: Option<usize>,
    /// Measure a random tenth of each user's rows as well (trains every model once more).
    #[arg(long, conflicts_with = "protocol")]
    tenth: bool,
    /// Threads [default: one a core].
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Protocol {
    All,
    Profile,
}

/// Runs the subcommand.
pub fn run(args: &Args, json: bool) -> osusume::Result<()> {
    let threads = args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let mut split_b = None;
    let split = if let Some(test) = &args.test {
        LeaveOneOut::published(&args.ratings, test, args.negatives.as_deref())?
    } else {
        let keep = Keep { ratings: false, order: true };
        let (data, _) = Interactions::read(&args.ratings, None, ItemKeys::Any, keep)?;
        let data = data.core(args.core, args.core);
        split_b = args.tenth.then(|| Tenth::new(data.clone(), 1));
        LeaveOneOut::new(data, 1)
    };
    let data = &split.train;
    eprintln!("{} training interactions of {} users and {} items", data.len(), data.users(), data.items());
    if args.protocol == Protocol::Profile {
        return rules(args, &split, threads, json);
    }
    let mut reports = Vec::new();
    for name in &args.models {
        let mut sum: Option<Report> = None;
        let start = Instant::now();
        // Only recipes draw at random.
        let seeds = if is(name, "toml") { args.seeds.max(1) } else { 1 };
        for seed in 1..=seeds {
            let model = fit(name, &split.train, args.dims, seed, threads)?;
            let mut report = leave_one_out(&*model, &split, 1, threads);
            if let Some(split) = &split_b {
                let model = fit(name, &split.train, args.dims, seed, threads)?;
                report.tenth = tenth(&*model, split, 1, threads);
            }
            sum = Some(match sum {
                Some(sum) => sum.plus(&report),
                None => report,
            });
        }
        let report = sum.unwrap_or_default().over(seeds);
        let seconds = start.elapsed().as_secs_f64();
        if json {
            reports.push(
                serde_json::json!({ "model": name, "seconds": seconds, "seeds": seeds, "report": report }),
            );
        } else {
            if reports.is_empty() {
                println!("{}", head(args.tenth));
            }
            reports.push(serde_json::Value::Null);
            println!("{}", line(name, seconds, &report, args.tenth));
        }
    }
    if json {
        println!("{}", serde_json::Value::Array(reports));
    }
    Ok(())
}

/// Compares the rules of profiles on each model that has vectors.
fn rules(args: &Args, split: &LeaveOneOut, threads: usize, json: bool) -> osusume::Result<()> {
    let mut reports = Vec::new();
    if !json {
        println!(
            "{:<28} {:<15} {:>7} | NDCG@10 (±95 %) HR@10 | NDCG@10 over the mean's (±95 %)",
            "model", "rule", ""
        );
    }
    for name in &args.models {
        let model = fit(name, &split.train, args.dims, 1, threads)?;
        let found = profiles(&*model, split, 1, threads);
        if json {
            reports.push(serde_json::json!({ "model": name, "rules": found }));
            continue;
        }
        if found.is_empty() {
            println!("{:<28} has no vectors", short(name));
        }
        for RuleReport { rule, shipped, ranks, over_mean, over_mean_half_width } in found {
            let shipped = if shipped { "ships" } else { "" };
            println!(
                "{:<28} {rule:<15} {shipped:>7} | {:.4} (±{:.4}) {:.4} | {over_mean:+.4} (±{over_mean_half_width:.4})",
                short(name),
                ranks.ndcg10,
                ranks.ndcg10_half_width,
                ranks.hr10
            );
        }
    }
    if json {
        println!("{}", serde_json::Value::Array(reports));
    }
    Ok(())
}

fn short(name: &str) -> String {
    Path::new(name).file_name().map_or(name.to_owned(), |n| n.to_string_lossy().into_owned())
}

fn is(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e == extension)
}

fn fit(
    name: &str,
    data: &Interactions,
    dims: Option<usize>,
    seed: u64,
    threads: usize,
) -> osusume::Result<Box<dyn Fitted>> {
    let setting = |value: &str| TrainError::Setting {
        name: "models",
        value: value.to_owned(),
        expected: "popularity, item-knn, ease[:λ], puresvd[:dims], a recipe (.toml) or vectors (.safetensors)",
    };
    if is(name, "toml") {
        let mut recipe = Recipe::read(Path::new(name))?;
        recipe.seed = seed;
        recipe.dims = dims.unwrap_or(recipe.dims);
        recipe.check()?;
        let fitted = recipe.fit(data, threads);
        let diverged = TrainError::Diverged { epoch: recipe.epochs, rate: recipe.learning_rate };
        return Ok(fitted.ok_or(diverged)?);
    }
    if is(name, "safetensors") {
        let vectors = Vectors::read(Path::new(name))?;
        let mut values = vec![0.0; data.items() * vectors.dims];
        for (row, id) in vectors.ids.iter().enumerate() {
            if let Ok(item) = data.ids().binary_search(id) {
                values[item * vectors.dims..][..vectors.dims].copy_from_slice(vectors.row(row));
            }
        }
        let exponent = vectors.provenance.exponent.unwrap_or(1.0);
        return Ok(Box::new(Vectored::alone(values, vectors.dims, exponent)));
    }
    let (kind, value) = name.split_once(':').unwrap_or((name, ""));
    let number = |default: f64| match value {
        "" => Ok(default),
        text => text.parse::<f64>().ok().filter(|n| n.is_finite() && *n > 0.0).ok_or_else(|| setting(name)),
    };
    Ok(match kind {
        "popularity" => Box::new(Popularity::new(data)),
        "item-knn" => Box::new(ItemWeights::cosine(data)),
        "ease" => Box::new(ItemWeights::ease(data, number(500.0)?).ok_or_else(|| setting(name))?),
        "puresvd" => Box::new(PureSvd::new(data, number(32.0)? as usize)),
        _ => return Err(setting(name).into()),
    })
}

fn head(tenth: bool) -> String {
    let b = if tenth { " | B R@10 NDCG@10 pairs macro fold-in" } else { "" };
    format!(
        "{:<28} {:>7} | sampled HR@10 NDCG@10 | full HR@10 NDCG@10 (±95 %) MRR | item-to-item HR@10 HR@50 MRR \
         | fold-in mean NDCG@10 | coverage popularity diversity{b}",
        "model", "seconds"
    )
}

fn line(name: &str, seconds: f64, report: &Report, tenth: bool) -> String {
    let Report { sampled, full, item_to_item: i2i, lists, fold_in, mean, tenth: b } = report;
    let short = short(name);
    let mut text = format!(
        "{short:<28} {seconds:>7.1} | {:.4} {:.4} | {:.4} {:.4} (±{:.4}) {:.4} | {:.4} {:.4} {:.4} | {:.4} {:.4} | {:.2} {:.2} {:.2}",
        sampled.hr10,
        sampled.ndcg10,
        full.hr10,
        full.ndcg10,
        full.ndcg10_half_width,
        full.mrr,
        i2i.hr10,
        i2i.hr50,
        i2i.mrr,
        fold_in.ndcg10,
        mean.ndcg10,
        lists.coverage,
        lists.popularity,
        lists.diversity,
    );
    if tenth {
        let figures = [b.recall10, b.ndcg10, b.pairs_hr10, b.pairs_macro_hr10, b.fold_in_ndcg10];
        text += &figures.map(|figure| format!(" {figure:.4}")).concat().replacen(' ', " | ", 1);
    }
    text
}

//! `osusume eval`: how well models rank, by one protocol.

mod models;
mod plot;
mod text;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use osusume_tables::{ItemKeys, TableError, Vectors};
use osusume_train::{
    Cold, Fidelity, Fitted, Interactions, Keep, KnobPoint, LeaveOneOut, Lists, NewcomerReport,
    Newcomers, Report, RuleReport, Tenth, TrainError, cold_items, fidelity, knob, leave_one_out,
    newcomers, tenth,
};

use self::models::{fit, is_recipe, short};

/// Measure models: leave-one-out among 99 negatives and among all items, item to item, profiles, lists.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ratings: CSV or tab separated with a header line, plain or gzip.
    #[arg(long, value_name = "FILE", required_unless_present = "encoder")]
    ratings: Option<PathBuf>,
    /// The held-out pairs of a published split; `ratings` then holds the training pairs.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["core", "tenth"])]
    test: Option<PathBuf>,
    /// The negatives of a published split: user, item, negatives.
    #[arg(long, value_name = "FILE", requires = "test")]
    negatives: Option<PathBuf>,
    /// Baselines, recipes (TOML) and vector files, by comma: popularity, item-knn, ease[:λ], puresvd[:dims],
    /// FILE.toml[:setting=value …], FILE.safetensors. With --protocol text: transformer, bm25, table[:setting=value …].
    /// Without it, all that need no file.
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    models: Vec<String>,
    /// What is asked.
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
    /// Vectors of the items' texts, for --protocol cold (safetensors, as `osusume encode` writes them).
    #[arg(long, value_name = "FILE")]
    texts: Option<PathBuf>,
    /// Regularisations of the map from texts to places that --protocol cold tries, by comma.
    #[arg(long, value_name = "λ", value_delimiter = ',', default_value = "10")]
    cold: Vec<f64>,
    /// Also write what --protocol newcomers trains on, for other trainers to train on (CSV, `user_id` and `item_id`).
    #[arg(long, value_name = "FILE")]
    training: Option<PathBuf>,
    /// What --protocol text asks: the catalogue, the transformer and, if there are any, descriptions with the items wanted.
    #[command(flatten)]
    text: text::Args,
    /// Draw quality against popularity (--protocol all) or the knob (--protocol knob, of one model) into an SVG file.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Threads [default: one a core].
    #[arg(long)]
    threads: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Protocol {
    /// Everything by leave-one-out: users, items, lists.
    All,
    /// By which rule several liked items are best made one query.
    Profile,
    /// Users kept out of training.
    Newcomers,
    /// Items held out whole and placed by their texts.
    Cold,
    /// What the knob from popular to niche does.
    Knob,
    /// What f16 and i8 keep of the lists by f32.
    Fidelity,
    /// How close typed words come to the sentence transformer.
    Text,
}

/// Runs the subcommand.
pub fn run(args: &Args, json: bool) -> crate::error::Result<()> {
    if args.protocol == Protocol::Text {
        return args.text.run(&args.models, json);
    }
    let threads = args.threads();
    let mut split_b = None;
    let Some(ratings) = &args.ratings else {
        return Err(refused("ratings", "none", "a file of ratings; --protocol text needs none"));
    };
    let split = if let Some(test) = &args.test {
        LeaveOneOut::published(ratings, test, args.negatives.as_deref())?
    } else {
        let keep = Keep { ratings: true, order: true };
        let (data, _) = Interactions::read(ratings, None, ItemKeys::Any, keep)?;
        let data = data.core(args.core, args.core);
        match args.protocol {
            Protocol::Newcomers => return strangers(args, data, json),
            Protocol::Cold => return unrated(args, data, json),
            Protocol::Fidelity => return forms(args, &data.ascending(), json),
            _ => {}
        }
        split_b = args.tenth.then(|| Tenth::new(data.clone(), 1));
        LeaveOneOut::new(data, 1)
    };
    let data = &split.train;
    eprintln!(
        "{} training interactions of {} users and {} items",
        data.len(),
        data.users(),
        data.items()
    );
    match args.protocol {
        Protocol::Profile => return rules(args, &split, json),
        Protocol::Knob => return niche(args, &split, json),
        Protocol::All => {}
        _ => {
            let value = format!("{:?} with --test", args.protocol);
            return Err(refused(
                "protocol",
                &value,
                "all, profile or knob where the split is given",
            ));
        }
    }
    let mut drawn = Vec::new();
    let mut reports = Vec::new();
    for name in &args.models() {
        let mut sum: Option<Report> = None;
        let start = Instant::now();
        // Only recipes draw at random.
        let seeds = if is_recipe(name) { args.seeds.max(1) } else { 1 };
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
        drawn.push((short(name), report.clone()));
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
    args.plot.as_ref().map_or(Ok(()), |path| plot::models(path, &drawn))
}

/// The refusal of an option's value.
fn refused(name: &'static str, value: &str, expected: &'static str) -> crate::error::Error {
    TrainError::Setting { name, value: value.to_owned(), expected }.into()
}

/// Compares the rules of profiles on each model that has vectors.
fn rules(args: &Args, split: &LeaveOneOut, json: bool) -> crate::error::Result<()> {
    let head = format!(
        "{:<28} {:<15} {:>7} | NDCG@10 (±95 %) HR@10 | NDCG@10 over the mean's (±95 %)",
        "model", "rule", ""
    );
    args.each(&split.train, json, &head, |name, model| {
        let found = leave_one_out(model, split, 1, args.threads()).rules;
        let line = |RuleReport { rule, shipped, ranks, over_mean, over_mean_half_width }: &RuleReport| {
            let shipped = if *shipped { "ships" } else { "" };
            format!(
                "{name:<28} {rule:<15} {shipped:>7} | {:.4} (±{:.4}) {:.4} | {over_mean:+.4} (±{over_mean_half_width:.4})",
                ranks.ndcg10, ranks.ndcg10_half_width, ranks.hr10
            )
        };
        (found.iter().map(line).collect(), serde_json::json!({ "rules": found }))
    })
}

/// Asks for users who were kept out of training.
fn strangers(args: &Args, data: Interactions, json: bool) -> crate::error::Result<()> {
    let split = Newcomers::new(data, 1);
    eprintln!("{} users kept out of training", split.profiles.len());
    if let Some(path) = &args.training {
        write_rows(path, &split.train).map_err(TableError::io(path))?;
    }
    let head = format!(
        "{:<28} {:<15} | NDCG@10 (±95 %) recall@10 | one liked: precision@10",
        "model", "rule"
    );
    args.each(&split.train, json, &head, |name, model| {
        let found = newcomers(model, &split, 1, args.threads());
        let line = |r: &NewcomerReport| {
            format!(
                "{name:<28} {:<15} | {:.4} (±{:.4}) {:.4} | {:.4}",
                r.rule, r.ndcg10, r.ndcg10_half_width, r.recall10, r.one_liked_precision10
            )
        };
        (found.iter().map(line).collect(), serde_json::json!({ "rules": found }))
    })
}

/// Writes a line an interaction; users are numbered from 0.
fn write_rows(path: &Path, data: &Interactions) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    writeln!(file, "user_id,item_id")?;
    for user in 0..data.users() {
        for &item in data.of(user) {
            writeln!(file, "{user},{}", data.ids()[item as usize])?;
        }
    }
    file.flush()
}

/// Asks for items that were held out whole and are placed by their texts.
fn unrated(args: &Args, data: Interactions, json: bool) -> crate::error::Result<()> {
    let Some(path) = &args.texts else {
        return Err(refused("texts", "none", "a vector file, as `osusume encode` writes it"));
    };
    let texts = Vectors::read(path)?;
    let split = Cold::new(data, &texts, 1);
    eprintln!("{} items held out", split.ids.len());
    let head = format!(
        "{:<28} {:<10} {:>8} | NDCG@10 (±95 %) recall@10 | pairs, macro HR@10",
        "model", "by", "λ"
    );
    args.each(&split.train, json, &head, |name, model| {
        let (mut lines, mut reports) = (Vec::new(), Vec::new());
        for &lambda in &args.cold {
            let Some(report) = cold_items(model, &split, &texts, lambda, 1, args.threads()) else {
                continue;
            };
            for row in &report.rows {
                let mapped = matches!(row.by, "placed" | "both");
                // What does without a map stands once.
                if mapped || reports.is_empty() {
                    let lambda = if mapped { lambda.to_string() } else { String::new() };
                    lines.push(format!(
                        "{name:<28} {:<10} {lambda:>8} | {:.4} (±{:.4}) {:.4} | {:.4}",
                        row.by, row.ndcg10, row.ndcg10_half_width, row.recall10, row.macro_hr10
                    ));
                }
            }
            reports.push(serde_json::json!({ "lambda": lambda, "report": report }));
        }
        (lines, serde_json::json!({ "cold": reports }))
    })
}

/// Moves the knob.
fn niche(args: &Args, split: &LeaveOneOut, json: bool) -> crate::error::Result<()> {
    let head = format!("{:<28} niche | HR@10 macro | popularity coverage diversity", "model");
    let mut drawn = Ok(());
    args.each(&split.train, json, &head, |name, model| {
        let points = knob(model, split, args.threads());
        if let (Some(path), Ok(())) = (&args.plot, &drawn) {
            drawn = plot::knob(path, name, &points);
        }
        let line = |KnobPoint { niche, hr10, macro_hr10, lists }: &KnobPoint| {
            let Lists { coverage, popularity, diversity } = lists;
            format!(
                "{name:<28} {niche:>5} | {hr10:.4} {macro_hr10:.4} | {popularity:.3} {coverage:.3} {diversity:.3}"
            )
        };
        (points.iter().map(line).collect(), serde_json::json!({ "points": points }))
    })?;
    drawn
}

/// Compares the forms in which vectors are shipped.
fn forms(args: &Args, data: &Interactions, json: bool) -> crate::error::Result<()> {
    let head = format!("{:<28} form {:>9} | kept of the ten: items profiles", "model", "bytes");
    args.each(data, json, &head, |name, model| {
        let found = fidelity(model, data, args.threads());
        let line = |Fidelity { form, bytes, items, profiles }: &Fidelity| {
            format!("{name:<28} {form:<4} {bytes:>9} | {items:.4} {profiles:.4}")
        };
        (found.iter().map(line).collect(), serde_json::json!({ "forms": found }))
    })
}

impl Args {
    fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }

    fn models(&self) -> Vec<String> {
        if self.models.is_empty() {
            ["popularity", "item-knn", "ease", "puresvd"].map(str::to_owned).into()
        } else {
            self.models.clone()
        }
    }

    /// Trains every model on `data` and prints what `ask` makes of it: lines under `head`, or JSON.
    fn each(
        &self,
        data: &Interactions,
        json: bool,
        head: &str,
        mut ask: impl FnMut(&str, &dyn Fitted) -> (Vec<String>, serde_json::Value),
    ) -> crate::error::Result<()> {
        let mut reports = Vec::new();
        if !json {
            println!("{head}");
        }
        for name in &self.models() {
            let model = fit(name, data, self.dims, 1, self.threads())?;
            let (lines, mut report) = ask(&short(name), &*model);
            report["model"] = name.as_str().into();
            reports.push(report);
            if !json {
                for line in &lines {
                    println!("{line}");
                }
                if lines.is_empty() {
                    println!("{:<28} has no vectors", short(name));
                }
            }
        }
        if json {
            println!("{}", serde_json::Value::Array(reports));
        }
        Ok(())
    }
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
    let Report { sampled, full, item_to_item: i2i, lists, fold_in, mean, tenth: b, .. } = report;
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

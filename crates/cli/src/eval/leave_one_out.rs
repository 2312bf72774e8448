//! `--protocol all`: one line of figures a model, by leave-one-out.

use std::time::Instant;

use osusume_train::{LeaveOneOut, Report, Tenth, leave_one_out, tenth};
use serde_json::json;

use super::args::Args;
use super::models::{fit, is_recipe, short};
use super::plot;

/// Measures every model and prints its report; also on the split `other`, if there is one.
pub fn all_protocol(
    args: &Args,
    split: &LeaveOneOut,
    other: Option<&Tenth>,
    json: bool,
) -> crate::error::Result<()> {
    let mut drawn = Vec::new();
    let mut reports = Vec::new();
    for name in &args.models() {
        let start = Instant::now();
        // Only recipes depend on the random seed.
        let seeds = if is_recipe(name) { args.seeds.max(1) } else { 1 };
        let report = mean_report(args, name, seeds, split, other)?;
        let seconds = start.elapsed().as_secs_f64();
        if json {
            reports.push(
                json!({ "model": name, "seconds": seconds, "seeds": seeds, "report": report }),
            );
        } else {
            if drawn.is_empty() {
                println!("{}", head(args.tenth));
            }
            println!("{}", line(name, seconds, &report, args.tenth));
        }
        drawn.push((short(name), report));
    }
    if json {
        println!("{}", serde_json::Value::Array(reports));
    }
    args.plot.as_ref().map_or(Ok(()), |path| plot::models(path, &drawn))
}

/// Returns the mean report of a model over seeds 1 to `seeds`.
fn mean_report(
    args: &Args,
    name: &str,
    seeds: u64,
    split: &LeaveOneOut,
    other: Option<&Tenth>,
) -> crate::error::Result<Report> {
    let threads = args.threads();
    let mut sum: Option<Report> = None;
    for seed in 1..=seeds {
        let model = fit(name, &split.train, args.dims, seed, threads)?;
        let mut report = leave_one_out(&*model, split, 1, threads);
        if let Some(other) = other {
            let model = fit(name, &split.train, args.dims, seed, threads)?;
            report.tenth = tenth(&*model, other, 1, threads);
        }
        sum = Some(match sum {
            Some(sum) => sum.plus(&report),
            None => report,
        });
    }
    Ok(sum.unwrap_or_default().over(seeds))
}

fn head(tenth: bool) -> String {
    let tenth = if tenth { " | B R@10 NDCG@10 pairs macro fold-in" } else { "" };
    format!(
        "{:<28} {:>7} | sampled HR@10 NDCG@10 | full HR@10 NDCG@10 (±95%) MRR \
         | item-to-item HR@10 HR@50 MRR | fold-in mean NDCG@10 \
         | coverage popularity diversity{tenth}",
        "model", "seconds"
    )
}

fn line(name: &str, seconds: f64, report: &Report, tenth: bool) -> String {
    let Report { sampled, full, item_to_item: i2i, lists, fold_in, mean, tenth: b, .. } = report;
    let short = short(name);
    let mut text = format!(
        "{short:<28} {seconds:>7.1} | {:.4} {:.4} | {:.4} {:.4} (±{:.4}) {:.4} \
         | {:.4} {:.4} {:.4} | {:.4} {:.4} | {:.2} {:.2} {:.2}",
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

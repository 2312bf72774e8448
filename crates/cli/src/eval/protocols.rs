//! The protocols that print a few lines a model: profile, newcomers, cold, knob and fidelity.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use osusume_tables::{TableError, Vectors};
use osusume_train::{
    Cold, Fidelity, Fitted, Interactions, KnobPoint, LeaveOneOut, Lists, NewcomerReport, Newcomers,
    RuleReport, cold_items, fidelity, knob, leave_one_out, newcomers, packed, packed_bytes,
};
use serde_json::{Value, json};

use super::args::Args;
use super::models::{fit, short};
use super::plot;
use crate::error::Error;

/// Compares the ways to combine liked items into a query, on each model that has vectors.
pub fn profile_protocol(args: &Args, split: &LeaveOneOut, json: bool) -> crate::error::Result<()> {
    let head = format!(
        "{:<28} {:<15} {:>7} | NDCG@10 (±95%) HR@10 | NDCG@10 minus the mean's (±95%)",
        "model", "rule", ""
    );
    measure_models(args, &split.train, json, &head, |name, model| {
        let found = leave_one_out(model, split, 1, args.threads()).rules;
        let line =
            |RuleReport { rule, shipped, ranks, over_mean, over_mean_half_width }: &RuleReport| {
                let shipped = if *shipped { "ships" } else { "" };
                format!(
                    "{name:<28} {rule:<15} {shipped:>7} | {:.4} (±{:.4}) {:.4} \
                 | {over_mean:+.4} (±{over_mean_half_width:.4})",
                    ranks.ndcg10, ranks.ndcg10_half_width, ranks.hr10
                )
            };
        (found.iter().map(line).collect(), json!({ "rules": found }))
    })
}

/// Measures models on users who were kept out of training.
pub fn newcomers_protocol(args: &Args, data: Interactions, json: bool) -> crate::error::Result<()> {
    let split = Newcomers::new(data, 1);
    eprintln!("{} users kept out of training", split.profiles.len());
    if let Some(path) = &args.training {
        write_rows(path, &split.train).map_err(TableError::io(path))?;
    }
    let head = format!(
        "{:<28} {:<15} {:>10} | NDCG@10 (±95%) recall@10 | one liked: precision@10",
        "model", "rule", "bytes/item"
    );
    let items = split.train.items();
    measure_models(args, &split.train, json, &head, |name, model| {
        let measure = |name: &str, model: &dyn Fitted| {
            let found = newcomers(model, &split, 1, args.threads());
            let bytes = packed_bytes(model) as f64 / items.max(1) as f64;
            let line = |r: &NewcomerReport| {
                format!(
                    "{name:<28} {:<15} {bytes:>10.0} | {:.4} (±{:.4}) {:.4} | {:.4}",
                    r.rule, r.ndcg10, r.ndcg10_half_width, r.recall10, r.one_liked_precision10
                )
            };
            let lines: Vec<String> = found.iter().map(line).collect();
            (lines, json!({ "bytes_per_item": bytes, "rules": found }))
        };
        let (mut lines, mut report) = measure(name, model);
        let has_weights = model.residual().is_some() || model.item_weights().is_some();
        // Vectors alone are the same for every number of weights.
        let numbers = if has_weights { args.keep.len() } else { 1 };
        let mut forms = Vec::new();
        for &most in args.keep.iter().take(numbers) {
            let Some(model) = packed(model, most) else { continue };
            let form = if has_weights { format!(" keep={most}") } else { " f16".to_owned() };
            let (more, mut found) = measure(&format!("{name}{form}"), &*model);
            found["keep"] = has_weights.then_some(most).into();
            lines.extend(more);
            forms.push(found);
        }
        report["packed"] = forms.into();
        (lines, report)
    })
}

/// Writes one line an interaction; users are numbered from 0.
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

/// Measures models on items that were held out whole and are placed by their texts.
pub fn cold_protocol(args: &Args, data: Interactions, json: bool) -> crate::error::Result<()> {
    let Some(path) = &args.texts else {
        let expected = "a vector file that `osusume encode` wrote, for --protocol cold";
        return Err(Error::usage("texts", "is missing", expected));
    };
    let texts = Vectors::read(path)?;
    let split = Cold::new(data, &texts, 1);
    eprintln!("{} items held out", split.ids.len());
    let head = format!(
        "{:<28} {:<10} {:>8} | NDCG@10 (±95%) recall@10 | pairs, macro HR@10",
        "model", "by", "λ"
    );
    measure_models(args, &split.train, json, &head, |name, model| {
        let (mut lines, mut reports) = (Vec::new(), Vec::new());
        for &lambda in &args.cold {
            let Some(report) = cold_items(model, &split, &texts, lambda, 1, args.threads()) else {
                continue;
            };
            for row in &report.rows {
                let mapped = matches!(row.by, "placed" | "both");
                // Rows without a map are the same for every λ, so they are printed once.
                if mapped || reports.is_empty() {
                    let lambda = if mapped { lambda.to_string() } else { String::new() };
                    lines.push(format!(
                        "{name:<28} {:<10} {lambda:>8} | {:.4} (±{:.4}) {:.4} | {:.4}",
                        row.by, row.ndcg10, row.ndcg10_half_width, row.recall10, row.macro_hr10
                    ));
                }
            }
            reports.push(json!({ "lambda": lambda, "report": report }));
        }
        (lines, json!({ "cold": reports }))
    })
}

/// Measures models at several values of `niche`.
pub fn knob_protocol(args: &Args, split: &LeaveOneOut, json: bool) -> crate::error::Result<()> {
    let head = format!("{:<28} niche | HR@10 macro | popularity coverage diversity", "model");
    let mut drawn = Ok(());
    measure_models(args, &split.train, json, &head, |name, model| {
        let points = knob(model, split, args.threads());
        if let (Some(path), Ok(())) = (&args.plot, &drawn) {
            drawn = plot::knob(path, name, &points);
        }
        let line = |KnobPoint { niche, hr10, macro_hr10, lists }: &KnobPoint| {
            let Lists { coverage, popularity, diversity } = lists;
            format!(
                "{name:<28} {niche:>5} | {hr10:.4} {macro_hr10:.4} \
                 | {popularity:.3} {coverage:.3} {diversity:.3}"
            )
        };
        (points.iter().map(line).collect(), json!({ "points": points }))
    })?;
    drawn
}

/// Compares the lists of the forms in which vectors are shipped with those of f32.
pub fn fidelity_protocol(args: &Args, data: &Interactions, json: bool) -> crate::error::Result<()> {
    let head = format!("{:<28} form {:>9} | kept of the top 10: items profiles", "model", "bytes");
    measure_models(args, data, json, &head, |name, model| {
        let found = fidelity(model, data, args.threads());
        let line = |Fidelity { form, bytes, items, profiles }: &Fidelity| {
            format!("{name:<28} {form:<4} {bytes:>9} | {items:.4} {profiles:.4}")
        };
        (found.iter().map(line).collect(), json!({ "forms": found }))
    })
}

/// Trains every model on `data` and prints what `measure` returns: lines under `head`, or JSON.
fn measure_models(
    args: &Args,
    data: &Interactions,
    json: bool,
    head: &str,
    mut measure: impl FnMut(&str, &dyn Fitted) -> (Vec<String>, Value),
) -> crate::error::Result<()> {
    let mut reports = Vec::new();
    if !json {
        println!("{head}");
    }
    for name in &args.models() {
        let model = fit(name, data, args.dims, 1, args.threads())?;
        let (lines, mut report) = measure(&short(name), &*model);
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
        println!("{}", Value::Array(reports));
    }
    Ok(())
}

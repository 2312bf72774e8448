//! `osusume pack`: vectors and a catalogue in, a release out.

use std::path::PathBuf;

use osusume_pack::Metric;
use osusume_pack::pipeline::{Coverage, Packing, Run, model_input, read_entries, weights_input};
use osusume_tables::{TextTable, Vectors};
use osusume_train::Residual;

use crate::catalogue;
use crate::error::Result;

/// Pack vectors and a catalogue into a release for a static web server.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    catalogue: catalogue::Args,
    /// A model and its vector file, the default model first. The vectors are compared as their
    /// trainer says, or by cosine; EXPONENT (0 to 1) is the p of q·v / (|q||v|)^p. May be repeated.
    #[arg(long = "model", value_name = "NAME=FILE[,cosine|,EXPONENT]", required = true, value_parser = spec)]
    models: Vec<Spec>,
    /// A model's text encoder, as `osusume encode --distil` writes it.
    #[arg(long = "text", value_name = "NAME=FILE", value_parser = spec)]
    texts: Vec<Spec>,
    /// The release's folder; an old release in it is replaced when the new one is whole.
    #[arg(long, value_name = "FOLDER", default_value = "embeddings")]
    out: PathBuf,
}

#[derive(Debug, Clone)]
struct Spec {
    name: String,
    file: PathBuf,
    metric: Option<Metric>,
}

fn spec(text: &str) -> std::result::Result<Spec, String> {
    let (name, file) = text.split_once('=').ok_or("expected NAME=FILE")?;
    let (file, metric) = match file.rsplit_once(',') {
        Some((file, "cosine")) => (file, Some(Metric::Cosine)),
        Some((file, exponent)) => {
            let exponent = exponent
                .parse()
                .map_err(|_| format!("{exponent:?} is neither \"cosine\" nor a number"))?;
            (file, Some(Metric::Dot(exponent)))
        }
        None => (file, None),
    };
    Ok(Spec { name: name.to_owned(), file: file.into(), metric })
}

/// Runs the subcommand.
pub fn run(args: &Args, run: Run<'_>) -> Result<()> {
    let recipe = args.catalogue.recipe()?;
    let (entries, fields) = read_entries(&args.catalogue.catalogue, &recipe, run)?;
    let mut models = Vec::new();
    for Spec { name, file, metric } in &args.models {
        let mut model = model_input(name, Vectors::read(file)?);
        let trained = Residual::read(file, model.vectors.ids.len())?;
        model.residual = trained.as_ref().map(weights_input);
        model.metric = metric.unwrap_or(model.metric);
        if let Some(text) = args.texts.iter().find(|text| text.name == *name) {
            model.text = Some(TextTable::read(&text.file)?);
        }
        models.push(model);
    }
    let (out, coverage) = (&args.out, &Coverage::default());
    Packing { out, entries: &entries, fields: &fields, recipe: &recipe, coverage }
        .run(models, run)?;
    Ok(())
}

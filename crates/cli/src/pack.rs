//! `osusume pack`: vectors and a catalogue in, a release out.

use std::path::{Path, PathBuf};

use crate::error::Result;
use osusume::format::{ProfileKind, ProfileRule};
use osusume_pack::{Metric, Model, PackReport, Residual, pack};
use osusume_tables::{Entry, ReleaseRecipe, TableError, TextTable, Vectors};
use osusume_train as train;

use crate::{catalogue, map};

/// Pack vectors and a catalogue into a release for a static web server.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    catalogue: catalogue::Args,
    /// A model and its vector file, the default model first. The vectors are compared as their trainer says, by
    /// cosine where it says nothing; EXPONENT (0 to 1) is the p of q·v / (|q||v|)^p. May be repeated.
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

/// Returns the vectors as a model to pack, compared as they say themselves.
pub fn model(name: &str, vectors: Vectors) -> Model {
    let metric = vectors.provenance.exponent.map_or(Metric::Cosine, Metric::Dot);
    let kind = vectors.provenance.profile.filter(|kind| *kind == ProfileKind::Ridge);
    // A ridge predicts interactions by plain products, whatever the exponent of single items.
    let profile = kind.map(|kind| ProfileRule { kind, exponent: 0.0, ..ProfileRule::default() });
    Model { profile, ..Model::new(name, vectors, metric) }
}

/// Returns a trained residual as `pack` takes it.
pub fn residual(trained: &train::Residual) -> Residual {
    let rows = trained.offsets.len() - 1;
    Residual {
        factor: trained.factor,
        pairs: (0..rows).map(|row| trained.of(row).collect()).collect(),
    }
}

/// Packs and says what was packed.
pub fn write(
    out: &Path,
    entries: &[Entry],
    recipe: &ReleaseRecipe,
    mut models: Vec<Model>,
) -> Result<()> {
    for model in &mut models {
        let date = &mut model.vectors.provenance.date;
        if date.is_none() {
            date.clone_from(&recipe.date);
        }
    }
    if let Some(site) = &recipe.site {
        let text = toml::to_string(site).expect("a table that was read can be written");
        std::fs::create_dir_all(out).map_err(TableError::io(out))?;
        let path = out.join("site.toml");
        std::fs::write(&path, text).map_err(TableError::io(&path))?;
    }
    let PackReport { manifest, unknown, uncovered } =
        pack(out, entries, &recipe.language, &models)?;
    for (name, count) in unknown.iter().filter(|(_, count)| **count > 0) {
        eprintln!("{name}: {count} vectors of items that the catalogue does not have, left out");
    }
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    eprintln!("{uncovered} items that no model covers, left out");
    eprintln!(
        "{}: release {}, {} items, {bytes} bytes",
        out.display(),
        manifest.release,
        manifest.items
    );
    if recipe.map { map::draw(out) } else { Ok(()) }
}

/// Runs the subcommand.
pub fn run(args: &Args) -> Result<()> {
    let recipe = args.catalogue.recipe()?;
    let entries = args.catalogue.read(&recipe)?;
    let mut models = Vec::new();
    for Spec { name, file, metric } in &args.models {
        let mut model = model(name, Vectors::read(file)?);
        let trained = train::Residual::read(file, model.vectors.ids.len())?;
        model.residual = trained.as_ref().map(residual);
        model.metric = metric.unwrap_or(model.metric);
        if let Some(text) = args.texts.iter().find(|text| text.name == *name) {
            model.text = Some(TextTable::read(&text.file)?);
        }
        models.push(model);
    }
    write(&args.out, &entries, &recipe, models)
}

//! `osusume import`: vectors of another trainer in, a vector file for `pack` out.

use std::path::PathBuf;

use crate::error::Result;
use osusume::format::ProfileKind;
use osusume_pack::import::{Source, read};
use osusume_tables::{CatalogueColumns, read_catalogue};

/// Bring in vectors that another program trained, for `osusume pack --model NAME=FILE`.
///
/// Reads .npy, .safetensors, Parquet (also a folder of files, as Spark's ALS writes `itemFactors`) and CSV.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vectors: a file, or a folder of Parquet files.
    file: PathBuf,
    /// Where the vector file goes (safetensors).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Ids in the order of the rows, where FILE has none: .npy, or text with one id a line.
    #[arg(long, value_name = "FILE", conflicts_with = "id_column")]
    ids: Option<PathBuf>,
    /// Column or tensor of the ids; of an .npy the position, from 0 [default: "id" and the like, "ids" in safetensors].
    #[arg(long, value_name = "NAME")]
    id_column: Option<String>,
    /// Column or tensor of the vectors [default: the one list, else every other column; "vectors" in safetensors].
    #[arg(long, value_name = "NAME")]
    vector_column: Option<String>,
    /// Ids are the text ids of this catalogue; rows of items that it does not have are counted and left out.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// The p of q·v / (|q||v|)^p by which items compare: 0 the dot product, 1 the cosine [default: the cosine].
    #[arg(long, value_name = "0…1", value_parser = exponent)]
    exponent: Option<f32>,
    /// How several liked items become one query; the ridge suits factors of ALS (see docs/QUALITY.md).
    #[arg(long, value_enum, default_value_t = Rule::Sum)]
    profile: Rule,
    /// What they were made from, for the manifest.
    #[arg(long, value_name = "TEXT")]
    data: Option<String>,
    /// How they were trained, for the manifest.
    #[arg(long, value_name = "TEXT")]
    recipe: Option<String>,
    /// When, YYYY-MM-DD, for the manifest.
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rule {
    Sum,
    Ridge,
}

fn exponent(text: &str) -> std::result::Result<f32, String> {
    text.parse()
        .ok()
        .filter(|p| (0.0..=1.0).contains(p))
        .ok_or_else(|| "expected 0 to 1".to_owned())
}

/// Runs the subcommand.
pub fn run(args: &Args, json: bool) -> Result<()> {
    let source = Source {
        path: args.file.clone(),
        ids: args.ids.clone(),
        id_column: args.id_column.clone(),
        vector_column: args.vector_column.clone(),
    };
    let keys = match &args.catalogue {
        Some(path) => {
            let (entries, _) = read_catalogue(path, &CatalogueColumns::default())?;
            Some(
                entries
                    .into_iter()
                    .map(|entry| (entry.key.unwrap_or_else(|| entry.id.to_string()), entry.id))
                    .collect(),
            )
        }
        None => None,
    };
    let (mut vectors, unknown) = read(&source, keys.as_ref())?;
    let provenance = &mut vectors.provenance;
    provenance.exponent = match (args.exponent, args.profile) {
        // Normalised vectors would have lost the lengths that a ridge goes by.
        (None, Rule::Ridge) => Some(1.0),
        (exponent, _) => exponent,
    };
    provenance.profile = (args.profile == Rule::Ridge).then_some(ProfileKind::Ridge);
    if let Some(data) = &args.data {
        provenance.data.clone_from(data);
    }
    if let Some(recipe) = &args.recipe {
        provenance.recipe.clone_from(recipe);
    }
    provenance.date.clone_from(&args.date);
    vectors.write(&args.out)?;
    let (rows, dims) = (vectors.ids.len(), vectors.dims);
    if json {
        crate::output::json(
            &serde_json::json!({ "rows": rows, "dims": dims, "unknown": unknown, "out": args.out }),
        );
        return Ok(());
    }
    let left_out = if unknown == 0 {
        String::new()
    } else {
        format!(", {unknown} of items that the catalogue does not have left out")
    };
    eprintln!("{}: {rows} × {dims} vectors{left_out}", args.out.display());
    Ok(())
}

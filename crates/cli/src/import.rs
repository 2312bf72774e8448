//! `osusume import`: converts the vectors of another trainer into a vector file for `pack`.

use std::path::PathBuf;

use crate::error::Result;
use osusume::format::ProfileKind;
use osusume_pack::import::{ImportOptions, read};
use osusume_tables::{CatalogueColumns, CatalogueTable, read_catalogue};

/// Convert vectors that another program trained, for `osusume pack --model NAME=FILE`.
///
/// Reads .npy, .safetensors, CSV and Parquet, also a folder of Parquet files, as Spark's ALS writes
/// `itemFactors`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vectors: a file, or a folder of Parquet files.
    file: PathBuf,
    /// The vector file to write (safetensors).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Ids in the order of the rows, if FILE has none: .npy, or text with one id a line.
    #[arg(long, value_name = "FILE", conflicts_with = "id_column")]
    ids: Option<PathBuf>,
    /// Column or tensor of the ids; in .npy its position, from 0 [default: "id" and similar names,
    /// "ids" in safetensors].
    #[arg(long, value_name = "NAME")]
    id_column: Option<String>,
    /// Column or tensor of the vectors [default: the only list, else every other column; "vectors"
    /// in safetensors].
    #[arg(long, value_name = "NAME")]
    vector_column: Option<String>,
    /// Catalogue whose text ids FILE uses; rows of items that it does not have are counted and left
    /// out.
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// The p of q·v / (|q||v|)^p, the score of two items: 0 is the dot product, 1 the cosine
    /// [default: the cosine].
    #[arg(long, value_name = "0…1", value_parser = parse_exponent)]
    exponent: Option<f32>,
    /// How several liked items become one query; ridge suits factors of ALS (see docs/QUALITY.md).
    #[arg(long, value_enum, default_value_t = Rule::Sum)]
    profile: Rule,
    /// The training data, for the manifest.
    #[arg(long, value_name = "TEXT")]
    data: Option<String>,
    /// The training recipe, for the manifest.
    #[arg(long, value_name = "TEXT")]
    recipe: Option<String>,
    /// The day of training, YYYY-MM-DD, for the manifest.
    #[arg(long, value_name = "DAY")]
    date: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Rule {
    Sum,
    Ridge,
}

fn parse_exponent(text: &str) -> std::result::Result<f32, String> {
    text.parse()
        .ok()
        .filter(|p| (0.0..=1.0).contains(p))
        .ok_or_else(|| "expected 0 to 1".to_owned())
}

/// Runs the subcommand.
pub fn run(args: &Args, json: bool) -> Result<()> {
    let source = ImportOptions {
        path: args.file.clone(),
        ids: args.ids.clone(),
        id_column: args.id_column.clone(),
        vector_column: args.vector_column.clone(),
    };
    let keys = match &args.catalogue {
        Some(path) => {
            let (CatalogueTable { ids, keys, .. }, _) =
                read_catalogue(path, &CatalogueColumns::default())?;
            let keys = keys.unwrap_or_else(|| ids.iter().map(u32::to_string).collect());
            Some(keys.into_iter().zip(ids).collect())
        }
        None => None,
    };
    let (mut vectors, unknown) = read(&source, keys.as_ref())?;
    let provenance = &mut vectors.provenance;
    provenance.exponent = match (args.exponent, args.profile) {
        // Without an exponent the vectors would be normalised; the ridge needs their lengths.
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

//! `osusume import`: converts the vectors or the item-item weights of another trainer into a vector
//! file for `pack`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use osusume::format::ProfileKind;
use osusume_pack::import::{ImportOptions, WeightOptions, Weights, read, read_weights};
use osusume_tables::{CatalogueColumns, CatalogueTable, Vectors, read_catalogue};

/// Convert vectors or item-item weights that another program trained, for `osusume pack --model
/// NAME=FILE`.
///
/// Reads vectors from .npy, .safetensors, CSV and Parquet, also from a folder of Parquet files, as
/// Spark's ALS writes `itemFactors`. Reads weights, such as those of EASE, SLIM and SANSA, from
/// .npz (`scipy.sparse.save_npz`) and as triples from CSV and Parquet.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The vectors: a file, or a folder of Parquet files. Without them a model has weights alone.
    #[arg(required_unless_present = "weights")]
    file: Option<PathBuf>,
    /// The vector file to write (safetensors).
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Ids in the order of the rows, if FILE has none: .npy, or text with one id a line. Also those
    /// of a matrix of weights, unless --weight-ids names others.
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
    #[command(flatten)]
    weights: WeightArgs,
    /// Catalogue whose text ids the files use; vectors and weights of items that it does not have
    /// are counted and left out.
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

/// The options of item-item weights.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct WeightArgs {
    /// Item-item weights: what liking an item adds to the scores of others. A square matrix (.npz:
    /// csr, csc, coo or bsr) has a row for each liked item and a column for each other, as B in the
    /// scores x·B. Triples are CSV, Parquet or a folder of Parquet files.
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Ids of the matrix in the order of its rows [default: --ids].
    #[arg(long, value_name = "FILE", requires = "weights")]
    weight_ids: Option<PathBuf>,
    /// Columns of the triples: the liked item, the other item and the weight.
    #[arg(long, value_name = "NAME", value_delimiter = ',', requires = "weights",
        default_values = ["item", "other", "weight"])]
    weight_columns: Vec<String>,
    /// The rows of the matrix, or the first items of the triples, are those whose score grows, and
    /// the others are liked.
    #[arg(long, requires = "weights")]
    transpose: bool,
    /// Weights to keep of each liked item: those of the largest absolute value.
    #[arg(long, value_name = "N", default_value_t = 64, requires = "weights",
        value_parser = clap::value_parser!(u16).range(1..))]
    keep: u16,
    /// Multiplies the scores of the vectors before the weights are added to them.
    #[arg(long, value_name = "NUMBER", default_value_t = 1.0, requires = "weights",
        value_parser = parse_factor)]
    factor: f32,
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

fn parse_factor(text: &str) -> std::result::Result<f32, String> {
    text.parse()
        .ok()
        .filter(|factor: &f32| factor.is_finite())
        .ok_or_else(|| "expected a number".to_owned())
}

/// Runs the subcommand.
pub fn run(args: &Args, json: bool) -> Result<()> {
    let keys = args.catalogue.as_deref().map(keys).transpose()?;
    let vectors = args.vectors(keys.as_ref())?;
    let weights = args.weights(keys.as_ref())?;
    let mut report = serde_json::json!({ "rows": 0, "dims": 0, "unknown": 0, "out": args.out });
    let mut said = Vec::new();
    if let Some((vectors, unknown)) = &vectors {
        let (rows, dims) = (vectors.ids.len(), vectors.dims);
        (report["rows"], report["dims"]) = (rows.into(), dims.into());
        report["unknown"] = (*unknown).into();
        said.push(format!("{rows} × {dims} vectors{}", left_out(*unknown)));
    }
    if let Some(weights) = &weights {
        let (count, items) = (weights.len(), weights.items());
        report["weights"] = serde_json::json!({
            "weights": count, "items": items, "unknown": weights.unknown,
        });
        said.push(format!("{count} weights between {items} items{}", left_out(weights.unknown)));
    }
    args.write(vectors.map(|(vectors, _)| vectors), weights.as_ref())?;
    if json {
        crate::output::json(&report);
    } else {
        eprintln!("{}: {}", args.out.display(), said.join("; "));
    }
    Ok(())
}

impl Args {
    /// Reads the vectors, if there are any.
    fn vectors(&self, keys: Option<&Keys>) -> Result<Option<(Vectors, usize)>> {
        let Some(path) = self.file.clone() else { return Ok(None) };
        let source = ImportOptions {
            path,
            ids: self.ids.clone(),
            id_column: self.id_column.clone(),
            vector_column: self.vector_column.clone(),
        };
        Ok(Some(read(&source, keys)?))
    }

    /// Reads the weights, if there are any.
    fn weights(&self, keys: Option<&Keys>) -> Result<Option<Weights>> {
        let WeightArgs { weights, weight_ids, weight_columns, transpose, keep, .. } = &self.weights;
        let Some(path) = weights.clone() else { return Ok(None) };
        let Ok(columns) = weight_columns.clone().try_into() else {
            let expected = "three names: of the liked item, of the other item and of the weight";
            return Err(Error::usage("weight-columns", &weight_columns.join(","), expected));
        };
        let ids = weight_ids.as_ref().or(self.ids.as_ref()).cloned();
        let keep = usize::from(*keep);
        let options = WeightOptions { path, ids, columns, transpose: *transpose, keep };
        Ok(Some(read_weights(&options, keys)?))
    }

    /// Writes the vector file, with what the command line says of it.
    fn write(&self, vectors: Option<Vectors>, weights: Option<&Weights>) -> Result<()> {
        let (mut vectors, residual) = match (vectors, weights) {
            (Some(vectors), None) => (vectors, None),
            (None, None) => {
                return Err(Error::usage("file", "is missing", "vectors, or --weights FILE"));
            }
            (vectors, Some(weights)) => {
                let (vectors, residual) = weights.join(vectors, self.weights.factor)?;
                (vectors, Some(residual))
            }
        };
        let provenance = &mut vectors.provenance;
        if self.file.is_some() {
            provenance.exponent = match (self.exponent, self.profile) {
                // Without an exponent they would be normalised; the ridge needs their lengths.
                (None, Rule::Ridge) => Some(1.0),
                (exponent, _) => exponent,
            };
            provenance.profile = (self.profile == Rule::Ridge).then_some(ProfileKind::Ridge);
        }
        if let Some(data) = &self.data {
            provenance.data.clone_from(data);
        }
        if let Some(recipe) = &self.recipe {
            provenance.recipe.clone_from(recipe);
        }
        provenance.date.clone_from(&self.date);
        let tensors = residual.map_or_else(Vec::new, |residual| residual.tensors());
        Ok(vectors.write_with(&self.out, &tensors)?)
    }
}

/// The text ids of a catalogue and their numbers.
type Keys = BTreeMap<String, u32>;

fn keys(path: &Path) -> Result<Keys> {
    let (CatalogueTable { ids, keys, .. }, _) = read_catalogue(path, &CatalogueColumns::default())?;
    let keys = keys.unwrap_or_else(|| ids.iter().map(u32::to_string).collect());
    Ok(keys.into_iter().zip(ids).collect())
}

fn left_out(unknown: usize) -> String {
    match unknown {
        0 => String::new(),
        _ => format!(", {unknown} of items that the catalogue does not have left out"),
    }
}

//! Imports item vectors and item-item weights that other programs trained, as the vector file that
//! packing reads. Each reader makes one table, or one list of weights, of a file; `table` and
//! `weights` check what all formats must hold.

mod error;
mod npy;
mod npz;
mod parquet;
mod table;
mod tensors;
mod text;
mod triples;
mod weights;

use std::collections::BTreeMap;
use std::path::Path;

use osusume_tables::{TableError, Vectors};

pub use error::ImportError;
pub use table::ImportOptions;
pub use weights::{WeightOptions, Weights};

use table::ItemName;
use weights::Entries;

/// Returns the vectors of a file, and how many of its rows were left out.
///
/// `keys` are the text ids of a catalogue with their numbers. With them, ids are text ids, and rows
/// of other items are left out.
pub fn read(
    options: &ImportOptions,
    keys: Option<&BTreeMap<String, u32>>,
) -> Result<(Vectors, usize), ImportError> {
    let path = &options.path;
    let ends = |endings: &[&str]| ends(path, endings);
    let mut table = if path.is_dir() || ends(&[".parquet", ".pq"]) {
        parquet::read(options)?
    } else if ends(&[".npy"]) {
        npy::read(options)?
    } else if ends(&[".safetensors"]) {
        tensors::read(options)?
    } else if ends(&[".csv", ".tsv"]) {
        text::read(options)?
    } else {
        let expected = ".npy, .safetensors, .parquet, .csv or .tsv (the latter two also .gz), or a \
                        folder of Parquet files; item-item weights (.npz) go by --weights";
        return Err(ImportError::Format { path: path.clone(), expected });
    };
    if let Some(ids) = &options.ids {
        table.ids = Some(id_file(ids)?);
    }
    table.checked(path, keys)
}

/// Returns the weights of a file. With `keys`, ids are text ids, as for [`read`].
///
/// A matrix is square; its row is the liked item and its column the item whose score grows. Weights
/// that stand twice are summed, and those of an item for itself are dropped.
pub fn read_weights(
    options: &WeightOptions,
    keys: Option<&BTreeMap<String, u32>>,
) -> Result<Weights, ImportError> {
    let path = &options.path;
    let entries = if path.is_dir() || ends(path, &[".parquet", ".pq"]) {
        triples::parquet(options, keys)?
    } else if ends(path, &[".csv", ".tsv"]) {
        triples::text(options, keys)?
    } else if ends(path, &[".npz"]) {
        let ids = options.ids.as_ref();
        let ids = ids.ok_or_else(|| ImportError::Ids { path: path.clone(), column: None })?;
        Entries::of_matrix(path, npz::read(path)?, &id_file(ids)?, keys)?
    } else {
        let expected = ".npz, .parquet, .csv or .tsv (the latter two also .gz), or a folder of \
                        Parquet files, for weights";
        return Err(ImportError::Format { path: path.clone(), expected });
    };
    entries.checked(options)
}

/// Returns whether the name of a file ends in one of `endings`, with or without `.gz`.
fn ends(path: &Path, endings: &[&str]) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    endings.iter().any(|ending| name.ends_with(ending))
}

/// Reads a file of ids: a one-dimensional array, or one id a line.
fn id_file(path: &Path) -> Result<Vec<ItemName>, ImportError> {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy")) {
        return npy::ids(path);
    }
    let text = std::fs::read_to_string(path).map_err(TableError::io(path))?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| ItemName::Text(line.into()))
        .collect())
}

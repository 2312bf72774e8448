//! Imports item vectors that other programs trained, as the vector file that packing reads.
//! Each reader makes one table of a file; the table checks what all formats must hold.

mod error;
mod npy;
mod parquet;
mod table;
mod tensors;
mod text;

use std::collections::BTreeMap;
use std::path::Path;

use osusume_tables::{TableError, Vectors};

pub use error::ImportError;
pub use table::ImportOptions;

use table::ItemName;

/// Returns the vectors of a file, and how many of its rows were left out.
///
/// `keys` are the text ids of a catalogue with their numbers. With them, ids are text ids, and rows
/// of other items are left out.
pub fn read(
    options: &ImportOptions,
    keys: Option<&BTreeMap<String, u32>>,
) -> Result<(Vectors, usize), ImportError> {
    let path = &options.path;
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let mut table = if path.is_dir() || ends(&[".parquet", ".pq"]) {
        parquet::read(options)?
    } else if ends(&[".npy"]) {
        npy::read(options)?
    } else if ends(&[".safetensors"]) {
        tensors::read(options)?
    } else if ends(&[".csv", ".tsv"]) {
        text::read(options)?
    } else {
        return Err(ImportError::Format { path: path.clone() });
    };
    if let Some(ids) = &options.ids {
        table.ids = Some(id_file(ids)?);
    }
    table.checked(path, keys)
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

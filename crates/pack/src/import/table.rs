//! The table that every reader makes of its file, and the checks that all of them share.
//! This knows no format of files.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use osusume::format::{MAX_DIMS, MAX_ITEMS};
use osusume_tables::{Provenance, Vectors};

use super::error::ImportError;

/// The file of the vectors, and its columns.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// The vectors: a file, or a folder of Parquet files as Spark writes it.
    pub path: PathBuf,
    /// A file of ids, in the order of the rows, if the vectors' own file has none.
    pub ids: Option<PathBuf>,
    /// The column or tensor of the ids; in an array the position of the column, from 0.
    pub id_column: Option<String>,
    /// The column or tensor of the vectors.
    pub vector_column: Option<String>,
}

/// An item as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ItemName {
    Number(i128),
    Text(String),
}

/// The rows of a file.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Table {
    pub ids: Option<Vec<ItemName>>,
    pub rows: usize,
    pub dims: usize,
    /// `rows × dims` values.
    pub values: Vec<f32>,
}

impl Table {
    pub fn checked(
        self,
        path: &Path,
        keys: Option<&BTreeMap<String, u32>>,
    ) -> Result<(Vectors, usize), ImportError> {
        let Self { ids, rows, dims, values } = self;
        check_shape(path, rows, dims)?;
        let names =
            ids.ok_or_else(|| ImportError::Ids { path: path.to_owned(), column: Some(true) })?;
        if names.len() != rows {
            let reason = format!("{rows} vectors and {} ids", names.len());
            return Err(ImportError::Shape { path: path.to_owned(), reason });
        }
        let (mut kept, mut out) = (Vec::with_capacity(rows), Vec::with_capacity(values.len()));
        let mut seen = HashSet::with_capacity(rows);
        for (row, (name, vector)) in names.iter().zip(values.chunks_exact(dims)).enumerate() {
            let Some(id) = name.id(path, row, keys)? else { continue };
            if !seen.insert(id) {
                return Err(ImportError::Duplicate { path: path.to_owned(), id });
            }
            if vector.iter().any(|value| !value.is_finite()) {
                return Err(ImportError::NotFinite { path: path.to_owned(), what: "vector", id });
            }
            kept.push(id);
            out.extend_from_slice(vector);
        }
        let unknown = rows - kept.len();
        if kept.is_empty() {
            let reason = format!("none of its {rows} rows is of an item of the catalogue");
            return Err(ImportError::Shape { path: path.to_owned(), reason });
        }
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let data = format!("{file}, {rows} vectors of {dims} values");
        let provenance = Provenance { data, recipe: "imported".into(), ..Provenance::default() };
        Ok((Vectors { ids: kept, dims, values: out, provenance }, unknown))
    }
}

impl ItemName {
    /// Returns the id of the item; `None` if it is not among `keys`. The file names it in `row`.
    pub fn id(
        &self,
        path: &Path,
        row: usize,
        keys: Option<&BTreeMap<String, u32>>,
    ) -> Result<Option<u32>, ImportError> {
        let id = match (self, keys) {
            (Self::Number(number), None) => u32::try_from(*number).ok(),
            (Self::Text(text), None) => text.trim().parse().ok(),
            (Self::Number(_), Some(keys)) => return Ok(keys.get(&self.to_string()).copied()),
            (Self::Text(text), Some(keys)) => return Ok(keys.get(text.trim()).copied()),
        };
        let value = || self.to_string().chars().take(40).collect();
        id.map(Some).ok_or_else(|| ImportError::Id { path: path.to_owned(), row, value: value() })
    }
}

impl std::fmt::Display for ItemName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text.trim()),
        }
    }
}

/// Refuses shapes that no release holds, before anything is allocated for them.
pub(super) fn check_shape(path: &Path, rows: usize, dims: usize) -> Result<(), ImportError> {
    if rows == 0 {
        return Err(ImportError::Empty { path: path.to_owned() });
    }
    if dims == 0 || dims > MAX_DIMS as usize || rows > MAX_ITEMS as usize {
        let reason = format!(
            "{rows} rows of {dims} values; at most {MAX_ITEMS} rows of 1 to {MAX_DIMS} are read"
        );
        return Err(ImportError::Shape { path: path.to_owned(), reason });
    }
    Ok(())
}

/// Adds a row, which must be as wide as the first.
pub(super) fn push(path: &Path, table: &mut Table, vector: &[f32]) -> Result<(), ImportError> {
    if table.rows == 0 {
        table.dims = vector.len();
    }
    if vector.len() != table.dims {
        let (row, dims) = (table.rows, table.dims);
        let reason = format!("row {row} has {} values, those before it {dims}", vector.len());
        return Err(ImportError::Shape { path: path.to_owned(), reason });
    }
    table.rows += 1;
    check_shape(path, table.rows, table.dims)?;
    table.values.extend_from_slice(vector);
    Ok(())
}

/// Returns the position of the column `asked`, or else of the first with a usual name for ids.
pub(super) fn id_position(
    path: &Path,
    columns: &[String],
    asked: Option<&str>,
) -> Result<usize, ImportError> {
    const USUAL: [&str; 6] = ["id", "item_id", "itemid", "item", "anime_id", "movieid"];
    let missing = |column: &str| ImportError::Column {
        path: path.to_owned(),
        column: column.to_owned(),
        found: columns.join(", ").chars().take(200).collect(),
    };
    match asked {
        Some(name) => columns
            .iter()
            .position(|column| column == name)
            .ok_or_else(|| missing(&format!("{name:?}"))),
        None => USUAL
            .iter()
            .find_map(|usual| columns.iter().position(|column| column.eq_ignore_ascii_case(usual)))
            .ok_or_else(|| missing("of ids")),
    }
}

//! Item vectors that other programs trained: `.npy`, `.safetensors`, Parquet and CSV to the vector file that `pack` reads.
//!
//! A reader (one file each) makes one table of a file; what all of them must hold is checked here, once.

mod npy;
mod parquet;
mod tensors;
mod text;

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use thiserror::Error;

use osusume::format::{MAX_DIMS, MAX_ITEMS};
use osusume_tables::{Provenance, TableError, Vectors};

/// Why vectors cannot be brought in.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The file's name says none of the formats that are read.
    #[error(
        "{path}: expected a name that ends in .npy, .safetensors, .parquet, .csv or .tsv (the latter two also .gz), or a folder of Parquet files"
    )]
    Format {
        /// The file.
        path: PathBuf,
    },
    /// The file is cut off, damaged, or not what its name says. Write it again.
    #[error("{path}: {reason}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no such column or tensor. Name the right one with `--id-column` or `--vector-column`.
    #[error(
        "{path}: no column {column}; it has {found}. --id-column and --vector-column name them"
    )]
    Column {
        /// The file.
        path: PathBuf,
        /// What is missing.
        column: String,
        /// What there is, cut to 200 characters.
        found: String,
    },
    /// Nothing says which items the rows are.
    #[error("{path}: which items are the rows? Give --ids FILE (.npy, or text with one id a line){}", or_column(*column))]
    Ids {
        /// The file.
        path: PathBuf,
        /// Whether a column of the file could say it.
        column: bool,
    },
    /// Ids or values are of a type that cannot be taken for them.
    #[error("{path}: {what} is {found}, expected {expected}")]
    Dtype {
        /// The file.
        path: PathBuf,
        /// Which part of it.
        what: String,
        /// What it is.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// Rows, widths or counts do not fit together or are beyond what a release holds.
    #[error("{path}: {reason}")]
    Shape {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The file has no rows.
    #[error("{path}: it has no rows")]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// An id is neither a whole number from 0 to 4294967295 nor a text id of the catalogue given.
    #[error(
        "{path}: row {row} has the id {value:?}, expected a whole number from 0 to 4294967295; text ids need --catalogue"
    )]
    Id {
        /// The file.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// What it is, cut to 40 characters.
        value: String,
    },
    /// An item has two rows. Keep one.
    #[error("{path}: item {id} has two rows")]
    Duplicate {
        /// The file.
        path: PathBuf,
        /// The item.
        id: u32,
    },
    /// A vector holds NaN, an infinity, or a number too large for 32 bits.
    #[error(
        "{path}: the vector of item {id} holds NaN or infinity; train again, or leave the item out"
    )]
    NotFinite {
        /// The file.
        path: PathBuf,
        /// The item.
        id: u32,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    Table(#[from] TableError),
}

fn or_column(column: bool) -> &'static str {
    if column {
        ", or --id-column NAME"
    } else {
        ", or --id-column N for the column of the array that holds ids"
    }
}

impl ImportError {
    /// Stable token for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Format { .. } => "import_format",
            Self::Broken { .. } => "import_broken",
            Self::Column { .. } => "column_missing",
            Self::Ids { .. } => "ids_missing",
            Self::Dtype { .. } => "dtype_unsupported",
            Self::Shape { .. } => "shape_invalid",
            Self::Empty { .. } => "table_empty",
            Self::Id { .. } => "id_invalid",
            Self::Duplicate { .. } => "id_duplicate",
            Self::NotFinite { .. } => "vector_not_finite",
            Self::Table(error) => error.code(),
        }
    }
}

/// Which file, and what is what in it.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The vectors: a file, or a folder of Parquet files as Spark writes it.
    pub path: PathBuf,
    /// A file of ids, in the order of the rows, where the vectors' own file has none.
    pub ids: Option<PathBuf>,
    /// The column or tensor of the ids; in an array the position of the column, from 0.
    pub id_column: Option<String>,
    /// The column or tensor of the vectors.
    pub vector_column: Option<String>,
}

/// An item as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    Number(i128),
    Text(String),
}

/// What a reader makes of a file.
#[derive(Debug, Default, PartialEq)]
struct Table {
    ids: Option<Vec<Name>>,
    rows: usize,
    dims: usize,
    /// `rows × dims` values.
    values: Vec<f32>,
}

/// Reads vectors. With `keys`, the numbers of a catalogue's text ids, ids are these; also returns how many rows are of
/// items that `keys` does not have, which are left out.
pub fn read(
    source: &Source,
    keys: Option<&BTreeMap<String, u32>>,
) -> Result<(Vectors, usize), ImportError> {
    let path = &source.path;
    let name = path.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ends = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let mut table = if path.is_dir() || ends(&[".parquet", ".pq"]) {
        parquet::read(source)?
    } else if ends(&[".npy"]) {
        npy::read(source)?
    } else if ends(&[".safetensors"]) {
        tensors::read(source)?
    } else if ends(&[".csv", ".tsv"]) {
        text::read(source)?
    } else {
        return Err(ImportError::Format { path: path.clone() });
    };
    if let Some(ids) = &source.ids {
        table.ids = Some(id_file(ids)?);
    }
    table.checked(path, keys)
}

impl Table {
    fn checked(
        self,
        path: &Path,
        keys: Option<&BTreeMap<String, u32>>,
    ) -> Result<(Vectors, usize), ImportError> {
        let Self { ids, rows, dims, values } = self;
        check_shape(path, rows, dims)?;
        let names = ids.ok_or_else(|| ImportError::Ids { path: path.to_owned(), column: true })?;
        if names.len() != rows {
            let reason = format!("{rows} vectors and {} ids", names.len());
            return Err(ImportError::Shape { path: path.to_owned(), reason });
        }
        let (mut kept, mut out) = (Vec::with_capacity(rows), Vec::with_capacity(values.len()));
        let mut seen = HashSet::with_capacity(rows);
        for (row, (name, vector)) in names.iter().zip(values.chunks_exact(dims)).enumerate() {
            let id = match (name, keys) {
                (Name::Number(number), None) => u32::try_from(*number).ok(),
                (Name::Text(text), None) => text.trim().parse().ok(),
                (name, Some(keys)) => match keys.get(name.to_string().as_str()) {
                    Some(id) => Some(*id),
                    None => continue,
                },
            };
            let id = id.ok_or_else(|| ImportError::Id {
                path: path.to_owned(),
                row,
                value: name.to_string().chars().take(40).collect(),
            })?;
            if !seen.insert(id) {
                return Err(ImportError::Duplicate { path: path.to_owned(), id });
            }
            if vector.iter().any(|value| !value.is_finite()) {
                return Err(ImportError::NotFinite { path: path.to_owned(), id });
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

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text.trim()),
        }
    }
}

/// Refuses shapes that no release holds, before anything is allocated for them.
fn check_shape(path: &Path, rows: usize, dims: usize) -> Result<(), ImportError> {
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
fn push(path: &Path, table: &mut Table, vector: &[f32]) -> Result<(), ImportError> {
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

/// Reads a file of ids: a one-dimensional array, or one id a line.
fn id_file(path: &Path) -> Result<Vec<Name>, ImportError> {
    if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("npy")) {
        return npy::ids(path);
    }
    let text = std::fs::read_to_string(path).map_err(TableError::io(path))?;
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| Name::Text(line.into()))
        .collect())
}

/// Position of the column called `asked`, or of the first that is called as ids usually are.
fn id_position(path: &Path, columns: &[String], asked: Option<&str>) -> Result<usize, ImportError> {
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

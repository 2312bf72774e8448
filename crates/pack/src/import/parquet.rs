//! Reads Parquet, one file or a folder of them as Spark writes it: a column of ids, and one of lists
//! or one for each value. This knows the table of a reader alone.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use parquet::basic::CompressionCodec as Codec;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::error::ImportError;
use super::table::{ImportOptions, ItemName, Table, id_position, push};
use osusume_tables::TableError;

const FLOATS: &str = "a list of float or double, or one column of them for each value";

/// Where a row stands: the file, and the names of its columns.
pub(super) struct Source {
    pub path: PathBuf,
    pub names: Vec<String>,
    /// Whether each column holds lists or records.
    lists: Vec<bool>,
}

pub(super) fn read(options: &ImportOptions) -> Result<Table, ImportError> {
    let mut table = Table::default();
    let mut columns = None;
    each_row(&options.path, |source, row, is_first| {
        if is_first {
            columns = Some(Columns::find(source, options)?);
        }
        columns.as_ref().map_or(Ok(()), |columns| columns.add(source, row, &mut table))
    })?;
    Ok(table)
}

/// Calls `of` for each row of a file or of the files of a folder, and says which are the first of a
/// file. A row has a field for each column.
pub(super) fn each_row(
    path: &Path,
    mut of: impl FnMut(&Source, &[(String, Field)], bool) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    for file in files(path)? {
        // The library checks much, but a damaged file has made it panic before.
        let read = catch_unwind(AssertUnwindSafe(|| read_file(&file, &mut of)));
        read.unwrap_or_else(|_| {
            Err(ImportError::Broken { path: file.clone(), reason: "the file is damaged".into() })
        })?;
    }
    Ok(())
}

/// Returns the files of a folder by name, without those that Spark hides (`_SUCCESS`, `.part-….crc`).
fn files(path: &Path) -> Result<Vec<PathBuf>, ImportError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(TableError::io(path))? {
        let file = entry.map_err(TableError::io(path))?.path();
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        if !name.starts_with(['_', '.']) && (name.ends_with(".parquet") || name.ends_with(".pq")) {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        let expected = ".parquet, for a file of the folder";
        return Err(ImportError::Format { path: path.to_owned(), expected });
    }
    Ok(files)
}

/// Where ids and values are among the columns of a file.
struct Columns {
    id: Option<usize>,
    vector: Vec<usize>,
}

/// Refuses a file that is compressed in a way that this build does not undo.
fn check_codecs(path: &Path, metadata: &ParquetMetaData) -> Result<(), ImportError> {
    let columns = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
    for codec in columns.map(ColumnChunkMetaData::compression_codec) {
        if !matches!(codec, Codec::UNCOMPRESSED | Codec::SNAPPY | Codec::GZIP) {
            let name = codec.to_string().to_lowercase();
            let reason =
                format!("compressed with {name}; write it uncompressed, with snappy or with gzip");
            return Err(ImportError::Broken { path: path.to_owned(), reason });
        }
    }
    Ok(())
}

fn read_file(
    path: &Path,
    of: &mut impl FnMut(&Source, &[(String, Field)], bool) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let broken = |error: ParquetError| ImportError::Broken {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let file = File::open(path).map_err(TableError::io(path))?;
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    check_codecs(path, reader.metadata())?;
    let fields = reader.metadata().file_metadata().schema().get_fields();
    let source = Source {
        path: path.to_owned(),
        names: fields.iter().map(|field| field.name().to_owned()).collect(),
        lists: fields.iter().map(|field| !field.is_primitive()).collect(),
    };
    let mut is_first = true;
    for row in reader.get_row_iter(None).map_err(broken)? {
        let row: Vec<(String, Field)> = row.map_err(broken)?.into_columns();
        if row.len() == source.names.len() {
            of(&source, &row, is_first)?;
        }
        is_first = false;
    }
    Ok(())
}

impl Source {
    /// Returns the item that a field names.
    pub fn item(&self, at: usize, field: &Field) -> Result<ItemName, ImportError> {
        Ok(match field {
            Field::Byte(id) => ItemName::Number((*id).into()),
            Field::Short(id) => ItemName::Number((*id).into()),
            Field::Int(id) => ItemName::Number((*id).into()),
            Field::Long(id) => ItemName::Number((*id).into()),
            Field::UByte(id) => ItemName::Number((*id).into()),
            Field::UShort(id) => ItemName::Number((*id).into()),
            Field::UInt(id) => ItemName::Number((*id).into()),
            Field::ULong(id) => ItemName::Number((*id).into()),
            Field::Str(id) => ItemName::Text(id.clone()),
            other => return Err(self.dtype(at, other, "whole numbers or text")),
        })
    }

    /// Returns the error of a field that is of another type than expected.
    pub fn dtype(&self, at: usize, found: &Field, expected: &'static str) -> ImportError {
        let found = match found {
            Field::Null => "null".to_owned(),
            other => format!("{other:?}").split('(').next().unwrap_or_default().to_owned(),
        };
        ImportError::Dtype {
            path: self.path.clone(),
            what: format!("column {:?}", self.names[at]),
            found,
            expected,
        }
    }
}

impl Columns {
    fn find(source: &Source, options: &ImportOptions) -> Result<Self, ImportError> {
        let Source { path, names, lists } = source;
        let id = match (&options.id_column, &options.ids) {
            (None, Some(_)) => None,
            (asked, _) => Some(id_position(path, names, asked.as_deref())?),
        };
        let others: Vec<usize> = (0..names.len()).filter(|at| Some(*at) != id).collect();
        let vector = match &options.vector_column {
            Some(_) => vec![id_position(path, names, options.vector_column.as_deref())?],
            // The only list, or else one value in every other column.
            None => match *others.iter().copied().filter(|&at| lists[at]).collect::<Vec<_>>() {
                [list] => vec![list],
                _ => others,
            },
        };
        Ok(Self { id, vector })
    }

    /// Adds a row of the file to the table.
    fn add(
        &self,
        source: &Source,
        row: &[(String, Field)],
        table: &mut Table,
    ) -> Result<(), ImportError> {
        let mut vector = Vec::with_capacity(table.dims);
        for &at in &self.vector {
            match &row[at].1 {
                Field::ListInternal(list) => {
                    for value in list.elements() {
                        vector.push(number(source, at, value)?);
                    }
                }
                value => vector.push(number(source, at, value)?),
            }
        }
        if let Some(at) = self.id {
            table.ids.get_or_insert_default().push(source.item(at, &row[at].1)?);
        }
        push(&source.path, table, &vector)
    }
}

fn number(source: &Source, at: usize, value: &Field) -> Result<f32, ImportError> {
    match value {
        Field::Float16(value) => Ok(value.to_f32()),
        Field::Float(value) => Ok(*value),
        Field::Double(value) => Ok(*value as f32),
        other => Err(source.dtype(at, other, FLOATS)),
    }
}

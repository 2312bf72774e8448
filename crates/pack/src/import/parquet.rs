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

pub(super) fn read(options: &ImportOptions) -> Result<Table, ImportError> {
    let mut table = Table::default();
    for file in files(&options.path)? {
        // The library checks much, but a damaged file has made it panic before.
        let read = catch_unwind(AssertUnwindSafe(|| read_file(&file, options, &mut table)));
        read.unwrap_or_else(|_| {
            Err(ImportError::Broken { path: file.clone(), reason: "the file is damaged".into() })
        })?;
    }
    Ok(table)
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
    if files.is_empty() { Err(ImportError::Format { path: path.to_owned() }) } else { Ok(files) }
}

/// Where ids and values are among the columns of a file.
struct Columns {
    names: Vec<String>,
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

fn read_file(path: &Path, options: &ImportOptions, table: &mut Table) -> Result<(), ImportError> {
    let broken = |error: ParquetError| ImportError::Broken {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    let file = File::open(path).map_err(TableError::io(path))?;
    let reader = SerializedFileReader::new(file).map_err(broken)?;
    check_codecs(path, reader.metadata())?;
    let schema = reader.metadata().file_metadata().schema();
    let lists: Vec<bool> = schema.get_fields().iter().map(|field| !field.is_primitive()).collect();
    let names = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
    let columns = Columns::find(path, names, &lists, options)?;
    for row in reader.get_row_iter(None).map_err(broken)? {
        let row: Vec<(String, Field)> = row.map_err(broken)?.into_columns();
        let field = |at: usize| row.get(at).map_or(&Field::Null, |(_, field)| field);
        let mut vector = Vec::with_capacity(table.dims);
        for &at in &columns.vector {
            match field(at) {
                Field::ListInternal(list) => {
                    for value in list.elements() {
                        vector.push(columns.number(path, at, value)?);
                    }
                }
                value => vector.push(columns.number(path, at, value)?),
            }
        }
        if let Some(at) = columns.id {
            let name = match field(at) {
                Field::Byte(id) => ItemName::Number((*id).into()),
                Field::Short(id) => ItemName::Number((*id).into()),
                Field::Int(id) => ItemName::Number((*id).into()),
                Field::Long(id) => ItemName::Number((*id).into()),
                Field::UByte(id) => ItemName::Number((*id).into()),
                Field::UShort(id) => ItemName::Number((*id).into()),
                Field::UInt(id) => ItemName::Number((*id).into()),
                Field::ULong(id) => ItemName::Number((*id).into()),
                Field::Str(id) => ItemName::Text(id.clone()),
                other => return Err(columns.dtype(path, at, other, "whole numbers or text")),
            };
            table.ids.get_or_insert_default().push(name);
        }
        push(path, table, &vector)?;
    }
    Ok(())
}

impl Columns {
    fn find(
        path: &Path,
        names: Vec<String>,
        lists: &[bool],
        options: &ImportOptions,
    ) -> Result<Self, ImportError> {
        let id = match (&options.id_column, &options.ids) {
            (None, Some(_)) => None,
            (asked, _) => Some(id_position(path, &names, asked.as_deref())?),
        };
        let others: Vec<usize> = (0..names.len()).filter(|at| Some(*at) != id).collect();
        let vector = match &options.vector_column {
            Some(_) => vec![id_position(path, &names, options.vector_column.as_deref())?],
            // The only list, or else one value in every other column.
            None => match *others.iter().copied().filter(|&at| lists[at]).collect::<Vec<_>>() {
                [list] => vec![list],
                _ => others,
            },
        };
        Ok(Self { names, id, vector })
    }

    fn number(&self, path: &Path, at: usize, value: &Field) -> Result<f32, ImportError> {
        match value {
            Field::Float16(value) => Ok(value.to_f32()),
            Field::Float(value) => Ok(*value),
            Field::Double(value) => Ok(*value as f32),
            other => Err(self.dtype(path, at, other, FLOATS)),
        }
    }

    fn dtype(&self, path: &Path, at: usize, found: &Field, expected: &'static str) -> ImportError {
        let found = match found {
            Field::Null => "null".to_owned(),
            other => format!("{other:?}").split('(').next().unwrap_or_default().to_owned(),
        };
        ImportError::Dtype {
            path: path.to_owned(),
            what: format!("column {:?}", self.names[at]),
            found,
            expected,
        }
    }
}

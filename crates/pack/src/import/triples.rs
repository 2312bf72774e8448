//! Reads triples of item, other item and weight: Parquet, one file or a folder of them, or CSV.
//! This knows the entries of `weights` and what the readers of tables share.

use std::collections::BTreeMap;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord};
use osusume_tables::open_table;
use parquet::record::Field;

use super::error::ImportError;
use super::parquet::each_row;
use super::table::{ItemName, id_position};
use super::weights::{Entries, WeightOptions};

const WEIGHTS: &str = "float, double or whole numbers";

/// Reads the triples of a Parquet file or of a folder of them.
pub(super) fn parquet(
    options: &WeightOptions,
    keys: Option<&BTreeMap<String, u32>>,
) -> Result<Entries, ImportError> {
    let mut entries = Entries::default();
    let mut places = Vec::new();
    each_row(&options.path, |source, row, is_first| {
        if is_first {
            places = options.positions(&source.path, &source.names)?;
        }
        let item = |column: usize| source.item(places[column], &row[places[column]].1);
        let weight = match &row[places[2]].1 {
            Field::Float16(value) => value.to_f32(),
            Field::Float(value) => *value,
            Field::Double(value) => *value as f32,
            Field::Int(value) => *value as f32,
            Field::Long(value) => *value as f32,
            other => return Err(source.dtype(places[2], other, WEIGHTS)),
        };
        entries.push(&source.path, [&item(0)?, &item(1)?], weight, keys)
    })?;
    Ok(entries)
}

/// Reads the triples of a CSV with a header line.
pub(super) fn text(
    options: &WeightOptions,
    keys: Option<&BTreeMap<String, u32>>,
) -> Result<Entries, ImportError> {
    let path: &Path = &options.path;
    let broken =
        |e: csv::Error| ImportError::Broken { path: path.to_owned(), reason: e.to_string() };
    let name = path.to_string_lossy().to_lowercase();
    let tabs = name.trim_end_matches(".gz").rsplit('.').next() == Some("tsv");
    let mut reader = ReaderBuilder::new()
        .delimiter(if tabs { b'\t' } else { b',' })
        .from_reader(open_table(path)?);
    let header = reader.headers().map_err(broken)?;
    let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    if names.iter().all(String::is_empty) {
        return Err(ImportError::Empty { path: path.to_owned() });
    }
    let places = options.positions(path, &names)?;
    let mut entries = Entries::default();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(broken)? {
        let field = |column: usize| record.get(places[column]).unwrap_or_default().trim();
        let weight = field(2).parse().map_err(|_| ImportError::Dtype {
            path: path.to_owned(),
            what: format!("line {}, column {:?}", line(&record), names[places[2]]),
            found: format!("{:?}", field(2).chars().take(40).collect::<String>()),
            expected: "a number",
        })?;
        let [item, other] = [0, 1].map(|column| ItemName::Text(field(column).to_owned()));
        entries.push(path, [&item, &other], weight, keys)?;
    }
    Ok(entries)
}

fn line(record: &StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
}

impl WeightOptions {
    /// Returns where the three columns are among the names of a table.
    fn positions(&self, path: &Path, names: &[String]) -> Result<Vec<usize>, ImportError> {
        self.columns.iter().map(|column| id_position(path, names, Some(column))).collect()
    }
}

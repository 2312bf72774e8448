//! Reads CSV with a header line: a column of ids, and one column for each value or one for all of
//! them, in brackets or not. This knows the table of a reader alone.

use csv::{ReaderBuilder, StringRecord};

use super::error::ImportError;
use super::table::{ImportOptions, ItemName, Table, id_position, push};
use osusume_tables::open_table;

pub(super) fn read(options: &ImportOptions) -> Result<Table, ImportError> {
    let path = &options.path;
    let broken = |reason: String| ImportError::Broken { path: path.clone(), reason };
    let name = path.to_string_lossy().to_lowercase();
    let tabs = name.trim_end_matches(".gz").rsplit('.').next() == Some("tsv");
    let delimiter = if tabs { b'\t' } else { b',' };
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(open_table(path)?);
    let header = reader.headers().map_err(|e| broken(e.to_string()))?;
    let names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    if names.iter().all(String::is_empty) {
        return Err(ImportError::Empty { path: path.clone() });
    }
    let id = match (&options.id_column, &options.ids) {
        (None, Some(_)) => None,
        (asked, _) => Some(id_position(path, &names, asked.as_deref())?),
    };
    let vector: Vec<usize> = match &options.vector_column {
        Some(_) => vec![id_position(path, &names, options.vector_column.as_deref())?],
        None => (0..names.len()).filter(|at| Some(*at) != id).collect(),
    };
    let mut table = Table::default();
    let mut record = StringRecord::new();
    let mut values = Vec::new();
    while reader.read_record(&mut record).map_err(|e| broken(e.to_string()))? {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != names.len() {
            let reason =
                format!("line {line} has {} fields, the header line {}", record.len(), names.len());
            return Err(ImportError::Shape { path: path.clone(), reason });
        }
        values.clear();
        for &at in &vector {
            let inside = record[at]
                .trim()
                .trim_start_matches(['[', '(', '{'])
                .trim_end_matches([']', ')', '}']);
            let texts: Vec<&str> = match vector.len() {
                1 => inside
                    .split([',', ' ', ';', '\t', '\n'])
                    .filter(|text| !text.is_empty())
                    .collect(),
                _ => vec![record[at].trim()],
            };
            for text in texts {
                values.push(text.parse::<f32>().map_err(|_| ImportError::Dtype {
                    path: path.clone(),
                    what: format!("line {line}, column {:?}", names[at]),
                    found: format!("{:?}", text.chars().take(40).collect::<String>()),
                    expected: "a number",
                })?);
            }
        }
        if let Some(at) = id {
            table.ids.get_or_insert_default().push(ItemName::Text(record[at].to_owned()));
        }
        push(path, &mut table, &values)?;
    }
    Ok(table)
}

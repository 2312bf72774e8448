//! Reads a catalogue: one item per row, and a column of typed values for each field.
//! It imports the other files of this folder.

use std::path::Path;

use super::columns::CatalogueColumns;
use super::declared::FieldType;
use super::fields::{ItemRow, Unfit, read_field};
use super::layout::Layout;
use super::records::{Row, read_rows};
use super::report::{CatalogueReport, Example};
use super::select::select;
use super::table::CatalogueTable;
use super::values::{clean, whole_id};
use crate::error::TableError;

/// Reads the catalogue in `path`, separated by commas, tabs or semicolons. Its content may be gzip.
///
/// The report counts every row and value that is not in the table, by reason.
///
/// # Errors
///
/// The file cannot be read, it is no table, a column that is needed or named is missing, or no row
/// becomes an item. A field that the owner names and that no value fits is an error too.
pub fn read_catalogue(
    path: &Path,
    columns: &CatalogueColumns,
) -> Result<(CatalogueTable, CatalogueReport), TableError> {
    let (header, rows) = read_rows(path)?;
    let layout = Layout::new(path, &header, columns)?;
    let mut report = CatalogueReport { rows: rows.len(), ..CatalogueReport::default() };
    let (numbers, items): (Vec<u32>, Vec<ItemRow<'_>>) =
        select(&rows, &layout, columns, &mut report).into_iter().unzip();
    if items.is_empty() {
        return Err(nothing_left(path, &rows, &report));
    }
    report.items = items.len();
    let mut table = CatalogueTable::default();
    (table.ids, table.keys) = ids(&items, numbers, &mut report);
    table.titles = items.iter().map(|item| clean(&item.record[layout.title])).collect();
    for (language, at) in &layout.titles {
        let other = items
            .iter()
            .zip(&table.titles)
            .map(|(item, title)| item.text(*at).map(clean).filter(|other| other != title));
        table.other_titles.insert(language.clone(), other.collect());
    }
    let text = |item: &ItemRow<'_>| item.text(layout.text?).map(str::to_owned);
    table.texts = items.iter().map(text).collect();
    for plan in &layout.fields {
        let read = read_field(&layout, plan, &items, &mut report);
        table.fields.extend(read.map_err(|unfit| no_value_fits(path, plan.kind, unfit))?);
    }
    report.unused = layout.unused();
    Ok((table, report))
}

/// Returns the ids of the items, and their keys if the ids are texts. All rows decide that.
fn ids(
    items: &[ItemRow<'_>],
    numbers: Vec<u32>,
    report: &mut CatalogueReport,
) -> (Vec<u32>, Option<Vec<String>>) {
    let whole: Option<Vec<u32>> = items.iter().map(|item| whole_id(item.id)).collect();
    if let Some(ids) = whole {
        return (ids, None);
    }
    let first = items.iter().find(|item| whole_id(item.id).is_none());
    report.text_id = first.map(|item| Example::new(item.line, item.id, ""));
    (numbers, Some(items.iter().map(|item| clean(item.id)).collect()))
}

/// Returns the error for a field that the owner names and that no value fits.
fn no_value_fits(path: &Path, kind: FieldType, unfit: Unfit) -> TableError {
    let (path, Unfit { line, column, value }) = (path.to_owned(), unfit);
    if kind == FieldType::Number {
        return TableError::Number { path, line, column, value };
    }
    let what = match kind {
        FieldType::Date | FieldType::Year => "date",
        _ => "http, https or relative address",
    };
    let reason = format!("column {column:?} holds {value:?}, and no value of it is a {what}");
    TableError::Row { path, line, reason }
}

/// Returns the error for a table of which no row became an item.
fn nothing_left(path: &Path, rows: &[Row], report: &CatalogueReport) -> TableError {
    let path = path.to_owned();
    match (rows.first(), report.losses.first()) {
        (Some(row), Some(loss)) => {
            let reason = format!("no row of the table becomes an item: {loss}");
            TableError::Row { path, line: row.line, reason }
        }
        _ => TableError::Empty { path },
    }
}

#[cfg(test)]
mod tests;

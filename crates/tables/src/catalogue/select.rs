//! Chooses the rows that become items, and counts the others by their reasons.
//! It imports the layout, the rows and the report.

use std::collections::HashSet;

use csv::StringRecord;

use super::columns::CatalogueColumns;
use super::fields::ItemRow;
use super::layout::Layout;
use super::records::Row;
use super::report::{CatalogueReport, Example, LossReason};
use super::separator::separator;
use super::values::{clean, is_unknown, tags};

/// Returns the rows that become items, each with its number in the file, from 1.
pub(super) fn select<'a>(
    rows: &'a [Row],
    layout: &Layout,
    columns: &CatalogueColumns,
    report: &mut CatalogueReport,
) -> Vec<(u32, ItemRow<'a>)> {
    let rules = DropRules::new(rows, layout, columns);
    let mut seen: HashSet<String> = HashSet::new();
    let mut items = Vec::new();
    for (number, Row { line, record }) in (1..).zip(rows) {
        let (id, key) = (record[layout.id].trim(), clean(&record[layout.id]));
        let mut lose = |reason, at: usize, value| {
            report.lose(reason, &layout.names[at], &Example::new(*line, id, value));
        };
        if key.is_empty() {
            lose(LossReason::IdEmpty, layout.id, "");
        } else if clean(&record[layout.title]).is_empty() {
            lose(LossReason::TitleEmpty, layout.title, "");
        } else if !seen.insert(key) {
            lose(LossReason::IdDuplicate, layout.id, &record[layout.title]);
        } else if let Some(&at) = layout.not_empty.iter().find(|&&at| is_unknown(&record[at])) {
            lose(LossReason::DroppedEmpty, at, &record[layout.title]);
        } else if let Some((at, tag)) = rules.unwanted(record) {
            lose(LossReason::DroppedTag, at, tag);
        } else {
            items.push((number, ItemRow { line: *line, id, record }));
        }
    }
    items
}

/// The recipe's rules about tags.
struct DropRules<'a> {
    unwanted: &'a [String],
    /// Columns that must not hold such a tag, and the text between two of their tags.
    columns: Vec<(usize, &'a str)>,
}

impl<'a> DropRules<'a> {
    fn new(rows: &[Row], layout: &Layout, columns: &'a CatalogueColumns) -> Self {
        let separator_of = |at: usize| match &columns.separator {
            Some(declared) => declared.as_str(),
            None if layout.spaced.contains(&at) => " ",
            None => separator(rows.iter().map(|row| &row.record[at])),
        };
        Self {
            unwanted: &columns.drop.tags,
            columns: layout.no_tag.iter().map(|&at| (at, separator_of(at))).collect(),
        }
    }

    /// Returns the first unwanted tag of a row and its column.
    fn unwanted(&self, record: &StringRecord) -> Option<(usize, &str)> {
        self.columns.iter().find_map(|&(at, separator)| {
            let held = tags(&record[at], separator);
            let found = self.unwanted.iter().find(|tag| held.contains(tag))?;
            Some((at, found.as_str()))
        })
    }
}

//! Which columns of a catalogue become which field, decided by the recipe and the header line.
//! It imports the settings, the known names and the header.

use std::path::Path;

use csv::StringRecord;

use super::columns::CatalogueColumns;
use super::declared::{DeclaredField, FieldType};
use super::header::Header;
use super::known::{self, KnownField};
use crate::error::TableError;
use osusume::format::Role;

/// A field to read.
pub(super) struct FieldPlan {
    pub name: String,
    pub kind: FieldType,
    pub role: Option<Role>,
    /// Columns that may hold its value, best first. Only a guessed field has several.
    pub columns: Vec<usize>,
    /// The text between two tags, if it is known before the rows are read.
    pub separator: Option<String>,
    /// Digits after the point that numbers are rounded to.
    pub decimals: Option<u8>,
    /// Whether the owner named the field or its column. A guess that does not fit is dropped.
    pub is_named: bool,
    /// Whether dates of which all are years make a field of years.
    pub may_be_years: bool,
}

/// The positions of the columns in a catalogue's rows.
pub(super) struct Layout {
    pub id: usize,
    pub title: usize,
    /// Columns of other titles, with their languages.
    pub titles: Vec<(String, usize)>,
    pub text: Option<usize>,
    pub fields: Vec<FieldPlan>,
    /// Columns that must not be empty.
    pub not_empty: Vec<usize>,
    /// Columns that must not hold an unwanted tag.
    pub no_tag: Vec<usize>,
    /// Columns whose tags are separated by spaces.
    pub spaced: Vec<usize>,
    /// The names of the columns.
    pub names: Vec<String>,
}

impl Layout {
    /// Returns the positions of the columns that `columns` names, and of those with usual names.
    pub fn new(
        path: &Path,
        record: &StringRecord,
        columns: &CatalogueColumns,
    ) -> Result<Self, TableError> {
        if let Some(reason) = columns.problem() {
            return Err(TableError::Recipe { path: path.to_owned(), reason });
        }
        let header = Header::new(path, record);
        let required = |named: Option<&String>, usual: &[&str], column: &str| {
            header.named_or_usual(named, usual)?.ok_or_else(|| header.missing(column))
        };
        let mut layout = Self {
            id: required(columns.id.as_ref(), known::ID, "the id")?,
            title: required(columns.title_column(), known::TITLE, "the title")?,
            titles: header.titles(&columns.titles, known::TITLES)?,
            text: header.named_or_usual(columns.text.as_ref(), known::TEXT)?,
            fields: Vec::new(),
            not_empty: header.positions(&columns.drop.empty)?,
            no_tag: header.positions(&columns.drop.within)?,
            spaced: (0..record.len()).filter(|&at| header.is_spaced(at)).collect(),
            names: header.names().map(str::to_owned).collect(),
        };
        for field in columns.fields.iter().filter(|field| field.role != Some(Role::Title)) {
            layout.fields.extend(declared_plan(field, &header)?);
        }
        for field in &known::FIELDS {
            layout.fields.extend(layout.known_plan(field, columns, &header)?);
        }
        Ok(layout)
    }

    /// Returns the plan of a known field, unless a declared one stands in its place.
    fn known_plan(
        &self,
        field: &KnownField,
        columns: &CatalogueColumns,
        header: &Header<'_>,
    ) -> Result<Option<FieldPlan>, TableError> {
        let is_replaced = |plan: &FieldPlan| {
            let is_date = field.kind == FieldType::Date && plan.kind == FieldType::Year;
            let has_role = field.role.is_some() && plan.role == field.role;
            plan.name == field.name || has_role || is_date
        };
        if self.fields.iter().any(is_replaced) {
            return Ok(None);
        }
        let named = columns.named(field.name);
        let mut found = match named {
            Some(name) => vec![header.position(name)?],
            None => header.usual(field.columns),
        };
        if named.is_none() {
            found.retain(|at| !self.uses(*at));
            // A year may stand in one of several columns; other values have one home.
            found.truncate(if field.kind == FieldType::Date { found.len() } else { 1 });
        }
        let separator = columns.separator.clone().filter(|_| field.kind == FieldType::Tags);
        Ok((!found.is_empty()).then(|| FieldPlan {
            name: field.name.to_owned(),
            kind: field.kind,
            role: field.role,
            separator,
            decimals: None,
            columns: found,
            is_named: named.is_some(),
            may_be_years: !self.fields.iter().any(|plan| plan.name == known::YEAR),
        }))
    }

    /// Says whether the column `at` is read as something already.
    fn uses(&self, at: usize) -> bool {
        let titles = self.titles.iter().map(|(_, at)| *at);
        let fields = self.fields.iter().flat_map(|plan| plan.columns.iter().copied());
        let single = [self.id, self.title].into_iter().chain(self.text);
        single.chain(titles).chain(fields).any(|used| used == at)
    }

    /// Returns the names of the columns that nothing reads.
    pub fn unused(&self) -> Vec<String> {
        let decides = |at: &usize| self.not_empty.contains(at) || self.no_tag.contains(at);
        let unused = (0..self.names.len()).filter(|at| !self.uses(*at) && !decides(at));
        unused.map(|at| self.names[at].clone()).filter(|name| !name.is_empty()).collect()
    }
}

fn declared_plan(
    field: &DeclaredField,
    header: &Header<'_>,
) -> Result<Option<FieldPlan>, TableError> {
    let Some(kind) = field.kind() else { return Ok(None) };
    Ok(Some(FieldPlan {
        name: field.name.clone(),
        kind,
        role: field.role,
        columns: vec![header.position(field.column.as_ref().unwrap_or(&field.name))?],
        separator: field.separator.clone(),
        decimals: field.decimals,
        is_named: true,
        may_be_years: false,
    }))
}

//! Reads one field of all items: parses its values and counts those that do not fit.
//! It imports the plan of the field, the parsers, the report and the table.

use csv::StringRecord;

use super::date::{CatalogueDate, DatePrecision};
use super::declared::FieldType;
use super::known::YEAR;
use super::layout::{FieldPlan, Layout};
use super::report::{CatalogueReport, Example, FieldReport, LossReason};
use super::separator::separator;
use super::table::{FieldColumn, FieldValues};
use super::values::{address, clean, is_unknown, number, rounded, tags};
use osusume::format::Role;

/// A row that becomes an item.
pub(super) struct ItemRow<'a> {
    pub line: u64,
    pub id: &'a str,
    pub record: &'a StringRecord,
}

impl<'a> ItemRow<'a> {
    /// Returns a field, or `None` if its value is unknown.
    pub fn text(&self, at: usize) -> Option<&'a str> {
        Some(self.record[at].trim()).filter(|text| !is_unknown(text))
    }
}

/// Returns the text between two tags of the columns.
pub(super) fn separator_of(
    layout: &Layout,
    plan: &FieldPlan,
    items: &[ItemRow<'_>],
) -> Option<String> {
    if plan.kind != FieldType::Tags {
        return None;
    }
    let at = *plan.columns.first()?;
    let found = || {
        if layout.spaced.contains(&at) {
            " "
        } else {
            separator(items.iter().filter_map(|item| item.text(at)))
        }
    };
    Some(plan.separator.clone().unwrap_or_else(|| found().to_owned()))
}

/// The first value that a field cannot have: where it stands.
pub(super) struct Unfit {
    pub line: u64,
    pub column: String,
    pub value: String,
}

/// Reads a field and adds it to the report.
///
/// Returns `None` if the field is a guess that most values contradict. Returns an error if the owner
/// named the field and no value fits.
pub(super) fn read_field(
    layout: &Layout,
    plan: &FieldPlan,
    items: &[ItemRow<'_>],
    report: &mut CatalogueReport,
) -> Result<Option<FieldColumn>, Unfit> {
    let separator = separator_of(layout, plan, items);
    let mut parser = Parser { plan, items, unfit: Vec::new(), good: 0 };
    let values = parser.field(separator.as_deref().unwrap_or(","));
    let Parser { unfit, good, .. } = parser;
    let column = |at: usize| layout.names[at].clone();
    if let Some((_, at, example)) = unfit.first().filter(|_| unfit.len() > good) {
        if !plan.is_named {
            report.lose(LossReason::ColumnUnfit, &column(*at), example);
            return Ok(None);
        }
        if good == 0 {
            let Example { line, value, .. } = example.clone();
            return Err(Unfit { line, column: column(*at), value });
        }
    }
    for (reason, at, example) in &unfit {
        report.lose(*reason, &column(*at), example);
    }
    let FieldPlan { name, kind, role, .. } = plan;
    let (name, kind, role, values) = match years(&values).filter(|_| plan.may_be_years) {
        Some(years) => (YEAR.to_owned(), FieldType::Year, None, FieldValues::Number(years)),
        None => (name.clone(), *kind, *role, values),
    };
    report.fields.push(FieldReport {
        name: name.clone(),
        columns: plan.columns.iter().map(|&at| column(at)).collect(),
        kind,
        role,
        separator,
        values: values.known(),
    });
    Ok(Some(FieldColumn { name, role, values }))
}

/// Returns the years of dates of which none has a month.
fn years(values: &FieldValues) -> Option<Vec<Option<f64>>> {
    let FieldValues::Date(all) = values else { return None };
    let is_year = |date: &CatalogueDate| date.precision() == DatePrecision::Year;
    let year = |date: &CatalogueDate| f64::from(date.year());
    let all_years = all.iter().flatten().all(is_year);
    all_years.then(|| all.iter().map(|date| date.as_ref().map(year)).collect())
}

/// Parses the values of a field, row by row.
struct Parser<'a> {
    plan: &'a FieldPlan,
    items: &'a [ItemRow<'a>],
    /// Values that do not fit, with their columns.
    unfit: Vec<(LossReason, usize, Example)>,
    good: usize,
}

impl Parser<'_> {
    /// Returns the values of the field; `separator` stands between two tags.
    fn field(&mut self, separator: &str) -> FieldValues {
        let plan = self.plan;
        match plan.kind {
            FieldType::Tags => {
                let of = |text: &str| Some(tags(text, separator));
                let all = self.values(LossReason::ColumnUnfit, of);
                FieldValues::Tags(all.into_iter().map(Option::unwrap_or_default).collect())
            }
            FieldType::Category => FieldValues::Category(
                self.values(LossReason::ColumnUnfit, |text| Some(clean(text))),
            ),
            FieldType::Text if matches!(plan.role, Some(Role::Url | Role::Image)) => {
                FieldValues::Text(self.values(LossReason::AddressInvalid, address))
            }
            FieldType::Text => {
                FieldValues::Text(self.values(LossReason::ColumnUnfit, |text| Some(clean(text))))
            }
            FieldType::Number => {
                // The known numbers count something; a declared one may be a temperature.
                let counts = !plan.is_named || plan.role.is_some() || plan.name == "score";
                let least = if counts { 0.0 } else { f64::NEG_INFINITY };
                let of =
                    |text: &str| number(text, least).map(|value| rounded(value, plan.decimals));
                FieldValues::Number(self.values(LossReason::NumberInvalid, of))
            }
            FieldType::Date => {
                FieldValues::Date(self.values(LossReason::DateInvalid, CatalogueDate::parse))
            }
            FieldType::Year => {
                let of = |text: &str| CatalogueDate::parse(text).map(|date| f64::from(date.year()));
                FieldValues::Number(self.values(LossReason::DateInvalid, of))
            }
        }
    }

    /// Returns the first value of each row that `parse` takes.
    fn values<T>(
        &mut self,
        reason: LossReason,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Vec<Option<T>> {
        let mut values = Vec::with_capacity(self.items.len());
        for item in self.items {
            let mut texts =
                self.plan.columns.iter().filter_map(|&at| Some((at, item.text(at)?))).peekable();
            let first = texts.peek().copied();
            let value = texts.find_map(|(_, text)| parse(text));
            self.good += usize::from(value.is_some());
            if let (None, Some((at, text))) = (&value, first) {
                self.unfit.push((reason, at, Example::new(item.line, item.id, text)));
            }
            values.push(value);
        }
        values
    }
}

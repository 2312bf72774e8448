//! Which items may be results.
//!
//! The filter runs last, on the few rows whose score could enter the top n. Imports `request` and
//! `error`.

use super::error::EngineError;
use super::request::{Bound, Condition};
use crate::catalogue::{Catalogue, Date};
use crate::format::{Field, FieldValues, Role, TagList, UNKNOWN_DATE};
use crate::names::ByName;

/// Most values that a message lists.
const MAX_LISTED: usize = 40;

/// Why a text has no filter.
const TEXT: &str = "it is a text; filters are for the other types";

/// The catalogue rows that pass.
pub(super) struct Mask<'a> {
    tests: Vec<Test<'a>>,
    /// By catalogue row.
    excluded: Vec<bool>,
}

/// One condition, ready to check rows. Names are positions in the field's names.
enum Test<'a> {
    Tags(&'a TagList, Names),
    /// Positions are counted from 1; 0 is unknown.
    Category(&'a [u32], Names),
    /// `unknown` stands for an unknown value; a NaN passes no condition.
    Number {
        values: &'a [f64],
        min: f64,
        max: f64,
        unknown: f64,
    },
    Date {
        days: &'a [i32],
        min: i32,
        max: i32,
    },
}

/// The names of a condition; an empty list asks nothing.
struct Names {
    any: Vec<u32>,
    all: Vec<u32>,
    none: Vec<u32>,
}

impl Names {
    fn pass(&self, own: &[u32]) -> bool {
        (self.any.is_empty() || self.any.iter().any(|name| own.contains(name)))
            && self.all.iter().all(|name| own.contains(name))
            && !self.none.iter().any(|name| own.contains(name))
    }
}

impl<'a> Mask<'a> {
    pub fn new(
        catalogue: &'a Catalogue,
        filter: &ByName<String, Condition>,
    ) -> Result<Self, EngineError> {
        let tests = filter.iter().map(|(name, condition)| {
            match (catalogue.field(name), catalogue.name_of(name)) {
                (Some(field), _) => Test::new(field, condition),
                (None, Some(_)) => Err(EngineError::Filter { field: name.clone(), why: TEXT }),
                (None, None) => Err(unknown_field(catalogue, name)),
            }
        });
        let excluded = vec![false; catalogue.items() as usize];
        Ok(Self { tests: tests.collect::<Result<_, _>>()?, excluded })
    }

    /// Excludes every row; [`Mask::include`] brings some back.
    pub fn exclude_all(&mut self) {
        self.excluded.fill(true);
    }

    pub fn include(&mut self, row: u32) {
        self.excluded[row as usize] = false;
    }

    pub fn exclude(&mut self, row: u32) {
        self.excluded[row as usize] = true;
    }

    pub fn passes(&self, row: u32) -> bool {
        !self.excluded[row as usize] && self.tests.iter().all(|test| test.passes(row))
    }
}

impl<'a> Test<'a> {
    fn new(field: &'a Field, condition: &Condition) -> Result<Self, EngineError> {
        let Condition { any, all, none, min, max } = condition;
        let refuse = |why| EngineError::Filter { field: field.name.clone(), why };
        let has_names = !any.is_empty() || !all.is_empty() || !none.is_empty();
        let has_bounds = min.is_some() || max.is_some();
        match &field.values {
            FieldValues::Tags(_) | FieldValues::Category { .. } if has_bounds => {
                Err(refuse("min and max are for numbers and dates; use any, all or none"))
            }
            FieldValues::Number(_) | FieldValues::Date(_) if has_names => {
                Err(refuse("any, all and none are for tags and categories; use min or max"))
            }
            FieldValues::Tags(tags) => {
                Ok(Self::Tags(tags, Names::new(field, &tags.names, condition, 0)?))
            }
            FieldValues::Category { names, values } => {
                Ok(Self::Category(values, Names::new(field, names, condition, 1)?))
            }
            FieldValues::Number(values) => {
                let bound = |bound: &Option<Bound>, open: f64| match bound {
                    None => Ok(open),
                    Some(Bound::Number(number)) if !number.is_nan() => Ok(*number),
                    Some(_) => Err(refuse("a bound of a number must be a number")),
                };
                let (min, max) = (bound(min, f64::NEG_INFINITY)?, bound(max, f64::INFINITY)?);
                let is_count = field.role == Some(Role::Popularity);
                Ok(Self::Number {
                    values,
                    min,
                    max,
                    unknown: if is_count { 0.0 } else { f64::NAN },
                })
            }
            FieldValues::Date(days) => {
                let wrong = "a bound of a date must be YYYY, YYYY-MM or YYYY-MM-DD";
                let bound = |bound: &Option<Bound>, at: usize, open: i32| match bound {
                    None => Ok(open),
                    Some(bound) => {
                        span_of(bound).map(|span| span[at].0).ok_or_else(|| refuse(wrong))
                    }
                };
                let (min, max) = (bound(min, 0, UNKNOWN_DATE + 1)?, bound(max, 1, i32::MAX)?);
                Ok(Self::Date { days, min, max })
            }
            FieldValues::Text(_) => Err(refuse(TEXT)),
        }
    }

    fn passes(&self, row: u32) -> bool {
        let at = row as usize;
        match self {
            Self::Tags(tags, names) => names.pass(tags.of(row)),
            Self::Category(values, names) => names.pass(&values[at..=at]),
            Self::Number { values, min, max, unknown } => {
                let value = if values[at].is_nan() { *unknown } else { values[at] };
                (*min..=*max).contains(&value)
            }
            Self::Date { days, min, max } => (*min..=*max).contains(&days[at]),
        }
    }
}

impl Names {
    /// Returns the positions of the names, counted from `first`.
    fn new(
        field: &Field,
        names: &[String],
        condition: &Condition,
        first: u32,
    ) -> Result<Self, EngineError> {
        let positions = |list: &[String]| -> Result<Vec<u32>, EngineError> {
            let place = |name: &String| position(field, name, names).map(|at| at as u32 + first);
            list.iter().map(place).collect()
        };
        let Condition { any, all, none, .. } = condition;
        Ok(Self { any: positions(any)?, all: positions(all)?, none: positions(none)? })
    }
}

/// Returns the first and the last day of a bound.
fn span_of(bound: &Bound) -> Option<[Date; 2]> {
    match bound {
        Bound::Date(text) => Date::span_of(text),
        Bound::Number(year) => {
            let year = Some(*year as i32).filter(|&whole| f64::from(whole) == *year)?;
            Some([Date::of(year, 1, 1)?, Date::of(year, 12, 31)?])
        }
    }
}

/// Returns the error for a name that no field has.
pub(super) fn unknown_field(catalogue: &Catalogue, name: &str) -> EngineError {
    let known: Vec<&str> = catalogue.names().collect();
    EngineError::UnknownField { name: name.to_owned(), known: listed(&known) }
}

/// Returns the position of a value among the names of a field.
fn position(field: &Field, value: &str, names: &[String]) -> Result<usize, EngineError> {
    names.iter().position(|name| lower(name).eq(lower(value))).ok_or_else(|| {
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        EngineError::UnknownValue {
            field: field.name.clone(),
            value: value.to_owned(),
            known: listed(&known),
        }
    })
}

/// Returns the first names, separated by commas.
fn listed(names: &[&str]) -> String {
    let more = if names.len() > MAX_LISTED { ", …" } else { "" };
    names[..names.len().min(MAX_LISTED)].join(", ") + more
}

/// Returns the letters in lower case, with one form of sigma.
fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{Columns, TitleColumn};
    use serde_json::{Value, json};

    #[test]
    fn names_are_compared_without_case() {
        for (one, other, same) in [
            ("Drama", "dRAMA", true),
            ("ΟΔΟΣ", "οδος", true),
            ("Ο", "Σ", false),
            ("a", "ab", false),
        ] {
            assert_eq!(lower(one).eq(lower(other)), same, "{one} {other}");
        }
    }

    /// A shop of four things; nothing is known of the last.
    fn shop() -> Catalogue {
        let field = |name: &str, role, values| Field { name: name.into(), role, values };
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let tags = TagList::new(names(&["red", "blue"]), [2, 1, 0, 0].into_iter(), vec![0, 1, 1]);
        let brand =
            FieldValues::Category { names: names(&["Acme", "Zeta"]), values: vec![1, 2, 1, 0] };
        let days = ["2023-05-01", "2023-12-31", "1969-01-02"];
        let mut days: Vec<i32> = days.map(|day| Date::span_of(day).unwrap()[0].0).into();
        days.push(UNKNOWN_DATE);
        Catalogue::new(Columns {
            ids: vec![1, 2, 3, 4],
            keys: String::new(),
            titles: vec![TitleColumn { name: "main".into(), lines: "A\nB\nC\nD".into() }],
            fields: vec![
                field("colours", None, FieldValues::Tags(tags)),
                field("brand", None, brand),
                field("price", None, FieldValues::Number(vec![9.99, 20.0, -1.0, f64::NAN])),
                field(
                    "sold",
                    Some(Role::Popularity),
                    FieldValues::Number(vec![5.0, f64::NAN, 1e12, f64::NAN]),
                ),
                field("since", Some(Role::Published), FieldValues::Date(days)),
                field("note", None, FieldValues::Text("a\n\n\n".into())),
            ],
        })
        .unwrap()
    }

    fn passing(catalogue: &Catalogue, filter: &Value) -> Result<Vec<u32>, EngineError> {
        let request: crate::engine::Request =
            serde_json::from_value(json!({ "filter": filter })).unwrap();
        let mask = Mask::new(catalogue, &request.filter)?;
        Ok((0..4).filter(|&row| mask.passes(row)).map(|row| catalogue.id(row)).collect())
    }

    #[test]
    fn each_condition_lets_the_right_items_pass() {
        let shop = shop();
        for (filter, want) in [
            (json!({}), vec![1, 2, 3, 4]),
            (json!({"colours": {}}), vec![1, 2, 3, 4]),
            (json!({"colours": {"any": ["RED", "blue"]}}), vec![1, 2]),
            (json!({"colours": {"all": ["red", "blue"]}}), vec![1]),
            (json!({"colours": {"none": ["red"]}}), vec![2, 3, 4]),
            (json!({"colours": {"any": ["blue"], "none": ["red"]}}), vec![2]),
            (json!({"brand": {"any": ["acme"]}}), vec![1, 3]),
            (json!({"brand": {"none": ["Acme"]}}), vec![2, 4]),
            (json!({"brand": {"all": ["Acme", "Zeta"]}}), vec![]),
            (json!({"price": {"min": 9.99}}), vec![1, 2]),
            (json!({"price": {"max": 9.99}}), vec![1, 3]),
            (json!({"price": {"min": 0, "max": 10}}), vec![1]),
            (json!({"sold": {"max": 5}}), vec![1, 2, 4]),
            (json!({"sold": {"min": 1_000_000_000_000_u64}}), vec![3]),
            (json!({"since": {"min": "2023-05"}}), vec![1, 2]),
            (json!({"since": {"max": "2023-05"}}), vec![1, 3]),
            (json!({"since": {"min": 2023, "max": 2023}}), vec![1, 2]),
            (json!({"since": {"max": "1969-01-02"}}), vec![3]),
            (json!({"brand": {"any": ["Acme"]}, "price": {"min": 0}}), vec![1]),
        ] {
            assert_eq!(passing(&shop, &filter), Ok(want), "{filter}");
        }
    }

    #[test]
    fn each_wrong_condition_is_named() {
        let shop = shop();
        for (filter, want) in [
            (json!({"colour": {"any": ["red"]}}), "unknown_field"),
            (json!({"colours": {"any": ["green"]}}), "unknown_value"),
            (json!({"brand": {"none": ["None"]}}), "unknown_value"),
            (json!({"colours": {"min": 1}}), "filter_invalid"),
            (json!({"price": {"any": ["1"]}}), "filter_invalid"),
            (json!({"price": {"min": "1"}}), "filter_invalid"),
            (json!({"since": {"min": "soon"}}), "filter_invalid"),
            (json!({"since": {"min": 2023.5}}), "filter_invalid"),
            (json!({"since": {"min": 1e300}}), "filter_invalid"),
            (json!({"note": {"any": ["a"]}}), "filter_invalid"),
            (json!({"main": {"any": ["A"]}}), "filter_invalid"),
        ] {
            assert_eq!(passing(&shop, &filter).unwrap_err().code().as_str(), want, "{filter}");
        }
        let error = passing(&shop, &json!({"x": {}})).unwrap_err().to_string();
        assert!(error.contains("colours, brand, price, sold, since, note, main"), "{error}");
    }
}

//! The catalogue's entries as the columns of a release. This knows the format and no models.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use osusume::format::{Columns, Field, FieldValues, Role, TagList, TitleColumn, UNKNOWN_DATE};
use osusume_tables::{CatalogueDate, Entry, FieldColumn, FieldValues as Values};

use crate::error::{PackError, Result};
use crate::series::series;

/// The name of the groups that follow from titles.
const SERIES: &str = "series";

/// Returns the columns of `items`. Item i has the values of row `rows[i]` of each of `fields`. Last
/// come the groups of the items, by the field of that role or else by their titles.
pub(crate) fn columns(
    items: &[&Entry],
    fields: &[FieldColumn],
    rows: &[usize],
    language: &str,
) -> Result<Columns> {
    let others: BTreeSet<&String> = items.iter().flat_map(|item| item.titles.keys()).collect();
    let lines = |text: &dyn Fn(&Entry) -> String| -> String {
        items.iter().map(|item| text(item)).collect::<Vec<_>>().join("\n")
    };
    let main = TitleColumn { name: language.to_owned(), lines: lines(&|item| item.title.clone()) };
    let other = |&name: &&String| TitleColumn {
        name: name.clone(),
        lines: lines(&|item| item.titles.get(name).cloned().unwrap_or_default()),
    };
    let is_group = |field: &&FieldColumn| field.role == Some(Role::Group);
    let group = fields.iter().find(is_group).map_or(SERIES, |field| field.name.as_str());
    let mut all = Vec::new();
    for field in fields.iter().filter(|field| !is_group(field)) {
        let values = values_of(&field.values, rows)?;
        all.push(Field { name: field.name.clone(), role: field.role, values });
    }
    if let Some(values) = groups(items).filter(|_| all.iter().all(|field| field.name != group)) {
        all.push(Field { name: group.to_owned(), role: Some(Role::Group), values });
    }
    Ok(Columns {
        ids: items.iter().map(|item| item.id).collect(),
        keys: if items.iter().any(|item| item.key.is_some()) {
            lines(&|item| item.key.clone().unwrap_or_default())
        } else {
            String::new()
        },
        titles: std::iter::once(main).chain(others.iter().map(other)).collect(),
        fields: all,
    })
}

/// Returns the values of these rows of a field, even if none of them is known.
fn values_of(values: &Values, rows: &[usize]) -> Result<FieldValues> {
    let none = || FieldValues::Category { names: Vec::new(), values: vec![0; rows.len()] };
    Ok(match values {
        Values::Tags(all) => {
            let lists = rows.iter().map(|&row| all[row].as_slice());
            tags(lists)?.unwrap_or_else(|| {
                let counts = std::iter::repeat_n(0, rows.len());
                FieldValues::Tags(TagList::new(Vec::new(), counts, Vec::new()))
            })
        }
        Values::Category(all) => {
            category(rows.iter().map(|&row| all[row].as_ref())).unwrap_or_else(none)
        }
        Values::Number(all) => {
            FieldValues::Number(rows.iter().map(|&row| all[row].unwrap_or(f64::NAN)).collect())
        }
        Values::Date(all) => {
            let day = |&row: &usize| all[row].map_or(UNKNOWN_DATE, CatalogueDate::days);
            FieldValues::Date(rows.iter().map(day).collect())
        }
        Values::Text(all) => {
            let lines: Vec<&str> =
                rows.iter().map(|&row| all[row].as_deref().unwrap_or_default()).collect();
            FieldValues::Text(lines.join("\n"))
        }
    })
}

/// Returns a field of tags, or `None` if no item has one.
fn tags<'a>(
    lists: impl ExactSizeIterator<Item = &'a [String]> + Clone,
) -> Result<Option<FieldValues>> {
    let names = by_use(lists.clone().flatten());
    few(u16::try_from(names.len()).is_ok(), "tags")?;
    let numbers: HashMap<&String, u32> = names.iter().zip(0..).collect();
    let indices = lists.clone().flatten().map(|tag| numbers[tag]).collect();
    let values = TagList::new(names.clone(), lists.map(<[String]>::len), indices);
    Ok((!names.is_empty()).then_some(FieldValues::Tags(values)))
}

/// Returns a field of categories, or `None` if no item has one.
fn category<'a>(
    of: impl ExactSizeIterator<Item = Option<&'a String>> + Clone,
) -> Option<FieldValues> {
    let names = by_use(of.clone().flatten());
    let numbers: HashMap<&String, u32> = names.iter().zip(1..).collect();
    let values = of.map(|name| name.map_or(0, |name| numbers[name])).collect();
    (!names.is_empty()).then(|| FieldValues::Category { names: names.clone(), values })
}

/// Returns for each item the id of the first item of its series, if the series has others.
fn groups(items: &[&Entry]) -> Option<FieldValues> {
    let firsts = series(items);
    let mut values = vec![f64::NAN; items.len()];
    for (row, &first) in firsts.iter().enumerate() {
        let first = first as usize;
        if first != row {
            let id = f64::from(items[first].id);
            (values[row], values[first]) = (id, id);
        }
    }
    values.iter().any(|value| !value.is_nan()).then_some(FieldValues::Number(values))
}

fn few(ok: bool, what: &'static str) -> Result<()> {
    if ok { Ok(()) } else { Err(PackError::TooMany(what)) }
}

/// Returns the items that have a picture, with its address as the title, or `None` if there are none.
pub(crate) fn images(items: &[&Entry]) -> Option<Columns> {
    let (ids, images): (Vec<u32>, Vec<&str>) =
        items.iter().filter_map(|item| Some((item.id, item.image.as_deref()?))).unzip();
    let titles = vec![TitleColumn { name: "image".to_owned(), lines: images.join("\n") }];
    (!ids.is_empty()).then(|| Columns { ids, titles, ..Columns::default() })
}

/// Returns every name once, the most used first, then by name.
fn by_use<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut uses: BTreeMap<&String, usize> = BTreeMap::new();
    for name in names {
        *uses.entry(name).or_default() += 1;
    }
    let mut names: Vec<&String> = uses.keys().copied().collect();
    names.sort_by_key(|name| Reverse(uses[name]));
    names.into_iter().cloned().collect()
}

//! The catalogue's entries as the columns of a release. This knows the format and no models.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use osusume::format::{Columns, Field, FieldValues, Role, TagList, TitleColumn};
use osusume_tables::Entry;

use crate::error::{PackError, Result};
use crate::series::series;

pub(crate) fn columns(items: &[&Entry], language: &str) -> Result<Columns> {
    let others: BTreeSet<&String> = items.iter().flat_map(|item| item.titles.keys()).collect();
    let lines = |text: &dyn Fn(&Entry) -> String| -> String {
        items.iter().map(|item| text(item)).collect::<Vec<_>>().join("\n")
    };
    let main = TitleColumn { name: language.to_owned(), lines: lines(&|item| item.title.clone()) };
    let other = |&name: &&String| TitleColumn {
        name: name.clone(),
        lines: lines(&|item| item.titles.get(name).cloned().unwrap_or_default()),
    };
    let number = |value: &dyn Fn(&Entry) -> Option<f64>| {
        let values: Vec<f64> = items.iter().map(|item| value(item).unwrap_or(f64::NAN)).collect();
        values.iter().any(|value| !value.is_nan()).then_some(FieldValues::Number(values))
    };
    let fields = [
        ("genres", None, tags(items)?),
        ("type", None, types(items)?),
        ("year", None, number(&|item| item.year.map(f64::from))),
        ("score", None, number(&|item| item.score)),
        ("members", Some(Role::Popularity), number(&|item| item.members.map(f64::from))),
        ("series", Some(Role::Group), groups(items)),
    ];
    let field = |(name, role, values): (&str, _, Option<FieldValues>)| {
        values.map(|values| Field { name: name.to_owned(), role, values })
    };
    Ok(Columns {
        ids: items.iter().map(|item| item.id).collect(),
        keys: if items.iter().any(|item| item.key.is_some()) {
            lines(&|item| item.key.clone().unwrap_or_default())
        } else {
            String::new()
        },
        titles: std::iter::once(main).chain(others.iter().map(other)).collect(),
        fields: fields.into_iter().filter_map(field).collect(),
    })
}

fn tags(items: &[&Entry]) -> Result<Option<FieldValues>> {
    let names = by_use(items.iter().flat_map(|item| &item.tags));
    few(u16::try_from(names.len()).is_ok(), "tags")?;
    few(items.iter().all(|item| u8::try_from(item.tags.len()).is_ok()), "tags of one item")?;
    let numbers: HashMap<&String, u32> = names.iter().zip(0..).collect();
    let indices = items.iter().flat_map(|item| &item.tags).map(|tag| numbers[tag]).collect();
    let counts = items.iter().map(|item| item.tags.len());
    let values = FieldValues::Tags(TagList::new(names.clone(), counts, indices));
    Ok((!names.is_empty()).then_some(values))
}

fn types(items: &[&Entry]) -> Result<Option<FieldValues>> {
    let names = by_use(items.iter().filter_map(|item| item.kind.as_ref()));
    few(u8::try_from(names.len()).is_ok(), "types")?;
    let numbers: HashMap<&String, u32> = names.iter().zip(1..).collect();
    let number = |item: &&Entry| item.kind.as_ref().map_or(0, |kind| numbers[kind]);
    let values = items.iter().map(number).collect();
    let is_empty = names.is_empty();
    Ok((!is_empty).then(|| FieldValues::Category { names: names.clone(), values }))
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

//! The catalogue's entries as the columns of a release. This knows the format and no models.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use osusume::format::{Columns, TagList, UNKNOWN_SCORE};
use osusume_tables::Entry;

use crate::error::{PackError, Result};
use crate::series::series;

pub(crate) fn columns(items: &[&Entry], language: &str) -> Result<Columns> {
    let others: BTreeSet<&String> = items.iter().flat_map(|item| item.titles.keys()).collect();
    let lines = |text: &dyn Fn(&Entry) -> String| -> String {
        items.iter().map(|item| text(item)).collect::<Vec<_>>().join("\n")
    };
    let mut titles = vec![lines(&|item| item.title.clone())];
    titles.extend(
        others
            .iter()
            .map(|&other| lines(&|item| item.titles.get(other).cloned().unwrap_or_default())),
    );
    let languages =
        std::iter::once(language.to_owned()).chain(others.iter().map(|&other| other.clone()));

    let tag_names = by_use(items.iter().flat_map(|item| &item.tags));
    let type_names = by_use(items.iter().filter_map(|item| item.kind.as_ref()));
    let few = |ok: bool, what| if ok { Ok(()) } else { Err(PackError::TooMany(what)) };
    few(u16::try_from(tag_names.len()).is_ok(), "tags")?;
    few(items.iter().all(|item| u8::try_from(item.tags.len()).is_ok()), "tags of one item")?;
    few(u8::try_from(type_names.len()).is_ok(), "types")?;
    let tag_numbers: HashMap<&String, u16> = tag_names.iter().zip(0..).collect();
    let type_numbers: HashMap<&String, u8> = type_names.iter().zip(1..).collect();

    let hundredths = |score: f64| ((score * 100.0).round() as u16).min(UNKNOWN_SCORE - 1);
    Ok(Columns {
        ids: items.iter().map(|item| item.id).collect(),
        keys: if items.iter().any(|item| item.key.is_some()) {
            lines(&|item| item.key.clone().unwrap_or_default())
        } else {
            String::new()
        },
        languages: languages.collect(),
        titles,
        tags: TagList {
            counts: items.iter().map(|item| item.tags.len() as u8).collect(),
            indices: items.iter().flat_map(|item| &item.tags).map(|tag| tag_numbers[tag]).collect(),
            names: tag_names.clone(),
        },
        types: items
            .iter()
            .map(|item| item.kind.as_ref().map_or(0, |kind| type_numbers[kind]))
            .collect(),
        type_names: type_names.clone(),
        years: items.iter().map(|item| item.year.unwrap_or(0)).collect(),
        scores: items.iter().map(|item| item.score.map_or(UNKNOWN_SCORE, hundredths)).collect(),
        members: items.iter().map(|item| item.members.unwrap_or(0)).collect(),
        series: series(items).into_iter().zip(0..).map(|(first, row)| row - first).collect(),
    })
}

/// Returns the items that have a picture, with its address as the title, or `None` if there are none.
pub(crate) fn images(items: &[&Entry]) -> Option<Columns> {
    let (ids, images): (Vec<u32>, Vec<&str>) =
        items.iter().filter_map(|item| Some((item.id, item.image.as_deref()?))).unzip();
    let unknown = unknown_columns(ids.len());
    (!ids.is_empty()).then(|| Columns {
        languages: vec!["image".to_owned()],
        titles: vec![images.join("\n")],
        ids,
        ..unknown
    })
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

/// Returns the columns of items without any facts.
pub(crate) fn unknown_columns(rows: usize) -> Columns {
    Columns {
        tags: TagList { counts: vec![0; rows], ..TagList::default() },
        types: vec![0; rows],
        years: vec![0; rows],
        scores: vec![UNKNOWN_SCORE; rows],
        members: vec![0; rows],
        series: vec![0; rows],
        ..Columns::default()
    }
}

//! From the entries of a list to the weights of a request; the same for every site.
//! Imports `entry` and `catalogue`, never an adapter.
//!
//! Let d be the number of standard deviations that a score is above the mean of the visitor's own
//! scores, at most 2 in size. An item with d ≥ 0 is liked with weight 1 + d; an item with d < 0 is
//! disliked with weight -d. An item without a score is liked with weight 1 if the visitor watched
//! it or watches it now. A dropped item is disliked with weight 1 at least. A planned item is
//! neither. Answers exclude all items but the planned ones, because the visitor knows them already.

use serde::Serialize;

use super::entry::{Entry, Status};
use crate::catalogue::Catalogue;

/// Most standard deviations from the mean that a score counts.
const MAX_DEVIATIONS: f64 = 2.0;

/// A list in the terms of a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Profile {
    /// The site of the format: `MyAnimeList` or `AniList`.
    pub source: &'static str,
    /// Liked items, in the list's order.
    pub liked: Vec<WeightedItem>,
    /// Disliked items.
    pub disliked: Vec<WeightedItem>,
    /// Items that the visitor knows already, watched or begun.
    pub exclude: Vec<u32>,
    /// Items that the visitor plans to watch.
    pub planned: Vec<u32>,
    /// Entries that the catalogue does not have.
    pub unknown: Vec<Unknown>,
    /// Numbers of entries.
    pub counts: Counts,
}

/// An item and its weight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WeightedItem {
    /// The item.
    pub id: u32,
    /// Above 0, in hundredths.
    pub weight: f64,
}

/// An entry that the catalogue does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// Its id at `MyAnimeList`, if the list has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// Its title, if the list has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Numbers of entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// In the list, each show once.
    pub entries: u32,
    /// With a score.
    pub rated: u32,
    /// In the catalogue, and liked.
    pub liked: u32,
    /// In the catalogue, and disliked.
    pub disliked: u32,
    /// In the catalogue, and planned.
    pub planned: u32,
    /// Not in the catalogue.
    pub unknown: u32,
}

impl Profile {
    /// Weighs the entries of a list from the site `source`.
    pub(super) fn new(
        source: &'static str,
        mut entries: Vec<Entry>,
        catalogue: &Catalogue,
    ) -> Self {
        let mut profile = Self { source, ..Self::default() };
        drop_repeated(&mut entries);
        let scores: Vec<f64> = entries.iter().filter_map(|entry| entry.score).collect();
        let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
        let squares = scores.iter().map(|score| (score - mean) * (score - mean)).sum::<f64>();
        let deviation = (squares / scores.len().max(1) as f64).sqrt();
        for entry in entries {
            profile.counts.entries += 1;
            profile.counts.rated += u32::from(entry.score.is_some());
            let Some(id) = entry.id.filter(|&id| catalogue.row_of_id(id).is_some()) else {
                profile.unknown.push(Unknown { id: entry.id, title: entry.title });
                continue;
            };
            if entry.status == Status::Planned {
                profile.planned.push(id);
                continue;
            }
            profile.exclude.push(id);
            let deviations = entry
                .score
                .map(|score| if deviation > 0.0 { (score - mean) / deviation } else { 0.0 });
            let deviations = deviations.map(|d| d.clamp(-MAX_DEVIATIONS, MAX_DEVIATIONS));
            profile.weigh(id, entry.status, deviations);
        }
        profile.counts.liked = profile.liked.len() as u32;
        profile.counts.disliked = profile.disliked.len() as u32;
        profile.counts.planned = profile.planned.len() as u32;
        profile.counts.unknown = profile.unknown.len() as u32;
        profile
    }

    /// Adds an item to the liked or disliked ones by its status and its standard deviations.
    fn weigh(&mut self, id: u32, status: Status, deviations: Option<f64>) {
        let weighted =
            |weight: f64| WeightedItem { id, weight: ((weight * 100.0).round() / 100.0).max(0.01) };
        match (status, deviations) {
            (Status::Dropped, d) => self.disliked.push(weighted((-d.unwrap_or(0.0)).max(1.0))),
            (_, Some(d)) if d >= 0.0 => self.liked.push(weighted(1.0 + d)),
            (_, Some(d)) => self.disliked.push(weighted(-d)),
            (Status::Watched, None) => self.liked.push(weighted(1.0)),
            (_, None) => {}
        }
    }
}

/// Keeps the first entry of each id. A visitor's custom lists repeat entries of the other lists.
fn drop_repeated(entries: &mut Vec<Entry>) {
    let mut ids: Vec<(u32, usize)> =
        entries.iter().zip(0..).filter_map(|(entry, at)| Some((entry.id?, at))).collect();
    ids.sort_unstable();
    ids.dedup_by_key(|(id, _)| *id);
    let mut at = 0..;
    entries.retain(|entry| {
        let at = at.next();
        entry.id.is_none_or(|id| {
            ids.binary_search_by_key(&id, |&(id, _)| id).ok().map(|found| ids[found].1) == at
        })
    });
}

//! The catalogue, and its look-ups by row and id.
//! Imports `item`, `lines`, and the columns of `format`.

use std::sync::{Arc, Mutex, OnceLock};

use super::item::{Choices, Facts, Item};
use super::lines::Lines;
use crate::find::Index;
use crate::format::{Columns, FormatError, UNKNOWN_SCORE};

/// A release's catalogue, ready for look-ups.
#[derive(Debug, Clone)]
pub struct Catalogue {
    pub(super) columns: Columns,
    keys: Option<Lines>,
    /// The original titles, one text a language.
    pub(super) titles: Vec<Lines>,
    /// Made by the first search for a title.
    pub(super) index: OnceLock<Index>,
    /// The index while [`Catalogue::warm`] builds it.
    pub(super) warming: Arc<Mutex<Index>>,
    /// Sorted by id.
    rows_by_id: Vec<(u32, u32)>,
    /// For each row: it is the first of a series with more than one row.
    starts_series: Vec<bool>,
    /// Where each row's tags start, then the end of the last.
    tags_at: Vec<u32>,
    /// The addresses of pictures, by row; an empty line is none.
    images: Option<Lines>,
    /// By row: the part of the catalogue that is less popular, 0 to 1. Made by the first request
    /// that needs it.
    popularity: OnceLock<Vec<f32>>,
}

impl Catalogue {
    /// Returns the catalogue of `columns`. They come from [`Columns::decode`], which checks that
    /// they agree with each other.
    pub fn new(columns: Columns) -> Result<Self, FormatError> {
        let mut rows_by_id: Vec<(u32, u32)> = columns.ids.iter().copied().zip(0..).collect();
        rows_by_id.sort_unstable();
        let mut tags_at = vec![0];
        for &count in &columns.tags.counts {
            tags_at.push(tags_at[tags_at.len() - 1] + u32::from(count));
        }
        let titles: Vec<Lines> = columns.titles.iter().cloned().map(Lines::new).collect();
        let keys = (!columns.keys.is_empty()).then(|| Lines::new(columns.keys.clone()));
        let mut starts_series = vec![false; columns.ids.len()];
        for (row, &back) in columns.series.iter().enumerate().filter(|&(_, &back)| back > 0) {
            starts_series[row - back as usize] = true;
        }
        Ok(Self {
            columns,
            keys,
            titles,
            index: OnceLock::new(),
            warming: Arc::default(),
            images: None,
            rows_by_id,
            starts_series,
            tags_at,
            popularity: OnceLock::new(),
        })
    }

    /// Adds the pictures of a file of images, whose titles are addresses.
    pub fn with_images(mut self, images: &Self) -> Result<Self, FormatError> {
        if images.items() > self.items() {
            return Err(FormatError::Shape("there are more images than items"));
        }
        let address = |row: u32| images.row_of_id(self.id(row)).map_or("", |at| images.title(at));
        let lines: Vec<&str> = (0..self.items()).map(address).collect();
        self.images = Some(Lines::new(lines.join("\n")));
        Ok(self)
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> u32 {
        self.columns.ids.len() as u32
    }

    /// Every genre.
    #[must_use]
    pub fn genres(&self) -> &[String] {
        &self.columns.tags.names
    }

    /// Returns the values that filters may choose from.
    #[must_use]
    pub fn choices(&self) -> Choices<'_> {
        let Columns { tags, type_names, years, scores, series, .. } = &self.columns;
        let known = || years.iter().copied().filter(|&year| year > 0);
        Choices {
            genres: &tags.names,
            types: type_names,
            years: known().min().zip(known().max()).map(|(first, last)| [first, last]),
            scores: scores.iter().any(|&score| score != UNKNOWN_SCORE),
            series: series.iter().any(|&back| back > 0),
        }
    }

    /// Positions in [`Self::genres`] of the genres of `row`, which must be less than
    /// [`Self::items`].
    #[must_use]
    pub fn tags(&self, row: u32) -> &[u16] {
        let at = row as usize;
        &self.columns.tags.indices[self.tags_at[at] as usize..self.tags_at[at + 1] as usize]
    }

    /// Every type.
    #[must_use]
    pub fn types(&self) -> &[String] {
        &self.columns.type_names
    }

    /// Returns the percentile of popularity of a row, by `members` and then by row: 1 for the most
    /// popular row, 0 for the least.
    #[must_use]
    pub fn popularity(&self, row: u32) -> f32 {
        self.popularities()[row as usize]
    }

    pub(crate) fn popularities(&self) -> &[f32] {
        self.popularity.get_or_init(|| percentiles(&self.columns.members))
    }

    pub(crate) fn facts(&self, row: u32) -> Facts<'_> {
        let at = row as usize;
        let Columns { tags, types, years, scores, members, .. } = &self.columns;
        Facts {
            tags: &tags.indices[self.tags_at[at] as usize..self.tags_at[at + 1] as usize],
            kind: types[at],
            year: years[at],
            score: (scores[at] != UNKNOWN_SCORE).then_some(scores[at]),
            members: members[at],
        }
    }

    /// Returns the id of a row.
    #[must_use]
    pub fn id(&self, row: u32) -> u32 {
        self.columns.ids[row as usize]
    }

    /// Returns the text id of a row, if the catalogue has text ids.
    #[must_use]
    pub fn key(&self, row: u32) -> Option<&str> {
        self.keys.as_ref().map(|keys| keys.get(row))
    }

    /// Returns the main title of a row.
    #[must_use]
    pub fn title(&self, row: u32) -> &str {
        self.titles[0].get(row)
    }

    /// Returns the row of an id.
    #[must_use]
    pub fn row_of_id(&self, id: u32) -> Option<u32> {
        let at = self.rows_by_id.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        Some(self.rows_by_id[at].1)
    }

    /// Returns the row of a text id.
    #[must_use]
    pub fn row_of_key(&self, key: &str) -> Option<u32> {
        self.keys.as_ref()?.iter().position(|k| k == key).map(|row| row as u32)
    }

    /// Returns all data of a row.
    #[must_use]
    pub fn item(&self, row: u32) -> Item<'_> {
        let at = row as usize;
        let Columns { languages, tags, type_names, types, years, scores, members, .. } =
            &self.columns;
        let titles = languages
            .iter()
            .zip(&self.titles)
            .map(|(language, lines)| (language.as_str(), lines.get(row)));
        let genres = &tags.indices[self.tags_at[at] as usize..self.tags_at[at + 1] as usize];
        Item {
            id: self.id(row),
            key: self.key(row),
            title: self.title(row),
            titles: titles.filter(|(_, title)| !title.is_empty()).collect(),
            genres: genres.iter().map(|&tag| tags.names[usize::from(tag)].as_str()).collect(),
            kind: usize::from(types[at]).checked_sub(1).map(|kind| type_names[kind].as_str()),
            year: (years[at] != 0).then_some(years[at]),
            score: (scores[at] != UNKNOWN_SCORE).then(|| f64::from(scores[at]) / 100.0),
            members: (members[at] != 0).then_some(members[at]),
            series: self.starts_series[self.series(row) as usize]
                .then(|| self.id(self.series(row))),
            image: self
                .images
                .as_ref()
                .map(|images| images.get(row))
                .filter(|image| !image.is_empty()),
        }
    }

    /// Returns the row of the first item of a row's series; the row itself if it has no series.
    #[must_use]
    pub fn series(&self, row: u32) -> u32 {
        row - self.columns.series[row as usize]
    }
}

/// Returns for each row its place in the order of popularity, from 0 to 1.
fn percentiles(members: &[u32]) -> Vec<f32> {
    let mut rows: Vec<u32> = (0..members.len() as u32).collect();
    rows.sort_unstable_by_key(|&row| (members[row as usize], std::cmp::Reverse(row)));
    let mut percentiles = vec![0.0; members.len()];
    let most = (members.len().max(2) - 1) as f32;
    for (rank, row) in rows.into_iter().enumerate() {
        percentiles[row as usize] = rank as f32 / most;
    }
    percentiles
}

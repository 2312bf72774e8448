//! The parts of a catalogue that answers and filters contain.
//! Imports `names` alone.

use serde::Serialize;

use crate::names::ByName;

/// The data of one item that filters check.
pub(crate) struct Facts<'a> {
    /// Positions in [`Catalogue::genres`].
    pub tags: &'a [u16],
    /// Position in [`Catalogue::types`], counted from 1; 0 is unknown.
    pub kind: u8,
    /// 0 is unknown.
    pub year: u16,
    /// In hundredths.
    pub score: Option<u16>,
    pub members: u32,
}

/// All data of one item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item<'a> {
    /// The id of the item in requests and answers.
    pub id: u32,
    /// The catalogue's own text id, if it has text ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// Main title.
    pub title: &'a str,
    /// Main title and every other, by language.
    pub titles: ByName<&'a str, &'a str>,
    /// Genres.
    pub genres: Vec<&'a str>,
    /// Kind of item, for instance TV or Movie.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'a str>,
    /// Year of the first showing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// Mean score that people gave, to two decimals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// How many people have it on their list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<u32>,
    /// The id of the first item of its series, if the series has other items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<u32>,
    /// The address of a picture, if the release has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<&'a str>,
}

/// The values that filters may choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choices<'a> {
    /// Every genre, in the order of the catalogue: `pack` puts the most frequent first.
    pub genres: &'a [String],
    /// Every type, in the same order.
    pub types: &'a [String],
    /// The first and the last year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub years: Option<[u16; 2]>,
    /// Whether any item has a score.
    pub scores: bool,
    /// Whether any item shares a series with another.
    pub series: bool,
}

/// An item that a search found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match<'a> {
    /// The title that matched; the main title if the id matched.
    pub matched: &'a str,
    /// The language of that title, or `id`.
    pub language: &'a str,
    /// The parts of `matched` that match, as start and end in UTF-16 code units, which JavaScript
    /// uses. They ascend and do not touch.
    pub spans: Vec<[u32; 2]>,
    /// The item.
    #[serde(flatten)]
    pub item: Item<'a>,
}

//! The shape of an answer, the same for JavaScript, HTTP and the command line.
//!
//! Imports `request` for the ids.

use serde::Serialize;

use super::request::Id;
use crate::catalogue::Value;
use crate::names::ByName;

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Answer<'a> {
    /// The results, best first: score descending, then catalogue row ascending. With `diversity`,
    /// in the order in which they were chosen.
    pub items: Vec<Recommended<'a>>,
    /// The model that answered. For a blend, the names joined by `+`.
    pub model: String,
    /// The release that answered.
    pub release: &'a str,
    /// Remarks about the answer for the caller.
    pub warnings: Vec<Warning>,
}

/// One result.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Recommended<'a> {
    /// The item.
    pub id: u32,
    /// Its text id, if the catalogue has text ids.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// Its main title.
    pub title: &'a str,
    /// The address of its page, if the catalogue has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<&'a str>,
    /// The address of a picture, if the release has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<&'a str>,
    /// How well it fits. An f32, comparable only within one answer.
    pub score: f64,
    /// With `fields`: the known values of the requested fields, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        test,
        schemars(with = "Option<std::collections::BTreeMap<String, super::schema::FieldValue>>")
    )]
    pub fields: Option<ByName<&'a str, Value<'a>>>,
    /// With `explain`: the liked items and words that speak for it, the strongest first, at most
    /// ten.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Vec<Because>>,
    /// With `explain`: how much each model contributes to the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<std::collections::BTreeMap<String, f64>>"))]
    pub by_model: Option<ByName<&'a str, f64>>,
}

/// A liked item or a word, and its share of the positive contributions to a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Because {
    /// A liked item.
    Item {
        /// The item.
        id: u32,
        /// Above 0; the shares of all reasons of one result add up to 1.
        #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
        share: f64,
    },
    /// A word of the text.
    Word {
        /// The word as the text encoder looked it up.
        word: String,
        /// Above 0; the shares of all reasons of one result add up to 1.
        #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
        share: f64,
    },
}

impl Because {
    /// Returns the share, above 0 and at most 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        match self {
            Self::Item { share, .. } | Self::Word { share, .. } => *share,
        }
    }
}

/// A remark about an answer for the caller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// The release does not have these items of `liked`, `disliked` or `only`. The answer uses the
    /// others.
    UnknownIds {
        /// The ids as they were sent.
        ids: Vec<Id>,
    },
    /// The text is longer than 400 characters. The answer uses the first of them.
    TextCut {
        /// The number of characters used.
        used: usize,
    },
    /// The requested model covers none of the items. Another model answered.
    ModelFallback {
        /// The requested model.
        asked: String,
        /// The model that answered.
        used: String,
    },
    /// The model does not cover some of the items. The answer uses the others.
    PartlyCovered {
        /// The model.
        model: String,
        /// The items that it does not cover.
        missing: Vec<u32>,
    },
    /// There are fewer results than requested.
    FewMatches {
        /// The number of results requested.
        asked: usize,
        /// The number of results found.
        found: usize,
    },
    /// The request has no liked item: the answer is a popular and varied list to start from.
    StartList,
    /// The text encoder does not know these words. The answer uses the others.
    UnknownWords {
        /// The words.
        words: Vec<String>,
    },
    /// The text is the title of these items. The visitor may want the items themselves, not items
    /// about that subject.
    IsTitle {
        /// The items.
        ids: Vec<u32>,
    },
}

//! What is asked and what is answered: the same shapes for JavaScript, HTTP and the command line.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::EngineError;
use crate::Result;
use crate::names::ByName;

/// Most results of a request.
pub const MAX_N: usize = 1000;

/// Most ids of a request, all lists together.
pub const MAX_IDS: usize = 10_000;

/// Largest weight of a liked or disliked item.
pub const MAX_WEIGHT: f32 = 1000.0;

/// What is asked. Every field may be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Request {
    /// Items that the results shall be like. One item alone asks for items similar to it; none for a start list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = MAX_IDS)))]
    pub liked: Vec<Weighted>,
    /// Items that the results shall be unlike.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = MAX_IDS)))]
    pub disliked: Vec<Weighted>,
    /// What is looked for, in the visitor's own words: a description, alone or beside items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Results wanted, 1 to 1000; 10 unless told.
    #[cfg_attr(test, schemars(range(min = 1, max = MAX_N)))]
    pub n: usize,
    /// The model to answer from, or several by weight; the release's default unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelChoice>,
    /// Which items may be results.
    #[cfg_attr(not(target_arch = "wasm32"), serde(deserialize_with = "filter_object"))]
    pub filter: Filter,
    /// 0 (popular) to 1 (hidden gems); without it popularity counts as the model has it, as with 0.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub niche: Option<f32>,
    /// 0 (the plain order, the default) to 1 (as different from each other as can be).
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub diversity: f32,
    /// Whether each result says which items and models carry it.
    pub explain: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            liked: Vec::new(),
            disliked: Vec::new(),
            text: None,
            n: 10,
            model: None,
            filter: Filter::default(),
            niche: None,
            diversity: 0.0,
            explain: false,
        }
    }
}

/// The items that may be results: those that pass every field that is given.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Filter {
    /// Genres that an item must all have; case does not matter.
    pub genres: Vec<String>,
    /// Genres that an item must not have.
    pub exclude_genres: Vec<String>,
    /// Types of which an item must have one.
    pub types: Vec<String>,
    /// First and last year; an item without a year does not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub years: Option<(u16, u16)>,
    /// Least score; an item without a score does not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_score: Option<f64>,
    /// Least number of people who have it on their list; unknown counts as 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_members: Option<u32>,
    /// Largest number of such people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_members: Option<u32>,
    /// Items that are not wanted, already watched for instance; ids that the release does not have are ignored.
    #[cfg_attr(test, schemars(length(max = MAX_IDS)))]
    pub exclude: Vec<Id>,
    /// Whether a series takes one place only, with its best item.
    pub collapse_series: bool,
}

impl Filter {
    /// Says whether nothing is asked of an item.
    pub(super) fn passes_all(&self) -> bool {
        !self.asks_facts() && self.exclude.is_empty() && !self.collapse_series
    }

    /// Says whether an item's facts decide.
    pub(super) fn asks_facts(&self) -> bool {
        let Self {
            genres, exclude_genres, types, years, min_score, min_members, max_members, ..
        } = self;
        let lists = genres.len() + exclude_genres.len() + types.len();
        let bounds = years.is_some()
            || min_score.is_some()
            || min_members.is_some()
            || max_members.is_some();
        lists > 0 || bounds
    }
}

/// An item's id: its number or, where the catalogue has text ids, its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Id {
    /// The number.
    Number(u32),
    /// The text id.
    Key(String),
}

/// An item and how much it counts; in JSON an id, or an object with `id` and `weight`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Weighted {
    /// The item.
    pub id: Id,
    /// Above 0 and at most 1000; 1 unless told.
    pub weight: f32,
}

/// One model by name, or several by weight.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ModelChoice {
    /// One model.
    One(String),
    /// Several, each with a weight above 0 and at most 1000.
    Blend(ByName<String, f32>),
}

impl From<u32> for Weighted {
    fn from(id: u32) -> Self {
        Self { id: Id::Number(id), weight: 1.0 }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(id) => id.fmt(f),
            Self::Key(key) => key.fmt(f),
        }
    }
}

/// Reads a filter that is an object: from JSON, serde would take an array as its fields in order. The browser's reader does not.
#[cfg(not(target_arch = "wasm32"))]
fn filter_object<'de, D: serde::Deserializer<'de>>(
    reader: D,
) -> std::result::Result<Filter, D::Error> {
    struct Object;

    impl<'de> serde::de::Visitor<'de> for Object {
        type Value = Filter;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(
            self,
            map: A,
        ) -> std::result::Result<Filter, A::Error> {
            Filter::deserialize(serde::de::value::MapAccessDeserializer::new(map))
        }
    }
    reader.deserialize_map(Object)
}

impl Request {
    /// Checks what can be checked without a release.
    pub(super) fn check(&self) -> Result<()> {
        check_n(self.n)?;
        let ids = self.liked.len() + self.disliked.len() + self.filter.exclude.len();
        if ids > MAX_IDS {
            return Err(EngineError::TooManyIds(ids).into());
        }
        let unit = |name, value: f32| {
            if (0.0..=1.0).contains(&value) {
                Ok(())
            } else {
                Err(EngineError::OutOfRange { name, value: value.into(), range: "0 to 1" })
            }
        };
        unit("diversity", self.diversity)?;
        self.niche.map_or(Ok(()), |niche| unit("niche", niche))?;
        let blend = match &self.model {
            Some(ModelChoice::Blend(weights)) => weights,
            _ => [].as_slice(),
        };
        let items = self.liked.iter().chain(&self.disliked).map(|item| item.weight);
        for value in items.chain(blend.iter().map(|&(_, weight)| weight)) {
            if !(value > 0.0 && value <= MAX_WEIGHT) {
                let range = "above 0, at most 1000";
                return Err(
                    EngineError::OutOfRange { name: "weight", value: value.into(), range }.into()
                );
            }
        }
        Ok(())
    }
}

/// Refuses a number of results that is not 1 to 1000.
pub(super) fn check_n(n: usize) -> Result<()> {
    if (1..=MAX_N).contains(&n) { Ok(()) } else { Err(EngineError::NOutOfRange(n).into()) }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Answer<'a> {
    /// Best first: score descending, then catalogue row ascending; with diversity in the order of choice.
    pub items: Vec<Recommended<'a>>,
    /// The model that answered; of a blend the names, joined by `+`.
    pub model: String,
    /// The release that answered.
    pub release: &'a str,
    /// Whether this came from the neighbour lists, with scores relative to the best, before the vectors are here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub preliminary: bool,
    /// What the asker should know.
    pub warnings: Vec<Warning>,
}

/// One result.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Recommended<'a> {
    /// The item.
    pub id: u32,
    /// Its text id, where the catalogue has such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// Its main title.
    pub title: &'a str,
    /// How well it fits; an f32, comparable within one answer only.
    pub score: f64,
    /// With `explain`: the liked items and the words that carry it, the strongest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<Vec<Because>>,
    /// With `explain`: what each model gave to the score.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "Option<std::collections::BTreeMap<String, f64>>"))]
    pub by_model: Option<ByName<&'a str, f64>>,
}

/// A liked item or a word, and its part of the positive contributions to a score.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Because {
    /// A liked item.
    Item {
        /// The item.
        id: u32,
        /// Above 0; the shares of one result add up to 1.
        #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
        share: f64,
    },
    /// A word of the text.
    Word {
        /// The word, in the letters that it was looked up by.
        word: String,
        /// Above 0; the shares of one result add up to 1.
        #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
        share: f64,
    },
}

impl Because {
    /// The part, above 0 and at most 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        match self {
            Self::Item { share, .. } | Self::Word { share, .. } => *share,
        }
    }
}

/// What the asker should know of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "code", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Warning {
    /// The model asked for has no row for any of the items; another one answered.
    ModelFallback {
        /// The model asked for.
        asked: String,
        /// The model that answered.
        used: String,
    },
    /// The model has no row for some of the items; the others answered.
    PartlyCovered {
        /// The model.
        model: String,
        /// Items that it does not cover.
        missing: Vec<u32>,
    },
    /// Fewer results than asked for exist.
    FewMatches {
        /// Results asked for.
        asked: usize,
        /// Results that exist.
        found: usize,
    },
    /// Nothing was liked: a popular and varied list to start from.
    StartList,
    /// Words of the text that nothing is known of; the others answered.
    UnknownWords {
        /// The words.
        words: Vec<String>,
    },
    /// The text is the title of these items, so that perhaps they were meant and not what they are about.
    IsTitle {
        /// The items.
        ids: Vec<u32>,
    },
}

/// Reads numbers and texts as an id.
struct IdVisitor;

impl Visitor<'_> for IdVisitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id: a whole number from 0 to 4294967295, or a text id")
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Id, E> {
        u32::try_from(value)
            .map(Id::Number)
            .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Id, E> {
        u32::try_from(value)
            .map(Id::Number)
            .map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Id, E> {
        if f64::from(value as u32) == value {
            Ok(Id::Number(value as u32))
        } else {
            Err(E::invalid_value(de::Unexpected::Float(value), &self))
        }
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Id, E> {
        Ok(Id::Key(value.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IdVisitor)
    }
}

impl<'de> Deserialize<'de> for Weighted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Weighted;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id, or an object with id and weight")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Weighted, E> {
                IdVisitor.visit_u64(value).map(|id| Weighted { id, weight: 1.0 })
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Weighted, E> {
                IdVisitor.visit_i64(value).map(|id| Weighted { id, weight: 1.0 })
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Weighted, E> {
                IdVisitor.visit_f64(value).map(|id| Weighted { id, weight: 1.0 })
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Weighted, E> {
                IdVisitor.visit_str(value).map(|id| Weighted { id, weight: 1.0 })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Weighted, A::Error> {
                let (mut id, mut weight) = (None, 1.0);
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "id" => id = Some(map.next_value()?),
                        "weight" => weight = map.next_value()?,
                        _ => return Err(de::Error::unknown_field(&name, &["id", "weight"])),
                    }
                }
                Ok(Weighted { id: id.ok_or_else(|| de::Error::missing_field("id"))?, weight })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for ModelChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = ModelChoice;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a model, or an object of weights by name")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<ModelChoice, E> {
                Ok(ModelChoice::One(value.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ModelChoice, A::Error> {
                let weights = std::iter::from_fn(|| map.next_entry().transpose());
                weights.collect::<Result<_, _>>().map(ModelChoice::Blend)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

//! The shape of a request, the same for JavaScript, HTTP and the command line.
//!
//! Imports `error` for the limits in the schema.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

#[cfg(test)]
use super::error::{MAX_IDS, MAX_N};
use crate::names::ByName;

/// A request for recommendations. Every field is optional.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Request {
    /// Items that the results should be like. One item alone gives similar items; no item gives a
    /// start list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = MAX_IDS)))]
    pub liked: Vec<WeightedItem>,
    /// Items that the results should be unlike.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = MAX_IDS)))]
    pub disliked: Vec<WeightedItem>,
    /// A description in the visitor's own words, alone or beside items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The number of results, 1 to 1000; 10 by default.
    #[cfg_attr(test, schemars(range(min = 1, max = MAX_N)))]
    pub n: usize,
    /// The model that answers, or several by weight; the release's default model by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelChoice>,
    /// The items that may be results.
    #[cfg_attr(not(target_arch = "wasm32"), serde(deserialize_with = "filter_object"))]
    pub filter: Filter,
    /// 0 (popular) to 1 (hidden gems). Without it, or with 0.5, the model's scores are not changed
    /// by popularity.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub niche: Option<f32>,
    /// 0 (the plain order, the default) to 1 (as different from each other as possible).
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub diversity: f32,
    /// Whether each result names the items and models that speak for it.
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

/// The items that may be results. An item must pass every field that is set.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Filter {
    /// Genres: an item must have all of them. Case does not matter.
    pub genres: Vec<String>,
    /// Genres: an item must have none of them.
    pub exclude_genres: Vec<String>,
    /// Types: an item must have one of them.
    pub types: Vec<String>,
    /// First and last year; an item without a year does not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub years: Option<(u16, u16)>,
    /// Smallest score; an item without a score does not pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_score: Option<f64>,
    /// Smallest number of people who have the item on their list; unknown counts as 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_members: Option<u32>,
    /// Largest number of such people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_members: Option<u32>,
    /// Items to leave out, for instance because the visitor has watched them. Ids that the release
    /// does not have are ignored.
    #[cfg_attr(test, schemars(length(max = MAX_IDS)))]
    pub exclude: Vec<Id>,
    /// Whether a series has at most one result, its best item.
    pub collapse_series: bool,
}

impl Filter {
    /// Returns whether every item passes.
    pub(super) fn passes_all(&self) -> bool {
        !self.reads_facts() && self.exclude.is_empty() && !self.collapse_series
    }

    /// Returns whether the filter depends on an item's facts.
    pub(super) fn reads_facts(&self) -> bool {
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

/// An item's id: its number or, if the catalogue has text ids, its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Id {
    /// The number.
    Number(u32),
    /// The text id.
    Key(String),
}

/// An item and its weight. In JSON an id, or an object with `id` and `weight`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightedItem {
    /// The item.
    pub id: Id,
    /// Above 0 and at most 1000; 1 by default.
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

impl From<u32> for WeightedItem {
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

/// Reads a filter that must be an object. From JSON, serde would also accept an array of the fields
/// in order. The browser's reader does not.
#[cfg(not(target_arch = "wasm32"))]
fn filter_object<'de, D: Deserializer<'de>>(reader: D) -> Result<Filter, D::Error> {
    struct Object;

    impl<'de> Visitor<'de> for Object {
        type Value = Filter;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Filter, A::Error> {
            Filter::deserialize(de::value::MapAccessDeserializer::new(map))
        }
    }
    reader.deserialize_map(Object)
}

/// Reads a number or a text as an id.
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

impl<'de> Deserialize<'de> for WeightedItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = WeightedItem;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id, or an object with id and weight")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<WeightedItem, E> {
                IdVisitor.visit_u64(value).map(|id| WeightedItem { id, weight: 1.0 })
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<WeightedItem, E> {
                IdVisitor.visit_i64(value).map(|id| WeightedItem { id, weight: 1.0 })
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<WeightedItem, E> {
                IdVisitor.visit_f64(value).map(|id| WeightedItem { id, weight: 1.0 })
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<WeightedItem, E> {
                IdVisitor.visit_str(value).map(|id| WeightedItem { id, weight: 1.0 })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WeightedItem, A::Error> {
                let (mut id, mut weight) = (None, 1.0);
                while let Some(name) = map.next_key::<String>()? {
                    match name.as_str() {
                        "id" => id = Some(map.next_value()?),
                        "weight" => weight = map.next_value()?,
                        _ => return Err(de::Error::unknown_field(&name, &["id", "weight"])),
                    }
                }
                Ok(WeightedItem { id: id.ok_or_else(|| de::Error::missing_field("id"))?, weight })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read_in_every_form() {
        let request = serde_json::from_str::<Request>(
            r#"{"liked": [1, {"id": 5, "weight": 2}, "key", 7.0], "disliked": [], 
                "model": {"a": 1, "b": 0.5},
                "filter": {"excludeGenres": ["X"], "years": [1990, 2000], "exclude": [3]},
                "explain": true}"#,
        )
        .unwrap();
        assert_eq!(request.liked[1], WeightedItem { id: Id::Number(5), weight: 2.0 });
        assert_eq!(request.liked[2].id, Id::Key("key".into()));
        assert_eq!(request.liked[3].id, Id::Number(7));
        assert_eq!(request.n, 10);
        for bad in [
            r#"{"like": [1]}"#,
            r#"{"liked": [1.5]}"#,
            r#"{"liked": [-1]}"#,
            r#"{"liked": [4294967296]}"#,
            r#"{"liked": [{"weight": 1}]}"#,
            r#"{"liked": [{"id": 1, "wait": 1}]}"#,
            r#"{"liked": [true]}"#,
            r#"{"filter": {"genre": ["X"]}}"#,
            r#"{"model": 3}"#,
            r#"{"n": -1}"#,
        ] {
            assert!(serde_json::from_str::<Request>(bad).is_err(), "{bad}");
        }
    }
}

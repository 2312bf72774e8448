//! The shape of a request, the same for JavaScript, HTTP and the command line.
//!
//! Imports `error` for the limits in the schema.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

#[cfg(test)]
use super::error::{MAX_IDS, MAX_LIMIT};
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
    #[cfg_attr(test, schemars(range(min = 1, max = MAX_LIMIT)))]
    pub limit: usize,
    /// The model that answers, or several by weight; the release's default model by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelChoice>,
    /// Conditions by the name of a declared field; a result meets all of them.
    #[serde(skip_serializing_if = "is_empty")]
    #[cfg_attr(test, schemars(with = "std::collections::BTreeMap<String, Condition>"))]
    #[cfg_attr(not(target_arch = "wasm32"), serde(deserialize_with = "conditions"))]
    pub filter: ByName<String, Condition>,
    /// If given, only these items may be results, for instance those of a watch list. Ids that the
    /// release does not have are skipped with a warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(length(max = MAX_IDS)))]
    pub only: Option<Vec<Id>>,
    /// Items to leave out, for instance because the visitor has seen them. Ids that the release
    /// does not have are ignored.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, schemars(length(max = MAX_IDS)))]
    pub exclude: Vec<Id>,
    /// Whether a group, for instance a series, has at most one result, its best item.
    pub collapse: bool,
    /// 0 (popular) to 1 (hidden gems). With 0.5 popularity does not change the scores, and neither
    /// does it without this field, unless the release's default question says so and no model is
    /// named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub niche: Option<f32>,
    /// 0 (the plain order, the default) to 1 (as different from each other as possible).
    #[cfg_attr(test, schemars(range(min = 0, max = 1)))]
    pub diversity: f32,
    /// Whether each result names the items and models that speak for it, at most ten of the items.
    pub explain: bool,
    /// The declared fields whose values come with each result.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            liked: Vec::new(),
            disliked: Vec::new(),
            text: None,
            limit: 10,
            model: None,
            filter: ByName::default(),
            only: None,
            exclude: Vec::new(),
            collapse: false,
            niche: None,
            diversity: 0.0,
            explain: false,
            fields: Vec::new(),
        }
    }
}

fn is_empty(filter: &ByName<String, Condition>) -> bool {
    filter.is_empty()
}

/// A condition on a field. An item without a value meets `none` alone.
///
/// `any`, `all` and `none` are for tags and categories; case does not matter, and an empty list
/// asks nothing. `min` and `max` are for numbers and dates.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct Condition {
    /// The item has at least one of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub any: Vec<String>,
    /// The item has all of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub all: Vec<String>,
    /// The item has none of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub none: Vec<String>,
    /// The item's value is at least this: a number, or a date as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Bound>,
    /// The item's value is at most this. Of a year or a month, its last day counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Bound>,
}

/// A bound of a condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Bound {
    /// A bound of a number, or the year of a date.
    Number(f64),
    /// A bound of a date.
    Date(String),
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

/// Reads conditions, each of which must be an object. From JSON, serde would also accept an array
/// of the fields in order. The browser's reader does not.
#[cfg(not(target_arch = "wasm32"))]
fn conditions<'de, D: Deserializer<'de>>(reader: D) -> Result<ByName<String, Condition>, D::Error> {
    struct Object(Condition);

    impl<'de> Deserialize<'de> for Object {
        fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
            reader.deserialize_map(ObjectVisitor).map(Object)
        }
    }

    struct ObjectVisitor;

    impl<'de> Visitor<'de> for ObjectVisitor {
        type Value = Condition;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Condition, A::Error> {
            Condition::deserialize(de::value::MapAccessDeserializer::new(map))
        }
    }
    let pairs = ByName::<String, Object>::deserialize(reader)?;
    Ok(pairs.into_pairs().map(|(name, Object(condition))| (name, condition)).collect())
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Bound;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a date")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Bound, E> {
                Ok(Bound::Number(value as f64))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Bound, E> {
                Ok(Bound::Number(value as f64))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Bound, E> {
                Ok(Bound::Number(value))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Bound, E> {
                Ok(Bound::Date(value.to_owned()))
            }
        }
        deserializer.deserialize_any(Either)
    }
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
                "model": {"a": 1, "b": 0.5}, "only": [3, "x"], "exclude": [3], "collapse": true,
                "filter": {"genres": {"none": ["X"]}, "year": {"min": 1990, "max": "2000-05"}},
                "explain": true, "fields": ["year"]}"#,
        )
        .unwrap();
        let year = request.filter.get("year").unwrap();
        assert_eq!(year.min, Some(Bound::Number(1990.0)));
        assert_eq!(year.max, Some(Bound::Date("2000-05".into())));
        assert_eq!(request.liked[1], WeightedItem { id: Id::Number(5), weight: 2.0 });
        assert_eq!(request.liked[2].id, Id::Key("key".into()));
        assert_eq!(request.liked[3].id, Id::Number(7));
        assert_eq!(request.limit, 10);
        for bad in [
            r#"{"like": [1]}"#,
            r#"{"liked": [1.5]}"#,
            r#"{"liked": [-1]}"#,
            r#"{"liked": [4294967296]}"#,
            r#"{"liked": [{"weight": 1}]}"#,
            r#"{"liked": [{"id": 1, "wait": 1}]}"#,
            r#"{"liked": [true]}"#,
            r#"{"filter": {"genre": ["X"]}}"#,
            r#"{"filter": {"genre": {"some": ["X"]}}}"#,
            r#"{"filter": {"genre": [[], [], [], 1, 2]}}"#,
            r#"{"filter": {"year": {"min": true}}}"#,
            r#"{"filter": [1]}"#,
            r#"{"only": 1}"#,
            r#"{"model": 3}"#,
            r#"{"limit": -1}"#,
            r#"{"n": 5}"#,
        ] {
            assert!(serde_json::from_str::<Request>(bad).is_err(), "{bad}");
        }
    }
}

//! A small map from names to values, kept as a sorted list.
//!
//! A tree would add more code to the browser module than the few entries need. Imports nothing of
//! this crate.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Pairs of a name and a value, ascending by name, each name once. An object in JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct ByName<K, V>(Vec<(K, V)>);

impl<K: AsRef<str>, V> ByName<K, V> {
    /// Returns the value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&V> {
        self.0.iter().find(|(other, _)| other.as_ref() == name).map(|(_, value)| value)
    }
}

impl<K, V> ByName<K, V> {
    /// Returns the pairs themselves.
    #[must_use]
    pub fn into_pairs(self) -> std::vec::IntoIter<(K, V)> {
        self.0.into_iter()
    }
}

impl<K, V> Default for ByName<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Keeps the last value of a name that occurs several times.
impl<K: AsRef<str>, V> FromIterator<(K, V)> for ByName<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut pairs: Vec<Option<(K, V)>> = pairs.into_iter().map(Some).collect();
        let names = pairs.iter().flatten().map(|(name, _)| name.as_ref());
        let order = last_of_each(&mut names.zip(0..).collect::<Vec<_>>());
        Self(order.into_iter().filter_map(|at| pairs[at].take()).collect())
    }
}

/// Returns the place of the last of each name, in the order of the names. One function for all
/// types of values: each sort is a good part of a kilobyte in the browser module.
fn last_of_each(names: &mut [(&str, usize)]) -> Vec<usize> {
    names.sort_unstable();
    let is_last = |at: &usize| names.get(at + 1).is_none_or(|next| next.0 != names[*at].0);
    (0..names.len()).filter(is_last).map(|at| names[at].1).collect()
}

impl<K, V> std::ops::Deref for ByName<K, V> {
    type Target = [(K, V)];
    fn deref(&self) -> &[(K, V)] {
        &self.0
    }
}

impl<'a, K, V> IntoIterator for &'a ByName<K, V> {
    type Item = &'a (K, V);
    type IntoIter = std::slice::Iter<'a, (K, V)>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<K: Serialize, V: Serialize> Serialize for ByName<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for ByName<String, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Pairs<V> {
            type Value = ByName<String, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                std::iter::from_fn(|| map.next_entry().transpose()).collect()
            }
        }
        deserializer.deserialize_map(Pairs(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ascend_and_the_last_value_stays() {
        let pairs: ByName<String, u32> =
            serde_json::from_str(r#"{"b": 1, "a": 2, "b": 3, "c": 4, "b": 5}"#).unwrap();
        assert_eq!(serde_json::to_string(&pairs).unwrap(), r#"{"a":2,"b":5,"c":4}"#);
        assert_eq!((pairs.get("b"), pairs.get("d"), pairs.len()), (Some(&5), None, 3));
    }
}

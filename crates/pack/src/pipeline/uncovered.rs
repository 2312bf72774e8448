//! The items that no model covers, by the reasons that the stages before packing know.
//! This imports the tables alone.

use std::collections::HashMap;
use std::fmt;

use osusume_tables::{Count, Entry};
use serde::Serialize;

/// How many items of a group are named.
const EXAMPLES: usize = 3;

/// The knowledge of the stages before packing about items without a vector.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// The least number of interactions that training asks of an item, if there was one.
    pub min_interactions: Option<u32>,
    /// The interactions of each item that has fewer, but is among the ratings.
    pub rare: HashMap<u32, u32>,
    /// Whether the texts were encoded.
    pub has_texts: bool,
}

/// Why an item has no vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UncoveredReason {
    /// It has ratings, and fewer than `min_interactions`.
    FewRatings,
    /// It has no ratings.
    NoRatings,
    /// It has no text.
    NoText,
    /// The vectors that were given do not have it.
    NoVector,
}

/// Items that have no vector for the same reasons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UncoveredGroup {
    /// Why. All of them hold.
    pub reasons: Vec<UncoveredReason>,
    /// The setting `min_interactions`, if it is a reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_interactions: Option<u32>,
    /// How many items.
    pub count: usize,
    /// The first few, in the order of the catalogue.
    pub examples: Vec<UncoveredItem>,
}

/// An item without a vector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UncoveredItem {
    /// The id that the catalogue has.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its interactions, if it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratings: Option<u32>,
}

impl Coverage {
    /// Returns the items that have no vector, by their reasons.
    pub(super) fn groups<'a>(
        &self,
        uncovered: impl Iterator<Item = &'a Entry>,
    ) -> Vec<UncoveredGroup> {
        let mut groups: Vec<UncoveredGroup> = Vec::new();
        for entry in uncovered {
            let reasons = self.reasons(entry);
            let at = groups.iter().position(|group| group.reasons == reasons);
            let at = at.unwrap_or_else(|| {
                let is_few = reasons.contains(&UncoveredReason::FewRatings);
                let min_interactions = self.min_interactions.filter(|_| is_few);
                let (count, examples) = (0, Vec::new());
                groups.push(UncoveredGroup { reasons, min_interactions, count, examples });
                groups.len() - 1
            });
            groups[at].count += 1;
            if groups[at].examples.len() < EXAMPLES {
                let id = entry.key.clone().unwrap_or_else(|| entry.id.to_string());
                let ratings = self.rare.get(&entry.id).copied();
                groups[at].examples.push(UncoveredItem { id, title: entry.title.clone(), ratings });
            }
        }
        groups
    }

    fn reasons(&self, entry: &Entry) -> Vec<UncoveredReason> {
        let is_rated = self.rare.contains_key(&entry.id);
        let ratings = self.min_interactions.map(|_| {
            if is_rated { UncoveredReason::FewRatings } else { UncoveredReason::NoRatings }
        });
        let is_silent = self.has_texts && entry.text.is_none();
        let mut reasons: Vec<_> = ratings.into_iter().collect();
        reasons.extend(is_silent.then_some(UncoveredReason::NoText));
        if reasons.is_empty() { vec![UncoveredReason::NoVector] } else { reasons }
    }
}

/// Says it in one line, as a command prints it.
impl fmt::Display for UncoveredGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let few = self.min_interactions.unwrap_or_default();
        let text = |reason: &UncoveredReason| match reason {
            UncoveredReason::FewRatings => format!("fewer than {few} ratings (min_interactions)"),
            UncoveredReason::NoRatings => "no ratings".to_owned(),
            UncoveredReason::NoText => "no text".to_owned(),
            UncoveredReason::NoVector => "none in the given files".to_owned(),
        };
        let reasons: Vec<String> = self.reasons.iter().map(text).collect();
        let mut named: Vec<String> = self.examples.iter().map(ToString::to_string).collect();
        if self.count > named.len() {
            named.push(format!("and {} more", self.count - named.len()));
        }
        let (items, reasons, named) =
            (Count(self.count, "item"), reasons.join(" and "), named.join("; "));
        write!(f, "{items} without a vector: {reasons} ({named})")
    }
}

impl fmt::Display for UncoveredItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, title, ratings } = self;
        write!(f, "{id} {title:?}")?;
        ratings.map_or(Ok(()), |ratings| write!(f, ", {}", Count(ratings as usize, "rating")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: u32, text: Option<&str>) -> Entry {
        Entry {
            id,
            title: format!("Title {id}"),
            text: text.map(str::to_owned),
            ..Entry::default()
        }
    }

    #[test]
    fn items_are_grouped_by_their_reasons_and_the_first_are_named() {
        let entries: Vec<Entry> =
            (1..=7).map(|id| entry(id, (id == 7).then_some("text"))).collect();
        let rare = HashMap::from([(2, 4), (7, 1)]);
        let coverage = Coverage { min_interactions: Some(5), rare, has_texts: true };
        let groups = coverage.groups(entries.iter());
        let counts: Vec<_> =
            groups.iter().map(|group| (group.reasons.clone(), group.count)).collect();
        let (few, none, silent) =
            (UncoveredReason::FewRatings, UncoveredReason::NoRatings, UncoveredReason::NoText);
        assert_eq!(counts, [(vec![none, silent], 5), (vec![few, silent], 1), (vec![few], 1)]);
        assert_eq!(
            groups[0].to_string(),
            "5 items without a vector: no ratings and no text (1 \"Title 1\"; 3 \"Title 3\"; \
             4 \"Title 4\"; and 2 more)"
        );
        assert_eq!(
            groups[1].to_string(),
            "1 item without a vector: fewer than 5 ratings (min_interactions) and no text \
             (2 \"Title 2\", 4 ratings)"
        );
        let unknown = Coverage::default().groups(entries.iter());
        assert_eq!((unknown[0].reasons[0], unknown[0].count), (UncoveredReason::NoVector, 7));
        assert!(Coverage::default().groups([].into_iter()).is_empty());
    }
}

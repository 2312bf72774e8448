//! Which items may be results.
//!
//! The filter runs last, on the few rows whose score could enter the top n. Imports `request` and
//! `error`.

use super::error::EngineError;
use super::request::Filter;
use crate::catalogue::Catalogue;

/// The catalogue rows that pass.
pub(super) struct Mask<'a> {
    catalogue: &'a Catalogue,
    filter: &'a Filter,
    genres: Vec<u16>,
    exclude_genres: Vec<u16>,
    types: Vec<u8>,
    /// In hundredths.
    min_score: Option<f64>,
    /// By catalogue row.
    excluded: Vec<bool>,
    /// Whether the filter depends on an item's facts.
    reads_facts: bool,
}

impl<'a> Mask<'a> {
    pub fn new(catalogue: &'a Catalogue, filter: &'a Filter) -> Result<Self, EngineError> {
        let tags = |names: &[String]| -> Result<Vec<u16>, EngineError> {
            names
                .iter()
                .map(|name| position("genre", name, catalogue.genres()).map(|at| at as u16))
                .collect()
        };
        let (genres, exclude_genres) = (tags(&filter.genres)?, tags(&filter.exclude_genres)?);
        let types: Vec<u8> = filter
            .types
            .iter()
            .map(|name| position("type", name, catalogue.types()).map(|at| at as u8 + 1))
            .collect::<Result<_, _>>()?;
        let min_score = filter.min_score.map(|score| (score * 100.0).ceil());
        let excluded = vec![false; catalogue.items() as usize];
        let reads_facts = filter.reads_facts();
        Ok(Self {
            catalogue,
            filter,
            genres,
            exclude_genres,
            types,
            min_score,
            excluded,
            reads_facts,
        })
    }

    pub fn exclude(&mut self, row: u32) {
        self.excluded[row as usize] = true;
    }

    pub fn passes(&self, row: u32) -> bool {
        if self.excluded[row as usize] {
            return false;
        }
        if !self.reads_facts {
            return true;
        }
        let Self { filter, genres, exclude_genres, types, .. } = self;
        let facts = self.catalogue.facts(row);
        genres.iter().all(|tag| facts.tags.contains(tag))
            && !exclude_genres.iter().any(|tag| facts.tags.contains(tag))
            && (types.is_empty() || types.contains(&facts.kind))
            && filter
                .years
                .is_none_or(|(from, to)| facts.year != 0 && (from..=to).contains(&facts.year))
            && self
                .min_score
                .is_none_or(|least| facts.score.is_some_and(|score| f64::from(score) >= least))
            && filter.min_members.is_none_or(|least| facts.members >= least)
            && filter.max_members.is_none_or(|most| facts.members <= most)
    }
}

/// Returns the position of a genre or type in its list.
fn position(field: &'static str, value: &str, names: &[String]) -> Result<usize, EngineError> {
    names.iter().position(|name| lower(name).eq(lower(value))).ok_or_else(|| {
        EngineError::UnknownValue { field, value: value.to_owned(), known: names.join(", ") }
    })
}

/// Returns the letters in lower case, with one form of sigma.
fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case() {
        for (one, other, same) in [
            ("Drama", "dRAMA", true),
            ("ΟΔΟΣ", "οδος", true),
            ("Ο", "Σ", false),
            ("a", "ab", false),
        ] {
            assert_eq!(lower(one).eq(lower(other)), same, "{one} {other}");
        }
    }
}

//! Which items may be results. Asked only of those that are good enough, since that is the rarer thing.

use super::{EngineError, Filter};
use crate::Result;
use crate::catalogue::Catalogue;

/// The catalogue rows that pass.
pub(super) struct Mask<'a> {
    catalogue: &'a Catalogue,
    filter: &'a Filter,
    genres: Vec<u16>,
    exclude_genres: Vec<u16>,
    types: Vec<u8>,
    least_score: Option<f64>,
    excluded: Vec<bool>,
    /// Whether the facts of an item are read.
    asks_facts: bool,
}

impl<'a> Mask<'a> {
    pub fn new(catalogue: &'a Catalogue, filter: &'a Filter) -> Result<Self> {
        let tags = |names: &[String]| -> Result<Vec<u16>> {
            names
                .iter()
                .map(|name| number("genre", name, catalogue.genres()).map(|at| at as u16))
                .collect()
        };
        let (genres, exclude_genres) = (tags(&filter.genres)?, tags(&filter.exclude_genres)?);
        let types: Vec<u8> = filter
            .types
            .iter()
            .map(|name| number("type", name, catalogue.types()).map(|at| at as u8 + 1))
            .collect::<Result<_>>()?;
        let least_score = filter.min_score.map(|score| (score * 100.0).ceil());
        let excluded = vec![false; catalogue.items() as usize];
        let asks_facts = filter.asks_facts();
        Ok(Self {
            catalogue,
            filter,
            genres,
            exclude_genres,
            types,
            least_score,
            excluded,
            asks_facts,
        })
    }

    pub fn exclude(&mut self, row: u32) {
        self.excluded[row as usize] = true;
    }

    pub fn passes(&self, row: u32) -> bool {
        if self.excluded[row as usize] {
            return false;
        }
        if !self.asks_facts {
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
                .least_score
                .is_none_or(|least| facts.score.is_some_and(|score| f64::from(score) >= least))
            && filter.min_members.is_none_or(|least| facts.members >= least)
            && filter.max_members.is_none_or(|most| facts.members <= most)
    }
}

fn number(field: &'static str, value: &str, names: &[String]) -> Result<usize> {
    names.iter().position(|name| lower(name).eq(lower(value))).ok_or_else(|| {
        EngineError::UnknownValue { field, value: value.to_owned(), known: names.join(", ") }.into()
    })
}

/// The letters in lower case, sigma in one of its two forms.
fn lower(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase).map(|c| if c == 'ς' { 'σ' } else { c })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_in_more_than_case() {
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

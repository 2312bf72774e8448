//! Which items may be results, as one bit an item, made before anything is selected.

use super::{EngineError, Filter};
use crate::Result;
use crate::catalogue::Catalogue;

/// The catalogue rows that pass.
pub(super) struct Mask(Vec<bool>);

impl Mask {
    pub fn new(catalogue: &Catalogue, filter: &Filter) -> Result<Self> {
        let tags = |names: &[String]| -> Result<Vec<u16>> {
            names.iter().map(|name| number("genre", name, catalogue.genres()).map(|at| at as u16)).collect()
        };
        let (genres, exclude_genres) = (tags(&filter.genres)?, tags(&filter.exclude_genres)?);
        let types: Vec<u8> = filter
            .types
            .iter()
            .map(|name| number("type", name, catalogue.types()).map(|at| at as u8 + 1))
            .collect::<Result<_>>()?;
        let least_score = filter.min_score.map(|score| (score * 100.0).ceil());
        let passes = |row: u32| {
            let facts = catalogue.facts(row);
            genres.iter().all(|tag| facts.tags.contains(tag))
                && !exclude_genres.iter().any(|tag| facts.tags.contains(tag))
                && (types.is_empty() || types.contains(&facts.kind))
                && filter.years.is_none_or(|(from, to)| facts.year != 0 && (from..=to).contains(&facts.year))
                && least_score.is_none_or(|least| facts.score.is_some_and(|score| f64::from(score) >= least))
                && filter.min_members.is_none_or(|least| facts.members >= least)
                && filter.max_members.is_none_or(|most| facts.members <= most)
        };
        Ok(Self((0..catalogue.items()).map(passes).collect()))
    }

    pub fn exclude(&mut self, row: u32) {
        self.0[row as usize] = false;
    }

    pub fn passes(&self, row: u32) -> bool {
        self.0[row as usize]
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

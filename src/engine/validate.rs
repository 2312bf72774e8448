//! The checks of a request that need no release.
//!
//! Imports `request` and `error`.

use super::error::{EngineError, MAX_EXPLAINED, MAX_IDS, MAX_LIMIT};
use super::request::{Condition, ModelChoice, Request};

/// Most names of values in the filter of a request, all conditions together.
const MAX_FILTER_NAMES: usize = 200;

/// Most names in `fields`.
const MAX_FIELDS: usize = 100;

/// Largest weight of a liked or disliked item, or of a model.
pub const MAX_WEIGHT: f32 = 1000.0;

impl Request {
    /// Checks everything that needs no release.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        check_limit(self.limit)?;
        let given = self.liked.len() + self.disliked.len();
        let ids = given + self.exclude.len() + self.only.as_ref().map_or(0, Vec::len);
        if ids > MAX_IDS {
            return Err(EngineError::TooManyIds(ids));
        }
        if self.explain && self.limit * given > MAX_EXPLAINED {
            return Err(EngineError::ExplainTooLarge(self.limit * given));
        }
        let names = self
            .filter
            .iter()
            .map(|(_, Condition { any, all, none, .. })| any.len() + all.len() + none.len());
        if names.sum::<usize>() > MAX_FILTER_NAMES || self.fields.len() > MAX_FIELDS {
            let why = "filter names more than 200 values, or fields more than 100 fields";
            return Err(EngineError::Request(why.into()));
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
                return Err(EngineError::OutOfRange { name: "weight", value: value.into(), range });
            }
        }
        Ok(())
    }
}

/// Refuses a number of results that is not 1 to 1000.
pub(super) fn check_limit(limit: usize) -> Result<(), EngineError> {
    if (1..=MAX_LIMIT).contains(&limit) { Ok(()) } else { Err(EngineError::LimitOutOfRange(limit)) }
}

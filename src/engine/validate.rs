//! The checks of a request that need no release.
//!
//! Imports `request` and `error`.

use super::error::{EngineError, MAX_IDS, MAX_N};
use super::request::{ModelChoice, Request};

/// Largest weight of a liked or disliked item, or of a model.
pub const MAX_WEIGHT: f32 = 1000.0;

impl Request {
    /// Checks everything that needs no release.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        check_n(self.n)?;
        let ids = self.liked.len() + self.disliked.len() + self.filter.exclude.len();
        if ids > MAX_IDS {
            return Err(EngineError::TooManyIds(ids));
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
pub(super) fn check_n(n: usize) -> Result<(), EngineError> {
    if (1..=MAX_N).contains(&n) { Ok(()) } else { Err(EngineError::NOutOfRange(n)) }
}

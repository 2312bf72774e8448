//! The checks of a recipe's settings.

use std::fmt;
use std::path::Path;

use super::{Feedback, Loss, ModelKind, Recipe};
use crate::error::TrainError;
use crate::source::Source;

impl Recipe {
    /// Checks every setting.
    pub fn check(&self) -> Result<(), TrainError> {
        self.check_model()?;
        self.check_training()?;
        self.check_regularisation()?;
        self.check_feedback()?;
        self.check_sources()
    }

    /// Checks the sources of interactions.
    fn check_sources(&self) -> Result<(), TrainError> {
        if let Some((name, value, expected)) = self.interactions.iter().find_map(Source::problem) {
            return Err(TrainError::Setting { name, value, expected });
        }
        let has_own = self.dislike_below > 0.0 || !self.dislike_statuses.is_empty();
        let is_good = self.interactions.is_empty() || !has_own;
        let expected = "in each of [[interactions]] if there are any";
        in_range("dislike_below", is_good, &self.dislike_below, expected)
    }

    /// Checks the sizes of the model.
    fn check_model(&self) -> Result<(), TrainError> {
        in_range("dims", (1..=1024).contains(&self.dims), &self.dims, "1 to 1024")?;
        in_range("epochs", (1..=10_000).contains(&self.epochs), &self.epochs, "1 to 10000")?;
        let has_tables = self.average == 0 || self.model != ModelKind::Ials;
        in_range(
            "average",
            self.average <= 10_000 && has_tables,
            &self.average,
            "0 to 10000, and 0 for ials",
        )?;
        let widths = self.layers.len() > 1
            && self.layers[0].is_multiple_of(2)
            && self.layers.iter().all(|width| (1..=4096).contains(width));
        let layers = format!("{:?}", self.layers);
        in_range("layers", widths, &layers, "two or more widths of 1 to 4096, the first even")
    }

    /// Checks how the model is trained.
    fn check_training(&self) -> Result<(), TrainError> {
        in_range("pretrain", self.pretrain <= 10_000, &self.pretrain, "0 to 10000")?;
        let rate = self.pretrained_rate;
        in_range("pretrained_rate", rate > 0.0 && rate <= 1.0, &rate, "above 0 and up to 1")?;
        in_range("negatives", (1..=1000).contains(&self.negatives), &self.negatives, "1 to 1000")?;
        in_range("batch", (1..=1 << 20).contains(&self.batch), &self.batch, "1 to 1048576")?;
        let rate = self.learning_rate;
        in_range("learning_rate", rate > 0.0 && rate <= 1.0, &rate, "above 0 and up to 1")?;
        in_range("init", (0.0..=10.0).contains(&self.init), &self.init, "0 to 10")?;
        let temperature = self.temperature;
        let is_good = temperature == 0.0 || (0.01..=10.0).contains(&temperature);
        in_range("temperature", is_good, &temperature, "0, or 0.01 to 10")
    }

    /// Checks the settings of iALS, of the residual and of the cold map.
    fn check_regularisation(&self) -> Result<(), TrainError> {
        let unseen = self.unseen;
        in_range("unseen", unseen > 0.0 && unseen <= 10.0, &unseen, "above 0 and up to 10")?;
        let lambda = self.lambda;
        in_range("lambda", lambda > 0.0 && lambda <= 1.0, &lambda, "above 0 and up to 1")?;
        let exponent = self.exponent.unwrap_or(1.0);
        in_range("exponent", (0.0..=1.0).contains(&exponent), &exponent, "0 to 1")?;
        in_range("residual", self.residual <= 1000, &self.residual, "0 to 1000")?;
        let ease = self.ease_lambda;
        in_range("ease_lambda", ease > 0.0 && ease.is_finite(), &ease, "above 0")?;
        in_range("cold", self.cold >= 0.0 && self.cold.is_finite(), &self.cold, "0 or above")?;
        let text = self.text_weight;
        in_range("text_weight", (0.0..=10.0).contains(&text), &text, "0 to 10")?;
        let is_good = !self.has_content() || self.residual > 0;
        in_range("text_weight", is_good, &text, "0 without a residual, and no predicted")?;
        let is_good = self.predicted <= 1000 && (self.predicted == 0 || self.cold == 0.0);
        in_range("predicted", is_good, &self.predicted, "0 to 1000, and 0 with cold")?;
        let factor = self.predicted_factor;
        in_range(
            "predicted_factor",
            factor > 0.0 && factor <= 10.0,
            &factor,
            "above 0 and up to 10",
        )?;
        in_range("nu", (0.0..=2.0).contains(&self.nu), &self.nu, "0 to 2")
    }

    /// Checks that the loss takes the targets that the feedback makes.
    fn check_feedback(&self) -> Result<(), TrainError> {
        let below = self.dislike_below;
        in_range("dislike_below", below >= 0.0 && below.is_finite(), &below, "0 or above")?;
        let is_cross_entropy = match self.model {
            ModelKind::Gmf => self.loss == Loss::Bce,
            ModelKind::Mlp | ModelKind::Neumf => true,
            ModelKind::Ials => false,
        };
        match self.feedback {
            Feedback::Explicit if !is_cross_entropy => Err(TrainError::Setting {
                name: "feedback",
                value: "explicit".to_owned(),
                expected: "implicit or weighted, unless the loss is binary cross-entropy (gmf with \
                           bce, mlp, neumf)",
            }),
            Feedback::Ratings => Err(TrainError::RatingsAsTargets),
            _ => Ok(()),
        }
    }

    /// Returns an error unless the ratings are what the recipe needs: the folder of the files that
    /// it names, or one file.
    pub fn check_ratings(&self, ratings: &Path) -> Result<(), TrainError> {
        let is_single = self.interactions.is_empty();
        let expected = if is_single {
            "one file, because the recipe has no [[interactions]]"
        } else {
            "the folder of the files that [[interactions]] of the recipe names"
        };
        in_range("ratings", ratings.is_dir() != is_single, &ratings.display(), expected)
    }
}

/// Returns an error for the setting `name` unless its value is good.
fn in_range(
    name: &'static str,
    is_good: bool,
    value: &dyn fmt::Display,
    expected: &'static str,
) -> Result<(), TrainError> {
    if is_good {
        Ok(())
    } else {
        Err(TrainError::Setting { name, value: value.to_string(), expected })
    }
}

//! The settings of a training, in a TOML file that names each of them.
//!
//! Imports the optimiser's settings and the errors; knows no learner.

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::TrainError;
use super::optim::Adam;
use osusume_tables::{Dislikes, TableError};

/// The kind of model that is trained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ModelKind {
    /// Generalised matrix factorisation with binary cross-entropy (He et al. 2017, section 3.2).
    #[default]
    Gmf,
    /// The multi-layer perceptron (He et al. 2017, section 3.3).
    Mlp,
    /// Neural matrix factorisation: both (section 3.4).
    Neumf,
    /// Implicit alternating least squares (Rendle et al. 2021).
    Ials,
}

/// The loss that GMF is trained with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Loss {
    /// Binary cross-entropy with sampled negatives (He et al. 2017, equation 7).
    #[default]
    Bce,
    /// Bayesian personalised ranking with sampled negatives, without the weights h.
    Bpr,
    /// Softmax over sampled negatives, without the weights h.
    Softmax,
    /// Softmax over the batch with log Q correction, without the weights h.
    InBatch,
}

/// The meaning of a row of the ratings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Feedback {
    /// Every row is an interaction, whatever its rating.
    #[default]
    Implicit,
    /// Every row is an interaction that counts as much as its rating divided by the mean rating
    /// (Hu, Koren and Volinsky 2008, section 4). Unrated rows count once.
    Weighted,
    /// The rating is the target, scaled so that the lowest of the data is 0 and the highest 1.
    /// Unrated rows have the mean target. Only binary cross-entropy takes such targets.
    Explicit,
    /// The rating itself is the target. Training refuses this with a hint at the others.
    Ratings,
}

/// How EASE, the target of the residual, is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EaseMatrix {
    /// Exactly, with 20 bytes × items² for a moment; for 20,000 items at most.
    Dense,
    /// Between near items only, with up to 23 kB × items and 4 bytes × interactions.
    Sparse,
}

/// The form in which the item vectors are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum VectorForm {
    /// As trained.
    Raw,
    /// Minus the mean vector. Finds the next item more often by cosine (0.109 against 0.089 on
    /// ml-100k).
    #[default]
    Centred,
}

/// All settings. With the data and one thread they decide every byte of the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recipe {
    /// Name of the recipe; free text.
    pub name: String,
    /// The model; default `gmf`.
    pub model: ModelKind,
    /// The loss of `gmf`; default `bce`.
    pub loss: Loss,
    /// Temperature of cosines in `in-batch`, 0.01 to 10; 0 (default) compares by dot product.
    pub temperature: f32,
    /// The meaning of a row; default `implicit`.
    pub feedback: Feedback,
    /// A row with a rating below this is a dislike: no interaction, and no target of a measure.
    /// 0 (default) makes none.
    #[serde(skip_serializing_if = "is_unset")]
    pub dislike_below: f32,
    /// Rows with one of these statuses, such as `dropped`, are dislikes too. Default: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dislike_statuses: Vec<String>,
    /// Values per vector, 1 to 1024; default 32.
    pub dims: usize,
    /// Widths of the perceptron of `mlp` and `neumf`; the first is its input, half user and half
    /// item. Two or more widths of 1 to 4096; default 64, 32, 16, 8.
    pub layers: Vec<usize>,
    /// Epochs for each part of `neumf` alone before they are joined, 0 to 10,000; default 0.
    pub pretrain: u32,
    /// Adam's step size for the joined parts, above 0 and up to 1; default 0.0001.
    pub pretrained_rate: f32,
    /// Epochs, 1 to 10,000; default 28.
    pub epochs: u32,
    /// Number of last epochs over which the model is averaged, and each part that `neumf` trains
    /// alone; 0 to 10,000. 0 (default) or 1 takes the model as it is after the last epoch. Not for
    /// `ials`.
    #[serde(skip_serializing_if = "is_zero")]
    pub average: u32,
    /// Sampled negatives per interaction, 1 to 1000; default 4.
    pub negatives: usize,
    /// Samples per batch, 1 to 1,048,576; default 256.
    pub batch: usize,
    /// Adam's step size, above 0 and up to 1; default 0.002.
    pub learning_rate: f32,
    /// Whether rows move between the batches that use them, as in the paper's code; default false.
    pub dense_adam: bool,
    /// Standard deviation of the first vectors, up to 10; 0 (default) means `0.1 / √dims`.
    pub init: f32,
    /// Weight of every item in `ials` (α₀), above 0 and up to 10; default 1.
    pub unseen: f32,
    /// Regularisation of `ials` (λ), above 0 and up to 1; default 0.003.
    pub lambda: f32,
    /// How the regularisation of `ials` grows with the number of a row's interactions (ν), 0 to 2;
    /// default 1.
    pub nu: f32,
    /// Training leaves out items with fewer interactions; default 5.
    pub min_interactions: u32,
    /// The form in which vectors are written; default `centred`.
    pub vector: VectorForm,
    /// The exponent p of `q·v / (|q||v|)^p` by which items compare, 0 to 1. Without it training
    /// measures which is best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exponent: Option<f32>,
    /// Weights per item of the sparse residual to EASE, 0 (default: no residual) to 1000.
    pub residual: usize,
    /// How that EASE is computed: `dense` or `sparse`. Without it, `dense` up to 12,000 items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ease_matrix: Option<EaseMatrix>,
    /// Regularisation of EASE (λ), above 0; default 500.
    pub ease_lambda: f64,
    /// Regularisation of the map that places items without ratings by their texts (see
    /// [`ColdMap`](super::ColdMap)); 0 (default) places none.
    pub cold: f64,
    /// Random seed; default 1.
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            name: "gmf".into(),
            model: ModelKind::Gmf,
            loss: Loss::Bce,
            temperature: 0.0,
            feedback: Feedback::Implicit,
            dislike_below: 0.0,
            dislike_statuses: Vec::new(),
            dims: 32,
            layers: vec![64, 32, 16, 8],
            pretrain: 0,
            pretrained_rate: 1e-4,
            epochs: 28,
            average: 0,
            negatives: 4,
            batch: 256,
            learning_rate: 0.002,
            dense_adam: false,
            init: 0.0,
            unseen: 1.0,
            lambda: 0.003,
            nu: 1.0,
            min_interactions: 5,
            vector: VectorForm::Centred,
            exponent: None,
            residual: 0,
            ease_matrix: None,
            ease_lambda: 500.0,
            cold: 0.0,
            seed: 1,
        }
    }
}

/// Leaves `average` out at 0: recipes without it keep the text that they had before it existed.
#[allow(clippy::trivially_copy_pass_by_ref)] // serde wants a reference
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// As [`is_zero`], for `dislike_below`.
#[allow(clippy::trivially_copy_pass_by_ref)] // serde wants a reference
fn is_unset(number: &f32) -> bool {
    *number == 0.0
}

impl Recipe {
    /// Returns which rows of the ratings are dislikes.
    #[must_use]
    pub fn dislikes(&self) -> Dislikes {
        Dislikes { below: self.dislike_below, statuses: self.dislike_statuses.clone() }
    }

    /// Reads a recipe. Settings that it does not name keep their defaults; unknown ones are an
    /// error.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        Self::read_with(path, &[])
    }

    /// Reads a recipe and then applies `over`, each `name=value` as in the file.
    pub fn read_with(path: &Path, over: &[&str]) -> Result<Self, TrainError> {
        let text = std::fs::read_to_string(path).map_err(TableError::io(path))?;
        let wrong = |e: toml::de::Error| TrainError::Recipe {
            path: path.to_owned(),
            reason: e.to_string().trim().to_owned(),
        };
        let mut recipe: toml::Table = toml::from_str(&text).map_err(wrong)?;
        for line in over {
            // A word needs no quotes.
            let value: toml::Table = toml::from_str(line)
                .or_else(|e| match line.split_once('=') {
                    Some((name, word)) => toml::from_str(&format!("{name} = {word:?}")),
                    None => Err(e),
                })
                .map_err(wrong)?;
            recipe.extend(value);
        }
        recipe.try_into().map_err(wrong)
    }

    /// Checks every setting.
    pub fn check(&self) -> Result<(), TrainError> {
        self.check_model()?;
        self.check_training()?;
        self.check_regularisation()?;
        self.check_feedback()
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

    pub(super) fn adam(&self) -> Adam {
        Adam { dense: self.dense_adam, ..Adam::new(self.learning_rate) }
    }

    /// Standard deviation of the first vectors.
    pub(super) fn deviation(&self) -> f32 {
        if self.init > 0.0 { self.init } else { 0.1 / (self.dims as f32).sqrt() }
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

/// One line with every setting, for the provenance.
impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = toml::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(&text.trim_end().replace('\n', ", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Recipe, TrainError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let recipe = Recipe::read(file.path())?;
        recipe.check()?;
        Ok(recipe)
    }

    #[test]
    fn settings_default_and_are_checked() {
        assert_eq!(read("dims = 8").unwrap(), Recipe { dims: 8, ..Recipe::default() });
        for (text, code) in [
            ("dimensions = 8", "recipe_invalid"),
            ("dims = -1", "recipe_invalid"),
            ("model = \"oracle\"", "recipe_invalid"),
            ("dims = 0", "setting_out_of_range"),
            ("learning_rate = nan", "setting_out_of_range"),
            ("init = inf", "setting_out_of_range"),
            ("dislike_below = nan", "setting_out_of_range"),
            ("dislike_below = -1", "setting_out_of_range"),
            ("dislike_statuses = \"dropped\"", "recipe_invalid"),
            ("ease_matrix = \"huge\"", "recipe_invalid"),
            ("average = 10001", "setting_out_of_range"),
            ("average = 2\nmodel = \"ials\"", "setting_out_of_range"),
            ("feedback = \"ratings\"", "ratings_as_targets"),
            ("feedback = \"explicit\"\nmodel = \"ials\"", "setting_out_of_range"),
            ("feedback = \"explicit\"\nloss = \"in-batch\"", "setting_out_of_range"),
        ] {
            assert_eq!(read(text).unwrap_err().code().as_str(), code, "{text}");
        }
        assert_eq!(Recipe::read(Path::new("none.toml")).unwrap_err().code().as_str(), "io");
    }

    #[test]
    fn settings_stand_over_a_file() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .join("embeddings/recipes/product.toml");
        let recipe =
            Recipe::read_with(&path, &["dims=8", "vector=centred", "exponent=0.25"]).unwrap();
        let want = Recipe {
            dims: 8,
            vector: VectorForm::Centred,
            exponent: Some(0.25),
            ..Recipe::read(&path).unwrap()
        };
        assert_eq!(recipe, want);
        for over in ["dims", "dimensions=8", "dims=many", "="] {
            assert_eq!(
                Recipe::read_with(&path, &[over]).unwrap_err().code().as_str(),
                "recipe_invalid",
                "{over}"
            );
        }
    }

    #[test]
    fn a_recipe_survives_its_text() {
        let recipe = Recipe { dims: 16, ..Recipe::default() };
        assert_eq!(read(&toml::to_string(&recipe).unwrap()).unwrap(), recipe);
        assert!(recipe.to_string().contains("dims = 16, "));
        assert!(!recipe.to_string().contains("dislike"), "the text of older recipes stays");
        let statuses = vec!["dropped".to_owned()];
        let recipe = Recipe { dislike_below: 4.5, dislike_statuses: statuses, ..recipe };
        assert_eq!(read(&toml::to_string(&recipe).unwrap()).unwrap(), recipe);
        assert_eq!(recipe.dislikes().below, 4.5);
    }

    #[test]
    fn committed_recipes_are_valid() {
        let folder =
            Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("embeddings/recipes");
        for entry in std::fs::read_dir(folder).unwrap() {
            Recipe::read(&entry.unwrap().path()).unwrap().check().unwrap();
        }
    }
}

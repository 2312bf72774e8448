//! The settings of a training, in a TOML file that names each of them.
//!
//! Imports the optimiser's settings and the errors; knows no learner.

mod check;

use std::fmt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::TrainError;
use super::optim::Adam;
use super::source::{Source, is_unset};
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
    /// Exactly, with 16 bytes × items² for a moment; for 20,000 items at most.
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

/// How much of the content goes into the weights.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContentWeights {
    /// The weight of two items is raised by this times the square of their texts' cosine.
    pub text_weight: f32,
    /// How many weights lead to an item without a vector, and from it; 0 predicts none.
    pub predicted: usize,
    /// The weights that lead to an item without a vector are multiplied by this.
    pub predicted_factor: f32,
    /// The most weights that lead from an item with a vector.
    pub most: usize,
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
    #[serde(skip_serializing_if = "is_unset")]
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
    /// How much the texts of two items raise their weight in the residual: by this times the square
    /// of their cosine. 0 (default) leaves texts out.
    #[serde(skip_serializing_if = "is_unset")]
    pub text_weight: f32,
    /// How many weights lead to an item that too few people have, and from it. They are predicted
    /// from its content: text, tags, group, popularity and year. 0 (default) predicts none, up to
    /// 1000.
    #[serde(skip_serializing_if = "is_unset")]
    pub predicted: usize,
    /// The predicted weights that lead to an item are multiplied by this, above 0 and up to 10;
    /// default 1. A regression says what is usual of items alike, which is too little for those
    /// that an item goes best with.
    #[serde(skip_serializing_if = "is_one")]
    pub predicted_factor: f32,
    /// Random seed; default 1.
    pub seed: u64,
    /// The files to train on, if there are several: the ratings are then the folder that holds
    /// them. Default: none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interactions: Vec<Source>,
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
            text_weight: 0.0,
            predicted: 0,
            predicted_factor: 1.0,
            seed: 1,
            interactions: Vec::new(),
        }
    }
}

/// Returns whether a factor is 1, its default.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(factor: &f32) -> bool {
    *factor == 1.0
}

impl Recipe {
    /// Returns which rows of the ratings are dislikes.
    #[must_use]
    pub fn dislikes(&self) -> Dislikes {
        Dislikes { below: self.dislike_below, statuses: self.dislike_statuses.clone() }
    }

    /// Returns whether weights come from the content of items.
    #[must_use]
    pub fn has_content(&self) -> bool {
        self.text_weight > 0.0 || self.predicted > 0
    }

    /// Returns how much of the content goes into the weights.
    #[must_use]
    pub fn content_weights(&self) -> ContentWeights {
        let Self { text_weight, predicted, predicted_factor, residual: most, .. } = *self;
        ContentWeights { text_weight, predicted, predicted_factor, most }
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

    pub(super) fn adam(&self) -> Adam {
        Adam { dense: self.dense_adam, ..Adam::new(self.learning_rate) }
    }

    /// Standard deviation of the first vectors.
    pub(super) fn deviation(&self) -> f32 {
        if self.init > 0.0 { self.init } else { 0.1 / (self.dims as f32).sqrt() }
    }
}

/// One line with every setting, for the provenance.
impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = toml::to_string(self).map_err(|_| fmt::Error)?;
        let lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
        f.write_str(&lines.join(", "))
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
            ("predicted_factor = 0", "setting_out_of_range"),
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

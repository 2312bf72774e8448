//! The models that a release is packed from. This imports the tables and the format alone.

use osusume::format::ProfileRule;
use osusume_tables::{TextTable, Vectors};

/// How the rows of a model compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Metric {
    /// `q·v / (|q||v|)^p`; 0 is the dot product. The vectors keep their lengths.
    Dot(f32),
    /// The cosine. The vectors are normalised when packed.
    Cosine,
}

/// A model to pack.
#[derive(Debug, Clone)]
pub struct ModelInput {
    /// Name in requests and in the file's name.
    pub name: String,
    /// Its vectors.
    pub vectors: Vectors,
    /// How they compare.
    pub metric: Metric,
    /// Weights that are added to the products of the vectors.
    pub residual: Option<WeightsInput>,
    /// How several liked items become a query; by default their sum, with the metric's exponent.
    pub profile: Option<ProfileRule>,
    /// The table that turns typed words into queries, in the space of the vectors.
    pub text: Option<TextTable>,
}

/// Sparse weights between the items of a model.
#[derive(Debug, Clone)]
pub struct WeightsInput {
    /// The factor of the products of the vectors, before the weights are added.
    pub factor: f32,
    /// For each row of the vectors: other rows, and what a liked row adds to the score of the other.
    pub pairs: Vec<Vec<(u32, f32)>>,
}

impl ModelInput {
    /// Returns a model of vectors alone.
    pub fn new(name: impl Into<String>, vectors: Vectors, metric: Metric) -> Self {
        Self { name: name.into(), vectors, metric, residual: None, profile: None, text: None }
    }
}

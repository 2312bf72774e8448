//! The options of `osusume eval`. Imports only those of the protocols text and wishes.

use std::path::PathBuf;

use osusume_tables::{Dislikes, ReleaseRecipe, TableError};

use super::{text, wishes};

/// Measure how well models rank, by one of several protocols.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ratings: CSV or tab separated with a header line, plain or gzip.
    /// For --protocol visitor perhaps the folder of the files that `[[interactions]]` of the training
    /// recipe names.
    #[arg(long, value_name = "FILE|FOLDER", required_unless_present_any = ["encoder", "wishes"])]
    pub(super) ratings: Option<PathBuf>,
    /// The held-out pairs of a published split; `ratings` then holds the training pairs.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["core", "tenth"])]
    pub(super) test: Option<PathBuf>,
    /// The negatives of a published split: user, item, negatives.
    #[arg(long, value_name = "FILE", requires = "test")]
    pub(super) negatives: Option<PathBuf>,
    /// Models, separated by commas: popularity, item-knn, ease[:λ], sparse-ease[:λ[:near items]],
    /// puresvd[:dims], FILE.toml[:setting=value …], FILE.safetensors. With --protocol text:
    /// transformer, bm25, table[:setting=value …]. By default popularity, item-knn, ease
    /// and puresvd; for text all.
    #[arg(long = "models", value_name = "LIST", value_delimiter = ',')]
    models: Vec<String>,
    /// The protocol to measure by.
    #[arg(long, value_enum, default_value_t = Protocol::All)]
    pub(super) protocol: Protocol,
    /// Leave out items and users with fewer interactions, again and again until none is left.
    #[arg(long, default_value_t = 1)]
    pub(super) core: u32,
    /// A rating below this is a dislike: no interaction, for all models alike. A recipe's own
    /// `dislike_below` has no say here.
    #[arg(long, value_name = "RATING", conflicts_with = "test")]
    dislike_below: Option<f32>,
    /// A status that makes a row a dislike, such as dropped. May be repeated.
    #[arg(long = "dislike-status", value_name = "STATUS", conflicts_with = "test")]
    dislike_statuses: Vec<String>,
    /// Train each recipe with this many random seeds and print the mean.
    #[arg(long, default_value_t = 1)]
    pub(super) seeds: u64,
    /// Values per vector, instead of the recipes' own.
    #[arg(long)]
    pub(super) dims: Option<usize>,
    /// Also hold out a random tenth of each user's rows (trains every model once more).
    #[arg(long, conflicts_with = "protocol")]
    pub(super) tenth: bool,
    /// Vectors of the items' texts for --protocol cold and visitor (safetensors, as `osusume
    /// encode` writes).
    #[arg(long, value_name = "FILE")]
    pub(super) texts: Option<PathBuf>,
    /// Regularisations, separated by commas, of the map that places items by their texts
    /// (--protocol cold).
    #[arg(long, value_name = "λ", value_delimiter = ',', default_value = "10")]
    pub(super) cold: Vec<f64>,
    /// Also write the training interactions of --protocol newcomers, for other trainers (CSV,
    /// `user_id` and `item_id`).
    #[arg(long, value_name = "FILE")]
    pub(super) training: Option<PathBuf>,
    /// Also measure each model as a release holds it: values in f16, and of each item only so many
    /// weights, the largest. Several numbers, separated by commas (--protocol newcomers).
    #[arg(long, value_name = "WEIGHTS", value_delimiter = ',')]
    pub(super) keep: Vec<usize>,
    /// Catalogue, for --protocol visitor and text: CSV or tab separated with a header line, plain
    /// or gzip.
    #[arg(long, value_name = "FILE")]
    pub(super) catalogue: Option<PathBuf>,
    /// Release recipe in TOML: the catalogue's columns, items to leave out, the training recipe.
    #[arg(long, value_name = "FILE", requires = "catalogue")]
    recipe: Option<PathBuf>,
    /// The options of --protocol visitor.
    #[command(flatten)]
    pub(super) visitor: VisitorArgs,
    /// The options of --protocol text.
    #[command(flatten)]
    pub(super) text: text::Args,
    /// The options of --protocol wishes.
    #[command(flatten)]
    pub(super) wishes: wishes::Args,
    /// Draw quality against popularity (--protocol all) or against the setting `niche` (--protocol
    /// knob, one model) into an SVG file.
    #[arg(long, value_name = "FILE")]
    pub(super) plot: Option<PathBuf>,
    /// Threads [default: one per core].
    #[arg(long)]
    threads: Option<usize>,
}

/// The options of the visitor protocol.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct VisitorArgs {
    /// A visitor's likes are unrated, or rated this or better. Lower ratings are neither given nor
    /// wanted; whether training learns from them is the recipe's own `dislike_below`.
    #[arg(long, value_name = "RATING", default_value_t = 0.0)]
    pub(super) like_from: f32,
    /// Which file of `[[interactions]]` the visitors come from [default: the first].
    #[arg(long, value_name = "FILE")]
    pub(super) visitors: Option<PathBuf>,
    /// The text encoder of --texts, as `osusume encode --distil` writes it. Visitors then also type
    /// the two tags that most of their likes have.
    #[arg(long, value_name = "FILE", requires = "texts")]
    pub(super) words: Option<PathBuf>,
    /// Which visitors and items are kept out: another number, another tenth.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(super) seed: u64,
    /// Recommendations that people wrote for those who like an item: a CSV of item, recommended item, votes and
    /// perhaps 1 for two items of one series. Judges the lists for one like.
    #[arg(long, value_name = "FILE")]
    pub(super) recommendations: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Protocol {
    /// Leave-one-out, among 99 negatives and among all items; item to item; whole lists.
    All,
    /// Ways to combine several liked items into one query.
    Profile,
    /// The lists of a release, asked for as the page asks, by users kept out of training.
    Visitor,
    /// Users kept out of training.
    Newcomers,
    /// Items without interactions, placed by their texts.
    Cold,
    /// The setting `niche`, from popular to niche.
    Knob,
    /// How much of the f32 lists the forms f16 and i8 keep.
    Fidelity,
    /// How close typed words come to the sentence transformer.
    Text,
    /// A release, asked by a like, by a description, and by both.
    Wishes,
}

impl Args {
    pub(super) fn threads(&self) -> usize {
        self.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// Returns the recipe of the release.
    pub(super) fn release_recipe(&self) -> Result<ReleaseRecipe, TableError> {
        self.recipe.as_deref().map_or_else(|| Ok(ReleaseRecipe::default()), ReleaseRecipe::read)
    }

    /// Returns which rows of the ratings are dislikes.
    pub(super) fn dislikes(&self) -> Dislikes {
        let below = self.dislike_below.unwrap_or_default();
        Dislikes { below, statuses: self.dislike_statuses.clone() }
    }

    /// Returns the models named on the command line; for the text protocol none means all.
    pub(super) fn named_models(&self) -> &[String] {
        &self.models
    }

    /// Returns the models named on the command line, or the baselines.
    pub(super) fn models(&self) -> Vec<String> {
        if self.models.is_empty() {
            ["popularity", "item-knn", "ease", "puresvd"].map(str::to_owned).into()
        } else {
            self.models.clone()
        }
    }
}

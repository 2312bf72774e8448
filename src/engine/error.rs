//! Why the engine refuses a request or a file, and the limits that its messages name.
//!
//! Imports `code`, `format` and `message`. Every other file of `engine` may import this one.

use thiserror::Error;

use crate::code::Code;
use crate::format::FormatError;
use crate::message::{Quoted, shown};

/// Most results of a request.
pub const MAX_LIMIT: usize = 1000;

/// Most ids of a request, all lists together.
pub const MAX_IDS: usize = 10_000;

/// Most reasons that a request with `explain` may need: `limit` × (likes + dislikes).
pub const MAX_EXPLAINED: usize = 100_000;

/// Most bytes of an answer in JSON.
pub const MAX_ANSWER_BYTES: usize = 5_000_000;

/// Why a request or a file was refused.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// No item has this id.
    #[error("no item has the id {0}; look it up by its title")]
    UnknownId(String),
    /// No item has this title.
    #[error("no item is called {}{}", Quoted(text), or_listed(candidates))]
    UnknownTitle {
        /// The title in the request.
        text: String,
        /// Items with a similar title: id and title.
        candidates: Vec<(u32, String)>,
    },
    /// Several items have this title.
    #[error(
        "{} is the title of {} items; give the id{}",
        Quoted(text), candidates.len(), or_listed(candidates)
    )]
    AmbiguousTitle {
        /// The title in the request.
        text: String,
        /// The items: id and title.
        candidates: Vec<(u32, String)>,
    },
    /// The release has no model of this name.
    #[error("there is no model {}; this release has {known}", Quoted(name))]
    UnknownModel {
        /// The name in the request.
        name: String,
        /// The names of the release's models, separated by commas.
        known: String,
    },
    /// The release has the model, but its vectors are not loaded.
    #[error("the model {} is not loaded yet; load it first", Quoted(.0))]
    ModelNotLoaded(String),
    /// Only the file of titles is loaded.
    #[error("the catalogue is not loaded yet; load it first")]
    CatalogueNotLoaded,
    /// `limit` is not in 1..=1000.
    #[error("limit is {0}, it must be 1 to {MAX_LIMIT}")]
    LimitOutOfRange(usize),
    /// More than 10,000 ids.
    #[error("the request has {0} ids, at most {MAX_IDS} are allowed; leave out the oldest")]
    TooManyIds(usize),
    /// A number is outside its range.
    #[error("{name} is {}, it must be {range}", shown(*value))]
    OutOfRange {
        /// The field.
        name: &'static str,
        /// Its value.
        value: f64,
        /// The values that it may have.
        range: &'static str,
    },
    /// The catalogue declares no field of this name.
    #[error("there is no field {}; this release has {known}", Quoted(name))]
    UnknownField {
        /// The name in the request.
        name: String,
        /// The names of the declared fields, separated by commas.
        known: String,
    },
    /// No item has this value in a field of tags or categories.
    #[error("no item has {} in the field {}; it has {known}", Quoted(value), Quoted(field))]
    UnknownValue {
        /// The field.
        field: String,
        /// The value in the request.
        value: String,
        /// Values that the field has, separated by commas.
        known: String,
    },
    /// The field's type has no such condition.
    #[error("the filter of {} cannot be used: {why}", Quoted(field))]
    Filter {
        /// The field.
        field: String,
        /// The contradiction, and what to write instead.
        why: &'static str,
    },
    /// The reasons would be too much work.
    #[error(
        "with explain, limit × (likes + dislikes) is {0}, at most {MAX_EXPLAINED} is allowed; \
         ask for fewer results, or send the newest likes alone"
    )]
    ExplainTooLarge(usize),
    /// The answer would be too long.
    #[error(
        "the answer would have more than {MAX_ANSWER_BYTES} bytes; ask for fewer results or fields"
    )]
    AnswerTooLarge,
    /// No model of the release has a text encoder.
    #[error("this release has no text encoder, so that it knows no words; leave text out")]
    NoTextEncoder,
    /// The release has the model's text encoder, but it is not loaded.
    #[error("the text encoder of the model {} is not loaded yet; load it first", Quoted(.0))]
    TextNotLoaded(String),
    /// No word of the text is known, and the request has nothing else.
    #[error("no word of the text is known; say it in other words")]
    UnknownText,
    /// The answer took longer than its caller allows.
    #[cfg(not(target_arch = "wasm32"))]
    #[error("the answer took too long; ask for less at once, or again later")]
    DeadlineExceeded,
    /// The request has the wrong shape.
    #[error("the request cannot be read: {0}")]
    Request(String),
    /// A file is not valid or does not fit the release.
    #[error(transparent)]
    Format(#[from] FormatError),
}

/// Lists candidates at the end of a message; empty if there are none.
fn or_listed(candidates: &[(u32, String)]) -> String {
    let list: Vec<String> =
        candidates.iter().map(|(id, title)| format!("{id} {}", Quoted(title))).collect();
    if list.is_empty() { String::new() } else { format!(": {}", list.join(", ")) }
}

impl EngineError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::UnknownId(_) => Code::UnknownId,
            Self::UnknownTitle { .. } => Code::UnknownTitle,
            Self::AmbiguousTitle { .. } => Code::AmbiguousTitle,
            Self::UnknownModel { .. } => Code::UnknownModel,
            Self::ModelNotLoaded(_) => Code::ModelNotLoaded,
            Self::CatalogueNotLoaded => Code::CatalogueNotLoaded,
            Self::LimitOutOfRange(_) => Code::LimitOutOfRange,
            Self::TooManyIds(_) => Code::TooManyIds,
            Self::OutOfRange { .. } => Code::OutOfRange,
            Self::UnknownField { .. } => Code::UnknownField,
            Self::UnknownValue { .. } => Code::UnknownValue,
            Self::Filter { .. } => Code::FilterInvalid,
            Self::ExplainTooLarge(_) => Code::ExplainTooLarge,
            Self::AnswerTooLarge => Code::AnswerTooLarge,
            Self::NoTextEncoder => Code::NoTextEncoder,
            Self::TextNotLoaded(_) => Code::TextNotLoaded,
            Self::UnknownText => Code::TextUnknown,
            #[cfg(not(target_arch = "wasm32"))]
            Self::DeadlineExceeded => Code::DeadlineExceeded,
            Self::Request(_) => Code::RequestInvalid,
            Self::Format(error) => error.code(),
        }
    }
}

//! The engine: a request in, an answer out. JavaScript, HTTP and the command line all use it.
//!
//! `docs/ENGINE.md` has the formulas. Imports `catalogue`, `code`, `format`, `kernel`, `text` and the small
//! modules below them; this file is the table of contents.

mod answer; // the shape of an answer
mod best; // the best k of the rows offered
mod blend; // the models of an answer, and their common score
mod collapse; // one item of each group
mod deadline; // when the work for a request must end
mod diversify; // results that differ from each other
mod encoder; // a loaded text encoder
mod error; // why a request or file is refused
mod explain; // the reasons for a result
mod fields; // the fields of a result, and the length of an answer
mod filter; // which items may be results
mod fold_in; // items and words to a query vector
mod lookup; // ids and titles to rows
mod model; // a loaded model, and the score of one row
mod niche; // how popularity enters a score
mod recommend; // the whole path of a request
mod request; // the shape of a request
mod search; // the top n of one model
mod state; // the engine, and how files are added
mod text; // the text of a request
mod validate; // checks of a request

#[cfg(test)]
mod reference;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Because, Recommended, Warning};
pub use error::{EngineError, MAX_ANSWER_BYTES, MAX_EXPLAINED, MAX_IDS, MAX_LIMIT};
#[doc(hidden)] // for the evaluator of osusume-train
pub use niche::Niche;
pub use request::{Bound, Condition, Id, ModelChoice, Request, WeightedItem};
pub use state::Engine;
pub use text::MAX_TEXT_CHARS;
pub use validate::MAX_WEIGHT;

//! How close a text encoder comes to the sentence transformer that it was distilled from.
//! It asks with sentences that the encoder has not learned from and looks for their items.

mod answer;
mod bm25;
mod held_out;
mod report;

pub use answer::Answered;
pub use bm25::Bm25;
pub use held_out::{HeldOut, Question, items_held_out, sentences_held_out};
pub use report::TextReport;

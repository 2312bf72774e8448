//! Finds titles by a typed text: beginnings, parts, words in any order, and all of it with typos.
//! Imports no other module of the crate. Lowest first: `fold`, `distance`, `typed`, `index`,
//! `rank`, `search`.
//!
//! It compares folded texts (see [`fold()`]) without spaces, so "steinsgate" and "K-ON" need no
//! typos. The first search makes an index of a few megabytes; opening a release does not.

mod distance;
mod fold;
mod index;
mod rank;
mod search;
mod typed;

pub use fold::{Unit, fold};
pub use index::Index;
pub use search::Hit;

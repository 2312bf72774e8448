//! Ratings on disk: one row per pair of user and item.
//! `columns` finds the columns, `row` parses the fields, `read` streams the rows, `dislikes` says
//! which of them are dislikes.

mod columns;
mod dislikes;
mod read;
mod row;

pub use columns::RatingColumns;
pub use dislikes::Dislikes;
pub use read::{Rating, RatingsReport, read_ratings};
pub use row::ItemKeys;

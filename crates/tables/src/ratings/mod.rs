//! Ratings on disk: one row per pair of user and item.
//! `columns` finds the columns, `row` parses the fields, `read` streams the rows.

mod columns;
mod read;
mod row;

pub use columns::RatingColumns;
pub use read::{Rating, RatingsReport, read_ratings};
pub use row::ItemKeys;

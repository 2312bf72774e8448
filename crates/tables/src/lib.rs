//! The files on disk that the offline stages read and write.
//!
//! People bring `ratings.csv`, `catalogue.csv` and recipes. Vector files pass between `train`,
//! `encode` and `pack`. This crate may import `osusume`, and no other crate of the project.

mod cancel;
mod catalogue;
mod error;
mod lines;
mod open_table;
mod plain_name;
mod ratings;
mod recipe;
mod text;
mod vectors;
mod write_whole;

pub use cancel::{Cancel, Cancelled};
pub use catalogue::{
    CatalogueColumns, CatalogueDate, CatalogueReport, CatalogueTable, DatePrecision, DeclaredField,
    Drop, Entry, Example, FieldColumn, FieldReport, FieldType, FieldValues, Loss, LossReason,
    read_catalogue,
};
pub use error::TableError;
pub use lines::Count;
pub use open_table::open_table;
pub use ratings::{Dislikes, ItemKeys, Rating, RatingColumns, RatingsReport, read_ratings};
pub use recipe::{DefaultList, ReleaseRecipe, Uncovered};
pub use text::TextTable;
pub use vectors::{Provenance, Tensor, Vectors};
pub use write_whole::write_whole;

//! Catalogues on disk: one row per item, with titles, facts and a text to encode.
//! `columns` finds the columns, `row` parses the fields, `read` puts the items together.

mod columns;
mod read;
mod row;

pub use columns::{CatalogueColumns, Drop};
pub use read::{CatalogueReport, Entry, read_catalogue};

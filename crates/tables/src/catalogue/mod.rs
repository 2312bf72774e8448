//! Catalogues on disk: one row per item, with titles, facts and a text to encode.
//!
//! `records` reads the rows and `layout` finds the columns. `select` chooses the rows that become
//! items, `fields` reads a column of each field, and `read` puts the table together.

mod columns;
mod date;
mod declared;
mod fields;
mod header;
mod known;
mod layout;
mod read;
mod records;
mod report;
mod select;
mod separator;
mod table;
mod values;

pub use columns::{CatalogueColumns, Drop};
pub use date::{CatalogueDate, DatePrecision};
pub use declared::{DeclaredField, FieldType};
pub use read::read_catalogue;
pub use report::{CatalogueReport, Example, FieldReport, Loss, LossReason};
pub use table::{CatalogueTable, Entry, FieldColumn, FieldValues};

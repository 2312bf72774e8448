//! The catalogue of a release in memory: rows to ids, titles and fields, and back.
//! Imports `find`, `format` and `names`. Lowest first: `date`, `lines`, `item`, `rows`, `titles`.

mod date;
mod item;
mod lines;
mod rows;
mod titles;

#[cfg(test)]
pub(crate) mod tests;

pub use date::Date;
pub use item::{FieldInfo, Item, Match, Value};
pub use rows::{Catalogue, popularity};

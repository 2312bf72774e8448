//! The catalogue of a release in memory: rows to ids, titles and other columns, and back.
//! Imports `find`, `format` and `names`. Lowest first: `lines`, `item`, `rows`, `titles`.

mod item;
mod lines;
mod rows;
mod titles;

#[cfg(test)]
pub(crate) mod tests;

pub use item::{Choices, Item, Match};
pub use rows::Catalogue;

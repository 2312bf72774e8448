//! The table of errors: every code, its class, its HTTP status, its exit code and a hint.
//! Imports nothing; every module with an error type imports it.
//!
//! Rust, JavaScript, HTTP and the command line share it. A test writes `docs/ERRORS.md`, the type
//! `OsusumeErrorCode` and the classes in the JavaScript client from it. The browser module holds
//! the codes and classes of its own errors, and nothing else of the table.

#[cfg(all(test, not(target_arch = "wasm32")))]
mod generated; // the files that are made from the table
#[macro_use]
mod macros; // how rows are read
mod row; // the columns
mod table; // the rows

pub use row::Class;
#[cfg(not(target_arch = "wasm32"))]
pub use row::{Exit, Face, Row};
pub use table::Code;
#[cfg(not(target_arch = "wasm32"))]
pub use table::TABLE;

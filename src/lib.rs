//! osusume (おすすめ, "recommendation"): a recommender for static websites.
//!
//! This crate is the half that runs on the visitor's device: it reads the files of a release and answers requests.
//! Other crates make releases (`osusume-pack`), open them from a folder (`osusume-release`) and serve them (`osusume-serve`).
//!
//! `docs/ARCHITECTURE.md` shows how the parts fit together, `docs/FORMAT.md` specifies the files of a release.

pub mod catalogue;
pub mod engine;
mod error;
mod find;
pub mod format;
#[doc(hidden)]
pub mod kernel;
mod message;
pub mod names;
pub mod profile;
pub mod text;
mod topk;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use error::{Error, Result};

/// Shared with the other crates of this workspace and with its benchmarks. Not part of the interface.
#[doc(hidden)]
pub mod internal {
    pub use crate::find::{Unit, fold};
    pub use crate::format::{hex, is_hex};
}

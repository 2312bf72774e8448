//! osusume (おすすめ, "recommendation"): a recommender for static websites.
//!
//! `docs/ARCHITECTURE.md` shows how the parts fit together, `docs/FORMAT.md` specifies the files of a release.

pub mod catalogue;
#[cfg(feature = "encode")]
pub mod encode;
pub mod engine;
mod error;
mod find;
pub mod format;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "import")]
pub mod import;
pub mod kernel;
#[cfg(feature = "map")]
pub mod map;
pub mod names;
#[cfg(feature = "pack")]
pub mod pack;
pub mod profile;
#[cfg(feature = "release")]
pub mod release;
#[cfg(feature = "remote")]
pub mod remote;
#[cfg(feature = "pack")]
mod series;
#[cfg(feature = "serve")]
pub mod serve;
#[cfg(feature = "http")]
pub mod store;
#[cfg(feature = "tables")]
pub mod tables;
pub mod text;
pub mod topk;
#[cfg(feature = "train")]
pub mod train;
#[cfg(target_arch = "wasm32")]
pub mod wasm;

pub use error::{Error, Result};
use error::{Quoted, shown};

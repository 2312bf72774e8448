//! osusume (おすすめ, "recommendation"): a recommender for static websites.
//!
//! This crate is the half that runs on the visitor's device. It reads the files of a release and
//! answers requests. Other crates make releases (`osusume-pack`), open them from a folder
//! (`osusume-release`) and serve them (`osusume-serve`).
//!
//! # Quickstart
//!
//! Open a release, send it a request, read the answer:
//!
//! ```
//! use osusume::engine::Request;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/format-2");
//! // `folder` is a release: a manifest and the files that it names.
//! let engine = osusume_release::open(folder.as_ref(), None)?;
//!
//! // Titles become ids.
//! let liked = engine.catalogue().id(engine.row("Title 1")?);
//!
//! let request = Request { liked: vec![liked.into()], limit: 3, ..Request::default() };
//! let answer = engine.recommend(&request)?;
//! assert_eq!(answer.items.len(), 3);
//! for item in &answer.items {
//!     println!("{} {:.3}", item.title, item.score); // best first
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Modules
//!
//! [`engine`] answers requests. An [`engine::Engine`] holds one release in memory, and
//! [`Engine::recommend`](engine::Engine::recommend) returns the exact top n of a
//! [`Request`](engine::Request). Requests and answers have the same shape as JSON in JavaScript,
//! HTTP and the command line.
//!
//! [`mod@format`] turns the bytes of a release's files into typed views and back. It checks every
//! length and shape once, so the other modules need not. `docs/FORMAT.md` is the specification.
//!
//! [`catalogue`] maps rows to ids, titles and facts, and back. It also finds items while a visitor
//! types a title.
//!
//! [`text`] is the small text encoder: it turns the words of a description into a vector in the
//! space of a model.
//!
//! [`profile`] reads the list that a visitor exported from `MyAnimeList` or `AniList`.
//!
//! [`names`] is a small map from names to values, which several public types use.
//!
//! Every error is an [`enum@Error`]. It has a [`Code`] for programs and a message that tells people
//! what to do. [`mod@code`] is the table of all codes, and `docs/ERRORS.md` shows it.
//!
//! `docs/ARCHITECTURE.md` shows how the parts fit together.

pub mod catalogue;
pub mod code;
pub mod engine;
mod error;
mod find;
mod fnv;
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

pub use code::{Class, Code};
pub use error::{Error, Result};

/// Shared with the other crates of this workspace and with its benchmarks. Not part of the
/// interface.
#[doc(hidden)]
pub mod internal {
    pub use crate::find::{Unit, fold};
    pub use crate::format::{hex, is_hex};
}

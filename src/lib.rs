//! osusume (おすすめ, "recommendation"): a recommender for static websites.
//!
//! `docs/ARCHITECTURE.md` shows how the parts fit together, `docs/FORMAT.md` specifies the files of a release.

#[cfg(feature = "encode")]
pub mod encode;
#[cfg(feature = "tables")]
pub mod tables;
#[cfg(feature = "train")]
pub mod train;

//! The HTTP face of a release. This file is the table of contents.
//!
//! [`http`] answers requests as plain values, [`renewal`] keeps the release in memory, `serve` is an
//! HTTP server around both, `remote` fetches releases from S3 or over HTTPS, and [`owner`] says
//! whose signature a release must have.

mod adapters;
mod error;
pub mod http;
pub mod owner;
#[cfg(feature = "remote")]
pub mod remote;
pub mod renewal;
#[cfg(feature = "server")]
pub mod serve;

pub use error::{Error, RemoteError, Result};

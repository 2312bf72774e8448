//! The HTTP face of a release: [`http`] answers requests as plain values, [`store`] keeps the release it answers from,
//! [`serve`] is a server around both, and [`remote`] fetches releases that lie in S3 or behind an HTTPS address.

mod error;
pub mod http;
#[cfg(feature = "remote")]
pub mod remote;
#[cfg(feature = "server")]
pub mod serve;
pub mod store;

pub use error::{Error, RemoteError, Result};

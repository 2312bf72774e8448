//! Releases in S3 or behind an HTTPS address. This file is the table of contents.
//!
//! Imports [`crate::renewal`] and no server.

mod location;
mod release;
mod retry;
#[cfg(test)]
mod tests;

pub use release::RemoteRelease;
pub use retry::Budget;

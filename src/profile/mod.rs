//! Turns a visitor's own list of shows, as another site exports it, into the parts of a request.
//! Imports `catalogue` and the codes of errors. Nothing leaves the device.
//!
//! `entry` and `weights` are the neutral part: from the entries of a list to the weights of a
//! request. The two sites are adapters beside it, in `adapters`: `MyAnimeList`'s XML and
//! `AniList`'s JSON. An item of a list is known by its id at `MyAnimeList`, which both formats have.

mod adapters;
mod entry;
mod weights;

#[cfg(test)]
mod tests;

pub use adapters::{Json, is_gzip, is_xml, text};
pub use entry::{MAX_PROFILE_BYTES, ProfileError};
pub use weights::{Counts, Profile, Unknown, WeightedItem};

//! The manifest's entry of the related lists: small JSON files that pages read without this module.
//! Imports `fnv`. The crate `osusume-release` reads and writes the lists themselves.

use serde::{Deserialize, Serialize};

use crate::fnv::fnv1a;

/// Most shards of a release.
pub const MAX_SHARDS: u32 = 1 << 20;

/// Most results in a list.
pub const MAX_LISTED: u32 = 100;

/// Where the related lists are. `docs/FORMAT.md` has the layout of their files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelatedEntry {
    /// The folder of the shards, `related.` and 16 hexadecimal digits that each shard repeats.
    pub folder: String,
    /// The number of shards. An item is in the one of [`shard_of`].
    pub shards: u32,
    /// Results in each list; fewer only where the release has no more.
    pub listed: u32,
    /// The models that have lists, the default one first.
    pub models: Vec<String>,
    /// SHA-256 of the file of the shards' hashes, `index.bin`; 64 lower-case hexadecimal digits.
    pub sha256: String,
}

/// Returns the shard of the item with this name: its text id or, without text ids, its id in
/// digits. It is the name's FNV-1a hash of 32 bits modulo the number of shards.
#[must_use]
pub fn shard_of(name: &str, shards: u32) -> u32 {
    fnv1a(name) % shards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shard_of_a_name_never_changes() {
        // The published test vectors of FNV-1a.
        assert_eq!(shard_of("", u32::MAX), 0x811c_9dc5);
        assert_eq!(shard_of("a", u32::MAX), 0xe40c_292c);
        assert_eq!(shard_of("foobar", u32::MAX), 0xbf9c_f968);
        assert_eq!(shard_of("本", 1), 0);
        assert_eq!(shard_of("1", 4096), 0x71c);
    }
}

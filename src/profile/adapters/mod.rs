//! The adapters of single sites: each reads one site's format into neutral entries.
//! Imports `entry`, `weights` and `catalogue`. A new site is a new file here.

mod anilist;
mod json;
mod myanimelist;

pub use json::Json;

use super::entry::{MAX_PROFILE_BYTES, ProfileError};
use super::weights::Profile;
use crate::catalogue::Catalogue;

impl Profile {
    /// Reads `MyAnimeList`'s XML export.
    pub fn from_xml(text: &str, catalogue: &Catalogue) -> Result<Self, ProfileError> {
        Ok(Self::new("MyAnimeList", myanimelist::read(text)?, catalogue))
    }

    /// Reads `AniList`'s JSON, parsed by any parser.
    pub fn from_json(list: &impl Json, catalogue: &Catalogue) -> Result<Self, ProfileError> {
        Ok(Self::new("AniList", anilist::read(list)?, catalogue))
    }

    /// Reads either format; `osusume_release::read_profile` also reads gzip.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn read(bytes: &[u8], catalogue: &Catalogue) -> Result<Self, ProfileError> {
        let text = text(bytes)?;
        if is_xml(text) {
            return Self::from_xml(text, catalogue);
        }
        let json: serde_json::Value = serde_json::from_str(text)
            .map_err(|_| ProfileError::Invalid("it is neither XML nor JSON"))?;
        Self::from_json(&&json, catalogue)
    }
}

/// Says whether a file is compressed.
#[must_use]
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
}

/// Says whether a list is XML rather than JSON.
#[must_use]
pub fn is_xml(text: &str) -> bool {
    text.trim_start().starts_with('<')
}

/// Returns the text of an uncompressed list.
pub fn text(bytes: &[u8]) -> Result<&str, ProfileError> {
    if bytes.len() > MAX_PROFILE_BYTES {
        return Err(ProfileError::TooLarge);
    }
    let text =
        std::str::from_utf8(bytes).map_err(|_| ProfileError::Invalid("it is not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

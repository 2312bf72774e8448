//! Whose releases a server takes, and how old they may be.
//!
//! The same rules hold in the browser (`www/client/signature.ts`). Imports `error`.

pub use jiff::Timestamp;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::{Error, Result};
use osusume_release::{OwnerKey, SignatureError};

/// The owner of the releases that a server takes.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The key that the owner signs every manifest with.
    pub key: OwnerKey,
    /// Releases that were signed earlier are refused. By default every time is taken.
    pub not_before: Timestamp,
}

impl Owner {
    /// Returns the owner of a key, whose releases may be of any age.
    #[must_use]
    pub const fn new(key: OwnerKey) -> Self {
        Self { key, not_before: Timestamp::MIN }
    }

    /// Returns when the owner signed this manifest. Refuses a manifest that the owner did not sign,
    /// and one that was signed before `kept`, the time of the release that answers.
    ///
    /// `place` is where the signature was looked for, for the message.
    pub(crate) fn check(
        &self,
        manifest: &[u8],
        signature: Option<&str>,
        place: String,
        kept: Option<Timestamp>,
    ) -> Result<Timestamp> {
        let signature = signature.ok_or(SignatureError::Missing(place))?;
        let seconds = self.key.verify(manifest, signature)?;
        // Twelve digits of seconds may lie behind the last year that a timestamp has.
        let signed = i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
        let signed = signed.unwrap_or(Timestamp::MAX);
        let least = kept.unwrap_or(Timestamp::MIN).max(self.not_before);
        if signed < least { Err(Error::Older { signed, least }) } else { Ok(signed) }
    }
}

/// Returns the time that a text names: a day, which begins in UTC, or a moment with its offset.
pub fn parse_time(text: &str) -> Result<Timestamp> {
    let text = text.trim();
    let day = |day: Date| day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let time = text.parse().ok().or_else(|| text.parse().ok().and_then(day));
    time.ok_or_else(|| Error::Time(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_day_or_a_moment() {
        let seconds = |text: &str| parse_time(text).map(Timestamp::as_second).ok();
        assert_eq!(seconds("2026-10-24"), Some(1_792_800_000));
        assert_eq!(seconds("2026-10-24T00:00:00Z"), Some(1_792_800_000));
        assert_eq!(seconds(" 2026-10-24T02:00:00+02:00 "), Some(1_792_800_000));
        for bad in ["", "yesterday", "2026-13-01", "24.10.2026", "1792800000"] {
            assert_eq!(parse_time(bad).unwrap_err().code().as_str(), "time_invalid", "{bad}");
        }
    }
}

//! One entry of a list, and how to read its words and numbers; the same for every site.
//! Imports the codes of errors alone; the adapters and `weights` import it.

use thiserror::Error;

use crate::code::Code;

/// Most bytes of a list, decompressed. A list of ten thousand shows has a fifth of it.
pub const MAX_PROFILE_BYTES: usize = 32 << 20;

/// Why a list cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// It is neither of the formats, or broken.
    #[error(
        "the list cannot be read: {0}; \
         expected MyAnimeList's XML export or AniList's JSON, plain or gzip"
    )]
    Invalid(&'static str),
    /// It is longer than [`MAX_PROFILE_BYTES`].
    #[error("the list has more than {} MiB", MAX_PROFILE_BYTES >> 20)]
    TooLarge,
}

impl ProfileError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Invalid(_) => Code::ProfileInvalid,
            Self::TooLarge => Code::ProfileTooLarge,
        }
    }
}

/// How far somebody got with a show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Status {
    /// Watched, or being watched.
    Watched,
    Paused,
    Dropped,
    Planned,
    #[default]
    Unknown,
}

/// One entry of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Entry {
    pub id: Option<u32>,
    pub title: Option<String>,
    pub status: Status,
    /// On the list's own scale, above 0.
    pub score: Option<f64>,
}

/// Reads a status, a word or number of any of the formats.
pub(super) fn status(text: &str) -> Status {
    match text.to_ascii_lowercase().as_str() {
        "completed" | "watching" | "current" | "repeating" | "rewatching" | "1" | "2" => {
            Status::Watched
        }
        "on-hold" | "on hold" | "paused" | "3" => Status::Paused,
        "dropped" | "4" => Status::Dropped,
        "plan to watch" | "planning" | "planned" | "6" => Status::Planned,
        _ => Status::Unknown,
    }
}

/// Reads a score, a decimal number of a few digits. The standard library's reader accepts every
/// number, and would be a tenth of the browser module.
pub(super) fn decimal(text: &str) -> Option<f64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.len() < 7;
    if !digits(whole) || !digits(part) {
        return None;
    }
    let scale = 10_u32.pow(part.len() as u32);
    Some(
        f64::from(whole.parse::<u32>().ok()?)
            + f64::from(part.parse::<u32>().ok()?) / f64::from(scale),
    )
}

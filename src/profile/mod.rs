//! A visitor's own list of shows, as other sites export it, to the parts of a request.
//!
//! Reads `MyAnimeList`'s XML and `AniList`'s JSON: the answer of its `MediaListCollection` query and the flat arrays that
//! exporters make of it. Items are known by their id at `MyAnimeList`, which both have; what the catalogue does not
//! have is reported. Nothing leaves the device.
//!
//! A rated item is liked from the mean of the visitor's own scores on, with weight 1 + d, and disliked below it, with
//! weight -d, where d is how many standard deviations the score lies above the mean, 2 at most. An item without a score
//! is liked with weight 1 where it was watched or is being watched, and whatever was dropped is disliked, with weight 1
//! at least. What is planned is neither. All but the planned is to be excluded from answers: it is known already.

mod anilist;
mod mal;

use serde::Serialize;
use thiserror::Error;

use crate::catalogue::Catalogue;
pub use anilist::Json;

/// Most bytes of a list, decompressed; one of ten thousand shows has a fifth of it.
pub const MAX_PROFILE_BYTES: usize = 32 << 20;

/// Farthest that a score counts from the mean, in standard deviations.
const MOST_DEVIATIONS: f64 = 2.0;

/// Why a list cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// It is neither of the formats, or broken.
    #[error(
        "the list cannot be read: {0}; expected MyAnimeList's XML export or AniList's JSON, plain or gzip"
    )]
    Invalid(&'static str),
    /// It is longer than [`MAX_PROFILE_BYTES`].
    #[error("the list has more than {} MiB", MAX_PROFILE_BYTES >> 20)]
    TooLarge,
}

impl ProfileError {
    /// Stable token for programs: the same in Rust and JavaScript.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "profile_invalid",
            Self::TooLarge => "profile_too_large",
        }
    }
}

/// What a list says, in the terms of a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Profile {
    /// Whose format it is: `MyAnimeList` or `AniList`.
    pub source: &'static str,
    /// Items to be like, in the list's order.
    pub liked: Vec<Weighted>,
    /// Items to be unlike.
    pub disliked: Vec<Weighted>,
    /// Items that are known already, watched or begun.
    pub exclude: Vec<u32>,
    /// Items that the visitor means to watch.
    pub planned: Vec<u32>,
    /// Entries that the catalogue does not have.
    pub unknown: Vec<Unknown>,
    /// How many there are.
    pub counts: Counts,
}

/// An item and how much it counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Weighted {
    /// The item.
    pub id: u32,
    /// Above 0, in hundredths.
    pub weight: f64,
}

/// An entry that the catalogue does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// Its id at `MyAnimeList`, if the list has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// Its title, if the list has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// Numbers of entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// In the list, each show once.
    pub entries: u32,
    /// With a score.
    pub rated: u32,
    /// Known and liked.
    pub liked: u32,
    /// Known and disliked.
    pub disliked: u32,
    /// Known and planned.
    pub planned: u32,
    /// Not in the catalogue.
    pub unknown: u32,
}

/// How far somebody got with a show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Status {
    /// Watched, or being watched.
    Watched,
    Paused,
    Dropped,
    Planned,
    #[default]
    Unsaid,
}

/// One entry of a list.
#[derive(Debug, Clone, Default, PartialEq)]
struct Entry {
    id: Option<u32>,
    title: Option<String>,
    status: Status,
    /// On the list's own scale, above 0.
    score: Option<f64>,
}

impl Profile {
    /// Reads `MyAnimeList`'s XML export.
    pub fn from_xml(text: &str, catalogue: &Catalogue) -> Result<Self, ProfileError> {
        Ok(Self::new("MyAnimeList", mal::read(text)?, catalogue))
    }

    /// Reads `AniList`'s JSON, parsed by whatever parser there is.
    pub fn from_json(list: &impl Json, catalogue: &Catalogue) -> Result<Self, ProfileError> {
        Ok(Self::new("AniList", anilist::read(list)?, catalogue))
    }

    /// Reads either; `osusume_release::read_profile` takes gzip too.
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

    fn new(source: &'static str, entries: Vec<Entry>, catalogue: &Catalogue) -> Self {
        let mut profile = Self { source, ..Self::default() };
        // Lists of one's own repeat what stands in the others: the first entry of an id counts.
        let mut ids: Vec<(u32, usize)> =
            entries.iter().zip(0..).filter_map(|(entry, at)| Some((entry.id?, at))).collect();
        ids.sort_unstable();
        ids.dedup_by_key(|(id, _)| *id);
        let mut at = 0..;
        let mut entries = entries;
        entries.retain(|entry| {
            let at = at.next();
            entry.id.is_none_or(|id| {
                ids.binary_search_by_key(&id, |&(id, _)| id).ok().map(|found| ids[found].1) == at
            })
        });
        let scores: Vec<f64> = entries.iter().filter_map(|entry| entry.score).collect();
        let mean = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
        let squares = scores.iter().map(|score| (score - mean) * (score - mean)).sum::<f64>();
        let deviation = (squares / scores.len().max(1) as f64).sqrt();
        for entry in entries {
            profile.counts.entries += 1;
            profile.counts.rated += u32::from(entry.score.is_some());
            let Some(id) = entry.id.filter(|&id| catalogue.row_of_id(id).is_some()) else {
                profile.unknown.push(Unknown { id: entry.id, title: entry.title });
                continue;
            };
            if entry.status == Status::Planned {
                profile.planned.push(id);
                continue;
            }
            profile.exclude.push(id);
            let deviations = entry
                .score
                .map(|score| if deviation > 0.0 { (score - mean) / deviation } else { 0.0 });
            let deviations = deviations.map(|d| d.clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS));
            let weighted =
                |weight: f64| Weighted { id, weight: ((weight * 100.0).round() / 100.0).max(0.01) };
            match (entry.status, deviations) {
                (Status::Dropped, d) => {
                    profile.disliked.push(weighted((-d.unwrap_or(0.0)).max(1.0)))
                }
                (_, Some(d)) if d >= 0.0 => profile.liked.push(weighted(1.0 + d)),
                (_, Some(d)) => profile.disliked.push(weighted(-d)),
                (Status::Watched, None) => profile.liked.push(weighted(1.0)),
                (_, None) => {}
            }
        }
        profile.counts.liked = profile.liked.len() as u32;
        profile.counts.disliked = profile.disliked.len() as u32;
        profile.counts.planned = profile.planned.len() as u32;
        profile.counts.unknown = profile.unknown.len() as u32;
        profile
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

/// Returns the text of a list that is not compressed.
pub fn text(bytes: &[u8]) -> Result<&str, ProfileError> {
    if bytes.len() > MAX_PROFILE_BYTES {
        return Err(ProfileError::TooLarge);
    }
    let text =
        std::str::from_utf8(bytes).map_err(|_| ProfileError::Invalid("it is not UTF-8 text"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The number that a decimal text of a few digits stands for: what a score is. The standard library's reader of every
/// number that there is would be a tenth of the browser module.
fn decimal(text: &str) -> Option<f64> {
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

/// The status that a word or number stands for, in either format.
fn status(text: &str) -> Status {
    match text.to_ascii_lowercase().as_str() {
        "completed" | "watching" | "current" | "repeating" | "rewatching" | "1" | "2" => {
            Status::Watched
        }
        "on-hold" | "on hold" | "paused" | "3" => Status::Paused,
        "dropped" | "4" => Status::Dropped,
        "plan to watch" | "planning" | "planned" | "6" => Status::Planned,
        _ => Status::Unsaid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::tests::sample;

    fn weights(list: &[Weighted]) -> Vec<(u32, f64)> {
        list.iter().map(|w| (w.id, w.weight)).collect()
    }

    fn xml(entries: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<!-- Created by XML Export -->\n<myanimelist><myinfo><user_id>7</user_id></myinfo>{entries}</myanimelist>"
        )
    }

    fn anime(id: &str, score: &str, status: &str) -> String {
        format!(
            "<anime>\n <series_animedb_id>{id}</series_animedb_id>\n <series_title><![CDATA[No. {id} <&>]]></series_title>\n\
             <my_score>{score}</my_score><my_status>{status}</my_status><my_tags/></anime>"
        )
    }

    #[test]
    fn scores_are_weighed_against_the_mean() {
        let text = xml(&[
            anime("1", "10", "Completed"),
            anime("20", "6", "Completed"),
            anime("5", "8", "Watching"),
            anime("7", "0", "Completed"),
            anime("8", "0", "Dropped"),
            anime("9", "0", "Plan to Watch"),
            anime("77", "8", "Completed"),
        ]
        .concat());
        let profile = Profile::from_xml(&text, &sample()).unwrap();
        assert_eq!(profile.source, "MyAnimeList");
        assert_eq!(weights(&profile.liked), [(1, 2.41), (5, 1.0), (7, 1.0)]);
        assert_eq!(weights(&profile.disliked), [(20, 1.41), (8, 1.0)]);
        assert_eq!(profile.exclude, [1, 20, 5, 7, 8]);
        assert_eq!(profile.planned, [9]);
        assert_eq!(profile.unknown, [Unknown { id: Some(77), title: Some("No. 77 <&>".into()) }]);
        let counts = Counts { entries: 7, rated: 4, liked: 3, disliked: 2, planned: 1, unknown: 1 };
        assert_eq!(profile.counts, counts);
    }

    #[test]
    fn equal_scores_say_nothing_more_than_watching_does() {
        let text = xml(&(anime("1", "8", "Completed") + &anime("20", "8", "Completed")));
        let profile = Profile::from_xml(&text, &sample()).unwrap();
        assert_eq!(weights(&profile.liked), [(1, 1.0), (20, 1.0)]);
        let paused = Profile::from_xml(&xml(&anime("1", "0", "On-Hold")), &sample()).unwrap();
        assert_eq!((paused.liked.len(), paused.disliked.len(), paused.exclude), (0, 0, vec![1]));
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn read(text: &str) -> Result<Profile, ProfileError> {
        Profile::read(text.as_bytes(), &sample())
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn anilist_in_each_of_its_shapes() {
        let entry = |id: u32, score: &str, status: &str| {
            format!(
                r#"{{"score": {score}, "status": "{status}", "media": {{"idMal": {id}, "title": {{"romaji": "T{id}"}}}}}}"#
            )
        };
        for scale in [1.0, 0.5, 10.0, 0.3] {
            let score = |of_ten: f64| (of_ten * scale).to_string();
            let entries = [
                entry(1, &score(10.0), "COMPLETED"),
                entry(20, &score(6.0), "REPEATING"),
                entry(9, "0", "PLANNING"),
            ];
            let all = entries.join(",");
            for text in [
                format!(
                    r#"{{"data": {{"MediaListCollection": {{"lists": [{{"name": "All", "entries": [{all}]}}, {{"entries": [{all}]}}]}}}}}}"#
                ),
                format!(r#"{{"MediaListCollection": {{"lists": [{{"entries": [{all}]}}]}}}}"#),
                format!(r#"{{"lists": [{{"entries": [{all}]}}]}}"#),
                format!(r#"[{{"entries": [{all}]}}]"#),
                format!("[{all}]"),
            ] {
                let profile = read(&text).unwrap();
                assert_eq!(weights(&profile.liked), [(1, 2.0)], "{text}");
                assert_eq!(weights(&profile.disliked), [(20, 1.0)]);
                assert_eq!(
                    (profile.planned, profile.counts.entries, profile.source),
                    (vec![9], 3, "AniList")
                );
            }
        }
        let flat = r#"[{"mal_id": 1, "title": "A", "score": "9", "status": "completed"}, {"idMal": null, "title": "B"}, {"media": {"idMal": 5, "type": "MANGA"}}]"#;
        let profile = read(flat).unwrap();
        assert_eq!((weights(&profile.liked), profile.counts.entries), (vec![(1, 1.0)], 2));
        assert_eq!(profile.unknown, [Unknown { id: None, title: Some("B".into()) }]);
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn what_is_no_list_is_refused_by_name() {
        for text in [
            "",
            " ",
            "<",
            "<!doctype html><title>Sign in</title>",
            "<html><body>no</body></html>",
            "<myanimelist>",
            "<myanimelist><anime>",
            "<myanimelist><anime></myanimelist>",
            "<myanimelist></anime></myanimelist>",
            "<myanimelist><!-- </myanimelist>",
            "<myanimelist><![CDATA[ </myanimelist>",
            "<myanimelist></myanimelist><myanimelist>",
            "<myanimelist><manga><manga_title>x</manga_title></manga></myanimelist>",
            "<!DOCTYPE x [<!ENTITY a \"&b;\">]><myanimelist></myanimelist>",
            "{}",
            "{\"data\": null}",
            "{\"data\": {\"MediaListCollection\": null}}",
            "[1, 2]",
            "7",
            "null",
            "{",
            "ids: 1",
        ] {
            assert_eq!(read(text).map_err(|e| e.code()), Err("profile_invalid"), "{text}");
        }
        assert_eq!(Profile::read(&[0xff, 0xfe], &sample()).unwrap_err().code(), "profile_invalid");
        assert_eq!(read(&("[".repeat(100_000))).unwrap_err().code(), "profile_invalid");
        assert_eq!(read(&xml(&"<a>".repeat(100_000))).unwrap_err().code(), "profile_invalid");
        assert_eq!(read(&" ".repeat(MAX_PROFILE_BYTES + 1)).unwrap_err(), ProfileError::TooLarge);
    }

    #[test]
    fn strange_fields_are_left_out() {
        for (id, score) in [
            ("-1", "8"),
            ("1.5", "8"),
            ("4294967296", "8"),
            ("", ""),
            ("1", "NaN"),
            ("1", "-3"),
            ("1", "1e999"),
        ] {
            let profile =
                Profile::from_xml(&xml(&anime(id, score, "Completed")), &sample()).unwrap();
            assert_eq!((profile.counts.entries, profile.disliked.len()), (1, 0), "{id} {score}");
            assert!(profile.liked.iter().all(|w| w.weight == 1.0));
        }
        let entities = "<myanimelist><anime><series_title>a &amp; b &bomb; &#65;</series_title></anime></myanimelist>";
        let profile = Profile::from_xml(entities, &sample()).unwrap();
        assert_eq!(profile.unknown[0].title.as_deref(), Some("a & b &bomb; &#65;"));
    }
}

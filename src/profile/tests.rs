//! One suite for both readers and for the weights.
//! May import all of `profile`, and the sample of `catalogue`.

use super::*;
use crate::catalogue::tests::sample;

fn weights(list: &[WeightedItem]) -> Vec<(u32, f64)> {
    list.iter().map(|w| (w.id, w.weight)).collect()
}

fn xml(entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<!-- Created by XML Export -->\n\
         <myanimelist><myinfo><user_id>7</user_id></myinfo>{entries}</myanimelist>"
    )
}

fn anime(id: &str, score: &str, status: &str) -> String {
    format!(
        "<anime>\n <series_animedb_id>{id}</series_animedb_id>\n \
         <series_title><![CDATA[No. {id} <&>]]></series_title>\n\
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
fn equal_scores_weigh_as_much_as_watching() {
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
            r#"{{"score": {score}, "status": "{status}",
                "media": {{"idMal": {id}, "title": {{"romaji": "T{id}"}}}}}}"#
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
        let named = format!(r#"{{"name": "All", "entries": [{all}]}}"#);
        let unnamed = format!(r#"{{"entries": [{all}]}}"#);
        for text in [
            format!(r#"{{"data": {{"MediaListCollection": {{"lists": [{named}, {unnamed}]}}}}}}"#),
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
    let flat = r#"[{"mal_id": 1, "title": "A", "score": "9", "status": "completed"},
        {"idMal": null, "title": "B"}, {"media": {"idMal": 5, "type": "MANGA"}}]"#;
    let profile = read(flat).unwrap();
    assert_eq!((weights(&profile.liked), profile.counts.entries), (vec![(1, 1.0)], 2));
    assert_eq!(profile.unknown, [Unknown { id: None, title: Some("B".into()) }]);
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn other_files_are_refused_with_a_code() {
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
        assert_eq!(read(text).map_err(|e| e.code().as_str()), Err("profile_invalid"), "{text}");
    }
    assert_eq!(
        Profile::read(&[0xff, 0xfe], &sample()).unwrap_err().code().as_str(),
        "profile_invalid"
    );
    assert_eq!(read(&("[".repeat(100_000))).unwrap_err().code().as_str(), "profile_invalid");
    assert_eq!(read(&xml(&"<a>".repeat(100_000))).unwrap_err().code().as_str(), "profile_invalid");
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
        let profile = Profile::from_xml(&xml(&anime(id, score, "Completed")), &sample()).unwrap();
        assert_eq!((profile.counts.entries, profile.disliked.len()), (1, 0), "{id} {score}");
        assert!(profile.liked.iter().all(|w| w.weight == 1.0));
    }
    let title = "<series_title>a &amp; b &bomb; &#65;</series_title>";
    let entities = &format!("<myanimelist><anime>{title}</anime></myanimelist>");
    let profile = Profile::from_xml(entities, &sample()).unwrap();
    assert_eq!(profile.unknown[0].title.as_deref(), Some("a & b &bomb; &#65;"));
}

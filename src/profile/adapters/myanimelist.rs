//! Reads `MyAnimeList`'s XML export. Imports `entry`; knows no other site and no weights.
//!
//! The export is a flat list. The scanner knows elements, text, CDATA and comments. It refuses
//! document types and expands only the five entities of XML itself, so no entity can expand without
//! limit.

use crate::profile::entry::{Entry, ProfileError, decimal, status};

/// Most nested elements; an export nests three.
const MAX_DEPTH: usize = 16;

/// Reads the entries of a list.
pub(super) fn read(text: &str) -> Result<Vec<Entry>, ProfileError> {
    let invalid = ProfileError::Invalid;
    let mut entries = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    let mut content = String::new();
    let mut rest = text;
    let mut ended = false;
    while let Some(at) = rest.find('<') {
        push_text(&rest[..at], &mut content);
        rest = &rest[at..];
        let (skipped, end) = match rest {
            _ if rest.starts_with("<!--") => (true, "-->"),
            _ if rest.starts_with("<![CDATA[") => (true, "]]>"),
            _ if rest.starts_with("<?") => (true, "?>"),
            _ if rest.starts_with("<!") => {
                return Err(invalid("it is not an export of MyAnimeList"));
            }
            _ => (false, ">"),
        };
        let at = rest.as_bytes().windows(end.len()).position(|part| part == end.as_bytes());
        let at = at.ok_or(invalid("it breaks off"))?;
        let tag = &rest[..at];
        rest = &rest[at + end.len()..];
        if skipped {
            content.push_str(tag.strip_prefix("<![CDATA[").unwrap_or_default());
            continue;
        }
        let tag = &tag[1..];
        if let Some(name) = tag.strip_prefix('/') {
            if open.pop() != Some(name.trim_end()) {
                return Err(invalid("its elements do not close in order"));
            }
            ended = open.is_empty();
            if let (["myanimelist", "anime"], Some(entry)) = (open.as_slice(), entries.last_mut()) {
                set(entry, name.trim_end(), content.trim());
            }
        } else {
            let name = tag.split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
            if ended || open.len() == MAX_DEPTH || (open.is_empty() && name != "myanimelist") {
                return Err(invalid("it is not an export of MyAnimeList"));
            }
            if open == ["myanimelist"] && name == "anime" {
                entries.push(Entry::default());
            }
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        content.clear();
    }
    if !ended {
        return Err(invalid("it breaks off"));
    }
    if entries.is_empty() { Err(invalid("it lists no anime")) } else { Ok(entries) }
}

/// Sets the field of an entry that the element `name` holds.
fn set(entry: &mut Entry, name: &str, text: &str) {
    match name {
        "series_animedb_id" => entry.id = text.parse().ok(),
        "series_title" => entry.title = (!text.is_empty()).then(|| text.to_owned()),
        "my_score" => entry.score = decimal(text).filter(|&score| score > 0.0),
        "my_status" => entry.status = status(text),
        _ => {}
    }
}

/// Adds text to the content, with XML's own five entities replaced.
fn push_text(text: &str, content: &mut String) {
    const NAMED: [(&str, char); 5] =
        [("amp;", '&'), ("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("apos;", '\'')];
    let mut parts = text.split('&');
    content.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let named = NAMED.iter().find_map(|&(name, c)| Some((c, part.strip_prefix(name)?)));
        let (c, rest) = named.unwrap_or(('&', part));
        content.push(c);
        content.push_str(rest);
    }
}

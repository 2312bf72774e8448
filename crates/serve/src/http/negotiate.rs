//! What the client prefers: encodings, languages, and whether it has the reply already.

use std::io::Write;

use serde_json::Value;

use osusume::engine::Engine;
use osusume::names::ByName;

/// Bodies shorter than this gain nothing: they fit in one packet as they are.
const LEAST_BYTES: usize = 1024;

/// Brotli's effort, 0 to 11: 5 is as fast as gzip's 6 on these bodies, and smaller.
const BROTLI_QUALITY: u32 = 5;

/// A content encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// Name in `Content-Encoding`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Returns the body in this encoding.
    pub(super) fn encode(self, body: &[u8]) -> Vec<u8> {
        let whole = "writing to memory does not fail";
        match self {
            Self::Brotli => {
                let mut out = brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, 18);
                out.write_all(body).expect(whole);
                out.into_inner()
            }
            Self::Gzip => {
                let mut out =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                out.write_all(body).expect(whole);
                out.finish().expect(whole)
            }
        }
    }
}

/// Returns the encoding of a body of this length for a client that accepts `header`.
pub(super) fn encoding(header: Option<&str>, body_bytes: usize) -> Option<Encoding> {
    if body_bytes < LEAST_BYTES {
        return None;
    }
    let accepted = preferences(header?);
    let weight = |name: &str| {
        let named =
            |wanted: &str| accepted.iter().find(|(token, _)| token == wanted).map(|&(_, q)| q);
        named(name).or_else(|| named("*")).unwrap_or(0)
    };
    let (brotli, gzip) = (weight("br"), weight("gzip"));
    match (brotli, gzip) {
        (0, 0) => None,
        _ if brotli >= gzip => Some(Encoding::Brotli),
        _ => Some(Encoding::Gzip),
    }
}

/// Returns the lower-case tokens of a list with weights in thousandths, the most wanted first.
fn preferences(header: &str) -> Vec<(String, u32)> {
    let weighted = |part: &str| {
        let mut parts = part.split(';').map(str::trim);
        let token = parts.next().filter(|token| !token.is_empty())?.to_ascii_lowercase();
        let q = parts.find_map(|p| p.strip_prefix("q=").or_else(|| p.strip_prefix("Q=")));
        let weight =
            q.map_or(Some(1.0), |q| q.parse::<f32>().ok()).filter(|q| (0.0..=1.0).contains(q));
        Some((token, (weight? * 1000.0) as u32))
    };
    let mut out: Vec<(String, u32)> = header.split(',').take(32).filter_map(weighted).collect();
    out.sort_by_key(|&(_, weight)| std::cmp::Reverse(weight));
    out
}

/// Says whether `If-None-Match` names this entity tag.
pub(super) fn matches(header: Option<&str>, etag: &str) -> bool {
    let named = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag) == etag;
    header.is_some_and(|header| header.trim() == "*" || header.split(',').map(str::trim).any(named))
}

/// Names that catalogues give to the languages of their titles, and the tags that browsers send for them.
const TAGS: [(&str, &str); 12] = [
    ("chinese", "zh"),
    ("english", "en"),
    ("french", "fr"),
    ("german", "de"),
    ("italian", "it"),
    ("japanese", "ja"),
    ("korean", "ko"),
    ("polish", "pl"),
    ("portuguese", "pt"),
    ("romaji", "ja-latn"),
    ("russian", "ru"),
    ("spanish", "es"),
];

/// The languages that a client wants titles in.
pub(super) struct Languages(Vec<String>);

impl Languages {
    /// Returns those of `Accept-Language` that come before `*`; none means main titles, as every other face gives.
    pub(super) fn parse(header: Option<&str>) -> Self {
        let wanted =
            preferences(header.unwrap_or_default()).into_iter().filter(|&(_, weight)| weight > 0);
        Self(wanted.map(|(token, _)| token).take_while(|token| token != "*").collect())
    }

    /// Returns the title among `titles` that the client wants most.
    fn pick<'a>(&self, titles: &ByName<&str, &'a str>) -> Option<&'a str> {
        let is = |language: &str, wanted: &str| {
            let language = language.to_ascii_lowercase();
            language == wanted || TAGS.contains(&(language.as_str(), wanted))
        };
        let find = |wanted: &str| {
            titles.iter().find(|(language, _)| is(language, wanted)).map(|(_, t)| *t)
        };
        self.0.iter().find_map(|wanted| {
            find(wanted).or_else(|| find(wanted.split('-').next().unwrap_or_default()))
        })
    }

    /// Returns `answer` in canonical form, each `title` beside an `id` in the language wanted, where there is one.
    pub(super) fn canonical(&self, engine: &Engine, answer: &impl serde::Serialize) -> Vec<u8> {
        if self.0.is_empty() {
            return super::canonical(answer);
        }
        let mut value = serde_json::to_value(answer).expect("answers have string keys");
        self.translate(engine, &mut value);
        super::canonical(&value)
    }

    fn translate(&self, engine: &Engine, value: &mut Value) {
        match value {
            Value::Array(values) => {
                values.iter_mut().for_each(|value| self.translate(engine, value))
            }
            Value::Object(fields) => {
                let id =
                    fields.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
                let item =
                    id.filter(|_| fields.contains_key("title")).and_then(|id| engine.item(id).ok());
                if let Some(title) = item.and_then(|item| self.pick(&item.titles)) {
                    fields.insert("title".into(), title.into());
                }
                fields.values_mut().for_each(|value| self.translate(engine, value));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_in_the_language_wanted_most() {
        let titles = ByName::from_iter([
            ("english", "Your Name"),
            ("japanese", "君の名は。"),
            ("romaji", "Kimi no Na wa."),
        ]);
        let pick = |header: &str| Languages::parse(Some(header)).pick(&titles);
        assert_eq!(pick("en-US,en;q=0.9"), Some("Your Name"));
        assert_eq!(pick("fr, ja;q=0.8, en;q=0.9"), Some("Your Name"));
        assert_eq!(pick("ja-JP"), Some("君の名は。"));
        assert_eq!(pick("ja-Latn"), Some("Kimi no Na wa."));
        assert_eq!(pick("romaji"), Some("Kimi no Na wa."), "by the catalogue's own name, too");
        for none in ["", "*", "fr", "*, en;q=0.5", "en;q=0", "en;q=9", ",;=,"] {
            assert_eq!(pick(none), None, "{none}");
        }
        assert_eq!(Languages::parse(None).pick(&titles), None);
    }
}

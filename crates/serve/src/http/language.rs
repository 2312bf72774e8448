//! The language of titles, chosen by `Accept-Language`. Knows no route.

use serde::Serialize;
use serde_json::Value;

use super::accept::preferences;
use super::canonical::canonical;
use osusume::engine::Engine;

/// Languages by their names in catalogues, and the tags that browsers send for them.
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

/// The languages that a client prefers, the most preferred first.
pub(super) struct Languages(Vec<String>);

impl Languages {
    /// Returns the languages of `Accept-Language` before `*`. If there is none, titles are the main
    /// ones, as in the browser and on the command line.
    pub(super) fn parse(header: Option<&str>) -> Self {
        let wanted =
            preferences(header.unwrap_or_default()).into_iter().filter(|&(_, weight)| weight > 0);
        Self(wanted.map(|(token, _)| token).take_while(|token| token != "*").collect())
    }

    /// Returns the title among `titles` that the client prefers.
    fn pick<'a>(&self, titles: &[(&str, &'a str)]) -> Option<&'a str> {
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

    /// Returns `answer` in canonical form. Each `title` beside an `id` is translated if the
    /// catalogue has it in a preferred language.
    pub(super) fn canonical(&self, engine: &Engine, answer: &impl Serialize) -> Vec<u8> {
        if self.0.is_empty() {
            return canonical(answer);
        }
        let mut value = serde_json::to_value(answer).expect("answers have string keys");
        self.translate(engine, &mut value);
        canonical(&value)
    }

    fn translate(&self, engine: &Engine, value: &mut Value) {
        match value {
            Value::Array(values) => {
                for value in values {
                    self.translate(engine, value);
                }
            }
            Value::Object(fields) => {
                let id =
                    fields.get("id").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
                let row = id
                    .filter(|_| fields.contains_key("title"))
                    .and_then(|id| engine.catalogue().row_of_id(id));
                let titles = row.map(|row| engine.catalogue().titles(row).collect::<Vec<_>>());
                if let Some(title) = titles.and_then(|titles| self.pick(&titles)) {
                    fields.insert("title".into(), title.into());
                }
                for value in fields.values_mut() {
                    self.translate(engine, value);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_in_the_preferred_language() {
        let titles =
            [("english", "Your Name"), ("japanese", "君の名は。"), ("romaji", "Kimi no Na wa.")];
        let pick = |header: &str| Languages::parse(Some(header)).pick(&titles);
        assert_eq!(pick("en-US,en;q=0.9"), Some("Your Name"));
        assert_eq!(pick("fr, ja;q=0.8, en;q=0.9"), Some("Your Name"));
        assert_eq!(pick("ja-JP"), Some("君の名は。"));
        assert_eq!(pick("ja-Latn"), Some("Kimi no Na wa."));
        assert_eq!(pick("romaji"), Some("Kimi no Na wa."), "also by the catalogue's own name");
        for none in ["", "*", "fr", "*, en;q=0.5", "en;q=0", "en;q=9", ",;=,"] {
            assert_eq!(pick(none), None, "{none}");
        }
        assert_eq!(Languages::parse(None).pick(&titles), None);
    }
}

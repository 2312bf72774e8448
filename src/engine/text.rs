//! The text of a request: which model knows its words, and their vectors in that model's space.
//!
//! Imports `encoder`, `state` and `request`; uses the methods of `lookup`.

use super::answer::Warning;
use super::encoder::Encoder;
#[cfg(not(target_arch = "wasm32"))]
use super::encoder::Gunzip;
use super::error::EngineError;
use super::request::Request;
use super::state::Engine;
#[cfg(not(target_arch = "wasm32"))]
use crate::format::AlignedBytes;
use crate::format::FormatError;
use crate::text::{EncodedText, TextEncoder};

/// Most characters of a text that are used.
pub const MAX_TEXT_CHARS: usize = 400;

/// The words of a request, as vectors of the model that knows them.
pub(super) struct Typed<'a> {
    pub model: &'a str,
    pub words: Vec<(String, Vec<f32>)>,
}

impl Engine {
    /// Adds the text encoder of the model called `name`.
    pub fn add_text(&mut self, name: &str, encoder: TextEncoder) -> Result<(), EngineError> {
        let at = self.position(name)?;
        self.check_text(at, &encoder)?;
        self.encoders[at] = Some(Encoder::Ready(Box::new(encoder)));
        Ok(())
    }

    /// Adds a text encoder as [`Engine::add_text`] does, from a whole file. The first request that
    /// needs the encoder decompresses it.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn add_packed_text(
        &mut self,
        name: &str,
        file: AlignedBytes,
        gunzip: Gunzip,
    ) -> Result<(), EngineError> {
        let at = self.position(name)?;
        self.encoders[at] = Some(Encoder::packed(file, gunzip)?);
        Ok(())
    }

    fn check_text(&self, at: usize, encoder: &TextEncoder) -> Result<(), FormatError> {
        let (items, dims) = encoder.shape();
        if items == self.manifest.items && dims <= self.manifest.models[at].dims as usize {
            Ok(())
        } else {
            Err(FormatError::Shape("the text encoder has other items or more dims than its model"))
        }
    }

    /// Returns whether the text encoder of the model called `name` is loaded.
    #[must_use]
    pub fn has_text(&self, name: &str) -> bool {
        self.position(name).is_ok_and(|at| self.encoders[at].is_some())
    }

    /// Returns the text encoder of the model called `name`.
    pub fn text_encoder(&self, name: &str) -> Result<&TextEncoder, EngineError> {
        let at = self.position(name)?;
        let encoder = self.encoders[at].as_ref();
        let encoder = encoder.ok_or_else(|| EngineError::TextNotLoaded(name.to_owned()))?.get()?;
        self.check_text(at, encoder)?;
        Ok(encoder)
    }

    /// Returns the words of the request. Their vectors come from the first requested model that has
    /// a text encoder; if none has one, from the first model that does. Returns `None` if no word
    /// is known, and an error if the text is also all that the request has (`is_alone`).
    pub(super) fn typed(
        &self,
        request: &Request,
        is_alone: bool,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<Typed<'_>>, EngineError> {
        let Some(text) = &request.text else { return Ok(None) };
        let chosen = self.chosen(request.model.as_ref())?;
        let with_text = || self.manifest.models.iter().filter(|model| model.text.is_some());
        let requested =
            with_text().find(|model| chosen.iter().any(|(name, _)| *name == model.name));
        let model = requested.or_else(|| with_text().next()).ok_or(EngineError::NoTextEncoder)?;
        let text = match text.char_indices().nth(MAX_TEXT_CHARS) {
            Some((end, _)) => {
                warnings.push(Warning::TextCut { used: MAX_TEXT_CHARS });
                &text[..end]
            }
            None => text,
        };
        let EncodedText { words, unknown } = self.text_encoder(&model.name)?.encode(text);
        if words.is_empty() && is_alone {
            return Err(EngineError::UnknownText);
        }
        if !unknown.is_empty() {
            warnings.push(Warning::UnknownWords { words: unknown });
        }
        let titled = self.catalogue.rows_titled(text);
        if !titled.is_empty() {
            let ids = titled.into_iter().map(|row| self.catalogue.id(row)).collect();
            warnings.push(Warning::IsTitle { ids });
        }
        Ok((!words.is_empty()).then_some(Typed { model: &model.name, words }))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fixtures::loaded;
    use super::super::{Because, ModelChoice, WeightedItem};
    use super::*;
    use crate::format::text_tests::sample;

    /// Two models over six items; `b`, of cosines, knows the words "a" and "ab".
    fn engine() -> Engine {
        let mut engine = loaded();
        engine.manifest.models[1].text = Some("text".into());
        engine.add_text("b", crate::text::tests::of(&sample(), 6, 3, 2)).unwrap();
        engine
    }

    fn with_text(text: &str) -> Request {
        Request { text: Some(text.into()), explain: true, ..Request::default() }
    }

    fn ids(engine: &Engine, request: &Request) -> Vec<u32> {
        engine.recommend(request).unwrap().items.iter().map(|item| item.id).collect()
    }

    #[test]
    fn words_and_likes_count_alike() {
        let engine = engine();
        let model = Some(ModelChoice::One("a".into()));
        for weight in [1.0, 7.0] {
            let liked =
                vec![WeightedItem { weight, ..1.into() }, WeightedItem { weight, ..5.into() }];
            let request = Request { liked, model: model.clone(), ..with_text("a") };
            let answer = engine.recommend(&request).unwrap();
            assert_eq!(answer.model, "a+b");
            let best = |model: &str| {
                let given =
                    answer.items.iter().map(|item| item.by_model.as_ref()?.get(model).copied());
                given.flatten().fold(f64::NEG_INFINITY, f64::max)
            };
            // With so few items the span is that of the best.
            assert!((best("a") / best("b") - 1.0).abs() < 1e-5, "{} {}", best("a"), best("b"));
        }
    }

    #[test]
    fn words_alone_are_answered_by_the_model_that_knows_them() {
        let engine = engine();
        let answer = engine.recommend(&with_text("A, zz a")).unwrap();
        let got: Vec<(u32, f64)> = answer.items.iter().map(|item| (item.id, item.score)).collect();
        let cosine = 9.0_f32 * (1.0 / 82.0_f32.sqrt());
        assert_eq!(got, [(20, 1.0), (5, f64::from(cosine)), (7, 0.0), (8, 0.0), (9, -1.0)]);
        assert_eq!(answer.model, "b");
        assert_eq!(answer.warnings[0], Warning::UnknownWords { words: vec!["zz".into()] });
        let because = answer.items[0].because.as_ref().unwrap();
        assert_eq!(
            because.as_slice(),
            [Because::Word { word: "a".into(), share: 1.0 }],
            "twice the word, once the reason"
        );
    }

    #[test]
    fn a_long_text_is_cut_with_a_warning() {
        let engine = engine();
        let warnings = |text: &str| engine.recommend(&with_text(text)).unwrap().warnings;
        let exact = "a ".repeat(200);
        assert!(!warnings(&exact).contains(&Warning::TextCut { used: 400 }));
        let longer = exact.clone() + "ß";
        assert!(warnings(&longer).contains(&Warning::TextCut { used: 400 }));
        let answer = |text: &str| engine.recommend(&with_text(text)).unwrap().items;
        assert_eq!(answer(&longer), answer(&exact));
        let wide = "ß".repeat(401); // no known word, and cut between characters
        assert_eq!(
            engine.recommend(&with_text(&wide)).unwrap_err().code().as_str(),
            "text_unknown"
        );
    }

    #[test]
    fn words_stand_beside_items() {
        let engine = engine();
        let liked = |model: Option<&str>, text: &str| Request {
            liked: vec![WeightedItem::from(7)],
            model: model.map(|name| ModelChoice::One(name.into())),
            ..with_text(text)
        };
        // 7 is (0, 1) in b, "a" is (1, 0): half of each.
        let answer = engine.recommend(&liked(Some("b"), "a")).unwrap();
        let five = answer.items.iter().find(|item| item.id == 5).unwrap();
        assert!((five.score - 10.0 / 82.0_f64.sqrt()).abs() < 1e-6);
        let because = five.because.as_ref().unwrap();
        let Because::Word { word, share } = &because[0] else { panic!("{because:?}") };
        assert!(word == "a" && (share - 0.9).abs() < 1e-6);
        assert!(matches!(because[1], Because::Item { id: 7, share } if (share - 0.1).abs() < 1e-6));
        // If the requested model has no text encoder, the model that has one joins.
        for model in [None, Some("a")] {
            assert_eq!(engine.recommend(&liked(model, "a")).unwrap().model, "a+b");
        }
        let mut disliked = with_text("a");
        disliked.disliked = vec![WeightedItem::from(20)];
        assert_eq!(ids(&engine, &disliked), [5, 7, 8, 9], "what is disliked never comes back");
        let filtered = Request {
            filter: serde_json::from_str(r#"{"type": {"any": ["Movie"]}}"#).unwrap(),
            ..with_text("a")
        };
        assert_eq!(ids(&engine, &filtered), [5]);
        assert_eq!(
            ids(&engine, &liked(None, "zz")),
            ids(&engine, &liked(None, "zz")),
            "unknown words leave the items"
        );
        assert_eq!(engine.recommend(&liked(None, "zz")).unwrap().model, "a");
    }

    #[test]
    fn a_fallback_to_another_model_is_a_warning() {
        let request = Request { model: Some(ModelChoice::One("a".into())), ..with_text("a") };
        let engine = engine();
        let answer = engine.recommend(&request).unwrap();
        assert_eq!(answer.model, "b");
        assert_eq!(
            answer.warnings[0],
            Warning::ModelFallback { asked: "a".into(), used: "b".into() }
        );
    }

    #[test]
    fn a_text_without_an_answer_has_an_error_code() {
        let code = |engine: &Engine, text: &str| {
            engine.recommend(&with_text(text)).unwrap_err().code().as_str()
        };
        for text in ["", " ", "zz", ",", "\u{202e}\u{0}", "<b></b>", &"z".repeat(1_000_000)] {
            assert_eq!(code(&engine(), text), "text_unknown", "{text:.20}");
        }
        assert_eq!(code(&loaded(), "a"), "no_text_encoder");
        let mut engine = loaded();
        engine.manifest.models[1].text = Some("text".into());
        assert_eq!(code(&engine, "a"), "text_not_loaded");
        let wide = crate::text::tests::of(&sample(), 7, 3, 2);
        assert_eq!(
            engine.add_text("b", wide).unwrap_err().code().as_str(),
            "blob_shape",
            "of another catalogue"
        );
    }

    #[test]
    fn a_title_gives_a_warning() {
        let engine = engine();
        let title = engine.catalogue().title(0).to_owned();
        let id = engine.catalogue().id(0);
        let request = Request { liked: vec![WeightedItem::from(20)], ..with_text(&title) };
        let warnings = engine.recommend(&request).unwrap().warnings;
        assert!(warnings.contains(&Warning::IsTitle { ids: vec![id] }), "{warnings:?}");
    }
}

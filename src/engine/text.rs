//! What was typed: which model knows the words, and what they are in its space.

#[cfg(not(target_arch = "wasm32"))]
use std::sync::OnceLock;

use super::request::{Request, Warning};
use super::{Engine, EngineError};
use crate::Result;
use crate::format::FormatError;
#[cfg(not(target_arch = "wasm32"))]
use crate::format::{AlignedBytes, TextFile};
use crate::text::{EncodedText, TextEncoder};

/// A text encoder, or how it is made when it is first asked for.
pub(super) enum Text {
    Ready(Box<TextEncoder>),
    #[cfg(not(target_arch = "wasm32"))]
    Packed(Box<Packed>),
}

/// A text encoder's file as it is, since most questions have no text.
#[cfg(not(target_arch = "wasm32"))]
pub(super) struct Packed {
    file: AlignedBytes,
    gunzip: Gunzip,
    made: OnceLock<Result<TextEncoder, FormatError>>,
}

/// Decompresses to so many bytes, exactly.
#[cfg(not(target_arch = "wasm32"))]
pub type Gunzip = fn(&[u8], u32) -> Result<Vec<u8>, FormatError>;

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Text")
    }
}

/// The words of a request as the model that knows them has them.
pub(super) struct Typed<'a> {
    pub model: &'a str,
    pub words: Vec<(String, Vec<f32>)>,
}

impl Text {
    #[cfg_attr(
        target_arch = "wasm32",
        expect(
            clippy::unnecessary_wraps,
            reason = "a packed one may be broken; a browser has none"
        )
    )]
    fn encoder(&self) -> Result<&TextEncoder, FormatError> {
        match self {
            Self::Ready(encoder) => Ok(encoder),
            #[cfg(not(target_arch = "wasm32"))]
            Self::Packed(packed) => {
                let Packed { file, gunzip, made } = &**packed;
                let make = || {
                    let file = TextFile::decode(file)?;
                    TextEncoder::new(&file, &gunzip(file.gzip, file.column_bytes)?)
                };
                made.get_or_init(make).as_ref().map_err(Clone::clone)
            }
        }
    }
}

impl Engine {
    /// Adds the text encoder of the model called `name`.
    pub fn add_text(&mut self, name: &str, encoder: TextEncoder) -> Result<()> {
        let at = self.position(name)?;
        self.check_text(at, &encoder)?;
        self.texts[at] = Some(Text::Ready(Box::new(encoder)));
        Ok(())
    }

    /// As [`Engine::add_text`], with a whole file that is decompressed by the first question that needs it.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn add_packed_text(
        &mut self,
        name: &str,
        file: AlignedBytes,
        gunzip: Gunzip,
    ) -> Result<()> {
        let at = self.position(name)?;
        TextFile::decode(&file)?;
        self.texts[at] =
            Some(Text::Packed(Box::new(Packed { file, gunzip, made: OnceLock::default() })));
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

    /// Says whether the text encoder of the model called `name` is loaded.
    #[must_use]
    pub fn has_text(&self, name: &str) -> bool {
        self.position(name).is_ok_and(|at| self.texts[at].is_some())
    }

    /// Returns the text encoder of the model called `name`.
    pub fn text_encoder(&self, name: &str) -> Result<&TextEncoder> {
        let at = self.position(name)?;
        let text =
            self.texts[at].as_ref().ok_or_else(|| EngineError::TextNotLoaded(name.to_owned()))?;
        let encoder = text.encoder()?;
        self.check_text(at, encoder)?;
        Ok(encoder)
    }

    /// What the words of the request are, by the first of the models asked for that knows words or, where none does, by the
    /// first model that does. Nothing where no word is known; an error, if nothing else was asked for.
    pub(super) fn typed(
        &self,
        request: &Request,
        alone: bool,
        warnings: &mut Vec<Warning>,
    ) -> Result<Option<Typed<'_>>> {
        let Some(text) = &request.text else { return Ok(None) };
        let asked = self.chosen(request.model.as_ref())?;
        let knowing = || self.manifest.models.iter().filter(|model| model.text.is_some());
        let asked_for = knowing().find(|model| asked.iter().any(|(name, _)| *name == model.name));
        let model = asked_for.or_else(|| knowing().next()).ok_or(EngineError::NoTextEncoder)?;
        let EncodedText { words, unknown } = self.text_encoder(&model.name)?.encode(text);
        if words.is_empty() && alone {
            return Err(EngineError::UnknownText.into());
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
    use super::super::tests::loaded;
    use super::super::{Because, ModelChoice, Weighted};
    use super::*;
    use crate::format::text_tests::sample;

    /// Two models over six items; `b`, of cosines, knows the words "a" and "ab".
    fn engine() -> Engine {
        let mut engine = loaded();
        engine.manifest.models[1].text = Some("text".into());
        engine.add_text("b", crate::text::tests::of(&sample(), 6, 3, 2)).unwrap();
        engine
    }

    fn asked(text: &str) -> Request {
        Request { text: Some(text.into()), explain: true, ..Request::default() }
    }

    fn ids(engine: &Engine, request: &Request) -> Vec<u32> {
        engine.recommend(request).unwrap().items.iter().map(|item| item.id).collect()
    }

    #[test]
    fn words_alone_are_answered_by_the_model_that_knows_them() {
        let engine = engine();
        let answer = engine.recommend(&asked("A, zz a")).unwrap();
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
    fn words_stand_beside_items() {
        let engine = engine();
        let liked = |model: Option<&str>, text: &str| Request {
            liked: vec![Weighted::from(7)],
            model: model.map(|name| ModelChoice::One(name.into())),
            ..asked(text)
        };
        // 7 is (0, 1) in b, "a" is (1, 0): half of each.
        let answer = engine.recommend(&liked(Some("b"), "a")).unwrap();
        let five = answer.items.iter().find(|item| item.id == 5).unwrap();
        assert!((five.score - 10.0 / 82.0_f64.sqrt()).abs() < 1e-6);
        let because = five.because.as_ref().unwrap();
        assert!(
            matches!(&because[0], Because::Word { word, share } if word == "a" && (share - 0.9).abs() < 1e-6)
        );
        assert!(matches!(because[1], Because::Item { id: 7, share } if (share - 0.1).abs() < 1e-6));
        // Where the model asked for knows no words, the one that does joins for them.
        for model in [None, Some("a")] {
            assert_eq!(engine.recommend(&liked(model, "a")).unwrap().model, "a+b");
        }
        let mut disliked = asked("a");
        disliked.disliked = vec![Weighted::from(20)];
        assert_eq!(ids(&engine, &disliked), [5, 7, 8, 9], "what is disliked never comes back");
        let filtered = Request {
            filter: serde_json::from_str(r#"{"types": ["Movie"]}"#).unwrap(),
            ..asked("a")
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
    fn another_model_asked_for_is_told() {
        let request = Request { model: Some(ModelChoice::One("a".into())), ..asked("a") };
        let engine = engine();
        let answer = engine.recommend(&request).unwrap();
        assert_eq!(answer.model, "b");
        assert_eq!(
            answer.warnings[0],
            Warning::ModelFallback { asked: "a".into(), used: "b".into() }
        );
    }

    #[test]
    fn what_cannot_be_answered_is_refused_by_name() {
        let code = |engine: &Engine, text: &str| engine.recommend(&asked(text)).unwrap_err().code();
        for text in ["", " ", "zz", ",", "\u{202e}\u{0}", "<b></b>", &"z".repeat(1_000_000)] {
            assert_eq!(code(&engine(), text), "text_unknown", "{text:.20}");
        }
        assert_eq!(code(&loaded(), "a"), "no_text_encoder");
        let mut engine = loaded();
        engine.manifest.models[1].text = Some("text".into());
        assert_eq!(code(&engine, "a"), "text_not_loaded");
        let wide = crate::text::tests::of(&sample(), 7, 3, 2);
        assert_eq!(
            engine.add_text("b", wide).unwrap_err().code(),
            "blob_shape",
            "of another catalogue"
        );
    }

    #[test]
    fn a_title_is_told_to_be_one() {
        let engine = engine();
        let title = engine.catalogue().title(0).to_owned();
        let id = engine.catalogue().id(0);
        let request = Request { liked: vec![Weighted::from(20)], ..asked(&title) };
        let warnings = engine.recommend(&request).unwrap().warnings;
        assert!(warnings.contains(&Warning::IsTitle { ids: vec![id] }), "{warnings:?}");
    }
}

//! What was typed: which model knows the words, and what they are in its space.

use super::request::{Request, Warning};
use super::{Engine, EngineError};
use crate::Result;
use crate::format::FormatError;
#[cfg(feature = "release")]
use crate::format::{AlignedBytes, TextFile};
use crate::text::{EncodedText, TextEncoder};

/// A text encoder, or how it is made when it is first asked for.
pub(super) enum Text {
    Ready(TextEncoder),
    #[cfg(feature = "release")]
    Packed(Box<Packed>),
}

/// A text encoder's file as it is, since most questions have no text.
#[cfg(feature = "release")]
pub(super) struct Packed {
    file: AlignedBytes,
    gunzip: Gunzip,
    made: std::sync::OnceLock<Result<TextEncoder, FormatError>>,
}

/// Decompresses to so many bytes, exactly.
#[cfg(feature = "release")]
pub(crate) type Gunzip = fn(&[u8], u32) -> Result<Vec<u8>, FormatError>;

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
    fn encoder(&self) -> Result<&TextEncoder, FormatError> {
        match self {
            Self::Ready(encoder) => Ok(encoder),
            #[cfg(feature = "release")]
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
        self.texts[at] = Some(Text::Ready(encoder));
        Ok(())
    }

    /// As [`Engine::add_text`], with a whole file that is decompressed by the first question that needs it.
    #[cfg(feature = "release")]
    pub(crate) fn add_packed_text(&mut self, name: &str, file: AlignedBytes, gunzip: Gunzip) -> Result<()> {
        let at = self.position(name)?;
        TextFile::decode(&file)?;
        self.texts[at] = Some(Text::Packed(Box::new(Packed { file, gunzip, made: Default::default() })));
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
        let text = self.texts[at].as_ref().ok_or_else(|| EngineError::TextNotLoaded(name.to_owned()))?;
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

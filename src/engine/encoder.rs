//! A text encoder in the engine: ready, or a packed file that the first text decompresses.
//!
//! Imports `format` and `text`, nothing of `engine`.

#[cfg(not(target_arch = "wasm32"))]
use std::sync::OnceLock;

use crate::format::FormatError;
#[cfg(not(target_arch = "wasm32"))]
use crate::format::{AlignedBytes, TextFile};
use crate::text::TextEncoder;

/// A loaded text encoder.
pub(super) enum Encoder {
    Ready(Box<TextEncoder>),
    #[cfg(not(target_arch = "wasm32"))]
    Packed(Box<PackedEncoder>),
}

/// The file of a text encoder, still compressed: most requests have no text.
#[cfg(not(target_arch = "wasm32"))]
pub(super) struct PackedEncoder {
    file: AlignedBytes,
    gunzip: Gunzip,
    decoded: OnceLock<Result<TextEncoder, FormatError>>,
}

/// A function that decompresses gzip to exactly this number of bytes.
#[cfg(not(target_arch = "wasm32"))]
pub type Gunzip = fn(&[u8], u32) -> Result<Vec<u8>, FormatError>;

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encoder")
    }
}

impl Encoder {
    /// Keeps a whole file, and checks its header.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn packed(file: AlignedBytes, gunzip: Gunzip) -> Result<Self, FormatError> {
        TextFile::decode(&file)?;
        Ok(Self::Packed(Box::new(PackedEncoder { file, gunzip, decoded: OnceLock::default() })))
    }

    /// Returns the encoder; decompresses a packed one the first time.
    #[cfg_attr(
        target_arch = "wasm32",
        expect(
            clippy::unnecessary_wraps,
            reason = "a packed file may be broken; a browser has none"
        )
    )]
    pub fn get(&self) -> Result<&TextEncoder, FormatError> {
        match self {
            Self::Ready(encoder) => Ok(encoder),
            #[cfg(not(target_arch = "wasm32"))]
            Self::Packed(packed) => {
                let PackedEncoder { file, gunzip, decoded } = &**packed;
                let decode = || {
                    let file = TextFile::decode(file)?;
                    TextEncoder::new(&file, &gunzip(file.gzip, file.column_bytes)?)
                };
                decoded.get_or_init(decode).as_ref().map_err(Clone::clone)
            }
        }
    }
}

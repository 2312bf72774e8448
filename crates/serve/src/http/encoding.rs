//! Content encodings of replies: brotli and gzip. Knows no route.

use std::io::Write;

use super::accept::preferences;

/// Shorter bodies are not compressed: they fit in one packet as they are.
const MIN_BYTES: usize = 1024;

/// Brotli's effort, 0 to 11: 5 is as fast as gzip's 6 on these bodies, and its output is smaller.
const BROTLI_QUALITY: u32 = 5;

/// A content encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    /// Chooses the encoding of a body of this length by the client's `Accept-Encoding`.
    pub(super) fn choose(header: Option<&str>, body_bytes: usize) -> Option<Self> {
        if body_bytes < MIN_BYTES {
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
            _ if brotli >= gzip => Some(Self::Brotli),
            _ => Some(Self::Gzip),
        }
    }

    /// Name in `Content-Encoding`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    /// Returns the body in this encoding.
    pub(super) fn encode(self, body: &[u8]) -> Vec<u8> {
        let reason = "writing to memory does not fail";
        match self {
            Self::Brotli => {
                let mut out = brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, 18);
                out.write_all(body).expect(reason);
                out.into_inner()
            }
            Self::Gzip => {
                let mut out =
                    flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
                out.write_all(body).expect(reason);
                out.finish().expect(reason)
            }
        }
    }
}

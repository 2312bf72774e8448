//! Signatures of manifests, made with minisign by a release's owner.
//!
//! The manifest pins every other file by its SHA-256, so one signature covers the whole release.
//! Imports nothing of this crate.

use minisign_verify::{PublicKey, Signature};
use osusume::Code;
use thiserror::Error;

/// Why a manifest is not taken for its owner's.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The text is not a key of minisign.
    #[error("{0:?} is not a public key of minisign: 56 letters that begin with RW")]
    Key(String),
    /// The manifest has no signature beside it; holds where that would be.
    #[error("{0} does not exist: the release is not signed, or its signature was not uploaded")]
    Missing(String),
    /// The manifest was not signed with the owner's key.
    #[error("the manifest's signature is not valid: {0}. Do not use this release; tell its owner")]
    Invalid(String),
}

impl SignatureError {
    /// Returns the kind of the error: the same in Rust, JavaScript, HTTP and the command line.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Key(_) => Code::PublicKeyInvalid,
            Self::Missing(_) => Code::SignatureMissing,
            Self::Invalid(_) => Code::SignatureInvalid,
        }
    }
}

/// The public half of the key that an owner signs manifests with.
#[derive(Debug, Clone)]
pub struct OwnerKey(PublicKey);

impl OwnerKey {
    /// Reads a key as minisign prints it: 56 letters of Base64 that begin with RW.
    pub fn parse(text: &str) -> Result<Self, SignatureError> {
        let key = PublicKey::from_base64(text.trim());
        key.map(Self).map_err(|_| SignatureError::Key(text.trim().to_owned()))
    }

    /// Checks that the owner signed this manifest, and returns when: seconds since 1970.
    ///
    /// `signature` is the content of `manifest.json.minisig`. Both forms of minisign's signatures
    /// are taken; browsers can only check the plain one (`minisign -S -l`).
    pub fn verify(&self, manifest: &[u8], signature: &str) -> Result<u64, SignatureError> {
        let wrong = |e: minisign_verify::Error| SignatureError::Invalid(e.to_string());
        let signature = Signature::decode(signature).map_err(wrong)?;
        self.0.verify(manifest, &signature, true).map_err(wrong)?;
        // The comment is signed too, and with it the time.
        signed_at(signature.trusted_comment())
            .ok_or_else(|| SignatureError::Invalid("it does not say when it was made".into()))
    }
}

/// Returns the time in a signature's comment, whose parts are separated by tabs.
fn signed_at(comment: &str) -> Option<u64> {
    let mut times = comment.split('\t').filter_map(|part| part.strip_prefix("timestamp:"));
    let digits = times.next()?;
    let is_plain = digits.len() <= 12 && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|&seconds| is_plain && seconds > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_part_of_the_comment() {
        assert_eq!(
            signed_at("timestamp:1795536881\tfile:manifest.json\thashed"),
            Some(1_795_536_881)
        );
        assert_eq!(signed_at("file:m\ttimestamp:7"), Some(7));
        for none in ["", "timestamp:", "timestamp:0", "timestamp:+7", "timestamp:1234567890123"] {
            assert_eq!(signed_at(none), None, "{none}");
        }
        assert_eq!(signed_at("file:timestamp:7"), None, "a file may have any name");
    }
}

//! The canonical form of JSON (RFC 8785), in which every body is written. Imports nothing.

use serde::Serialize;

/// Returns the canonical form: sorted keys, numbers as JavaScript writes them.
pub(crate) fn canonical(value: &impl Serialize) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("answers have string keys and finite numbers")
}

//! The file about a release: how each model was made and what was measured. No answer needs it.
//! Imports `names` and the errors.

use serde::{Deserialize, Serialize};

use super::FormatError;
use crate::names::ByName;

/// How a release was made. It lies beside the manifest, so that no visit pays for it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// The models by name.
    pub models: ByName<String, AboutModel>,
    /// The recipe of the release, as TOML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<String>,
}

/// How a model was made, and how good it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AboutModel {
    /// Data, method, seed and date of the training.
    pub provenance: ByName<String, String>,
    /// Measured quality by name.
    pub quality: ByName<String, f64>,
}

impl About {
    /// Returns what the file says.
    pub fn decode(json: &[u8]) -> Result<Self, FormatError> {
        serde_json::from_slice(json)
            .map_err(|error| FormatError::Manifest(format!("its file `about`: {error}")))
    }

    /// Returns the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        // String keys and finite numbers always have a JSON.
        let json = serde_json::to_string(self).unwrap_or_default();
        (json + "\n").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let fact = |name: &str, fact: &str| (name.to_owned(), fact.to_owned());
        let model = AboutModel {
            provenance: [fact("data", "a.csv"), fact("seed", "7")].into_iter().collect(),
            quality: [("hr@10".to_owned(), 0.1)].into_iter().collect(),
        };
        let models = [("ncf".to_owned(), model)].into_iter().collect();
        let about = About { models, recipe: Some("map = true".into()) };
        assert_eq!(About::decode(&about.encode()), Ok(about));
        assert_eq!(About::decode(br#"{"models": {}}"#), Ok(About::default()));
        assert_eq!(About::decode(b"<html>").unwrap_err().code().as_str(), "manifest_invalid");
    }
}

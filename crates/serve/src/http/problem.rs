//! Error replies: `{"error": {"code", "message", "hint"}}`. Imports the engine's errors, no route.

use serde::Serialize;

use super::canonical::canonical;
use osusume::Error;
use osusume::engine::EngineError;

/// `Retry-After` in seconds: [`crate::renewal::RETRY_INTERVAL`].
pub(super) const RETRY_AFTER: &str = "2";

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    /// HTTP status.
    pub(super) status: u16,
    /// Stable token for programs: the same in Rust, JavaScript and HTTP.
    pub(super) code: &'static str,
    /// The fault.
    message: String,
    /// How to mend it.
    hint: &'static str,
    /// Items that may have been meant: id and title.
    candidates: Vec<(u32, String)>,
    /// A header that belongs to the status.
    pub(super) header: Option<(&'static str, &'static str)>,
}

#[derive(Serialize)]
struct Body<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    code: &'a str,
    message: &'a str,
    hint: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Candidate<'a>>,
}

#[derive(Serialize)]
struct Candidate<'a> {
    id: u32,
    title: &'a str,
}

impl Problem {
    /// Returns a problem with a code that only the HTTP face has.
    pub(super) fn new(
        status: u16,
        code: &'static str,
        message: impl Into<String>,
        hint: &'static str,
    ) -> Self {
        Self { status, code, message: message.into(), hint, candidates: Vec::new(), header: None }
    }

    /// Returns the problem of a request that cannot be parsed.
    pub(crate) fn request(message: impl Into<String>) -> Self {
        Error::from(EngineError::Request(message.into())).into()
    }

    /// Returns the problem of a parameter that the route does not have.
    pub(super) fn unknown_parameter(name: &str) -> Self {
        Self::request(format!("this path has no parameter {name:?}"))
    }

    pub(super) fn with_header(self, name: &'static str, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// Returns the body in canonical form.
    pub(super) fn body(&self) -> Vec<u8> {
        let Self { code, message, hint, candidates, .. } = self;
        let candidates =
            candidates.iter().map(|(id, title)| Candidate { id: *id, title }).collect();
        canonical(&Body { error: Inner { code, message, hint, candidates } })
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let code = error.code();
        let (status, hint) = match code {
            "unknown_id" => (404, "GET /v1/find?text=… finds ids by title"),
            "unknown_title" => {
                (404, "send the id of one of the candidates, or GET /v1/find?text=…")
            }
            "ambiguous_title" => (409, "send the id of one of the candidates"),
            "unknown_model" => (422, "GET /v1/health lists the models"),
            "limit_out_of_range" => (422, "ask for 1 to 1000 results"),
            "filter_invalid" | "explain_too_large" | "answer_too_large" => {
                (422, "the message tells what is allowed")
            }
            "model_not_loaded" => (503, "try again soon"),
            "deadline_exceeded" => (503, "ask for fewer results, likes or reasons, or again later"),
            // Also future codes of the engine: these forms mean a wrong value, not a shape.
            code if code.ends_with("out_of_range") || code.starts_with("too_many") => {
                (422, "the message names the values that are allowed")
            }
            code if code.starts_with("unknown_") => {
                (422, "the message names the values that are allowed")
            }
            _ => (400, "the OpenAPI file, docs/openapi.json, describes every request"),
        };
        let message = error.to_string();
        let candidates = match error {
            Error::Engine(
                EngineError::UnknownTitle { candidates, .. }
                | EngineError::AmbiguousTitle { candidates, .. },
            ) => candidates,
            _ => Vec::new(),
        };
        let header = (status == 503).then_some(("retry-after", RETRY_AFTER));
        Self { status, code, message, hint, candidates, header }
    }
}

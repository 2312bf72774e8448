//! What a request that cannot be answered is told: `{"error": {"code", "message", "hint"}}`.

use serde::Serialize;

use osusume::Error;
use osusume::engine::EngineError;

/// Seconds after which a request is worth another try: [`crate::store::RETRY`].
pub(super) const RETRY_AFTER: &str = "2";

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// HTTP status.
    pub status: u16,
    /// Stable token for programs: the same in Rust, JavaScript and HTTP.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: &'static str,
    /// Items that may have been meant: id and title.
    pub candidates: Vec<(u32, String)>,
    /// A header that belongs to the status.
    pub header: Option<(&'static str, &'static str)>,
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

impl Failure {
    /// Returns the failure of a code that this face adds to the library's.
    pub(super) fn new(
        status: u16,
        code: &'static str,
        message: impl Into<String>,
        hint: &'static str,
    ) -> Self {
        Self { status, code, message: message.into(), hint, candidates: Vec::new(), header: None }
    }

    pub(super) fn request(message: impl Into<String>) -> Self {
        let error = EngineError::Request(message.into());
        Self::from(Error::from(error))
    }

    pub(super) fn with_header(self, name: &'static str, value: &'static str) -> Self {
        Self { header: Some((name, value)), ..self }
    }

    /// Returns the body in canonical form.
    pub(super) fn body(&self) -> Vec<u8> {
        let Self { code, message, hint, candidates, .. } = self;
        let candidates =
            candidates.iter().map(|(id, title)| Candidate { id: *id, title }).collect();
        super::canonical(&Body { error: Inner { code, message, hint, candidates } })
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = error.code();
        let (status, hint) = match code {
            "unknown_id" => (404, "GET /v1/find?text=… looks ids up by title"),
            "unknown_title" => {
                (404, "take the id of one of the candidates, or GET /v1/find?text=…")
            }
            "ambiguous_title" => (409, "ask again with the id of one of the candidates"),
            "unknown_model" => (422, "GET /v1/health lists the models"),
            "n_out_of_range" => (422, "ask for 1 to 1000 results"),
            "model_not_loaded" => (503, "ask again in a moment"),
            // The engine grows: its codes say by their form that a value, and not the shape, is wrong.
            code if code.ends_with("out_of_range") || code.starts_with("too_many") => {
                (422, "the message says which values are taken")
            }
            code if code.starts_with("unknown_") => {
                (422, "the message says which values are taken")
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

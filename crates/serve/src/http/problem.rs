//! Error replies: `application/problem+json` (RFC 9457), from the table of errors. Imports the
//! engine's errors, no route.

use http::StatusCode;
use serde::Serialize;

use super::canonical::canonical;
use osusume::engine::EngineError;
use osusume::{Class, Code, Error};

/// `Retry-After` in seconds: [`crate::renewal::RETRY_INTERVAL`].
const RETRY_AFTER: &str = "2";

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Problem {
    /// Its row in the table of errors.
    pub(super) code: Code,
    /// The fault of this request, or of the server.
    pub(super) detail: String,
    /// Items that may have been meant: id and title.
    candidates: Vec<(u32, String)>,
    /// A header that belongs to the status.
    pub(super) header: Option<(&'static str, &'static str)>,
}

#[derive(Serialize)]
struct Body<'a> {
    /// The kind is in `code`, so that it is the same on every face.
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    class: &'static str,
    hint: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Candidate<'a>>,
}

#[derive(Serialize)]
struct Candidate<'a> {
    id: u32,
    title: &'a str,
}

impl Problem {
    /// Returns a problem; the table of errors has its status and hint.
    pub(super) fn new(code: Code, detail: impl Into<String>) -> Self {
        let header = (code.http_status() == 503).then_some(("retry-after", RETRY_AFTER));
        Self { code, detail: detail.into(), candidates: Vec::new(), header }
    }

    /// Returns the problem of a request that met a bug.
    pub(super) fn bug() -> Self {
        Self::new(Code::Internal, "the server has a bug")
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

    /// Returns the HTTP status.
    pub(super) fn status(&self) -> u16 {
        self.code.http_status()
    }

    /// Returns whether the server or its release is at fault, so that the log says why.
    pub(super) fn is_fault(&self) -> bool {
        self.code.class() == Class::Fault
    }

    /// Returns the body in canonical form.
    pub(super) fn body(&self) -> Vec<u8> {
        let status = self.status();
        let phrase = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
        canonical(&Body {
            r#type: "about:blank",
            title: phrase.unwrap_or("Error"),
            status,
            detail: &self.detail,
            code: self.code.as_str(),
            class: self.code.class().as_str(),
            hint: self.code.row().hint,
            candidates: self
                .candidates
                .iter()
                .map(|(id, title)| Candidate { id: *id, title })
                .collect(),
        })
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        Error::from(error).into()
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let problem = Self::new(error.code(), error.to_string());
        let candidates = match error {
            Error::Engine(
                EngineError::UnknownTitle { candidates, .. }
                | EngineError::AmbiguousTitle { candidates, .. },
            ) => candidates,
            _ => Vec::new(),
        };
        Self { candidates, ..problem }
    }
}

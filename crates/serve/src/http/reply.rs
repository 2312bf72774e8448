//! Replies as plain values, and the headers that every reply has. Knows no route.

use super::caching::{cache_control, entity_tag, is_cached};
use super::encoding::Encoding;
use super::problem::Problem;
use super::request::Request;
use super::route::Payload;

/// A reply, for any kind of server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Names in lower case, and values. No length: the server adds it.
    pub headers: Vec<(&'static str, String)>,
    /// Body, also of a HEAD; the server leaves it out when it sends.
    pub body: Vec<u8>,
}

impl Reply {
    /// Returns the value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Returns the reply where a header of the right one cannot be sent.
    #[must_use]
    pub fn internal_error() -> Self {
        let headers = vec![
            ("cache-control", cache_control(false).to_owned()),
            ("content-type", PROBLEM_JSON.to_owned()),
        ];
        let problem = Problem::bug();
        Self { status: problem.status(), headers, body: problem.body() }
    }

    /// Returns the reply with all its headers; pages of `origin` may read it.
    ///
    /// The body is left out if the client has it already, and compressed if the client takes that.
    pub(super) fn new(request: &Request, origin: &str, outcome: Result<Payload, Problem>) -> Self {
        let mut headers = common_headers(request, origin);
        let (content_type, payload) = match outcome {
            Ok(payload) => (JSON, payload),
            Err(problem) => (PROBLEM_JSON, problem_payload(&problem)),
        };
        let Payload { status, headers: own, body, cacheable } = payload;
        headers.extend(own);
        headers.push(("cache-control", cache_control(cacheable).to_owned()));
        if status == 204 {
            return Self { status, headers, body };
        }
        headers.push(("vary", "accept-encoding, accept-language".to_owned()));
        let encoding = Encoding::choose(request.header("accept-encoding"), body.len());
        if cacheable {
            let release =
                headers.iter().find(|(name, _)| *name == "osusume-release").map_or("", |(_, v)| v);
            let etag = entity_tag(release, &body, encoding);
            let cached = is_cached(request.header("if-none-match"), &etag);
            headers.push(("etag", etag));
            if cached {
                return Self { status: 304, headers, body: Vec::new() };
            }
        }
        headers.push(("content-type", content_type.to_owned()));
        let Some(encoding) = encoding else { return Self { status, headers, body } };
        headers.push(("content-encoding", encoding.name().to_owned()));
        Self { status, headers, body: encoding.encode(&body) }
    }
}

/// Media type of an answer.
const JSON: &str = "application/json";
/// Media type of a problem.
const PROBLEM_JSON: &str = "application/problem+json";

fn problem_payload(problem: &Problem) -> Payload {
    let headers = problem.header.map(|(name, value)| (name, value.to_owned()));
    Payload {
        status: problem.status(),
        headers: headers.into_iter().collect(),
        body: problem.body(),
        cacheable: false,
    }
}

fn common_headers(request: &Request, origin: &str) -> Vec<(&'static str, String)> {
    let exposed = "etag, osusume-model, osusume-release, retry-after, x-request-id";
    vec![
        ("access-control-allow-origin", origin.to_owned()),
        ("access-control-expose-headers", exposed.to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("x-request-id", request.id.clone()),
    ]
}

//! A request as a plain value. Imports nothing, so that any server can make one.

/// A request, from any kind of server.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method, upper-case.
    pub method: String,
    /// Path as it was sent, percent-encoded.
    pub path: String,
    /// The part after the `?`, as it was sent.
    pub query: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Body; a server may stop reading one byte after [`MAX_BODY_BYTES`](super::MAX_BODY_BYTES).
    pub body: Vec<u8>,
    /// Names the request in the log and in the reply.
    pub id: String,
}

impl Request {
    /// Returns the value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Returns the client's `X-Request-Id` if it is safe in a log line and in a header.
#[must_use]
pub fn request_id(sent: Option<&str>) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    sent.filter(|id| (1..=64).contains(&id.len()) && id.bytes().all(is_plain))
}

//! Plain-text responses of the server itself, not of the service. Imports no module of this crate.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, header};

/// Returns a response of this status and text.
pub(super) fn text_response(status: u16, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    let kind = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

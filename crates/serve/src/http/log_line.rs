//! The lines of the log, each a JSON object.
//!
//! A line names the route and never what was asked: no id, no title, no address.

use std::time::Duration;

use serde_json::{Value, json};

use super::reply::Reply;
use super::request::Request;
use super::route::Route;
use crate::renewal::RefreshEvent;

/// Returns the line of a request: the route's path, since the request's own may hold an id.
pub(super) fn of_request(
    request: &Request,
    route: Option<&Route>,
    reply: &Reply,
    code: Option<&str>,
    elapsed: Duration,
) -> Value {
    let level = if reply.status >= 500 { "error" } else { "info" };
    let method = request.method.get(..16).unwrap_or(&request.method);
    let ms = (elapsed.as_secs_f64() * 1e5).round() / 100.0;
    json!({
        "level": level, "request": request.id, "method": method,
        "route": route.map(|route| route.path), "status": reply.status, "code": code, "ms": ms,
        "bytes": reply.body.len(),
    })
}

/// Returns the line of a refresh; `serving` is the release that answers after it.
pub(super) fn of_refresh(event: &RefreshEvent, serving: Option<&str>) -> Value {
    match event {
        RefreshEvent::Loaded { release } => {
            json!({ "level": "info", "event": "release_loaded", "release": release })
        }
        RefreshEvent::Failed(error) => json!({
            "level": "error", "event": "release_refused", "code": error.code(),
            "message": error.to_string(), "serving": serving,
        }),
    }
}

//! The lines of the log, each a JSON object.
//!
//! A line names the route and never what was asked: no id, no title, no address.

use std::time::Duration;

use serde_json::{Value, json};

use super::problem::Problem;
use super::reply::Reply;
use super::request::Request;
use super::route::Route;
use crate::renewal::RefreshEvent;

/// Returns the line of a request: the route's path, since the request's own may hold an id.
pub(super) fn of_request(
    request: &Request,
    route: Option<&Route>,
    reply: &Reply,
    problem: Option<&Problem>,
    elapsed: Duration,
) -> Value {
    let level = if reply.status >= 500 { "error" } else { "info" };
    let method = request.method.get(..16).unwrap_or(&request.method);
    let ms = (elapsed.as_secs_f64() * 1e5).round() / 100.0;
    let code = problem.map(|problem| problem.code.as_str());
    let mut line = json!({
        "level": level, "request": request.id, "method": method,
        "route": route.map(|route| route.path), "status": reply.status, "code": code, "ms": ms,
        "bytes": reply.body.len(),
    });
    // The message of another error may hold what was asked.
    if let Some(problem) = problem.filter(|problem| problem.is_fault()) {
        line["message"] = json!(problem.detail);
    }
    line
}

/// Returns the line of a refresh; `serving` is the release that answers after it.
pub(super) fn of_refresh(event: &RefreshEvent, serving: Option<&str>) -> Value {
    match event {
        RefreshEvent::Loaded { release } => {
            json!({ "level": "info", "event": "release_loaded", "release": release })
        }
        RefreshEvent::Failed(error) => json!({
            "level": "error", "event": "release_refused", "code": error.code().as_str(),
            "message": error.to_string(), "serving": serving,
        }),
    }
}

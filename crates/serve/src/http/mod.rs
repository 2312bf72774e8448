//! Requests to replies as plain values, without a server. This file is the table of contents.
//!
//! `osusume serve` and the Lambda function both use it. It imports the engine and [`crate::renewal`],
//! and no server. `docs/openapi.json` describes the routes; `crates/serve/tests/http` checks the
//! code against it. Only this module sets cross-origin headers: browsers refuse a reply in which a
//! gateway has set them a second time.

mod accept;
pub(crate) mod body;
mod caching;
pub(crate) mod canonical;
mod encoding;
mod find;
mod health;
mod items;
mod language;
pub(crate) mod limits;
mod log_line;
pub(crate) mod problem;
mod query_string;
mod recommend;
mod reply;
mod request;
pub(crate) mod route;
mod routes;
mod service;

pub use limits::{MAX_ADDRESS_BYTES, MAX_BODY_BYTES, MAX_HEADER_BYTES, MAX_TEXT_CHARS};
pub use query_string::decode_path;
pub use reply::Reply;
pub use request::{Request, request_id};
pub use routes::{is_health, is_route, routes};
pub use service::{BodyError, DEADLINE, Options, Service};

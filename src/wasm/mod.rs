//! The module of the browser and Node: fetches, converts and delegates; it ranks nothing.
//! Imports the rest of the crate; nothing imports it.
//!
//! A request and its answer cross the boundary once each, as plain objects: in by `reader`, out by
//! serde-wasm-bindgen. Every failure is one JavaScript `Error` with the name `OsusumeError` and a
//! stable `code`. Lowest first: `reader`, `failure`, `convert`, `fetch`, `decode`, `load`,
//! `import`, `recommender`.

mod convert;
mod decode;
mod failure;
mod fetch;
mod import;
mod load;
mod reader;
mod recommender;

pub use recommender::Recommender;

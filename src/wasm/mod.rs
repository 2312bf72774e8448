//! The module of the browser and Node: receives files, converts and delegates. It ranks nothing,
//! and it knows no addresses: the client fetches, checks hashes and keeps files.
//! Imports the rest of the crate; nothing imports it.
//!
//! A request and its answer cross the boundary once each, as plain objects: in by `reader`, out by
//! serde-wasm-bindgen. Every failure is one JavaScript `Error` with the name `OsusumeError` and a
//! stable `code`. Lowest first: `reader`, `failure`, `convert`, `stream`, `decode`, `import`,
//! `recommender`.

mod convert;
mod decode;
mod failure;
mod import;
mod reader;
mod recommender;
mod stream;

pub use recommender::Recommender;
pub use stream::ReceivedFile;

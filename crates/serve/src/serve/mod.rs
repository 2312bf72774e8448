//! An HTTP/1.1 server around [`crate::http`]. This file is the table of contents.
//!
//! It also serves a folder of static files. Behind a proxy it can face the internet: it limits
//! bodies, headers, time, connections and waiting requests, but it has no TLS.

mod limits;
mod pool;
mod server;
mod site;
mod text_response;

pub use limits::Limits;
pub use server::{bind, run};

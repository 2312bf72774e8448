//! The HTTP face as plain values. This file is the table of contents.

mod answers;
mod caching;
mod contract;
mod deadline;
mod errors;
mod hostile;
mod language;
mod log;
mod openapi;
mod refresh;
mod support;

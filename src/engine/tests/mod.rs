//! Tests of the whole engine, by topic. Tests of one file stand in that file.

mod answers;
mod blends;
mod deadlines;
pub(super) mod drawn;
mod example;
pub(super) mod fixtures;
mod requests;

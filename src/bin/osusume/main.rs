//! The `osusume` command.
fn main() {}

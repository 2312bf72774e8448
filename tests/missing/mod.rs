//! Data that a test needs and this machine may lack.

use std::io::Write;

/// Says that `what` is missing: the test fails, or is skipped where `OSUSUME_SKIP=1` allows it.
#[expect(clippy::explicit_write, reason = "eprintln! is captured by the test harness")]
pub fn missing(what: &str, remedy: &str) {
    let allowed = std::env::var_os("OSUSUME_SKIP").is_some_and(|value| value == "1");
    assert!(allowed, "{what} is missing: {remedy}, or leave such tests out with OSUSUME_SKIP=1");
    let test = std::thread::current();
    // `pkg-scripts/count.py` counts these lines.
    let name = test.name().unwrap_or("a test");
    writeln!(std::io::stderr(), "skipped: {name}: {what} is missing").unwrap();
}

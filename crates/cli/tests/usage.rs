//! Exit codes and error objects of a wrong command line, and of a right one that finds nothing.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn run(line: &[&str]) -> Output {
    let release = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/format-2");
    let mut command = Command::new(env!("CARGO_BIN_EXE_osusume"));
    command.args(line).env("NO_COLOR", "1");
    if ["similar", "find", "recommend"].contains(&line[0]) {
        command.arg("--release").arg(release);
    }
    command.output().unwrap()
}

/// The exit code, and the error's code and class with `--json`.
fn ended(line: &[&str]) -> (Option<i32>, String, String) {
    let output = run(&[line, &["--json"]].concat());
    let text = String::from_utf8(output.stderr).unwrap();
    let last = text.lines().last().unwrap_or_default();
    let error: Value = serde_json::from_str(last).unwrap_or_else(|_| panic!("{line:?}: {text}"));
    let field = |name: &str| error["error"][name].as_str().unwrap().to_owned();
    assert!(!field("message").is_empty() && !field("hint").is_empty(), "{last}");
    (output.status.code(), field("code"), field("class"))
}

#[test]
fn a_wrong_command_line_ends_with_2() {
    for (line, code) in [
        (&["similar"][..], "usage_invalid"),
        (&["similar", "10", "--title", "x"], "usage_invalid"),
        (&["similar", "10", "--such", "1"], "usage_invalid"),
        (&["no-such-command"], "usage_invalid"),
        (&["build", "--catalogue", "none.csv"], "usage_invalid"),
        (&["eval", "--encoder", "none", "--catalogue", "none.csv"], "usage_invalid"),
        (&["eval", "--ratings", "none.csv", "--protocol", "text"], "usage_invalid"),
        (&["train", "--ratings", "r", "--out", "o", "--feedback", "loud"], "usage_invalid"),
        (&["train", "--ratings", "r", "--out", "o", "--feedback", "ratings"], "ratings_as_targets"),
        (&["train", "--ratings", "r", "--out", "o", "--dims", "0"], "setting_out_of_range"),
        (&["similar", "10", "-n", "0"], "limit_out_of_range"),
        (&["recommend", "--niche", "2"], "out_of_range"),
        (&["recommend", "--request", "[]"], "usage_invalid"),
    ] {
        assert_eq!(ended(line), (Some(2), code.into(), "caller".into()), "{line:?}");
    }
}

#[test]
fn a_right_command_line_that_finds_nothing_ends_with_1() {
    for (line, code, class) in [
        (&["similar", "11"][..], "unknown_id", "caller"),
        (&["similar", "nothing"], "unknown_title", "caller"),
        (&["similar", "10", "--model", "none"], "unknown_model", "caller"),
        (&["recommend", "--text", "words"], "no_text_encoder", "caller"),
        (&["inspect", "nowhere"], "file_missing", "fault"),
        (&["train", "--ratings", "none.csv", "--out", "o"], "io", "caller"),
    ] {
        assert_eq!(ended(line), (Some(1), code.into(), class.into()), "{line:?}");
    }
}

#[test]
fn people_read_text_and_help_is_no_error() {
    let wrong = run(&["similar", "10", "--such", "1"]);
    let text = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text.starts_with("error: ") && text.contains("Usage: "), "{text}");
    let missing = run(&["similar", "11"]);
    let text = String::from_utf8(missing.stderr).unwrap();
    assert!(text.starts_with("error [unknown_id]: "), "{text}");
    for line in [&["help"][..], &["train", "--help"], &["--version"], &["--help", "--json"]] {
        let output = run(line);
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{line:?}");
        assert!(!output.stdout.is_empty(), "{line:?}");
    }
}

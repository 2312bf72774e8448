//! Tests that the files made from the table are those of the table.
//!
//! `WRITE_ERRORS=1 cargo test --lib code::` writes them. Imports the table alone.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use super::{Class, Exit, Face, Row, TABLE};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n")
}

/// Compares a file with what the table makes, and writes it if the environment says so.
fn hold(name: &str, made: &str) {
    if std::env::var_os("WRITE_ERRORS").is_some() {
        std::fs::write(path(name), made).unwrap();
    }
    let same = read(&path(name)) == made;
    assert!(same, "{name} is not that of the table of errors: WRITE_ERRORS=1 writes it");
}

/// Returns `text` with new lines between the two that hold `mark: begin` and `mark: end`.
fn between(text: &str, mark: &str, lines: &str) -> String {
    let (head, rest) = text.split_once(&format!("{mark}: begin")).expect("a mark");
    let (first, rest) = rest.split_once('\n').unwrap();
    let (_, rest) = rest.split_once(&format!("{mark}: end")).expect("a mark");
    let end = head.rsplit('\n').next().unwrap();
    format!("{head}{mark}: begin{first}\n{lines}{end}{mark}: end{rest}")
}

fn rows(face: Face) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| row.face == face)
}

/// Rows whose codes JavaScript can meet.
fn javascript() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(|row| row.face != Face::Command)
}

fn documented(face: Face) -> String {
    let head = "| code | meaning | class | HTTP | exit | what to do |";
    let mut text = [head, "| --- | --- | --- | --: | --: | --- |", ""].join("\n");
    for row in rows(face) {
        let status = row.status.map_or_else(|| "–".to_owned(), |status| status.to_string());
        let exit = match row.exit {
            None => "–",
            Some(Exit::Failure) => "1",
            Some(Exit::Usage) => "2",
            Some(Exit::Interrupted) => "130, 143",
        };
        let Row { code, meaning, class, hint, .. } = row;
        let (meaning, class) = (meaning.trim().trim_end_matches('.'), class.as_str());
        writeln!(text, "| `{code}` | {meaning} | {class} | {status} | {exit} | {hint} |").unwrap();
    }
    text
}

#[test]
fn the_committed_page_of_errors_is_that_of_the_table() {
    let mut page = read(&path("docs/ERRORS.md"));
    for (mark, face) in [
        ("everywhere", Face::Everywhere),
        ("browser", Face::Browser),
        ("http", Face::Http),
        ("command", Face::Command),
    ] {
        page = between(&page, &format!("table of errors, {mark}"), &(documented(face) + "\n"));
    }
    hold("docs/ERRORS.md", &page);
}

#[test]
fn the_types_of_the_client_have_every_code_that_it_can_meet() {
    let codes: BTreeSet<&str> = javascript().map(|row| row.code).collect();
    let mut lines = String::from("export type OsusumeErrorCode =");
    for code in codes {
        write!(lines, "\n  | '{code}'").unwrap();
    }
    lines.push_str(";\n");
    let types = read(&path("www/client/codes.ts"));
    hold("www/client/codes.ts", &between(&types, "table of errors", &lines));
}

/// Returns the codes that the client itself raises: `OsusumeError('code'`, on one line or two.
fn raised_by_the_client() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for source in sources(&path("www/client"), "ts") {
        for found in source.split("OsusumeError(").skip(1) {
            if let Some(code) = found.trim_start().strip_prefix('\'') {
                codes.insert(code.split('\'').next().unwrap().to_owned());
            }
        }
    }
    codes
}

/// Returns the sources of a folder, and of the folders in it.
fn sources(folder: &Path, extension: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path, extension));
        } else if path.extension().is_some_and(|end| end == extension) {
            found.push(read(&path));
        }
    }
    found
}

#[test]
fn the_client_has_the_class_of_every_error_that_it_raises() {
    let mut lines = String::new();
    for code in raised_by_the_client() {
        let row = javascript().find(|row| row.code == code);
        let class = row.unwrap_or_else(|| panic!("{code} is not in the table")).class;
        // The client takes every other error for a fault: each entry costs a visitor some bytes.
        if class != Class::Fault {
            writeln!(lines, "  {code}: '{}',", class.as_str()).unwrap();
        }
    }
    let client = read(&path("www/client/codes.ts"));
    hold("www/client/codes.ts", &between(&client, "table of classes", &lines));
}

#[test]
fn every_row_is_of_an_error_that_somebody_raises() {
    let mut rust: Vec<String> = sources(&path("crates"), "rs");
    for entry in std::fs::read_dir(path("src")).unwrap() {
        let entry = entry.unwrap().path();
        if entry.is_dir() && !entry.ends_with("code") {
            rust.extend(sources(&entry, "rs"));
        }
    }
    let client = raised_by_the_client();
    for row in TABLE {
        let kind = format!("Code::{}", row.kind);
        let is_named = |text: &String| {
            text.match_indices(&kind).any(|(at, _)| {
                !text[at + kind.len()..].starts_with(|next: char| next.is_alphanumeric())
            })
        };
        let is_raised = rust.iter().any(is_named) || client.contains(row.code);
        assert!(is_raised, "nobody raises {}", row.code);
    }
}

#[test]
fn rows_are_sound() {
    let codes: BTreeSet<&str> = TABLE.iter().map(|row| row.code).collect();
    assert_eq!(codes.len(), TABLE.len(), "each code once");
    for row in TABLE {
        let Row { kind, code, class, status, exit, hint, meaning, face } = row;
        let words: String =
            code.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        assert_eq!(*kind, words, "the kind is named as its code");
        assert!(
            meaning.trim().ends_with('.') && !hint.is_empty() && !hint.ends_with('.'),
            "{code}"
        );
        let is_of_class = match status {
            None => true,
            Some(503) => *class == Class::NotReady,
            Some(500..) => *class == Class::Fault,
            Some(_) => *class == Class::Caller,
        };
        assert!(is_of_class, "{code}: {status:?} is not of {class:?}");
        let is_faced = match face {
            Face::Everywhere => true,
            Face::Browser => status.is_none() && exit.is_none(),
            Face::Http => status.is_some() && exit.is_none(),
            Face::Command => status.is_none() && exit.is_some(),
        };
        assert!(is_faced, "{code} has a status or an exit code that its face does not");
        let is_usage = *exit != Some(Exit::Usage) || *class == Class::Caller;
        assert!(is_usage, "{code}: a wrong command line is the caller's");
    }
}

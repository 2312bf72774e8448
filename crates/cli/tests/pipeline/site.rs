//! A site owner's folder: a catalogue, ratings, recipes, and the command run in it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use osusume::code::{Exit, TABLE};
use osusume_tables::{Provenance, Vectors};

/// A folder with a small catalogue (Kaggle's columns) and ratings. Two groups of users watch two
/// groups of shows.
pub struct Site {
    pub dir: tempfile::TempDir,
}

/// Shows of its catalogue.
pub const SHOWS: u32 = 16;

impl Site {
    /// Writes the inputs.
    pub fn new() -> Self {
        let site = Self { dir: tempfile::tempdir().unwrap() };
        let mut catalogue =
            "anime_id,Name,English name,Score,Genres,Synopsis,Type,Aired,Members\n".to_owned();
        for n in 1..=SHOWS {
            let genre = if n % 2 == 0 { "Action, Space" } else { "Romance" };
            let (id, year) = (n * 10, 1990 + n);
            // Two shows share a title; one has an English title of its own.
            let title = if n == 4 { "Show 2".to_owned() } else { format!("Show {n}") };
            let english = if n == 7 { "The Seventh" } else { "UNKNOWN" };
            writeln!(
                catalogue,
                "{id},{title},{english},7.{n},\"{genre}\",\"Text\n{n}\",TV,\"Apr 3, {year}\",{id}00"
            )
            .unwrap();
        }
        site.write("anime.csv", &catalogue);
        let mut ratings = "user_id,anime_id,rating\n".to_owned();
        for user in 0..60_u32 {
            for n in (1..SHOWS).filter(|n| n % 2 == user % 2 && (user + n) % 5 != 0) {
                writeln!(ratings, "{user},{},{}", n * 10, if n % 3 == 0 { -1 } else { 8 }).unwrap();
            }
        }
        ratings += "0,999999,7\n";
        site.write("ratings.csv", &ratings);
        site.write("train.toml", "dims = 8\nepochs = 3\n");
        site.write(
            "release.toml",
            "language = \"romaji\"\ntrain = \"train.toml\"\ndate = \"2026-01-31\"\n",
        );
        let ids: Vec<u32> = (1..=SHOWS).map(|n| n * 10).collect();
        let values =
            ids.iter().flat_map(|&id| [(id as f32).sin(), (id as f32).cos(), 0.5]).collect();
        let vectors = Vectors { ids, dims: 3, values, provenance: Provenance::default() };
        vectors.write(&site.path("synopsis.safetensors")).unwrap();
        site
    }

    /// The path of a file of the site.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a text file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// The command in the site's folder.
    pub fn command(&self, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_osusume"));
        command.current_dir(self.dir.path()).args(line.split('|')).stdin(Stdio::null());
        command
    }

    /// The output of the command.
    pub fn run(&self, line: &str) -> Output {
        self.command(line).output().unwrap()
    }

    /// The standard output of the command, which must succeed.
    pub fn ok(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The code that the command, which must fail, gives with `--json`. The exit code, the class and the
    /// hint are those of the table of errors.
    pub fn code(&self, line: &str) -> String {
        let output = self.run(&format!("{line}|--json"));
        let errors = String::from_utf8(output.stderr).unwrap();
        let last = errors.lines().last().unwrap_or_default();
        let error: serde_json::Value =
            serde_json::from_str(last).unwrap_or_else(|_| panic!("{line}: {errors}"));
        assert!(error["error"]["message"].as_str().unwrap().len() > 10, "{last}");
        let code = error["error"]["code"].as_str().unwrap();
        let row = TABLE.iter().find(|row| row.code == code).unwrap();
        assert_eq!(error["error"]["class"], row.class.as_str(), "{last}");
        assert_eq!(error["error"]["hint"], row.hint, "{last}");
        let exit = if row.exit == Some(Exit::Usage) { 2 } else { 1 };
        assert_eq!(output.status.code(), Some(exit), "{line}");
        code.to_owned()
    }

    /// The files of a folder, by name.
    pub fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        let read = |path: PathBuf| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())
        };
        let found = std::fs::read_dir(self.path(folder)).unwrap();
        found.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).map(read).collect()
    }
}

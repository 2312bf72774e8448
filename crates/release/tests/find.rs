//! Titles of the embedded release, misspelt: `cargo test -p osusume-release --test find -- --nocapture`.

#[path = "../../../tests/missing/mod.rs"]
mod missing;

use std::path::Path;

use osusume::catalogue::Catalogue;
use osusume::engine::Engine;
use osusume_release as release;

/// Misspellings that are tried.
const ROUNDS: usize = 500;

fn embedded() -> Option<Engine> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("embeddings");
    match release::open(&folder, Some(&[])) {
        Ok(engine) => Some(engine),
        Err(error) if error.code() == osusume::Code::FileMissing => {
            missing::missing("embeddings/manifest.json", "the clone is not complete (git status)");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Numerical Recipes' generator: the same misspellings everywhere.
struct Random(u32);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % n
    }
}

/// A title of a row in a language, where it has one of five letters or more.
fn title<'a>(catalogue: &'a Catalogue, row: u32, language: &str) -> Option<&'a str> {
    let (_, title) = catalogue.titles(row).find(|(name, _)| *name == language)?;
    (title.chars().count() >= 5).then_some(title)
}

/// Inserts, deletes, replaces or swaps at any place; twice above eight letters.
fn misspell(title: &str, strange: &[char], random: &mut Random) -> String {
    let mut letters: Vec<char> = title.chars().collect();
    let edits = if letters.len() > 8 { 2 } else { 1 };
    let mut done = 0;
    while done < edits {
        let at = random.below(letters.len());
        let letter = strange[random.below(strange.len())];
        match random.below(4) {
            0 => letters.insert(random.below(letters.len() + 1), letter),
            1 => drop(letters.remove(at)),
            2 if letters[at] != letter => letters[at] = letter,
            3 if at + 1 < letters.len() && letters[at] != letters[at + 1] => {
                letters.swap(at, at + 1);
            }
            _ => continue,
        }
        done += 1;
    }
    letters.into_iter().collect()
}

#[test]
fn misspelt_titles_are_found_in_the_first_five() {
    let Some(engine) = embedded() else { return };
    let catalogue = engine.catalogue();
    let latin: Vec<char> = ('a'..='z').collect();
    let every = (0..catalogue.items()).filter_map(|row| title(catalogue, row, "japanese"));
    let kana: Vec<char> =
        every.flat_map(str::chars).filter(|c| c.is_alphanumeric() && !c.is_ascii()).collect();
    let languages = [("romaji", &latin), ("english", &latin), ("japanese", &kana)];
    for seed in [1, 2, 3] {
        let mut random = Random(seed);
        let mut found = 0;
        for round in 0..ROUNDS {
            let (language, strange) = languages[round % 3];
            let (row, right) = loop {
                let row = random.below(catalogue.items() as usize) as u32;
                if let Some(title) = title(catalogue, row, language) {
                    break (row, title);
                }
            };
            let wrong = misspell(right, strange, &mut random);
            let hits = engine.find(&wrong, 5).unwrap();
            if hits.iter().any(|hit| hit.item.id == catalogue.id(row)) {
                found += 1;
            } else {
                let first: Vec<&str> = hits.iter().map(|hit| hit.matched).collect();
                eprintln!("seed {seed}: {wrong:?} for {right:?} gives {first:?}");
            }
        }
        eprintln!("seed {seed}: {found} of {ROUNDS} misspelt titles in the first five");
        assert!(found * 100 >= ROUNDS * 98, "seed {seed}: {found} of {ROUNDS}");
    }
}

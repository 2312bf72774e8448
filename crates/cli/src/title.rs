//! The item that a text on the command line names: by id, by title, or by an obvious part of one.
//! This asks the engine, and prints which item it took.

use osusume::engine::{Engine, EngineError};

use crate::error::Result;

/// How many matches are looked at. With more there is nothing obvious.
const MATCHES: usize = 50;

/// Words that a title begins with, or that catalogues put behind a comma: "Godfather, The".
const ARTICLES: [&str; 14] =
    ["the", "a", "an", "le", "la", "les", "un", "une", "der", "die", "das", "el", "il", "los"];

/// Returns the catalogue row that `text` names: by id, by title, or by an obvious part of a title.
pub fn row(engine: &Engine, text: &str) -> Result<u32> {
    or_obvious(engine, text, engine.row(text))
}

/// Returns the catalogue row with the title `text`, or the one with an obvious part of it.
pub fn row_by_title(engine: &Engine, text: &str) -> Result<u32> {
    or_obvious(engine, text, engine.row_by_title(text))
}

fn or_obvious(engine: &Engine, text: &str, found: Result<u32, EngineError>) -> Result<u32> {
    match found {
        Err(error @ EngineError::UnknownTitle { .. }) => {
            let matches = engine.find(text, MATCHES)?;
            let titles = matches.iter().map(|found| (found.item.id, found.matched));
            let Some((id, title)) = obvious(text, titles) else { return Err(error.into()) };
            eprintln!("{text:?} is taken for {title:?} (id {id})");
            Ok(engine.row_by_id(&id.to_string())?)
        }
        other => Ok(other?),
    }
}

/// How a title holds the words of a text, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// They are all of it, but for an article.
    Whole,
    /// It begins with them.
    Beginning,
    /// They stand in it, one after the other.
    Inside,
}

/// Returns the one title that holds the words of `text` better than all others.
fn obvious<'a>(text: &str, titles: impl Iterator<Item = (u32, &'a str)>) -> Option<(u32, &'a str)> {
    let wanted = words(text);
    let mut fits: Vec<(Fit, u32, &str)> =
        titles.filter_map(|(id, title)| Some((fit(&wanted, &words(title))?, id, title))).collect();
    fits.sort_by_key(|&(fit, ..)| fit);
    let &(best, id, title) = fits.first()?;
    let is_alone = fits.iter().all(|&(fit, other, _)| fit > best || other == id);
    is_alone.then_some((id, title))
}

fn fit(wanted: &[String], title: &[String]) -> Option<Fit> {
    if wanted.is_empty() {
        None
    } else if title == wanted {
        Some(Fit::Whole)
    } else if title.starts_with(wanted) {
        Some(Fit::Beginning)
    } else {
        title.windows(wanted.len()).any(|part| part == wanted).then_some(Fit::Inside)
    }
}

/// Returns the words of a title in lower case, without an article at its beginning or end.
fn words(title: &str) -> Vec<String> {
    let apart = |c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’'));
    let mut words: Vec<String> =
        title.split(apart).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let is_article = |word: Option<&String>| word.is_some_and(|w| ARTICLES.contains(&w.as_str()));
    if words.len() > 1 && is_article(words.first()) {
        words.remove(0);
    }
    let is_behind_comma = title.rsplit_once(", ").is_some_and(|(_, last)| !last.contains(' '));
    if words.len() > 1 && is_behind_comma && is_article(words.last()) {
        words.pop();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken<'a>(text: &str, titles: &[&'a str]) -> Option<&'a str> {
        obvious(text, (1..).zip(titles.iter().copied())).map(|(_, title)| title)
    }

    #[test]
    fn the_one_title_that_fits_best_is_taken() {
        let films = ["Godfather: Part II, The", "Godfather, The", "Oh, God!"];
        assert_eq!(taken("Godfather", &films), Some("Godfather, The"));
        assert_eq!(taken("the godfather", &films), Some("Godfather, The"));
        assert_eq!(taken("godfather part ii", &films), Some("Godfather: Part II, The"));
        assert_eq!(taken("bebop", &["Cowboy Bebop", "Bebopper"]), Some("Cowboy Bebop"));
        assert_eq!(taken("postino", &["Postino, Il"]), Some("Postino, Il"));
        assert_eq!(taken("A", &["A"]), Some("A"), "an article alone is a title");
    }

    #[test]
    fn nothing_is_taken_if_two_fit_alike_or_none_does() {
        assert_eq!(taken("star", &["Star Wars", "Star Trek"]), None);
        assert_eq!(taken("godfather", &["Godfather, The", "The Godfather"]), None);
        assert_eq!(taken("god", &["Godfather, The"]), None, "half a word is not a word");
        assert_eq!(taken("cowboy bebob", &["Cowboy Bebop"]), None, "a typo is asked about");
        assert_eq!(taken("wars star", &["Star Wars"]), None);
        assert_eq!(taken("!!", &["!!!", "Oh"]), None);
        assert_eq!(taken("x", &[]), None);
    }
}

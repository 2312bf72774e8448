//! Searches the titles of a catalogue.
//! Imports `rows`, `item`, `lines` and `find`.

use super::item::Match;
use super::lines::Lines;
use super::rows::Catalogue;
use crate::find::{Hit, Index};

impl Catalogue {
    /// Returns the rows with the title `text`, except for case and white space, in one language.
    ///
    /// It is the first language that has such a title, so that a main title wins over a translated
    /// one.
    #[must_use]
    pub fn rows_titled(&self, text: &str) -> Vec<u32> {
        let wanted = normalize(text);
        if wanted.is_empty() {
            return Vec::new();
        }
        let rows = |(titles, column): (&Lines, usize)| -> Vec<u32> {
            // The index does not have titles without a letter.
            let rows =
                self.index().rows_like(text, column).unwrap_or_else(|| (0..self.items()).collect());
            rows.into_iter().filter(|&row| normalize(titles.get(row)) == wanted).collect()
        };
        self.titles.iter().zip(0..).map(rows).find(|rows| !rows.is_empty()).unwrap_or_default()
    }

    /// Returns the `n` best matches of a text as it is typed.
    ///
    /// The item with this id comes first. Then come titles that are the text, begin with it, are
    /// the text but for one typo, have a word that begins with it, have all its words, or have it
    /// inside. Titles a few typos away follow if there is room. In each group the most
    /// popular item comes first. Case, accents, width, punctuation and spaces do not count.
    #[must_use]
    pub fn find(&self, text: &str, n: usize) -> Vec<Match<'_>> {
        let named = text.trim();
        let by_id = || named.parse().ok().and_then(|id| self.row_of_id(id));
        let named = self.row_of_key(named).or_else(by_id);
        let by_name = named.map(|row| Match {
            matched: self.title(row),
            language: "id",
            spans: Vec::new(),
            item: self.item(row),
        });
        let hits = self
            .index()
            .find(text, n, &self.popularity, |row, column| self.titles[column].get(row));
        let by_title = hits.into_iter().filter(|hit| Some(hit.row) != named).map(|hit| {
            let Hit { row, column, spans } = hit;
            let (matched, language) =
                (self.titles[column].get(row), self.columns.titles[column].name.as_str());
            Match { matched, language, spans, item: self.item(row) }
        });
        by_name.into_iter().chain(by_title).take(n).collect()
    }

    /// Indexes one column of titles for [`Catalogue::find`], so that no task of a page has to index
    /// all of them. Returns whether more is left.
    pub fn warm(&self) -> bool {
        let Ok(mut warming) = self.warming.lock() else { return false };
        if let (None, Some(column)) = (self.index.get(), self.columns.titles.get(warming.columns()))
        {
            warming.add(&column.lines);
            if warming.columns() < self.columns.titles.len() {
                return true;
            }
            self.index.get_or_init(|| std::mem::take(&mut warming));
        }
        false
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            Index::new(self.columns.titles.iter().map(|column| column.lines.as_str()))
        })
    }
}

/// Returns a title in lower case, with single spaces between words and none at the ends.
fn normalize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

//! Rows to ids, titles and facts, and back.

use std::sync::{Arc, Mutex, OnceLock};

use serde::Serialize;

use crate::find::{Hit, Index};
use crate::format::{Columns, FormatError, UNKNOWN_SCORE};
use crate::names::ByName;

/// A release's catalogue, ready for look-ups.
#[derive(Debug, Clone)]
pub struct Catalogue {
    columns: Columns,
    keys: Option<Lines>,
    /// One a language: the titles as they are.
    titles: Vec<Lines>,
    /// Made by the first question for a title.
    index: OnceLock<Index>,
    /// The index while [`Catalogue::warm`] makes it.
    warming: Arc<Mutex<Index>>,
    /// Sorted by id.
    rows_by_id: Vec<(u32, u32)>,
    /// One a row: whether a later one is of the series that it is the first of.
    goes_on: Vec<bool>,
    /// Where each row's tags start, and the end of the last.
    tags_at: Vec<u32>,
    /// The addresses of pictures, by row; empty is none.
    images: Option<Lines>,
    /// By row: the part of the catalogue that is less popular, 0 to 1. Made by the first question that needs it.
    popularity: OnceLock<Vec<f32>>,
}

/// What a filter looks at.
pub(crate) struct Facts<'a> {
    /// Positions in [`Catalogue::genres`].
    pub tags: &'a [u16],
    /// Position in [`Catalogue::types`], counted from 1; 0 is unknown.
    pub kind: u8,
    /// 0 is unknown.
    pub year: u16,
    /// In hundredths.
    pub score: Option<u16>,
    pub members: u32,
}

/// What is known of one item.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item<'a> {
    /// The number that stands for the item everywhere.
    pub id: u32,
    /// The catalogue's own text id, if it has such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<&'a str>,
    /// Main title.
    pub title: &'a str,
    /// Main title and every other, by language.
    pub titles: ByName<&'a str, &'a str>,
    /// Genres.
    pub genres: Vec<&'a str>,
    /// Kind of item, for instance TV or Movie.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'a str>,
    /// Year of the first showing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    /// Mean score that people gave, to two decimals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// How many people have it on their list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<u32>,
    /// The id of the first item of its series, where the series has others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub series: Option<u32>,
    /// The address of a picture, where the release has such.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<&'a str>,
}

/// What the items of a catalogue can be chosen by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Choices<'a> {
    /// Every genre, in the order of the catalogue: `pack` puts the most frequent first.
    pub genres: &'a [String],
    /// Every type, in the same order.
    pub types: &'a [String],
    /// The first and the last year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub years: Option<[u16; 2]>,
    /// Whether any item has a score.
    pub scores: bool,
    /// Whether any item shares a series with another.
    pub series: bool,
}

/// An item found by a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Match<'a> {
    /// The title that matched; the main one where the id did.
    pub matched: &'a str,
    /// The language of that title, or `id`.
    pub language: &'a str,
    /// The parts of `matched` that match, in UTF-16 code units as JavaScript counts: start and end, ascending, apart.
    pub spans: Vec<[u32; 2]>,
    /// The item.
    #[serde(flatten)]
    pub item: Item<'a>,
}

impl Catalogue {
    /// Returns the catalogue of `columns`, which come from [`Columns::decode`] and so agree with each other.
    pub fn new(columns: Columns) -> Result<Self, FormatError> {
        let mut rows_by_id: Vec<(u32, u32)> = columns.ids.iter().copied().zip(0..).collect();
        rows_by_id.sort_unstable();
        let mut tags_at = vec![0];
        for &count in &columns.tags.counts {
            tags_at.push(tags_at[tags_at.len() - 1] + u32::from(count));
        }
        let titles: Vec<Lines> = columns.titles.iter().cloned().map(Lines::new).collect();
        let keys = (!columns.keys.is_empty()).then(|| Lines::new(columns.keys.clone()));
        let mut goes_on = vec![false; columns.ids.len()];
        for (row, &back) in columns.series.iter().enumerate().filter(|&(_, &back)| back > 0) {
            goes_on[row - back as usize] = true;
        }
        Ok(Self {
            columns,
            keys,
            titles,
            index: OnceLock::new(),
            warming: Arc::default(),
            images: None,
            rows_by_id,
            goes_on,
            tags_at,
            popularity: OnceLock::new(),
        })
    }

    /// Adds the pictures of a file of images: its items' titles are addresses.
    pub fn with_images(mut self, images: &Self) -> Result<Self, FormatError> {
        if images.items() > self.items() {
            return Err(FormatError::Shape("there are more images than items"));
        }
        let address = |row: u32| images.row_of_id(self.id(row)).map_or("", |at| images.title(at));
        let lines: Vec<&str> = (0..self.items()).map(address).collect();
        self.images = Some(Lines::new(lines.join("\n")));
        Ok(self)
    }

    /// Number of items.
    #[must_use]
    pub fn items(&self) -> u32 {
        self.columns.ids.len() as u32
    }

    /// Every genre.
    #[must_use]
    pub fn genres(&self) -> &[String] {
        &self.columns.tags.names
    }

    /// Returns what the items can be chosen by.
    #[must_use]
    pub fn choices(&self) -> Choices<'_> {
        let Columns { tags, type_names, years, scores, series, .. } = &self.columns;
        let known = || years.iter().copied().filter(|&year| year > 0);
        Choices {
            genres: &tags.names,
            types: type_names,
            years: known().min().zip(known().max()).map(|(first, last)| [first, last]),
            scores: scores.iter().any(|&score| score != UNKNOWN_SCORE),
            series: series.iter().any(|&back| back > 0),
        }
    }

    /// Positions in [`Self::genres`] of the genres of the item in `row`, which must be less than [`Self::items`].
    #[must_use]
    pub fn tags(&self, row: u32) -> &[u16] {
        let at = row as usize;
        &self.columns.tags.indices[self.tags_at[at] as usize..self.tags_at[at + 1] as usize]
    }

    /// Every type.
    #[must_use]
    pub fn types(&self) -> &[String] {
        &self.columns.type_names
    }

    /// Returns the percentile of popularity of a row, by `members` and then by row: 1 is the most, 0 the least popular.
    #[must_use]
    pub fn popularity(&self, row: u32) -> f32 {
        self.popularities()[row as usize]
    }

    pub(crate) fn popularities(&self) -> &[f32] {
        self.popularity.get_or_init(|| percentiles(&self.columns.members))
    }

    pub(crate) fn facts(&self, row: u32) -> Facts<'_> {
        let at = row as usize;
        let Columns { tags, types, years, scores, members, .. } = &self.columns;
        Facts {
            tags: &tags.indices[self.tags_at[at] as usize..self.tags_at[at + 1] as usize],
            kind: types[at],
            year: years[at],
            score: (scores[at] != UNKNOWN_SCORE).then_some(scores[at]),
            members: members[at],
        }
    }

    /// Returns the id of a row.
    #[must_use]
    pub fn id(&self, row: u32) -> u32 {
        self.columns.ids[row as usize]
    }

    /// Returns the text id of a row, where the catalogue has such.
    #[must_use]
    pub fn key(&self, row: u32) -> Option<&str> {
        self.keys.as_ref().map(|keys| keys.get(row))
    }

    /// Returns the main title of a row.
    #[must_use]
    pub fn title(&self, row: u32) -> &str {
        self.titles[0].get(row)
    }

    /// Returns the row of an id.
    #[must_use]
    pub fn row_of_id(&self, id: u32) -> Option<u32> {
        let at = self.rows_by_id.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        Some(self.rows_by_id[at].1)
    }

    /// Returns the row of a text id.
    #[must_use]
    pub fn row_of_key(&self, key: &str) -> Option<u32> {
        self.keys.as_ref()?.iter().position(|k| k == key).map(|row| row as u32)
    }

    /// Returns all that is known of a row.
    #[must_use]
    pub fn item(&self, row: u32) -> Item<'_> {
        let at = row as usize;
        let Columns { languages, tags, type_names, types, years, scores, members, .. } =
            &self.columns;
        let titles = languages
            .iter()
            .zip(&self.titles)
            .map(|(language, lines)| (language.as_str(), lines.get(row)));
        let genres = &tags.indices[self.tags_at[at] as usize..self.tags_at[at + 1] as usize];
        Item {
            id: self.id(row),
            key: self.key(row),
            title: self.title(row),
            titles: titles.filter(|(_, title)| !title.is_empty()).collect(),
            genres: genres.iter().map(|&tag| tags.names[usize::from(tag)].as_str()).collect(),
            kind: usize::from(types[at]).checked_sub(1).map(|kind| type_names[kind].as_str()),
            year: (years[at] != 0).then_some(years[at]),
            score: (scores[at] != UNKNOWN_SCORE).then(|| f64::from(scores[at]) / 100.0),
            members: (members[at] != 0).then_some(members[at]),
            series: self.goes_on[self.series(row) as usize].then(|| self.id(self.series(row))),
            image: self
                .images
                .as_ref()
                .map(|images| images.get(row))
                .filter(|image| !image.is_empty()),
        }
    }

    /// Returns the row of the first item of a row's series, which is the row itself where it is alone.
    #[must_use]
    pub fn series(&self, row: u32) -> u32 {
        row - self.columns.series[row as usize]
    }

    /// Returns the rows one of whose titles is `text` (case and white space apart), if any, in one language.
    ///
    /// The first language that has such a title decides, so that a main title wins over a translated one.
    #[must_use]
    pub fn rows_titled(&self, text: &str) -> Vec<u32> {
        let wanted = fold(text);
        if wanted.is_empty() {
            return Vec::new();
        }
        let rows = |(titles, column): (&Lines, usize)| -> Vec<u32> {
            // Titles without a letter are in no index.
            let rows =
                self.index().rows_like(text, column).unwrap_or_else(|| (0..self.items()).collect());
            rows.into_iter().filter(|&row| fold(titles.get(row)) == wanted).collect()
        };
        self.titles.iter().zip(0..).map(rows).find(|rows| !rows.is_empty()).unwrap_or_default()
    }

    /// Returns the `n` best answers to a text as it is typed.
    ///
    /// Its id comes first; then titles that are the text, begin with it, are it but for one typo, have a word that
    /// begins with it, have all its words, or have it inside; then, if there is room, what lies a few typos away.
    /// Within each the item on most lists comes first. Case, accents, width, punctuation and spaces do not count.
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
            .find(text, n, &self.columns.members, |row, column| self.titles[column].get(row));
        let by_title = hits.into_iter().filter(|hit| Some(hit.row) != named).map(|hit| {
            let Hit { row, column, spans } = hit;
            let (matched, language) =
                (self.titles[column].get(row), self.columns.languages[column].as_str());
            Match { matched, language, spans, item: self.item(row) }
        });
        by_name.into_iter().chain(by_title).take(n).collect()
    }

    /// Makes a part of what [`Catalogue::find`] needs, a column of titles, so that no task of a page has all of it to make. Says
    /// whether more is left.
    pub fn warm(&self) -> bool {
        let Ok(mut warming) = self.warming.lock() else { return false };
        if let (None, Some(column)) = (self.index.get(), self.columns.titles.get(warming.columns()))
        {
            warming.add(column);
            if warming.columns() < self.columns.titles.len() {
                return true;
            }
            self.index.get_or_init(|| std::mem::take(&mut warming));
        }
        false
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::new(self.columns.titles.iter().map(String::as_str)))
    }
}

fn percentiles(members: &[u32]) -> Vec<f32> {
    let mut rows: Vec<u32> = (0..members.len() as u32).collect();
    rows.sort_unstable_by_key(|&row| (members[row as usize], std::cmp::Reverse(row)));
    let mut percentiles = vec![0.0; members.len()];
    let most = (members.len().max(2) - 1) as f32;
    for (rank, row) in rows.into_iter().enumerate() {
        percentiles[row as usize] = rank as f32 / most;
    }
    percentiles
}

/// Returns the text as titles are told apart: lower case, white space runs as one space, none at the ends.
fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.chars().flat_map(char::to_lowercase));
    }
    out
}

/// Lines of one text by number.
#[derive(Debug, Clone)]
struct Lines {
    text: String,
    /// Where each line starts, and one past the end of the last with its line end.
    starts: Vec<u32>,
}

impl Lines {
    fn new(text: String) -> Self {
        let ends = text.bytes().zip(1..).filter(|&(byte, _)| byte == b'\n').map(|(_, next)| next);
        let starts = std::iter::once(0).chain(ends).chain([text.len() as u32 + 1]).collect();
        Self { text, starts }
    }

    fn get(&self, line: u32) -> &str {
        let (start, next) = (self.starts[line as usize], self.starts[line as usize + 1]);
        &self.text[start as usize..next as usize - 1]
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.text.split('\n')
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::format::TagList;

    /// Six shows, two with the same title.
    pub(crate) fn sample() -> Catalogue {
        let columns = Columns {
            ids: vec![1, 20, 5, 7, 8, 9],
            keys: String::new(),
            languages: vec!["main".into(), "english".into(), "japanese".into()],
            titles: vec![
                "Cowboy Bebop\nNaruto\nCowboy Bebop: Tengoku no Tobira\nHenshin\nHenshin\nShin Naruto".into(),
                "\n\nCowboy Bebop: The Movie\n\nNaruto\n".into(),
                "カウボーイビバップ\nナルト\n\n\n\n".into(),
            ],
            tags: TagList {
                names: vec!["Action".into(), "Space".into()],
                counts: vec![2, 1, 0, 0, 0, 0],
                indices: vec![0, 1, 0],
            },
            type_names: vec!["TV".into(), "Movie".into()],
            types: vec![1, 1, 2, 0, 0, 0],
            years: vec![1998, 2002, 2001, 0, 0, 0],
            scores: vec![878, 794, 839, UNKNOWN_SCORE, UNKNOWN_SCORE, 0],
            members: vec![100, 300, 50, 0, 0, 0],
            series: vec![0, 0, 2, 0, 0, 4],
        };
        Catalogue::new(Columns::decode(&columns.encode(6).unwrap(), 6).unwrap()).unwrap()
    }

    /// So many items, of which every third begins a series of three.
    pub(crate) fn of(items: u32) -> Catalogue {
        let count = items as usize;
        let titles: Vec<String> = (1..=items).map(|id| format!("Item {id}")).collect();
        let columns = Columns {
            ids: (1..=items).collect(),
            languages: vec!["main".into()],
            titles: vec![titles.join("\n")],
            tags: TagList { counts: vec![0; count], ..TagList::default() },
            types: vec![0; count],
            years: vec![0; count],
            scores: vec![UNKNOWN_SCORE; count],
            members: (0..items).map(|row| row * 37 % 101).collect(),
            series: (0..items).map(|row| row % 3).collect(),
            ..Columns::default()
        };
        Catalogue::new(Columns::decode(&columns.encode(items).unwrap(), items).unwrap()).unwrap()
    }

    fn found(text: &str) -> Vec<u32> {
        sample().find(text, 9).iter().map(|m| m.item.id).collect()
    }

    #[test]
    fn a_warmed_catalogue_finds_the_same() {
        let (cold, warmed) = (sample(), sample());
        assert_eq!(
            [(); 4].map(|()| warmed.warm()),
            [true, true, false, false],
            "three columns of titles"
        );
        for text in ["a", "b", "show", "1"] {
            assert_eq!(warmed.find(text, 9), cold.find(text, 9));
        }
        assert!(!cold.warm(), "the first search made it");
        let half = sample();
        assert!(half.warm());
        assert_eq!(half.find("a", 9), warmed.find("a", 9));
        assert!(!half.warm());
    }

    #[test]
    fn items_hold_what_the_columns_say() {
        let catalogue = sample();
        let item = catalogue.item(0);
        assert_eq!(
            (item.id, item.title, item.kind, item.year),
            (1, "Cowboy Bebop", Some("TV"), Some(1998))
        );
        assert_eq!((item.score, item.members), (Some(8.78), Some(100)));
        assert_eq!(item.genres, ["Action", "Space"]);
        assert_eq!(item.titles.get("japanese"), Some(&"カウボーイビバップ"));
        assert_eq!(item.titles.len(), 2);
        let unknown = catalogue.item(3);
        assert_eq!(
            (unknown.kind, unknown.year, unknown.score, unknown.members),
            (None, None, None, None)
        );
        assert_eq!(catalogue.item(5).score, Some(0.0));
        let series = |row| (catalogue.series(row), catalogue.item(row).series);
        assert_eq!(
            [0, 1, 2, 3, 5].map(series),
            [(0, Some(1)), (1, Some(20)), (0, Some(1)), (3, None), (1, Some(20))]
        );
    }

    #[test]
    fn titles_are_found_in_any_language_best_first() {
        assert_eq!(found("cowboy  BEBOP "), [1, 5], "exact before prefix");
        assert_eq!(
            found("Naruto"),
            [20, 8, 9],
            "popular first, then rows; a word inside comes last"
        );
        assert_eq!(found("ナル"), [20]);
        assert_eq!(found("movie"), [5]);
        assert_eq!(found("20"), [20]);
        assert_eq!(found("in"), [0; 0], "inside a word is not a match");
        assert_eq!(found(" "), [0; 0]);
        let catalogue = sample();
        let movie = &catalogue.find("cowboy bebop: the", 1)[0];
        assert_eq!((movie.matched, movie.language), ("Cowboy Bebop: The Movie", "english"));
    }

    #[test]
    fn a_main_title_wins_and_a_title_may_stand_twice() {
        let catalogue = sample();
        assert_eq!(catalogue.rows_titled("naruto"), [1]);
        assert_eq!(catalogue.rows_titled("henshin"), [3, 4]);
        assert_eq!(catalogue.rows_titled("nobody"), [0; 0]);
        assert_eq!(catalogue.rows_titled(""), [0; 0], "an unknown title is not an empty one");
    }
}

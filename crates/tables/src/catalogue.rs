//! Catalogues on disk: one row an item, with titles, facts and a text to encode.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use csv::{ReaderBuilder, StringRecord};
use serde::{Deserialize, Serialize};

use super::TableError;
use super::ratings::{csv_error, open_table};

/// Which columns of a catalogue hold what, and which items are left out. What is not named is found by the header.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct CatalogueColumns {
    /// Column of the id: a u32, or any text.
    pub id: Option<String>,
    /// Column of the main title.
    pub title: Option<String>,
    /// Columns of other titles, by language.
    pub titles: BTreeMap<String, String>,
    /// Column of the tags (genres).
    pub tags: Option<String>,
    /// What stands between two tags; default `|` where one occurs, else `,`, or a space in a `:token_seq` column.
    pub separator: Option<String>,
    /// Column of the type.
    pub kind: Option<String>,
    /// Column with a year in it: the first four digits from 1800 to 2199 that stand alone.
    pub year: Option<String>,
    /// Column of the mean score.
    pub score: Option<String>,
    /// Column of the number of people who have the item on their list.
    pub members: Option<String>,
    /// Column of the text that is encoded.
    pub text: Option<String>,
    /// Column that says which series an item belongs to: a name that its items share, or ids of other items. Where
    /// there is none, titles tell.
    pub series: Option<String>,
    /// Column of the address of a picture, `https://…` or relative to the page. Never guessed: pictures have owners.
    pub image: Option<String>,
    /// Which items are left out.
    pub drop: Drop,
}

/// Items that are left out of a release.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Drop {
    /// Columns that must not be empty.
    pub empty: Vec<String>,
    /// Tags that must not occur …
    pub tags: Vec<String>,
    /// … in any of these columns.
    pub within: Vec<String>,
}

/// One item as the catalogue has it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The catalogue's id, or, where its ids are texts, a number from 1 in the order of the rows.
    pub id: u32,
    /// The catalogue's id where it is a text.
    pub key: Option<String>,
    /// Main title.
    pub title: String,
    /// Other titles, by language.
    pub titles: BTreeMap<String, String>,
    /// Tags, in the catalogue's order.
    pub tags: Vec<String>,
    /// Type.
    pub kind: Option<String>,
    /// Year.
    pub year: Option<u16>,
    /// Mean score.
    pub score: Option<f64>,
    /// People who have it on their list.
    pub members: Option<u32>,
    /// The text to encode.
    pub text: Option<String>,
    /// The series, where the catalogue names one.
    pub series: Option<String>,
    /// The address of a picture.
    pub image: Option<String>,
}

/// What a catalogue held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CatalogueReport {
    /// Rows read.
    pub rows: usize,
    /// Rows left out by [`Drop`].
    pub dropped: usize,
}

/// Names that are taken for a column, best first; compared without case and without a `:type` suffix.
const ID: &[&str] = &["anime_id", "mal_id", "item_id", "movie_id", "movieid", "id", "key"];
const TITLE: &[&str] = &["name", "title", "movie_title"];
const TITLES: &[(&str, &[&str])] = &[
    ("english", &["english name", "english", "title_english"]),
    ("japanese", &["other name", "japanese name"]),
];
const TAGS: &[&str] = &["genres", "genre", "tags", "class"];
const KIND: &[&str] = &["type"];
const YEAR: &[&str] = &["aired", "premiered", "year", "release_year", "start_date"];
const SCORE: &[&str] = &["score", "rating"];
const MEMBERS: &[&str] = &["members"];
const TEXT: &[&str] = &["synopsis", "sypnopsis", "description", "overview", "plot", "text"];

/// What catalogues write for "unknown".
const UNKNOWN: &[&str] = &["", "unknown", "nan", "n/a", "none", "null", "-"];

/// Reads the catalogue in `path`, plain or gzip by content, comma- or tab-separated.
pub fn read_catalogue(
    path: &Path,
    columns: &CatalogueColumns,
) -> Result<(Vec<Entry>, CatalogueReport), TableError> {
    let mut input = open_table(path)?;
    let start = input.fill_buf().map_err(TableError::io(path))?;
    let line = start.split(|&b| b == b'\n').next().unwrap_or_default();
    let tab = line.contains(&b'\t');
    let open_quote = Arc::new(AtomicBool::new(false));
    let mut reader = ReaderBuilder::new()
        .delimiter(if tab { b'\t' } else { b',' })
        .quoting(!tab) // tab-separated files do not quote, and their texts may hold quotes
        .from_reader(Quotes { inner: input, open: Arc::clone(&open_quote) });
    let header = reader.headers().map_err(|e| csv_error(path, e))?.clone();
    if header.iter().all(|name| name.trim().is_empty()) {
        return Err(TableError::Empty { path: path.to_owned() });
    }
    let places = Places::new(path, &header, columns)?;
    let mut entries = Vec::new();
    let mut report = CatalogueReport::default();
    let mut seen = HashSet::new();
    let mut by_key = None;
    let mut record = StringRecord::new();
    loop {
        let more = reader.read_record(&mut record);
        let line = record.position().map_or(0, csv::Position::line);
        if !tab && reader.is_done() && open_quote.load(Ordering::Relaxed) {
            let reason = "a quote is opened and not closed from here on".to_owned();
            return Err(TableError::Row { path: path.to_owned(), line, reason });
        }
        match more {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(csv_error(path, error)),
        }
        report.rows += 1;
        let row = Row { path, line, record: &record, header: &header };
        let text_id = row.required(places.id)?;
        // The first row says whether ids are numbers or texts; the others must be of the same sort.
        let by_key = *by_key.get_or_insert_with(|| !text_id.bytes().all(|b| b.is_ascii_digit()));
        if !seen.insert(text_id.to_owned()) {
            return Err(TableError::Duplicate {
                path: path.to_owned(),
                line,
                id: text_id.to_owned(),
            });
        }
        if places.drops(&record, &columns.drop) {
            report.dropped += 1;
            continue;
        }
        let id = if by_key { report.rows as u32 } else { row.id(text_id, places.id)? };
        let title = clean(row.required(places.title)?);
        let other =
            |&(ref language, at): &(String, usize)| Some((language.clone(), clean(row.text(at)?)));
        let mut titles: BTreeMap<String, String> = places.titles.iter().filter_map(other).collect();
        titles.retain(|_, other| *other != title);
        entries.push(Entry {
            id,
            key: by_key.then(|| clean(text_id)),
            title,
            titles,
            tags: places
                .tags
                .and_then(|at| row.text(at))
                .map(|text| places.tags(text))
                .unwrap_or_default(),
            kind: places.kind.and_then(|at| row.text(at)).map(clean),
            year: places.year.iter().find_map(|&at| year(row.text(at)?)),
            score: places.score.map(|at| row.number(at)).transpose()?.flatten(),
            members: places
                .members
                .map(|at| row.number(at))
                .transpose()?
                .flatten()
                .map(|n| n as u32),
            text: places.text.and_then(|at| row.text(at)).map(str::to_owned),
            series: places.series.and_then(|at| row.text(at)).map(clean),
            image: places.image.map(|at| row.image(at)).transpose()?.flatten(),
        });
    }
    if entries.is_empty() {
        return Err(TableError::Empty { path: path.to_owned() });
    }
    Ok((entries, report))
}

/// Where the columns are.
struct Places {
    id: usize,
    title: usize,
    titles: Vec<(String, usize)>,
    tags: Option<usize>,
    separator: Option<String>,
    kind: Option<usize>,
    year: Vec<usize>,
    score: Option<usize>,
    members: Option<usize>,
    text: Option<usize>,
    series: Option<usize>,
    image: Option<usize>,
    must_not_be_empty: Vec<usize>,
    must_not_hold: Vec<usize>,
}

impl Places {
    fn new(
        path: &Path,
        header: &StringRecord,
        columns: &CatalogueColumns,
    ) -> Result<Self, TableError> {
        let plain =
            |name: &str| name.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
        let names: Vec<String> =
            header.iter().map(|name| plain(name.trim_start_matches('\u{feff}'))).collect();
        let missing = |column: &str| TableError::Column {
            path: path.to_owned(),
            column: column.to_owned(),
            found: header.iter().collect::<Vec<_>>().join(",").chars().take(200).collect(),
        };
        let at =
            |name: &str| names.iter().position(|n| *n == plain(name)).ok_or_else(|| missing(name));
        let detect = |known: &[&str]| known.iter().find_map(|name| at(name).ok());
        let place = |named: &Option<String>, known: &[&str]| match named {
            Some(name) => at(name).map(Some),
            None => Ok(detect(known)),
        };
        let all =
            |names: &[String]| names.iter().map(|name| at(name)).collect::<Result<Vec<_>, _>>();
        let titles = if columns.titles.is_empty() {
            let known = TITLES.iter();
            known
                .filter_map(|(language, known)| Some(((*language).to_owned(), detect(known)?)))
                .collect()
        } else {
            let mapped = columns.titles.iter();
            mapped
                .map(|(language, name)| Ok((language.clone(), at(name)?)))
                .collect::<Result<_, _>>()?
        };
        let members = place(&columns.members, MEMBERS)?;
        let tags_at = place(&columns.tags, TAGS)?;
        let spaced = tags_at.is_some_and(|at| header[at].trim().ends_with(":token_seq"));
        let year = match &columns.year {
            Some(name) => vec![at(name)?],
            None => YEAR.iter().filter_map(|name| at(name).ok()).collect(),
        };
        // "rating" is the mean score in CooperUnion's catalogue and the audience ("PG-13") in Kaggle's, which has "score".
        Ok(Self {
            id: place(&columns.id, ID)?.ok_or_else(|| missing("the id"))?,
            title: place(&columns.title, TITLE)?.ok_or_else(|| missing("the title"))?,
            titles,
            separator: columns.separator.clone().or_else(|| spaced.then(|| " ".to_owned())),
            tags: tags_at,
            kind: place(&columns.kind, KIND)?,
            year,
            score: place(&columns.score, SCORE)?,
            members,
            text: place(&columns.text, TEXT)?,
            series: place(&columns.series, &[])?, // never guessed: titles do well, and a column of that name may say anything
            image: place(&columns.image, &[])?,
            must_not_be_empty: all(&columns.drop.empty)?,
            must_not_hold: all(&columns.drop.within)?,
        })
    }

    fn tags(&self, text: &str) -> Vec<String> {
        let usual = if text.contains('|') { "|" } else { "," };
        tags(text, self.separator.as_deref().unwrap_or(usual))
    }

    fn drops(&self, record: &StringRecord, drop: &Drop) -> bool {
        let empty = |&at: &usize| is_unknown(&record[at]);
        let holds = |&at: &usize| self.tags(&record[at]).iter().any(|tag| drop.tags.contains(tag));
        self.must_not_be_empty.iter().any(empty) || self.must_not_hold.iter().any(holds)
    }
}

struct Row<'a> {
    path: &'a Path,
    line: u64,
    record: &'a StringRecord,
    header: &'a StringRecord,
}

impl Row<'_> {
    /// Returns a field, or `None` where it says "unknown".
    fn text(&self, at: usize) -> Option<&str> {
        Some(self.record[at].trim()).filter(|text| !is_unknown(text))
    }

    /// Returns a field that must not be empty; "Unknown" may be a title.
    fn required(&self, at: usize) -> Result<&str, TableError> {
        match self.record[at].trim() {
            "" => {
                let reason = format!("column \"{}\" is empty", &self.header[at]);
                Err(TableError::Row { path: self.path.to_owned(), line: self.line, reason })
            }
            text => Ok(text),
        }
    }

    fn id(&self, text: &str, at: usize) -> Result<u32, TableError> {
        text.parse().map_err(|_| {
            if text.bytes().all(|b| b.is_ascii_digit()) {
                let value = text.chars().take(40).collect();
                TableError::IdRange { path: self.path.to_owned(), line: self.line, value }
            } else {
                self.not_a_number(at)
            }
        })
    }

    fn number(&self, at: usize) -> Result<Option<f64>, TableError> {
        let Some(text) = self.text(at) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() && value >= 0.0 => Ok(Some(value)),
            _ => Err(self.not_a_number(at)),
        }
    }

    /// Returns an address of a picture that a page may fetch: whatever else it is would be a mistake in the catalogue.
    fn image(&self, at: usize) -> Result<Option<String>, TableError> {
        let Some(text) = self.text(at) else { return Ok(None) };
        let scheme =
            text.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| !scheme.contains('/'));
        let is_web = scheme.is_none_or(|scheme| {
            scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
        });
        if is_web && !text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Ok(Some(text.to_owned()));
        }
        let shown: String = text.chars().take(40).collect();
        let reason =
            format!("column \"{}\": {shown:?} is not the address of a picture", &self.header[at]);
        Err(TableError::Row { path: self.path.to_owned(), line: self.line, reason })
    }

    fn not_a_number(&self, at: usize) -> TableError {
        TableError::Number {
            path: self.path.to_owned(),
            line: self.line,
            column: self.header[at].to_owned(),
            value: self.record[at].chars().take(40).collect(),
        }
    }
}

fn is_unknown(text: &str) -> bool {
    let text = text.trim();
    UNKNOWN.iter().any(|unknown| text.eq_ignore_ascii_case(unknown))
}

/// White space runs, line breaks too, become one space: a title is one line.
fn clean(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Every tag once, in the order of the text.
fn tags(text: &str, separator: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(separator).map(clean).filter(|tag| !is_unknown(tag)) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

fn year(text: &str) -> Option<u16> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 4);
    digits.filter_map(|digits| digits.parse().ok()).find(|year| (1800..2200).contains(year))
}

/// Passes bytes on and notices whether a quote is open at the end: in CSV their number is even.
struct Quotes<R> {
    inner: R,
    open: Arc<AtomicBool>,
}

impl<R: Read> Read for Quotes<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let odd = buffer[..read].iter().fold(false, |odd, &byte| odd ^ (byte == b'"'));
        self.open.fetch_xor(odd, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read_with(
        text: &str,
        columns: &CatalogueColumns,
    ) -> Result<(Vec<Entry>, CatalogueReport), TableError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        read_catalogue(file.path(), columns)
    }

    fn read(text: &str) -> Result<(Vec<Entry>, CatalogueReport), TableError> {
        read_with(text, &CatalogueColumns::default())
    }

    const KAGGLE_2023: &str = "anime_id,Name,English name,Other name,Score,Genres,Synopsis,Type,Episodes,Aired,Rating,Members\n\
        1,Cowboy Bebop,Cowboy Bebop,カウボーイビバップ,8.75,\"Action, Space\",\"Two\n\nlines, \"\"quoted\"\".\",TV,26.0,\"Apr 3, 1998 to Apr 24, 1999\",R - 17+,1771505\n\
        5,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,,Movie,1.0,\"Sep 1, 2001\",PG-13,360978\n";

    #[test]
    fn kaggle_2023_is_read_as_it_is() {
        let (entries, report) = read(KAGGLE_2023).unwrap();
        assert_eq!(report, CatalogueReport { rows: 2, dropped: 0 });
        let bebop = &entries[0];
        assert_eq!((bebop.id, bebop.title.as_str(), bebop.year), (1, "Cowboy Bebop", Some(1998)));
        assert_eq!(bebop.titles, [("japanese".to_owned(), "カウボーイビバップ".to_owned())].into());
        assert_eq!(bebop.tags, ["Action", "Space"]);
        assert_eq!(
            (bebop.score, bebop.members, bebop.kind.as_deref()),
            (Some(8.75), Some(1_771_505), Some("TV"))
        );
        assert_eq!(bebop.text.as_deref(), Some("Two\n\nlines, \"quoted\"."));
        let unknown = &entries[1];
        assert_eq!(
            (unknown.title.as_str(), unknown.score, unknown.text.as_ref()),
            ("UNKNOWN", None, None)
        );
        assert!(unknown.titles.is_empty() && unknown.tags.is_empty());
    }

    #[test]
    fn cooper_union_is_read_as_it_is() {
        let text = "anime_id,name,genre,type,episodes,rating,members\n32281,Kimi no Na wa.,\"Drama, Romance\",Movie,1,9.37,200630\n";
        let (entries, _) = read(text).unwrap();
        assert_eq!((entries[0].score, entries[0].members), (Some(9.37), Some(200_630)));
        assert_eq!(entries[0].tags, ["Drama", "Romance"]);
    }

    #[test]
    fn other_catalogues_are_read_by_name_and_text_ids_get_numbers() {
        let text = "slug\twhat\tkinds\tabout\nalpha\t5\" disk\tA|B|A\tx\nbeta\tTwo\t\ty\n";
        let columns = CatalogueColumns {
            id: Some("slug".into()),
            title: Some("what".into()),
            tags: Some("kinds".into()),
            text: Some("about".into()),
            ..CatalogueColumns::default()
        };
        let (entries, _) = read_with(text, &columns).unwrap();
        let got: Vec<_> =
            entries.iter().map(|e| (e.id, e.key.as_deref(), e.title.as_str())).collect();
        assert_eq!(got, [(1, Some("alpha"), "5\" disk"), (2, Some("beta"), "Two")]);
        assert_eq!(entries[0].tags, ["A", "B"]);
    }

    #[test]
    fn tags_are_separated_as_the_recipe_or_recbole_says() {
        let tags = |text: &str, separator: Option<&str>| {
            let columns = CatalogueColumns {
                separator: separator.map(str::to_owned),
                ..CatalogueColumns::default()
            };
            read_with(text, &columns).unwrap().0.remove(0).tags
        };
        let recbole = "item_id:token\tmovie_title:token_seq\tclass:token_seq\n1\tToy Story\tAnimation Children's\n";
        assert_eq!(tags(recbole, None), ["Animation", "Children's"]);
        assert_eq!(tags("id,title,genres\n1,A,X Y; Z\n", Some(";")), ["X Y", "Z"]);
    }

    #[test]
    fn pictures_are_read_where_the_recipe_names_them() {
        let text = "id,title,image url\n1,A,https://a.example/1.jpg\n2,B,\n3,C,pictures/3.png\n";
        assert_eq!(read(text).unwrap().0[0].image, None, "not by the name of a column");
        let columns =
            CatalogueColumns { image: Some("Image URL".into()), ..CatalogueColumns::default() };
        let images: Vec<_> =
            read_with(text, &columns).unwrap().0.into_iter().map(|e| e.image).collect();
        assert_eq!(
            images,
            [Some("https://a.example/1.jpg".into()), None, Some("pictures/3.png".into())]
        );
        for bad in ["javascript:x", "data:image/png;base64,A", "a b.png"] {
            let text = format!("id,title,image url\n1,A,{bad}\n");
            assert_eq!(read_with(&text, &columns).unwrap_err().code(), "row_broken", "{bad}");
        }
    }

    #[test]
    fn items_are_left_out_by_tag_or_empty_column() {
        let text =
            "id,title,genres,more\n1,A,X,\n2,B,\"X, Bad\",\n3,C,Y,Bad\n4,D,,\n5,E,Badminton,\n";
        let drop = Drop {
            empty: vec!["genres".into()],
            tags: vec!["Bad".into()],
            within: vec!["genres".into(), "more".into()],
        };
        let (entries, report) =
            read_with(text, &CatalogueColumns { drop, ..CatalogueColumns::default() }).unwrap();
        assert_eq!(entries.iter().map(|e| e.id).collect::<Vec<_>>(), [1, 5]);
        assert_eq!(report, CatalogueReport { rows: 5, dropped: 3 });
    }

    #[test]
    fn bad_catalogues_are_named() {
        let code = |text: &str| read(text).unwrap_err().code();
        assert_eq!(code(""), "table_empty");
        assert_eq!(code("id,title\n"), "table_empty");
        assert_eq!(code("title,score\nA,1\n"), "column_missing");
        assert_eq!(code("id,score\n1,1\n"), "column_missing");
        assert_eq!(code("id,title\n1,A\n1,B\n"), "id_duplicate");
        assert_eq!(code("id,title\n1,A\nx,B\n"), "number_invalid");
        assert_eq!(code("id,title\n99999999999,A\n"), "id_out_of_range");
        assert_eq!(code("id,title\n1,\n"), "row_broken");
        assert_eq!(code("id,title\n1,A,B\n"), "row_broken");
        assert_eq!(code("id,title,score\n1,A,good\n"), "number_invalid");
        assert_eq!(code("id,title,score\n1,A,inf\n"), "number_invalid");
        assert_eq!(
            code("id,score,title\n1,1,\"A\n2,2,B\n3,3,C\n"),
            "row_broken",
            "a quote never closed, last column"
        );
        assert_eq!(code("id,title,score\n1,\"A,1\n2,B,2\n"), "row_broken", "a quote never closed");
        let columns = CatalogueColumns { text: Some("plot".into()), ..CatalogueColumns::default() };
        assert_eq!(read_with("id,title\n1,A\n", &columns).unwrap_err().code(), "column_missing");
    }
}

//! Reads a catalogue: one entry per row.
//! It imports the columns, the parser of fields and the opener of tables.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use csv::{Reader, ReaderBuilder, StringRecord};

use super::columns::{CatalogueColumns, ColumnPositions};
use super::row::{CatalogueRow, clean, year};
use crate::error::TableError;
use crate::open_table::{csv_error, open_table};

/// One item of a catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The catalogue's id. If its ids are texts, this is the number of the row, from 1.
    pub id: u32,
    /// The catalogue's id, if it is a text.
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
    /// The series, if the catalogue names one.
    pub series: Option<String>,
    /// The address of a picture.
    pub image: Option<String>,
}

/// Counts of a catalogue's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CatalogueReport {
    /// Rows read.
    pub rows: usize,
    /// Rows that [`Drop`](super::Drop) left out.
    pub dropped: usize,
}

/// Reads the catalogue in `path`, separated by commas or tabs. Its content may be gzip.
pub fn read_catalogue(
    path: &Path,
    columns: &CatalogueColumns,
) -> Result<(Vec<Entry>, CatalogueReport), TableError> {
    let mut records = Records::open(path)?;
    let header = records.header()?;
    let positions = ColumnPositions::new(path, &header, columns)?;
    let mut entries = Vec::new();
    let mut report = CatalogueReport::default();
    let mut seen = HashSet::new();
    let mut has_text_ids = None;
    let mut record = StringRecord::new();
    while let Some(line) = records.read(&mut record)? {
        report.rows += 1;
        let row = CatalogueRow { path, line, record: &record, header: &header };
        let id = row.required(positions.id)?;
        // The first row decides whether ids are numbers or texts. Later rows must be of the same
        // kind.
        let has_text_ids =
            *has_text_ids.get_or_insert_with(|| !id.bytes().all(|b| b.is_ascii_digit()));
        if !seen.insert(id.to_owned()) {
            return Err(TableError::Duplicate { path: path.to_owned(), line, id: id.to_owned() });
        }
        if positions.drops(&record, &columns.drop) {
            report.dropped += 1;
            continue;
        }
        let number = if has_text_ids { report.rows as u32 } else { row.id(id, positions.id)? };
        let key = has_text_ids.then(|| clean(id));
        entries.push(entry(&row, &positions, number, key)?);
    }
    if entries.is_empty() {
        return Err(TableError::Empty { path: path.to_owned() });
    }
    Ok((entries, report))
}

/// Returns the item of a row.
fn entry(
    row: &CatalogueRow<'_>,
    positions: &ColumnPositions,
    id: u32,
    key: Option<String>,
) -> Result<Entry, TableError> {
    let title = clean(row.required(positions.title)?);
    let other_title =
        |(language, at): &(String, usize)| Some((language.clone(), clean(row.text(*at)?)));
    let mut titles: BTreeMap<String, String> =
        positions.titles.iter().filter_map(other_title).collect();
    titles.retain(|_, other| *other != title);
    let text = |at: Option<usize>| row.text(at?);
    let number = |at: Option<usize>| at.map_or(Ok(None), |at| row.number(at));
    Ok(Entry {
        id,
        key,
        title,
        titles,
        tags: text(positions.tags).map(|text| positions.tags(text)).unwrap_or_default(),
        kind: text(positions.kind).map(clean),
        year: positions.year.iter().find_map(|&at| year(row.text(at)?)),
        score: number(positions.score)?,
        members: number(positions.members)?.map(|n| n as u32),
        text: text(positions.text).map(str::to_owned),
        series: text(positions.series).map(clean),
        image: positions.image.map_or(Ok(None), |at| row.image(at))?,
    })
}

/// The rows of a catalogue.
struct Records<'a> {
    path: &'a Path,
    reader: Reader<QuoteTracker<BufReader<Box<dyn Read>>>>,
    /// Tab-separated files do not quote, and their texts may contain quotes.
    is_quoted: bool,
    /// Says whether a quote is open after the bytes read until now.
    is_open: Arc<AtomicBool>,
}

impl<'a> Records<'a> {
    fn open(path: &'a Path) -> Result<Self, TableError> {
        let mut input = open_table(path)?;
        let start = input.fill_buf().map_err(TableError::io(path))?;
        let header = start.split(|&b| b == b'\n').next().unwrap_or_default();
        let has_tabs = header.contains(&b'\t');
        let is_open = Arc::new(AtomicBool::new(false));
        let reader = ReaderBuilder::new()
            .delimiter(if has_tabs { b'\t' } else { b',' })
            .quoting(!has_tabs)
            .from_reader(QuoteTracker { inner: input, is_open: Arc::clone(&is_open) });
        Ok(Self { path, reader, is_quoted: !has_tabs, is_open })
    }

    /// Returns the header line, which must not be empty.
    fn header(&mut self) -> Result<StringRecord, TableError> {
        let header = self.reader.headers().map_err(|e| csv_error(self.path, e))?.clone();
        if header.iter().all(|name| name.trim().is_empty()) {
            return Err(TableError::Empty { path: self.path.to_owned() });
        }
        Ok(header)
    }

    /// Reads the next row and returns its line in the file, or `None` at the end.
    fn read(&mut self, record: &mut StringRecord) -> Result<Option<u64>, TableError> {
        let more = self.reader.read_record(record);
        let line = record.position().map_or(0, csv::Position::line);
        if self.is_quoted && self.reader.is_done() && self.is_open.load(Ordering::Relaxed) {
            let reason = "a quote is opened from here on and never closed".to_owned();
            return Err(TableError::Row { path: self.path.to_owned(), line, reason });
        }
        let more = more.map_err(|e| csv_error(self.path, e))?;
        Ok(more.then_some(line))
    }
}

/// Passes bytes on and notices whether a quote is open at their end. A whole CSV file has an even
/// number of quotes.
struct QuoteTracker<R> {
    inner: R,
    is_open: Arc<AtomicBool>,
}

impl<R: Read> Read for QuoteTracker<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let odd = buffer[..read].iter().fold(false, |odd, &byte| odd ^ (byte == b'"'));
        self.is_open.fetch_xor(odd, Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::Drop;

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

    const KAGGLE_2023: &str = concat!(
        "anime_id,Name,English name,Other name,Score,Genres,Synopsis,Type,Episodes,Aired,Rating,",
        "Members\n",
        "1,Cowboy Bebop,Cowboy Bebop,カウボーイビバップ,8.75,\"Action, Space\",",
        "\"Two\n\nlines, \"\"quoted\"\".\",TV,26.0,\"Apr 3, 1998 to Apr 24, 1999\",",
        "R - 17+,1771505\n",
        "5,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,,Movie,1.0,\"Sep 1, 2001\",PG-13,360978\n",
    );

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
        let text = "anime_id,name,genre,type,episodes,rating,members\n\
            32281,Kimi no Na wa.,\"Drama, Romance\",Movie,1,9.37,200630\n";
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
        let recbole = "item_id:token\tmovie_title:token_seq\tclass:token_seq\n\
            1\tToy Story\tAnimation Children's\n";
        assert_eq!(tags(recbole, None), ["Animation", "Children's"]);
        assert_eq!(tags("id,title,genres\n1,A,X Y; Z\n", Some(";")), ["X Y", "Z"]);
    }

    #[test]
    fn pictures_are_read_if_the_recipe_names_their_column() {
        let text = "id,title,image url\n1,A,https://a.example/1.jpg\n2,B,\n3,C,pictures/3.png\n";
        assert_eq!(read(text).unwrap().0[0].image, None, "a column of pictures is never guessed");
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
    fn bad_catalogues_are_refused() {
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
            "the quote in the last column is never closed"
        );
        assert_eq!(
            code("id,title,score\n1,\"A,1\n2,B,2\n"),
            "row_broken",
            "the quote is never closed"
        );
        let columns = CatalogueColumns { text: Some("plot".into()), ..CatalogueColumns::default() };
        assert_eq!(read_with("id,title\n1,A\n", &columns).unwrap_err().code(), "column_missing");
    }
}

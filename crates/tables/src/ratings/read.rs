//! Streams the rows of a ratings file, so that 25 million rows need no memory here.
//! It imports the columns, the parser of fields and the opener of tables.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder};
use serde::Serialize;

use super::columns::{ColumnPositions, RatingColumns};
use super::dislikes::Dislikes;
use super::row::{ItemKeys, RatingRow};
use crate::catalogue::Example;
use crate::error::TableError;
use crate::open_table::{csv_error, open_table};

/// One row of a ratings file.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rating {
    /// The user's number: from 0, in the order of their first rows.
    pub user: u32,
    /// The item's id.
    pub item: u32,
    /// `None` for an interaction without a rating: -1, 0, an empty field or no such column.
    pub rating: Option<f32>,
    /// 0 if the file has no timestamps.
    pub timestamp: i64,
    /// Whether the row is a dislike by the rule that the caller gave.
    pub is_disliked: bool,
}

/// Counts of a ratings file's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RatingsReport {
    /// Rows read, with those that were left out.
    pub rows: u64,
    /// Users with at least one row of a known item.
    pub users: u32,
    /// Rows of a pair of user and item that a later row repeats. The last row counts. The caller
    /// that collects the rows sets this number.
    pub duplicates: u64,
    /// Rows of items that are not in the catalogue.
    pub unknown_items: u64,
    /// The first few of these rows, each with another item.
    pub unknown_examples: Vec<Example>,
    /// Pairs of user and item that are dislikes by their last row. The caller that collects the
    /// rows sets this number.
    pub dislikes: u64,
    /// Rows without a rating.
    pub unrated: u64,
    /// Whether the file has timestamps.
    pub has_timestamps: bool,
}

/// Calls `each` for every row of a known item in `path`. Its content may be gzip.
///
/// Rows that `dislikes` holds are marked, and the caller decides what becomes of them.
///
/// Returns the counts and the users' names by number.
///
/// # Errors
///
/// The [`TableError`] of the first row that cannot be read. `each` got the rows before it.
pub fn read_ratings(
    path: &Path,
    columns: Option<&RatingColumns>,
    dislikes: &Dislikes,
    items: ItemKeys<'_>,
    mut each: impl FnMut(Rating),
) -> Result<(RatingsReport, Vec<String>), TableError> {
    let mut input = open_table(path)?;
    let header = read_header(path, &mut input)?;
    let positions = ColumnPositions::new(path, &header, columns, dislikes)?;
    let has_timestamps = positions.timestamp.is_some();
    let mut report = RatingsReport { has_timestamps, ..RatingsReport::default() };
    let mut users = Users::default();
    let mut reader = ReaderBuilder::new()
        .delimiter(positions.delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(input);
    let mut record = ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|e| csv_error(path, e))? {
        // The CSV reader did not see the header line.
        let line = record.position().map_or(0, csv::Position::line) + 1;
        let row = RatingRow { path, line, record: &record, names: &positions.names };
        row.check_width()?;
        report.rows += 1;
        let rating = positions.rating.map_or(Ok(None), |at| row.rating(at))?;
        report.unrated += u64::from(rating.is_none());
        let timestamp = positions.timestamp.map_or(Ok(0), |at| row.timestamp(at))?;
        let Some(item) = row.item(positions.item, items)? else {
            report.unknown_items += 1;
            name_unknown(&mut report.unknown_examples, line, row.text(positions.item)?);
            continue;
        };
        let user = users.number(row.text(positions.user)?);
        let status = positions.status.map_or("", |at| row.plain(at));
        let is_disliked = dislikes.holds(rating, status);
        each(Rating { user, item, rating, timestamp, is_disliked });
    }
    if report.rows == 0 {
        return Err(TableError::Empty { path: path.to_owned() });
    }
    report.users = u32::try_from(users.names.len()).unwrap_or(u32::MAX);
    Ok((report, users.names))
}

/// Names the row of an unknown item, unless enough are named or the item is among them.
fn name_unknown(examples: &mut Vec<Example>, line: u64, item: &str) {
    let example = Example::new(line, item, "");
    if examples.len() < 3 && examples.iter().all(|other| other.id != example.id) {
        examples.push(example);
    }
}

/// Returns the first line, which must not be empty, without its line break and byte order mark.
fn read_header(path: &Path, input: &mut BufReader<Box<dyn Read>>) -> Result<String, TableError> {
    let mut line = Vec::new();
    input.read_until(b'\n', &mut line).map_err(TableError::io(path))?;
    let line = String::from_utf8_lossy(&line);
    let header = line.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
    if header.trim().is_empty() {
        return Err(TableError::Empty { path: path.to_owned() });
    }
    Ok(header.to_owned())
}

/// The users' numbers by name. Most files are sorted by user, so the last name is tried before the
/// map.
#[derive(Default)]
struct Users {
    numbers: HashMap<Box<str>, u32>,
    names: Vec<String>,
    last: u32,
}

impl Users {
    /// Returns the number of a user, and gives a new user the next number.
    fn number(&mut self, name: &str) -> u32 {
        if self.names.get(self.last as usize).is_some_and(|last| last == name) {
            return self.last;
        }
        self.last = if let Some(&number) = self.numbers.get(name) {
            number
        } else {
            let number = self.names.len() as u32;
            self.numbers.insert(name.into(), number);
            self.names.push(name.to_owned());
            number
        };
        self.last
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io::Write;

    use super::*;

    fn read(text: &[u8], items: ItemKeys<'_>) -> Result<(RatingsReport, Vec<Rating>), TableError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        let mut rows = Vec::new();
        read_ratings(file.path(), None, &Dislikes::default(), items, |row| rows.push(row))
            .map(|(report, _)| (report, rows))
    }

    fn row(user: u32, item: u32, rating: Option<f32>, timestamp: i64) -> Rating {
        Rating { user, item, rating, timestamp, is_disliked: false }
    }

    #[test]
    fn known_layouts_are_read_by_header() {
        let cooper = b"user_id,anime_id,rating\n7,20,-1\n7,24,8\n9,20,10\n";
        let want = vec![row(0, 20, None, 0), row(0, 24, Some(8.0), 0), row(1, 20, Some(10.0), 0)];
        let (report, rows) = read(cooper, ItemKeys::Any).unwrap();
        assert_eq!(rows, want);
        assert_eq!((report.rows, report.users, report.unrated), (3, 2, 1));

        let kaggle = "\u{feff}user_id,Username,anime_id,Anime Title,rating\r\n\
            1,\"a, b\",21,\"One\nPiece\",9\r\n";
        assert_eq!(read(kaggle.as_bytes(), ItemKeys::Any).unwrap().1, [row(0, 21, Some(9.0), 0)]);

        let recbole = b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n\
            196\t242\t3\t881250949\n";
        assert_eq!(read(recbole, ItemKeys::Any).unwrap().1, [row(0, 242, Some(3.0), 881_250_949)]);

        let dated = b"userId,movieId,rating,timestamp\nbob,2,3.5,2005-04-02 23:53:47\n";
        assert_eq!(
            read(dated, ItemKeys::Any).unwrap().1,
            [row(0, 2, Some(3.5), 20_050_402_235_347)]
        );
    }

    #[test]
    fn gzip_is_recognised_by_content() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"user_id,anime_id,rating\n1,2,3\n").unwrap();
        let bytes = gzip.finish().unwrap();
        assert_eq!(read(&bytes, ItemKeys::Any).unwrap().1, [row(0, 2, Some(3.0), 0)]);
        assert_eq!(
            read(&bytes[..bytes.len() - 9], ItemKeys::Any).unwrap_err().code().as_str(),
            "io"
        );
    }

    #[test]
    fn named_columns_and_text_keys() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"who;what\nann;red\nann;blue\nbob;green\n").unwrap();
        let columns = RatingColumns {
            user: "who".into(),
            item: "What".into(),
            rating: None,
            timestamp: None,
            status: None,
            delimiter: b';',
        };
        let keys = HashMap::from([("red".to_owned(), 4), ("green".to_owned(), 9)]);
        let mut rows = Vec::new();
        let (none, keys) = (Dislikes::default(), ItemKeys::Keys(&keys));
        let (report, users) =
            read_ratings(file.path(), Some(&columns), &none, keys, |row| rows.push(row)).unwrap();
        assert_eq!(rows, [row(0, 4, None, 0), row(1, 9, None, 0)]);
        assert_eq!((report.unknown_items, users), (1, vec!["ann".to_owned(), "bob".to_owned()]));
    }

    #[test]
    fn unknown_items_are_counted_and_the_first_are_named() {
        let ids = HashSet::from([2]);
        let text = b"user_id,anime_id,rating\n1,2,3\n1,5,3\n2,5,1\n1,6,3\n1,7,3\n1,8,3\n";
        let (report, rows) = read(text, ItemKeys::Ids(&ids)).unwrap();
        assert_eq!((report.rows, report.unknown_items, rows.len()), (6, 5, 1));
        let named: Vec<_> =
            report.unknown_examples.iter().map(|e| (e.line, e.id.as_str())).collect();
        assert_eq!(named, [(3, "5"), (5, "6"), (6, "7")]);
    }

    #[test]
    fn dislikes_are_marked_and_need_their_columns() {
        let rule = Dislikes { below: 5.0, statuses: vec!["dropped".into()] };
        let read = |text: &str| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            let mut marks = Vec::new();
            read_ratings(file.path(), None, &rule, ItemKeys::Any, |row| marks.push(row.is_disliked))
                .map(|_| marks)
        };
        let text = "user_id,anime_id,status,score\n1,1,watching,0\n1,2,dropped,9\n1,3,completed,4\n\
            1,4,completed,5\n1,5,,-1\n";
        assert_eq!(read(text).unwrap(), [false, true, true, false, false]);
        for text in ["user,item,rating\n1,2,3\n", "user,item,status\n1,2,dropped\n"] {
            assert_eq!(read(text).unwrap_err().code().as_str(), "column_missing", "{text}");
        }
    }

    #[test]
    fn bad_files_are_named_by_code_and_line() {
        for (text, code, message) in [
            ("", "table_empty", "no rows"),
            ("user_id,anime_id,rating\n", "table_empty", "no rows"),
            ("user_id,rating\n1,2\n", "column_missing", "user and item"),
            ("user_id,anime_id,rating\n1,2\n", "row_broken", "line 2"),
            ("user_id,anime_id,rating\n1,2,3\n1,\"2,3\n4,5,6\n", "row_broken", "line 3"),
            ("user_id,anime_id,rating\n1,2,\"3\n4,5,6\n", "row_broken", "not closed"),
            ("user_id,anime_id,rating\n1,x,3\n", "number_invalid", "\"x\""),
            ("user_id,anime_id,rating\n1,-4,3\n", "number_invalid", "\"-4\""),
            ("user_id,anime_id,rating\n1,2,good\n", "number_invalid", "line 2"),
            ("user_id,anime_id,rating\n1,2,NaN\n", "number_invalid", "NaN"),
            ("user_id,anime_id,rating\n1,4294967296,3\n", "id_out_of_range", "4294967296"),
            ("user_id,anime_id,timestamp\n1,2,yesterday\n", "number_invalid", "yesterday"),
            ("user_id,anime_id,rating\n,2,3\n", "row_broken", "empty"),
        ] {
            let error = read(text.as_bytes(), ItemKeys::Any).unwrap_err();
            assert_eq!(error.code().as_str(), code, "{text:?}");
            assert!(error.to_string().contains(message), "{error}");
        }
    }
}

//! Ratings on disk: one row a (user, item) pair, read as a stream so that 25 million rows need no memory here.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use flate2::bufread::MultiGzDecoder;

use super::TableError;

/// Which columns of a ratings file hold what. Names are compared without case and without a `:type` suffix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatingColumns {
    /// The user: a number or any text.
    pub user: String,
    /// The item: a u32, or a text key of [`ItemKeys::Keys`].
    pub item: String,
    /// The rating; without it every row is an unrated interaction.
    pub rating: Option<String>,
    /// When: seconds, or a date and time written from the year down.
    pub timestamp: Option<String>,
    /// Between fields: usually `b','` or `b'\t'`.
    pub delimiter: u8,
}

/// Names that are taken for a column, best first, when no mapping is given.
const USER: &[&str] = &["user_id", "userid", "user", "uid", "username"];
const ITEM: &[&str] =
    &["anime_id", "item_id", "movie_id", "movieid", "itemid", "item", "iid", "product_id"];
const RATING: &[&str] = &["rating", "score", "stars"];
const TIMESTAMP: &[&str] = &["timestamp", "time", "ts", "date"];

impl RatingColumns {
    /// Returns the columns that the header line of a ratings file names: `CooperUnion`, Kaggle 2023, `MovieLens`,
    /// `RecBole` and their like. `None` where there is no column for users or none for items.
    #[must_use]
    pub fn detect(header: &str) -> Option<Self> {
        let delimiter =
            [b'\t', b';', b','].into_iter().find(|d| header.as_bytes().contains(d)).unwrap_or(b',');
        let names: Vec<&str> =
            header.split(char::from(delimiter)).map(|n| n.trim().trim_matches('"')).collect();
        let find = |wanted: &[&str]| {
            wanted
                .iter()
                .find_map(|w| names.iter().find(|n| plain(n) == *w))
                .map(|n| (*n).to_owned())
        };
        let (user, item) = (find(USER)?, find(ITEM)?);
        Some(Self { user, item, rating: find(RATING), timestamp: find(TIMESTAMP), delimiter })
    }
}

fn plain(name: &str) -> String {
    name.split(':').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Which items count; rows of others are counted in [`RatingsReport::unknown_items`] and left out.
#[derive(Debug, Clone, Copy)]
pub enum ItemKeys<'a> {
    /// Every u32.
    Any,
    /// These numbers only.
    Ids(&'a HashSet<u32>),
    /// Text keys and the numbers that stand for them.
    Keys(&'a HashMap<String, u32>),
}

/// One row of a ratings file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rating {
    /// Users are numbered from 0 in the order of their first row.
    pub user: u32,
    /// The item's id.
    pub item: u32,
    /// `None` for watched and unrated: -1, 0, an empty field or no such column.
    pub rating: Option<f32>,
    /// 0 where the file has none.
    pub timestamp: i64,
}

/// What a ratings file held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RatingsReport {
    /// Rows read, those left out included.
    pub rows: u64,
    /// Users with at least one row of a known item.
    pub users: u32,
    /// Rows of a (user, item) pair that a later row repeats; the last counts. Filled where rows are collected.
    pub duplicates: u64,
    /// Rows of items that are not in the catalogue.
    pub unknown_items: u64,
    /// Rows that say "watched" but give no rating.
    pub unrated: u64,
    /// Whether the file has timestamps.
    pub has_timestamps: bool,
}

/// Calls `each` for every row of a known item in `path`, plain or gzip by content, and returns the report and the
/// users' names by number.
///
/// # Errors
///
/// The [`TableError`] of the first row that cannot be read; rows before it have been passed on.
pub fn read_ratings(
    path: &Path,
    columns: Option<&RatingColumns>,
    items: ItemKeys<'_>,
    mut each: impl FnMut(Rating),
) -> Result<(RatingsReport, Vec<String>), TableError> {
    let mut input = open_table(path)?;
    let mut header = Vec::new();
    input.read_until(b'\n', &mut header).map_err(TableError::io(path))?;
    let header = String::from_utf8_lossy(&header);
    let header = header.trim_start_matches('\u{feff}').trim_end_matches(['\n', '\r']);
    if header.trim().is_empty() {
        return Err(TableError::Empty { path: path.to_owned() });
    }
    let missing = |column: &str| TableError::Column {
        path: path.to_owned(),
        column: column.to_owned(),
        found: header.chars().take(200).collect(),
    };
    let columns = match columns {
        Some(columns) => columns.clone(),
        None => RatingColumns::detect(header).ok_or_else(|| missing("user and item"))?,
    };
    let names: Vec<String> =
        header.split(char::from(columns.delimiter)).map(|n| plain(n.trim_matches('"'))).collect();
    let place = |name: &String| {
        names.iter().position(|n| *n == plain(name)).ok_or_else(|| missing(name.as_str()))
    };
    let (user_at, item_at) = (place(&columns.user)?, place(&columns.item)?);
    let rating_at = columns.rating.as_ref().map(place).transpose()?;
    let time_at = columns.timestamp.as_ref().map(place).transpose()?;

    let mut report =
        RatingsReport { has_timestamps: time_at.is_some(), ..RatingsReport::default() };
    let mut users = Users::default();
    let mut reader = ReaderBuilder::new()
        .delimiter(columns.delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(input);
    let mut record = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Err(csv_error(path, error)),
        }
        // The header line was taken off before the CSV reader saw the file.
        let line = record.position().map_or(0, csv::Position::line) + 1;
        let row = Row { path, line, record: &record, names: &names };
        if record.len() != names.len() {
            let reason = format!("{} fields, the header has {}", record.len(), names.len());
            return Err(row.broken(reason));
        }
        report.rows += 1;
        let rating = match rating_at {
            Some(at) => row.rating(at)?,
            None => None,
        };
        report.unrated += u64::from(rating.is_none());
        let timestamp = match time_at {
            Some(at) => row.timestamp(at)?,
            None => 0,
        };
        let Some(item) = row.item(item_at, items)? else {
            report.unknown_items += 1;
            continue;
        };
        let user = users.number(row.text(user_at)?);
        each(Rating { user, item, rating, timestamp });
    }
    if report.rows == 0 {
        return Err(TableError::Empty { path: path.to_owned() });
    }
    report.users = u32::try_from(users.names.len()).unwrap_or(u32::MAX);
    Ok((report, users.names))
}

/// Opens a text file, plain or gzip by content.
pub fn open_table(path: &Path) -> Result<BufReader<Box<dyn Read>>, TableError> {
    let mut file =
        BufReader::with_capacity(1 << 16, File::open(path).map_err(TableError::io(path))?);
    let gzip = file.fill_buf().map_err(TableError::io(path))?.starts_with(&[0x1f, 0x8b]);
    let inner: Box<dyn Read> =
        if gzip { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    Ok(BufReader::with_capacity(1 << 16, inner))
}

pub(super) fn csv_error(path: &Path, error: csv::Error) -> TableError {
    let line = error.position().map_or(0, csv::Position::line) + 1;
    match error.into_kind() {
        ErrorKind::Io(source) => TableError::Io { path: path.to_owned(), source },
        other => TableError::Row { path: path.to_owned(), line, reason: format!("{other:?}") },
    }
}

/// Numbers for names. Files are usually sorted by user, so the last name is tried before the map.
#[derive(Default)]
struct Users {
    numbers: HashMap<Box<str>, u32>,
    names: Vec<String>,
    last: u32,
}

impl Users {
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

struct Row<'a> {
    path: &'a Path,
    line: u64,
    record: &'a ByteRecord,
    names: &'a [String],
}

impl Row<'_> {
    fn broken(&self, reason: String) -> TableError {
        // A quote that is never closed swallows the lines after it.
        let quote = self.record.iter().any(|field| field.contains(&b'\n'));
        let hint = if quote { "; a quote is opened and not closed" } else { "" };
        TableError::Row { path: self.path.to_owned(), line: self.line, reason: reason + hint }
    }

    fn text(&self, at: usize) -> Result<&str, TableError> {
        let text = std::str::from_utf8(&self.record[at])
            .map_err(|_| self.broken(format!("column \"{}\" is not UTF-8", self.names[at])))?;
        match text.trim() {
            "" => Err(self.broken(format!("column \"{}\" is empty", self.names[at]))),
            text => Ok(text),
        }
    }

    fn number(&self, at: usize) -> TableError {
        let value = String::from_utf8_lossy(&self.record[at]);
        if value.contains('\n') {
            return self.broken(format!("column \"{}\" spans lines", self.names[at]));
        }
        TableError::Number {
            path: self.path.to_owned(),
            line: self.line,
            column: self.names[at].clone(),
            value: value.chars().take(40).collect(),
        }
    }

    fn item(&self, at: usize, items: ItemKeys<'_>) -> Result<Option<u32>, TableError> {
        let text = self.text(at)?;
        if let ItemKeys::Keys(keys) = items {
            return Ok(keys.get(text).copied());
        }
        let id = text.parse::<u32>().map_err(|_| {
            if text.bytes().all(|b| b.is_ascii_digit()) {
                let value = text.chars().take(40).collect();
                TableError::IdRange { path: self.path.to_owned(), line: self.line, value }
            } else {
                self.number(at)
            }
        })?;
        Ok(match items {
            ItemKeys::Ids(ids) if !ids.contains(&id) => None,
            _ => Some(id),
        })
    }

    fn rating(&self, at: usize) -> Result<Option<f32>, TableError> {
        let field = self.record[at].trim_ascii();
        if field.is_empty() {
            return Ok(None);
        }
        let value = std::str::from_utf8(field).ok().and_then(|text| text.parse::<f32>().ok());
        match value {
            Some(value) if !value.is_finite() => Err(self.number(at)),
            Some(value) if value <= 0.0 => Ok(None),
            Some(value) => Ok(Some(value)),
            None => Err(self.number(at)),
        }
    }

    /// Seconds as they are; a date as its digits, which keep the order.
    fn timestamp(&self, at: usize) -> Result<i64, TableError> {
        let text = std::str::from_utf8(&self.record[at]).map(str::trim).unwrap_or_default();
        if let Ok(seconds) = text.parse::<i64>() {
            return Ok(seconds);
        }
        if let Ok(seconds) = text.parse::<f64>()
            && seconds.is_finite()
        {
            return Ok(seconds as i64);
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).take(14).collect();
        let dated = text.chars().all(|c| c.is_ascii_digit() || "-:/. TZ+".contains(c));
        match digits.len() {
            8.. if dated => format!("{digits:0<14}").parse().map_err(|_| self.number(at)),
            _ => Err(self.number(at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(text: &[u8], items: ItemKeys<'_>) -> Result<(RatingsReport, Vec<Rating>), TableError> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        let mut rows = Vec::new();
        read_ratings(file.path(), None, items, |row| rows.push(row))
            .map(|(report, _)| (report, rows))
    }

    fn row(user: u32, item: u32, rating: Option<f32>, timestamp: i64) -> Rating {
        Rating { user, item, rating, timestamp }
    }

    #[test]
    fn known_layouts_are_read_by_header() {
        let cooper = b"user_id,anime_id,rating\n7,20,-1\n7,24,8\n9,20,10\n";
        let want = vec![row(0, 20, None, 0), row(0, 24, Some(8.0), 0), row(1, 20, Some(10.0), 0)];
        let (report, rows) = read(cooper, ItemKeys::Any).unwrap();
        assert_eq!(rows, want);
        assert_eq!((report.rows, report.users, report.unrated), (3, 2, 1));

        let kaggle = "\u{feff}user_id,Username,anime_id,Anime Title,rating\r\n1,\"a, b\",21,\"One\nPiece\",9\r\n";
        assert_eq!(read(kaggle.as_bytes(), ItemKeys::Any).unwrap().1, [row(0, 21, Some(9.0), 0)]);

        let recbole =
            b"user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n";
        assert_eq!(read(recbole, ItemKeys::Any).unwrap().1, [row(0, 242, Some(3.0), 881_250_949)]);

        let dated = b"userId,movieId,rating,timestamp\nbob,2,3.5,2005-04-02 23:53:47\n";
        assert_eq!(
            read(dated, ItemKeys::Any).unwrap().1,
            [row(0, 2, Some(3.5), 20_050_402_235_347)]
        );
    }

    #[test]
    fn gzip_is_known_by_content() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"user_id,anime_id,rating\n1,2,3\n").unwrap();
        let bytes = gzip.finish().unwrap();
        assert_eq!(read(&bytes, ItemKeys::Any).unwrap().1, [row(0, 2, Some(3.0), 0)]);
        assert_eq!(read(&bytes[..bytes.len() - 9], ItemKeys::Any).unwrap_err().code(), "io");
    }

    #[test]
    fn mapped_columns_and_text_keys() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"who;what\nann;red\nann;blue\nbob;green\n").unwrap();
        let columns = RatingColumns {
            user: "who".into(),
            item: "What".into(),
            rating: None,
            timestamp: None,
            delimiter: b';',
        };
        let keys = HashMap::from([("red".to_owned(), 4), ("green".to_owned(), 9)]);
        let mut rows = Vec::new();
        let (report, users) =
            read_ratings(file.path(), Some(&columns), ItemKeys::Keys(&keys), |row| rows.push(row))
                .unwrap();
        assert_eq!(rows, [row(0, 4, None, 0), row(1, 9, None, 0)]);
        assert_eq!((report.unknown_items, users), (1, vec!["ann".to_owned(), "bob".to_owned()]));
    }

    #[test]
    fn unknown_items_are_counted() {
        let ids = HashSet::from([2]);
        let (report, rows) =
            read(b"user_id,anime_id,rating\n1,2,3\n1,5,3\n", ItemKeys::Ids(&ids)).unwrap();
        assert_eq!((report.rows, report.unknown_items, rows.len()), (2, 1, 1));
    }

    #[test]
    fn bad_files_are_named_by_code_and_line() {
        for (text, code, says) in [
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
            assert_eq!(error.code(), code, "{text:?}");
            assert!(error.to_string().contains(says), "{error}");
        }
    }
}

//! Which columns of a ratings file hold what.
//! It imports the error, the names of columns and the rule of dislikes.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::dislikes::Dislikes;
use crate::error::TableError;
use crate::plain_name::plain_name;

/// Which columns of a ratings file hold what. Case and a `:type` suffix of a name do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatingColumns {
    /// The user: a number or any text.
    pub user: String,
    /// The item: a u32, or a text key of [`ItemKeys::Keys`](super::ItemKeys::Keys).
    pub item: String,
    /// The rating. Without it every row is an unrated interaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<String>,
    /// The time: seconds, or a date and time that starts with the year.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The user's state with the item, such as `completed` or `dropped`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The byte between fields: usually `b','` or `b'\t'`. In text one character, or `tab`.
    #[serde(default = "comma", with = "delimiter")]
    pub delimiter: u8,
}

fn comma() -> u8 {
    b','
}

/// The delimiter as text.
mod delimiter {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[allow(clippy::trivially_copy_pass_by_ref)] // serde wants a reference
    pub fn serialize<S: Serializer>(byte: &u8, to: S) -> Result<S::Ok, S::Error> {
        if *byte == b'\t' { to.serialize_str("tab") } else { to.serialize_char(char::from(*byte)) }
    }

    pub fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<u8, D::Error> {
        let text = String::deserialize(from)?;
        super::RatingColumns::parse_delimiter(&text)
            .ok_or_else(|| D::Error::custom("delimiter is not one character or \"tab\""))
    }
}

/// Names under which a column is looked for, best first, if the caller names none.
const USER: &[&str] = &["user_id", "userid", "user", "uid", "username"];
const ITEM: &[&str] =
    &["anime_id", "item_id", "movie_id", "movieid", "itemid", "item", "iid", "product_id"];
const RATING: &[&str] = &["rating", "score", "stars"];
const TIMESTAMP: &[&str] = &["timestamp", "time", "ts", "date"];
const STATUS: &[&str] = &["status", "watching_status", "list_status"];

impl RatingColumns {
    /// Returns the delimiter that a text names: one ASCII character, or `tab`.
    #[must_use]
    pub fn parse_delimiter(text: &str) -> Option<u8> {
        match text.as_bytes() {
            b"tab" | b"\\t" => Some(b'\t'),
            [one] if one.is_ascii() => Some(*one),
            _ => None,
        }
    }

    /// Returns the columns that the header line of a ratings file names.
    ///
    /// It knows the names that `CooperUnion`, Kaggle 2023, `MovieLens` and `RecBole` use. It
    /// returns `None` if there is no column of users or none of items.
    #[must_use]
    pub fn detect(header: &str) -> Option<Self> {
        let delimiter =
            [b'\t', b';', b','].into_iter().find(|d| header.as_bytes().contains(d)).unwrap_or(b',');
        let names: Vec<&str> =
            header.split(char::from(delimiter)).map(|n| n.trim().trim_matches('"')).collect();
        let find = |usual: &[&str]| {
            usual
                .iter()
                .find_map(|w| names.iter().find(|n| plain_name(n) == *w))
                .map(|n| (*n).to_owned())
        };
        let (user, item) = (find(USER)?, find(ITEM)?);
        let (rating, timestamp, status) = (find(RATING), find(TIMESTAMP), find(STATUS));
        Some(Self { user, item, rating, timestamp, status, delimiter })
    }
}

/// The positions of the columns in the rows of a ratings file.
pub(super) struct ColumnPositions {
    /// The names of all columns in lower case, without a `:type` suffix.
    pub names: Vec<String>,
    pub delimiter: u8,
    pub user: usize,
    pub item: usize,
    pub rating: Option<usize>,
    pub timestamp: Option<usize>,
    pub status: Option<usize>,
}

impl ColumnPositions {
    /// Returns the positions of `columns`, or of the detected columns if the caller names none. The
    /// columns that tell `dislikes` must be among them.
    pub fn new(
        path: &Path,
        header: &str,
        columns: Option<&RatingColumns>,
        dislikes: &Dislikes,
    ) -> Result<Self, TableError> {
        let missing = |column: &str| TableError::Column {
            path: path.to_owned(),
            column: column.to_owned(),
            found: header.chars().take(200).collect(),
        };
        let columns = match columns {
            Some(columns) => columns.clone(),
            None => RatingColumns::detect(header).ok_or_else(|| missing("user and item"))?,
        };
        if dislikes.below > 0.0 && columns.rating.is_none() {
            return Err(missing("the rating, which dislike_below compares"));
        }
        if !dislikes.statuses.is_empty() && columns.status.is_none() {
            return Err(missing("the status, which dislike_statuses names"));
        }
        let names: Vec<String> = header
            .split(char::from(columns.delimiter))
            .map(|name| plain_name(name.trim_matches('"')))
            .collect();
        let position = |name: &String| {
            names.iter().position(|n| *n == plain_name(name)).ok_or_else(|| missing(name))
        };
        Ok(Self {
            user: position(&columns.user)?,
            item: position(&columns.item)?,
            rating: columns.rating.as_ref().map(position).transpose()?,
            timestamp: columns.timestamp.as_ref().map(position).transpose()?,
            status: columns.status.as_ref().map(position).transpose()?,
            delimiter: columns.delimiter,
            names,
        })
    }
}

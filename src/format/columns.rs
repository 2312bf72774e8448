//! The columns of a catalogue as other modules see them: ids, titles and declared fields.
//! Imports the errors alone; `catalogue` writes and reads them.

use serde::{Deserialize, Serialize, Serializer};

use super::FormatError;

/// The data of all items for look-ups, filters and display: one entry an item in each column.
///
/// The texts of one column are one string, an item a line, so that they need no offsets in a file.
/// An empty line is "unknown".
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    /// Ids, each once.
    pub ids: Vec<u32>,
    /// Text ids, or empty if the catalogue has none.
    pub keys: String,
    /// The titles, the main ones first.
    pub titles: Vec<TitleColumn>,
    /// The declared fields, in the order of the catalogue.
    pub fields: Vec<Field>,
}

/// The titles of all items in one language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TitleColumn {
    /// Name of the column, for instance a language.
    pub name: String,
    /// The titles. Every item has a main title; in another column an empty line means "as the main
    /// one" or "none".
    pub lines: String,
}

/// A declared field: a fact that each item may have.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Name in requests and answers.
    pub name: String,
    /// The purpose that the reader knows, if the field has one.
    pub role: Option<Role>,
    /// The values of all items.
    pub values: FieldValues,
}

/// The type of a field's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// [`FieldValues::Tags`].
    Tags,
    /// [`FieldValues::Category`].
    Category,
    /// [`FieldValues::Number`].
    Number,
    /// [`FieldValues::Date`].
    Date,
    /// [`FieldValues::Text`].
    Text,
}

/// A purpose of a field that the reader knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A column of titles, the main one or one in another language.
    Title,
    /// The address of the item's page.
    Url,
    /// The address of a picture.
    Image,
    /// How many people know the item; unknown counts as 0.
    Popularity,
    /// The items of one series or product family share a value: a category, or a whole number
    /// below 2^32. A request may collapse them.
    Group,
    /// When the item appeared.
    Published,
}

impl Role {
    /// Returns the name of the role in recipes and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Url => "url",
            Self::Image => "image",
            Self::Popularity => "popularity",
            Self::Group => "group",
            Self::Published => "published",
        }
    }

    /// Returns whether a field of this role may have this type.
    #[must_use]
    pub const fn fits(self, kind: FieldType) -> bool {
        match self {
            Self::Title | Self::Url | Self::Image => matches!(kind, FieldType::Text),
            Self::Popularity => matches!(kind, FieldType::Number),
            Self::Published => matches!(kind, FieldType::Date),
            Self::Group => matches!(kind, FieldType::Number | FieldType::Category),
        }
    }
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The values of a field, by item.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValues {
    /// Any number of names an item.
    Tags(TagList),
    /// At most one name an item.
    Category {
        /// Every name once.
        names: Vec<String>,
        /// The position in `names`, counted from 1; 0 is "unknown".
        values: Vec<u32>,
    },
    /// A number; NaN is "unknown".
    Number(Vec<f64>),
    /// A day, counted from 1970-01-01; [`UNKNOWN_DATE`] is "unknown".
    Date(Vec<i32>),
    /// A text, an item a line; an empty line is "unknown".
    Text(String),
}

impl FieldValues {
    /// Returns the type of the values.
    #[must_use]
    pub const fn kind(&self) -> FieldType {
        match self {
            Self::Tags(_) => FieldType::Tags,
            Self::Category { .. } => FieldType::Category,
            Self::Number(_) => FieldType::Number,
            Self::Date(_) => FieldType::Date,
            Self::Text(_) => FieldType::Text,
        }
    }
}

/// An unknown day in [`FieldValues::Date`].
pub const UNKNOWN_DATE: i32 = i32::MIN;

/// A list of tags for each item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagList {
    /// Every tag once.
    pub names: Vec<String>,
    /// Where each item's tags start in `indices`, then the end of the last.
    pub starts: Vec<u32>,
    /// The tags of all items, one after the other, as positions in `names`.
    pub indices: Vec<u32>,
}

impl TagList {
    /// Returns the list for this many tags of each item.
    #[must_use]
    pub fn new(names: Vec<String>, counts: impl Iterator<Item = usize>, indices: Vec<u32>) -> Self {
        let mut end = 0;
        let ends = counts.map(|count| {
            end += count as u32;
            end
        });
        Self { names, starts: std::iter::once(0).chain(ends).collect(), indices }
    }

    /// Returns the tags of a row, as positions in [`Self::names`].
    #[must_use]
    pub fn of(&self, row: u32) -> &[u32] {
        let at = row as usize;
        &self.indices[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    fn check(&self, items: usize) -> Result<(), FormatError> {
        let Self { names, starts, indices } = self;
        ensure(starts.len() == items + 1, "the tags have another length than the catalogue")?;
        let sound = starts.is_sorted() && starts[0] == 0 && starts[items] as usize == indices.len();
        ensure(sound, "the tags do not add up")?;
        ensure(indices.iter().all(|&tag| (tag as usize) < names.len()), "a tag has no name")
    }
}

/// Most fields and title columns of a catalogue.
pub const MAX_FIELDS: usize = 100;

pub(super) fn ensure(ok: bool, contradiction: &'static str) -> Result<(), FormatError> {
    if ok { Ok(()) } else { Err(FormatError::Catalogue(contradiction)) }
}

impl Columns {
    /// Returns the field of this role, if the catalogue has one.
    #[must_use]
    pub fn field_of(&self, role: Role) -> Option<&Field> {
        self.fields.iter().find(|field| field.role == Some(role))
    }

    /// Returns an error if the columns contradict each other.
    pub(super) fn check(&self, items: usize) -> Result<(), FormatError> {
        let Self { ids, keys, titles, fields } = self;
        let lines = |text: &str| text.split('\n').count() == items;
        ensure(ids.len() == items, "a column has another length than the catalogue")?;
        let mut ids = ids.clone();
        ids.sort_unstable();
        ensure(ids.windows(2).all(|pair| pair[0] != pair[1]), "an id occurs twice")?;
        let main = titles.first().ok_or(FormatError::Catalogue("there is no title column"))?;
        ensure(
            titles.iter().all(|column| lines(&column.lines)),
            "a title column has another length than the catalogue",
        )?;
        ensure(main.lines.split('\n').all(|title| !title.is_empty()), "an item has no main title")?;
        ensure(keys.is_empty() || lines(keys), "the keys have another length than the catalogue")?;
        ensure(titles.len() + fields.len() <= MAX_FIELDS, "it has more than 100 fields")?;
        let names: Vec<&String> = titles
            .iter()
            .map(|column| &column.name)
            .chain(fields.iter().map(|field| &field.name))
            .collect();
        let is_first = |(at, name): (usize, &&String)| !names[..at].contains(name);
        ensure(names.iter().enumerate().all(is_first), "two fields have the same name")?;
        let is_first = |(at, field): (usize, &Field)| {
            field.role.is_none() || fields[..at].iter().all(|other| other.role != field.role)
        };
        ensure(fields.iter().enumerate().all(is_first), "two fields have the same role")?;
        fields.iter().try_for_each(|field| field.check(items))
    }
}

impl Field {
    fn check(&self, items: usize) -> Result<(), FormatError> {
        let length = match &self.values {
            FieldValues::Tags(tags) => {
                tags.check(items)?;
                items
            }
            FieldValues::Category { names, values } => {
                let named = values.iter().all(|&value| value as usize <= names.len());
                ensure(named, "a category has no name")?;
                values.len()
            }
            FieldValues::Number(values) => {
                ensure(values.iter().all(|value| !value.is_infinite()), "a number is infinite")?;
                let is_whole = |value: &f64| value.is_nan() || f64::from(*value as u32) == *value;
                let sound = self.role != Some(Role::Group) || values.iter().all(is_whole);
                ensure(sound, "a group is not a whole number below 2^32")?;
                values.len()
            }
            FieldValues::Date(days) => days.len(),
            FieldValues::Text(lines) => lines.split('\n').count(),
        };
        ensure(length == items, "a column has another length than the catalogue")?;
        // Titles are columns of their own.
        let fits = self.role.is_none_or(|r| r != Role::Title && r.fits(self.values.kind()));
        ensure(fits, "a field has a role that its type cannot have")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Columns {
        let field = |name: &str, role, values| Field { name: name.into(), role, values };
        let tags = TagList::new(vec!["a".into(), "b".into()], [2, 0].into_iter(), vec![0, 1]);
        let category = FieldValues::Category { names: vec!["x".into()], values: vec![1, 0] };
        Columns {
            ids: vec![20, 1],
            keys: "k\nl".into(),
            titles: ["main", "english"]
                .map(|name| TitleColumn { name: name.into(), lines: "A\nB".into() })
                .into(),
            fields: vec![
                field("tags", None, FieldValues::Tags(tags)),
                field("family", Some(Role::Group), category),
                field("price", None, FieldValues::Number(vec![9.5, f64::NAN])),
                field("sold", Some(Role::Popularity), FieldValues::Number(vec![1.0, 2.0])),
                field("date", Some(Role::Published), FieldValues::Date(vec![3, UNKNOWN_DATE])),
                field("page", Some(Role::Url), FieldValues::Text("/a\n".into())),
            ],
        }
    }

    #[test]
    fn columns_that_contradict_each_other_are_refused() {
        assert_eq!(sample().check(2), Ok(()));
        let cases: [fn(&mut Columns); 22] = [
            |c| c.ids[0] = 1,
            |c| c.ids.truncate(1),
            |c| c.keys = "a".into(),
            |c| c.titles.clear(),
            |c| c.titles[1].lines.push('\n'),
            |c| c.titles[0].lines = "\nB".into(),
            |c| c.fields[2].name = "tags".into(),
            |c| c.fields[2].name = "english".into(),
            |c| c.fields[2].role = Some(Role::Popularity),
            |c| c.fields[3].role = Some(Role::Published),
            |c| c.fields[0].role = Some(Role::Group),
            |c| c.fields[5].role = Some(Role::Popularity),
            |c| c.fields[5].role = Some(Role::Title),
            |c| c.fields[2].values = FieldValues::Number(vec![1.0]),
            |c| c.fields[2].values = FieldValues::Number(vec![1.0, f64::INFINITY]),
            |c| c.fields[4].values = FieldValues::Date(vec![1]),
            |c| c.fields[5].values = FieldValues::Text("a".into()),
            |c| {
                (c.fields[1].role, c.fields[2].role) = (None, Some(Role::Group)); // 9.5
            },
            |c| {
                let more = (0..MAX_FIELDS).map(|at| Field {
                    name: at.to_string(),
                    role: None,
                    values: FieldValues::Date(vec![0, 0]),
                });
                c.fields.extend(more);
            },
            |c| c.titles[1].name = "main".into(),
            |c| {
                c.fields[1].values =
                    FieldValues::Category { names: vec!["x".into()], values: vec![2, 0] }
            },
            |c| {
                let tags = TagList { names: vec![], starts: vec![0, 1, 1], indices: vec![0] };
                c.fields[0].values = FieldValues::Tags(tags);
            },
        ];
        for (at, change) in cases.into_iter().enumerate() {
            let mut columns = sample();
            change(&mut columns);
            assert_eq!(
                columns.check(2).unwrap_err().code().as_str(),
                "catalogue_invalid",
                "case {at}"
            );
        }
    }
}

//! A catalogue as a table: ids, titles, texts, and a column of typed values for each field.
//! It imports the roles of fields, and dates.

use std::collections::BTreeMap;

use super::date::CatalogueDate;
use osusume::format::Role;

/// A catalogue. Every list has one value a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CatalogueTable {
    /// The id of each item. If the catalogue's ids are texts, it is the number of the item's row in
    /// the file, from 1.
    pub ids: Vec<u32>,
    /// The catalogue's own ids, if they are texts.
    pub keys: Option<Vec<String>>,
    /// Main titles.
    pub titles: Vec<String>,
    /// Other titles, by language; `None` if it is unknown or the main title itself.
    pub other_titles: BTreeMap<String, Vec<Option<String>>>,
    /// Texts to encode.
    pub texts: Vec<Option<String>>,
    /// The fields: first the declared ones, in their order, then the known ones. No two have the
    /// same name or the same role.
    pub fields: Vec<FieldColumn>,
}

/// One field of all items.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldColumn {
    /// Its name.
    pub name: String,
    /// Its role, which suits the type of its values.
    pub role: Option<Role>,
    /// The values.
    pub values: FieldValues,
}

/// The values of a field, one for each row.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValues {
    /// Tags, each once, in the order of the file.
    Tags(Vec<Vec<String>>),
    /// Categories.
    Category(Vec<Option<String>>),
    /// Finite numbers.
    Number(Vec<Option<f64>>),
    /// Dates.
    Date(Vec<Option<CatalogueDate>>),
    /// Texts on one line.
    Text(Vec<Option<String>>),
}

impl FieldColumn {
    /// Returns a field.
    #[must_use]
    pub fn new(name: &str, role: Option<Role>, values: FieldValues) -> Self {
        Self { name: name.to_owned(), role, values }
    }
}

impl FieldValues {
    /// Returns how many rows have a value.
    #[must_use]
    pub fn known(&self) -> usize {
        fn some<T>(values: &[Option<T>]) -> usize {
            values.iter().filter(|value| value.is_some()).count()
        }
        match self {
            Self::Tags(all) => all.iter().filter(|tags| !tags.is_empty()).count(),
            Self::Category(all) | Self::Text(all) => some(all),
            Self::Number(all) => some(all),
            Self::Date(all) => some(all),
        }
    }
}

impl CatalogueTable {
    /// Returns the field with this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldColumn> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Returns the field with this role.
    #[must_use]
    pub fn with_role(&self, role: Role) -> Option<&FieldColumn> {
        self.fields.iter().find(|field| field.role == Some(role))
    }
}

/// One item of a catalogue: what training, encoding and packing ask of it. Its other facts are in the
/// fields of the table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// The catalogue's id. If its ids are texts, this is the number of the row, from 1.
    pub id: u32,
    /// The catalogue's id, if it is a text.
    pub key: Option<String>,
    /// Main title.
    pub title: String,
    /// Other titles, by language.
    pub titles: BTreeMap<String, String>,
    /// The text to encode.
    pub text: Option<String>,
    /// How many people know it.
    pub popularity: Option<f64>,
    /// A value that it shares with others of its series or product family: names, or ids of other items,
    /// separated by `,` or `|`.
    pub group: Option<String>,
    /// The address of a picture.
    pub image: Option<String>,
}

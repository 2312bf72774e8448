//! The catalogue, and its look-ups by row and id.
//! Imports `item`, `lines`, `date`, `fnv`, and the columns of `format`.

use std::sync::{Arc, Mutex, OnceLock};

use super::date::Date;
use super::item::{FieldInfo, Item, Value};
use super::lines::Lines;
use crate::find::Index;
use crate::fnv::fnv1a;
use crate::format::{
    Columns, Field, FieldEntry, FieldValues, FormatError, Role, TagList, UNKNOWN_DATE, first_rows,
};

/// A release's catalogue, ready for look-ups.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    pub(super) columns: Columns,
    keys: Option<Lines>,
    /// Rows by the hash of their text id. Made by the first look-up.
    rows_by_key: OnceLock<Vec<(u32, u32)>>,
    /// The original titles, one text a column.
    pub(super) titles: Vec<Lines>,
    /// Made by the first search for a title.
    pub(super) index: OnceLock<Index>,
    /// The index while [`Catalogue::warm`] builds it.
    pub(super) warming: Arc<Mutex<Index>>,
    /// Sorted by id.
    rows_by_id: Vec<(u32, u32)>,
    /// The lines of each field of texts; `None` for fields of other types.
    texts: Vec<Option<Lines>>,
    /// By row: the first row of its group.
    groups: Vec<u32>,
    /// By row: how many people know the item.
    pub(super) popularity: Vec<f64>,
    /// The addresses of pictures in a file of their own, by row; an empty line is none.
    images: Option<Lines>,
    /// By row: popularity by rank, 0 to 1.
    by_rank: Vec<f32>,
}

impl Catalogue {
    /// Returns the catalogue of `columns`. They come from [`Columns::decode`], which checks that
    /// they agree with each other.
    pub fn new(columns: Columns) -> Result<Self, FormatError> {
        let mut rows_by_id: Vec<(u32, u32)> = columns.ids.iter().copied().zip(0..).collect();
        rows_by_id.sort_unstable();
        let titles = columns.titles.iter().map(|column| Lines::new(column.lines.clone())).collect();
        let keys = (!columns.keys.is_empty()).then(|| Lines::new(columns.keys.clone()));
        let lines = |field: &Field| match &field.values {
            FieldValues::Text(lines) => Some(Lines::new(lines.clone())),
            _ => None,
        };
        let popularity = match columns.field_of(Role::Popularity).map(|field| &field.values) {
            Some(FieldValues::Number(values)) => {
                values.iter().map(|value| value.max(0.0).abs()).collect()
            }
            _ => vec![0.0; columns.ids.len()],
        };
        Ok(Self {
            keys,
            rows_by_key: OnceLock::new(),
            titles,
            index: OnceLock::new(),
            warming: Arc::default(),
            images: None,
            rows_by_id,
            texts: columns.fields.iter().map(lines).collect(),
            groups: groups(&columns),
            by_rank: by_rank(&popularity),
            popularity,
            columns,
        })
    }

    /// Adds the pictures of a file of images, whose titles are addresses.
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

    /// Returns the declared fields with the values that filters may ask for, and after them the
    /// columns of titles, the main one first.
    #[must_use]
    pub fn fields(&self) -> Vec<FieldInfo<'_>> {
        let titles = self.columns.titles.iter().map(|column| FieldInfo {
            name: &column.name,
            kind: "text",
            role: Some(Role::Title),
            values: None,
            min: None,
            max: None,
        });
        self.columns.fields.iter().map(field_info).chain(titles).collect()
    }

    /// Returns the fields and the columns of titles as the manifest lists them.
    #[must_use]
    pub fn declared(&self) -> Vec<FieldEntry> {
        FieldEntry::all_of(&self.columns)
    }

    /// Returns the declared field of this name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.columns.fields.iter().find(|field| field.name == name)
    }

    /// Returns the names of the declared fields, and then of the columns of titles.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let fields = self.columns.fields.iter().map(|field| field.name.as_str());
        fields.chain(self.columns.titles.iter().map(|column| column.name.as_str()))
    }

    /// Returns the catalogue's own copy of a name that [`Catalogue::names`] has.
    #[must_use]
    pub fn name_of(&self, name: &str) -> Option<&str> {
        self.names().find(|own| *own == name)
    }

    /// Returns the tags of the first field of tags, if the catalogue has one. The map's groups are
    /// named by them.
    #[must_use]
    pub fn tag_list(&self) -> Option<&TagList> {
        self.columns.fields.iter().find_map(|field| match &field.values {
            FieldValues::Tags(tags) => Some(tags),
            _ => None,
        })
    }

    /// Returns the [`popularity`] of a row, ranked by the field of popularity and then by row: 1
    /// for the most popular row, 0 for the least.
    #[must_use]
    pub fn popularity(&self, row: u32) -> f32 {
        self.popularities()[row as usize]
    }

    pub(crate) fn popularities(&self) -> &[f32] {
        &self.by_rank
    }

    /// Returns the id of a row.
    #[must_use]
    pub fn id(&self, row: u32) -> u32 {
        self.columns.ids[row as usize]
    }

    /// Returns the text id of a row, if the catalogue has text ids.
    #[must_use]
    pub fn key(&self, row: u32) -> Option<&str> {
        self.keys.as_ref().map(|keys| keys.get(row))
    }

    /// Returns the main title of a row.
    #[must_use]
    pub fn title(&self, row: u32) -> &str {
        self.titles[0].get(row)
    }

    /// Returns the known titles of a row with the names of their columns, the main one first.
    pub fn titles(&self, row: u32) -> impl Iterator<Item = (&str, &str)> {
        let titles = self.columns.titles.iter().zip(&self.titles);
        let named = titles.map(move |(column, lines)| (column.name.as_str(), lines.get(row)));
        named.filter(|(_, title)| !title.is_empty())
    }

    /// Returns the row of an id.
    #[must_use]
    pub fn row_of_id(&self, id: u32) -> Option<u32> {
        let at = self.rows_by_id.binary_search_by_key(&id, |&(id, _)| id).ok()?;
        Some(self.rows_by_id[at].1)
    }

    /// Returns the row of a text id, in O(log n).
    #[must_use]
    pub fn row_of_key(&self, key: &str) -> Option<u32> {
        let keys = self.keys.as_ref()?;
        let rows = self.rows_by_key.get_or_init(|| {
            let mut rows: Vec<(u32, u32)> =
                (0..self.items()).map(|row| (fnv1a(keys.get(row)), row)).collect();
            rows.sort_unstable();
            rows
        });
        let hash = fnv1a(key);
        let rows = &rows[rows.partition_point(|&(other, _)| other < hash)..];
        let same = rows.iter().take_while(|&&(other, _)| other == hash);
        same.map(|&(_, row)| row).find(|&row| keys.get(row) == key)
    }

    /// Returns all data of a row.
    #[must_use]
    pub fn item(&self, row: u32) -> Item<'_> {
        Item {
            id: self.id(row),
            key: self.key(row),
            title: self.title(row),
            url: self.text_of(Role::Url, row),
            image: self.image(row),
            fields: self.names().filter_map(|name| Some((name, self.value(name, row)?))).collect(),
        }
    }

    /// Returns the value of a field or of a column of titles, if it is known.
    #[must_use]
    pub fn value(&self, name: &str, row: u32) -> Option<Value<'_>> {
        let Some(at) = self.columns.fields.iter().position(|field| field.name == name) else {
            let mut titles = self.columns.titles.iter().zip(&self.titles);
            let (_, lines) = titles.find(|(column, _)| column.name == name)?;
            return Some(lines.get(row)).filter(|text| !text.is_empty()).map(Value::Text);
        };
        match &self.columns.fields[at].values {
            FieldValues::Tags(tags) => {
                let names = tags.of(row).iter().map(|&tag| tags.names[tag as usize].as_str());
                Some(Value::Tags(names.collect()))
            }
            FieldValues::Category { names, values } => {
                let value = values[row as usize].checked_sub(1)?;
                Some(Value::Text(&names[value as usize]))
            }
            FieldValues::Number(values) => {
                Some(values[row as usize]).filter(|value| !value.is_nan()).map(Value::Number)
            }
            FieldValues::Date(days) => {
                let day = Some(days[row as usize]).filter(|&day| day != UNKNOWN_DATE);
                day.map(|day| Value::Date(Date(day)))
            }
            FieldValues::Text(_) => {
                let lines = self.texts[at].as_ref()?;
                Some(lines.get(row)).filter(|text| !text.is_empty()).map(Value::Text)
            }
        }
    }

    /// Returns the address of an item's page, if the catalogue has one.
    #[must_use]
    pub fn url(&self, row: u32) -> Option<&str> {
        self.text_of(Role::Url, row)
    }

    /// Returns the address of a picture, if the release has one.
    #[must_use]
    pub fn image(&self, row: u32) -> Option<&str> {
        let own = self.images.as_ref().map(|images| images.get(row));
        own.filter(|image| !image.is_empty()).or_else(|| self.text_of(Role::Image, row))
    }

    fn text_of(&self, role: Role, row: u32) -> Option<&str> {
        let at = self.columns.fields.iter().position(|field| field.role == Some(role))?;
        let lines = self.texts[at].as_ref()?;
        Some(lines.get(row)).filter(|text| !text.is_empty())
    }

    /// Returns the first row of a row's group; the row itself if it has no group.
    #[must_use]
    pub fn group(&self, row: u32) -> u32 {
        self.groups[row as usize]
    }
}

/// Returns for each row the first row of its group.
fn groups(columns: &Columns) -> Vec<u32> {
    match columns.field_of(Role::Group).map(|field| &field.values) {
        Some(FieldValues::Number(values)) => {
            first_rows(values.iter().map(|value| (!value.is_nan()).then_some(*value as u32)))
        }
        Some(FieldValues::Category { values, .. }) => {
            first_rows(values.iter().map(|&value| (value > 0).then_some(value)))
        }
        _ => (0..columns.ids.len() as u32).collect(),
    }
}

/// Returns what a filter may ask of a field.
fn field_info(field: &Field) -> FieldInfo<'_> {
    let Field { name, role, values } = field;
    let (mut names, mut min, mut max) = (None, None, None);
    let kind = match values {
        FieldValues::Tags(tags) => {
            names = Some(tags.names.as_slice());
            "tags"
        }
        FieldValues::Category { names: all, .. } => {
            names = Some(all.as_slice());
            "category"
        }
        FieldValues::Number(values) => {
            let known = || values.iter().copied().filter(|value| !value.is_nan());
            min = known().reduce(f64::min).map(Value::Number);
            max = known().reduce(f64::max).map(Value::Number);
            "number"
        }
        FieldValues::Date(days) => {
            let known = || days.iter().copied().filter(|&day| day != UNKNOWN_DATE);
            min = known().min().map(|day| Value::Date(Date(day)));
            max = known().max().map(|day| Value::Date(Date(day)));
            "date"
        }
        FieldValues::Text(_) => "text",
    };
    FieldInfo { name, kind, role: *role, values: names, min, max }
}

/// Ranks up to about this count as nearly equally well known.
const KNOWN_TO_ALL: f32 = 100.0;

/// Returns how popular the item is that `ahead` of `others` others are more popular than: 1 for the
/// first, 0 for the last, and between them by the logarithm of the rank.
///
/// Nearly all that a list shows is among the best known tenth. A percentile hardly tells these
/// items apart; the logarithm gives them more than half of its range.
#[must_use]
pub fn popularity(ahead: f32, others: f32) -> f32 {
    // The bits of an f32 are its logarithm to base 2, with straight lines between powers of two. So
    // every target gets the same number, without a library.
    let log = |ahead: f32| ((1.0 + ahead / KNOWN_TO_ALL).to_bits() - 1_f32.to_bits()) as f32;
    1.0 - log(ahead) / log(others.max(1.0))
}

/// Returns the [`popularity`] of each row.
fn by_rank(popularities: &[f64]) -> Vec<f32> {
    let mut rows: Vec<u32> = (0..popularities.len() as u32).collect();
    rows.sort_unstable_by(|&a, &b| {
        popularities[b as usize].total_cmp(&popularities[a as usize]).then(a.cmp(&b))
    });
    let mut ranked = vec![0.0; popularities.len()];
    let others = popularities.len().saturating_sub(1) as f32;
    for (ahead, row) in rows.into_iter().enumerate() {
        ranked[row as usize] = popularity(ahead as f32, others);
    }
    ranked
}

//! The report of a catalogue's reading: each loss by its reason, with the first few named.
//! It imports the types and roles of fields.

use std::fmt;

use serde::Serialize;

use super::declared::FieldType;
use crate::lines::Count;
use osusume::format::Role;

/// How many lines of a loss are named.
const EXAMPLES: usize = 3;

/// How many characters of a value are shown.
const SHOWN: usize = 40;

/// The contents of a catalogue's file, and the losses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogueReport {
    /// Rows read.
    pub rows: usize,
    /// Rows that became items.
    pub items: usize,
    /// The first id that is no whole number, if the ids are texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_id: Option<Example>,
    /// The fields that were read, in the order of the table.
    pub fields: Vec<FieldReport>,
    /// Columns that nothing reads.
    pub unused: Vec<String>,
    /// Rows and values that are not in the table.
    pub losses: Vec<Loss>,
}

/// A field that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldReport {
    /// Its name.
    pub name: String,
    /// The columns that hold it, best first.
    pub columns: Vec<String>,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// Its role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The text between two tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// How many items have a value.
    pub values: usize,
}

/// Why a row or a value is not in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LossReason {
    /// The row has no id.
    IdEmpty,
    /// An earlier row has the same id.
    IdDuplicate,
    /// The row has no title.
    TitleEmpty,
    /// The recipe drops rows in which this column is empty.
    DroppedEmpty,
    /// The recipe drops rows with this tag.
    DroppedTag,
    /// The value is no finite number, or below 0 in a field that counts.
    NumberInvalid,
    /// The value is no date.
    DateInvalid,
    /// The value is no address that a page may use.
    AddressInvalid,
    /// Most values of a guessed column do not fit its field, so the column is not read.
    ColumnUnfit,
}

impl LossReason {
    /// Says whether the whole row is lost.
    #[must_use]
    pub const fn drops_row(self) -> bool {
        matches!(
            self,
            Self::IdEmpty
                | Self::IdDuplicate
                | Self::TitleEmpty
                | Self::DroppedEmpty
                | Self::DroppedTag
        )
    }

    const fn text(self) -> &'static str {
        match self {
            Self::IdEmpty => "the id is empty",
            Self::IdDuplicate => "an earlier row has the same id",
            Self::TitleEmpty => "the title is empty",
            Self::DroppedEmpty => "the recipe drops rows in which this column is empty",
            Self::DroppedTag => "the recipe drops rows with this tag",
            Self::NumberInvalid => "not a number that the field can have",
            Self::DateInvalid => "not a date",
            Self::AddressInvalid => "not an http, https or relative address",
            Self::ColumnUnfit => {
                "the column holds something else than its name says; it is not read"
            }
        }
    }
}

/// Rows or values that were lost for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// Why.
    pub reason: LossReason,
    /// The column that it is about.
    pub column: String,
    /// How many rows or values.
    pub count: usize,
    /// The first few.
    pub examples: Vec<Example>,
}

/// A place in a file, and the text that stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Line of the file. The header is line 1.
    pub line: u64,
    /// The item's id as the file has it; empty if the row has none.
    pub id: String,
    /// The value, cut to 40 characters; empty if there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub value: String,
}

impl Example {
    pub(crate) fn new(line: u64, id: &str, value: &str) -> Self {
        let cut = |text: &str| text.trim().chars().take(SHOWN).collect();
        Self { line, id: cut(id), value: cut(value) }
    }
}

impl CatalogueReport {
    /// Counts a loss.
    pub(super) fn lose(&mut self, reason: LossReason, column: &str, example: &Example) {
        let known =
            self.losses.iter_mut().find(|loss| loss.reason == reason && loss.column == column);
        if let Some(loss) = known {
            loss.count += 1;
            if loss.examples.len() < EXAMPLES {
                loss.examples.push(example.clone());
            }
            return;
        }
        let (column, examples) = (column.to_owned(), vec![example.clone()]);
        self.losses.push(Loss { reason, column, count: 1, examples });
    }
}

/// Says it in one line, as a command prints it.
impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reason, column, count, examples } = self;
        let (what, effect) =
            if reason.drops_row() { ("row", "dropped") } else { ("value", "ignored") };
        write!(f, "{} {effect}, column {column:?}: {}", Count(*count, what), reason.text())?;
        write!(f, " ({})", examples_text(examples, *count))
    }
}

impl fmt::Display for Example {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if !self.id.is_empty() {
            write!(f, ", id {:?}", self.id)?;
        }
        if self.value.is_empty() { Ok(()) } else { write!(f, ": {:?}", self.value) }
    }
}

/// Returns the examples in one line, with the number of those that are not shown.
fn examples_text(examples: &[Example], count: usize) -> String {
    let mut parts: Vec<String> = examples.iter().map(ToString::to_string).collect();
    if count > examples.len() {
        parts.push(format!("and {} more", count - examples.len()));
    }
    parts.join("; ")
}

//! Fields that the owner of a catalogue declares in the recipe: a name, a type and perhaps a role.
//! It imports the roles of the format.

use osusume::format::Role;
use serde::{Deserialize, Serialize};

/// How a column is read. Beside the types of a release there are years, which become numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldType {
    /// Several words an item, from a small set.
    Tags,
    /// One word an item, from a small set.
    Category,
    /// A finite number.
    Number,
    /// A day, a month or a year.
    Date,
    /// The year of a date, which is then a number.
    Year,
    /// Any text on one line.
    Text,
}

/// Returns the types that a column of this role may be read as; the first one is the default. A group
/// becomes a number in the release.
pub(super) const fn types_of(role: Role) -> &'static [FieldType] {
    match role {
        Role::Title | Role::Url | Role::Image => &[FieldType::Text],
        Role::Popularity => &[FieldType::Number],
        Role::Group => &[FieldType::Category, FieldType::Tags, FieldType::Text],
        Role::Published => &[FieldType::Date],
    }
}

/// A field as `[[catalogue.fields]]` of a recipe declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeclaredField {
    /// Its name in answers and filters.
    pub name: String,
    /// The column that holds its values. By default it is the column with the field's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The type of its values. A role implies one.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<FieldType>,
    /// Its role, if it has one. Two fields never share a role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The text between two tags. By default the reader chooses it by all rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<String>,
    /// Digits after the point to which its numbers are rounded. By default they stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decimals: Option<u8>,
}

/// Most digits after the point that a field may be rounded to.
const MAX_DECIMALS: u8 = 9;

impl DeclaredField {
    /// Returns the type of its values; `None` if neither a type nor a role says it.
    #[must_use]
    pub fn kind(&self) -> Option<FieldType> {
        self.kind.or_else(|| self.role.map(|role| types_of(role)[0]))
    }

    /// Returns why the field cannot be read, if it cannot.
    fn problem(&self) -> Option<String> {
        let name = &self.name;
        if name.trim().is_empty() {
            return Some("a field has no name".to_owned());
        }
        let Some(kind) = self.kind() else {
            return Some(format!(
                "the field {name:?} has no type; give it one of tags, category, number, date, year, text"
            ));
        };
        if let Some(role) = self.role.filter(|role| !types_of(*role).contains(&kind)) {
            return Some(format!("the field {name:?} has the role {role:?} and the type {kind:?}"));
        }
        if self.separator.is_some() && kind != FieldType::Tags {
            return Some(format!("the field {name:?} has a separator and is not of the type tags"));
        }
        if let Some(digits) = self.decimals
            && (kind != FieldType::Number || digits > MAX_DECIMALS)
        {
            return Some(format!(
                "the field {name:?} has decimals = {digits}; only a number can have them, from 0 to 9"
            ));
        }
        (self.separator.as_deref() == Some(""))
            .then(|| format!("the separator of the field {name:?} is empty"))
    }
}

/// Returns what is wrong with the fields of a recipe, if anything is.
pub(super) fn problem(fields: &[DeclaredField]) -> Option<String> {
    fields.iter().enumerate().find_map(|(at, field)| {
        let earlier = &fields[..at];
        if earlier.iter().any(|other| other.name == field.name) {
            return Some(format!("the field {:?} is declared twice", field.name));
        }
        if let Some(role) = field.role
            && let Some(other) = earlier.iter().find(|other| other.role == Some(role))
        {
            let (one, two) = (&other.name, &field.name);
            return Some(format!("the fields {one:?} and {two:?} both have the role {role:?}"));
        }
        field.problem()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct File {
            fields: Vec<DeclaredField>,
        }
        problem(&toml::from_str::<File>(text).unwrap().fields)
    }

    #[test]
    fn a_role_implies_a_type_and_contradictions_are_named() {
        let good = "[[fields]]\nname = \"price\"\ntype = \"number\"\n\
            [[fields]]\nname = \"home\"\nrole = \"url\"\n\
            [[fields]]\nname = \"topics\"\ntype = \"tags\"\nseparator = \" / \"\n\
            [[fields]]\nname = \"family\"\nrole = \"group\"\ntype = \"tags\"\n";
        assert_eq!(check(good), None);
        for (text, part) in [
            ("name = \"\"\ntype = \"text\"", "no name"),
            ("name = \"a\"", "no type"),
            ("name = \"a\"\nrole = \"url\"\ntype = \"number\"", "Url"),
            ("name = \"a\"\ntype = \"number\"\nseparator = \";\"", "not of the type tags"),
            ("name = \"a\"\ntype = \"date\"\ndecimals = 2", "only a number"),
            ("name = \"a\"\ntype = \"number\"\ndecimals = 10", "from 0 to 9"),
            ("name = \"a\"\ntype = \"tags\"\nseparator = \"\"", "is empty"),
            ("name = \"home\"\ntype = \"text\"", "declared twice"),
            ("name = \"a\"\nrole = \"url\"", "\"home\" and \"a\""),
        ] {
            let message = check(&format!("{good}[[fields]]\n{text}\n")).unwrap_or_default();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}

//! The columns that a catalogue may have without a word in the recipe, by their usual names.
//! It imports the types and roles of fields. docs/CATALOGUE.md has this table for owners.

use osusume::format::Role;

use super::declared::FieldType;

/// A field that is read without being declared, if the catalogue has a column for it.
pub(super) struct KnownField {
    /// Its name in answers, and in the recipe's `[catalogue]`.
    pub name: &'static str,
    pub kind: FieldType,
    pub role: Option<Role>,
    /// Names of its column, best first. None if the field is never guessed.
    pub columns: &'static [&'static str],
}

/// Names of the column of ids, best first. Case and a `:type` suffix do not count in any name.
pub(super) const ID: &[&str] = &[
    "anime_id",
    "mal_id",
    "item_id",
    "movie_id",
    "movieid",
    "itemid",
    "product_id",
    "id",
    "key",
    "slug",
];

/// Names of the column of titles.
pub(super) const TITLE: &[&str] = &["name", "title", "movie_title"];

/// Names of the columns of other titles, by language.
pub(super) const TITLES: &[(&str, &[&str])] = &[
    ("english", &["english name", "english", "title_english"]),
    ("japanese", &["other name", "japanese name"]),
];

/// Names of the column of texts to encode.
pub(super) const TEXT: &[&str] =
    &["synopsis", "sypnopsis", "description", "overview", "plot", "text"];

/// The name of the field of the type year that a known date becomes if all its values are years.
pub(super) const YEAR: &str = "year";

/// The known fields, in the order that a table has them.
pub(super) const FIELDS: [KnownField; 8] = [
    KnownField {
        name: "tags",
        kind: FieldType::Tags,
        role: None,
        columns: &["genres", "genre", "tags", "class"],
    },
    KnownField { name: "type", kind: FieldType::Category, role: None, columns: &["type"] },
    KnownField {
        name: "date",
        kind: FieldType::Date,
        role: Some(Role::Published),
        columns: &["date", "published", "aired", "premiered", "year", "release_year", "start_date"],
    },
    KnownField {
        name: "score",
        kind: FieldType::Number,
        role: None,
        // CooperUnion's "rating" is the mean score. Kaggle's is the audience ("PG-13"), but Kaggle
        // has "score".
        columns: &["score", "rating"],
    },
    KnownField {
        name: "members",
        kind: FieldType::Number,
        role: Some(Role::Popularity),
        columns: &["members"],
    },
    // Never guessed: without it the packer derives series from titles.
    KnownField { name: "series", kind: FieldType::Category, role: Some(Role::Group), columns: &[] },
    KnownField {
        name: "url",
        kind: FieldType::Text,
        role: Some(Role::Url),
        columns: &["url", "link"],
    },
    // "image url" is not among them: Kaggle's pictures are not the site owner's.
    KnownField {
        name: "image",
        kind: FieldType::Text,
        role: Some(Role::Image),
        columns: &["image", "picture"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// docs/CATALOGUE.md has a row for each field, with these names in this order.
    #[test]
    fn the_table_for_owners_has_every_name() {
        let page = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/CATALOGUE.md"));
        let mut known = vec![("id", ID), ("title", TITLE)];
        known.extend(FIELDS.iter().map(|field| (field.name, field.columns)));
        for (field, names) in known {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let names =
                if names.is_empty() { "never guessed".to_owned() } else { names.join(", ") };
            let row = format!("| `{field}` | {names} | ");
            assert!(page.contains(&row), "{row}");
        }
    }
}

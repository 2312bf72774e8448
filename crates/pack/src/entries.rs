//! The items of a catalogue's table, and the fields that a release takes from it.
//! This knows the tables and nothing of the format's bytes.

use std::collections::BTreeMap;

use osusume::format::Role;
use osusume_tables::{CatalogueTable, Entry, FieldColumn, FieldValues};

/// Returns the items of a table.
pub(crate) fn entries(table: &CatalogueTable) -> Vec<Entry> {
    let [popularity, group, image] =
        [Role::Popularity, Role::Group, Role::Image].map(|role| table.with_role(role));
    let entry = |row: usize| Entry {
        id: table.ids[row],
        key: table.keys.as_ref().map(|keys| keys[row].clone()),
        title: table.titles[row].clone(),
        titles: titles(table, row),
        text: table.texts[row].clone(),
        popularity: number(popularity, row),
        group: text(group, row),
        image: text(image, row),
    };
    (0..table.ids.len()).map(entry).collect()
}

/// Returns the fields of a release: all of the table's but the pictures, which have a file of their
/// own.
pub(crate) fn fields(table: CatalogueTable) -> Vec<FieldColumn> {
    let is_in = |field: &FieldColumn| field.role != Some(Role::Image);
    table.fields.into_iter().filter(is_in).collect()
}

fn titles(table: &CatalogueTable, row: usize) -> BTreeMap<String, String> {
    let other = |(language, titles): (&String, &Vec<Option<String>>)| {
        Some((language.clone(), titles[row].clone()?))
    };
    table.other_titles.iter().filter_map(other).collect()
}

fn number(field: Option<&FieldColumn>, row: usize) -> Option<f64> {
    match &field?.values {
        FieldValues::Number(all) => all[row],
        _ => None,
    }
}

fn text(field: Option<&FieldColumn>, row: usize) -> Option<String> {
    match &field?.values {
        FieldValues::Category(all) | FieldValues::Text(all) => all[row].clone(),
        FieldValues::Tags(all) => (!all[row].is_empty()).then(|| all[row].join("|")),
        FieldValues::Number(_) | FieldValues::Date(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use osusume_tables::{CatalogueColumns, read_catalogue};

    fn table(recipe: &str, text: &str) -> CatalogueTable {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let columns: CatalogueColumns = toml::from_str(recipe).unwrap();
        read_catalogue(file.path(), &columns).unwrap().0
    }

    fn names(table: CatalogueTable) -> Vec<String> {
        fields(table).into_iter().map(|field| field.name).collect()
    }

    #[test]
    fn an_item_has_what_training_and_packing_ask_of_it() {
        let text = "key,name,english,genres,type,year,score,members,synopsis,line,image,url\n\
            a,One,The One,x|y,TV,2001-02-03,8.5,12,Text,S,p.png,a.html\nb,Two,,,,,,,,,,\n";
        let table = table("series = \"line\"", text);
        let one = Entry {
            id: 1,
            key: Some("a".into()),
            title: "One".into(),
            titles: [("english".to_owned(), "The One".to_owned())].into(),
            text: Some("Text".into()),
            popularity: Some(12.0),
            group: Some("S".into()),
            image: Some("p.png".into()),
        };
        let two = Entry { id: 2, key: Some("b".into()), title: "Two".into(), ..Entry::default() };
        assert_eq!(entries(&table), [one, two]);
        let all = ["tags", "type", "date", "score", "members", "series", "url"];
        assert_eq!(names(table), all);
    }

    #[test]
    fn declared_fields_come_first_under_their_own_names() {
        let recipe = "[[fields]]\nname = \"topics\"\ntype = \"tags\"\n\
            [[fields]]\nname = \"family\"\nrole = \"group\"\ntype = \"tags\"\n\
            [[fields]]\nname = \"sold\"\nrole = \"popularity\"\n\
            [[fields]]\nname = \"price\"\ntype = \"number\"\n";
        let rows = "id,title,topics,type,family,sold,price,year\n7,A,\"x;y\",B,\"f;g\",5,-1,2001\n";
        let table = table(recipe, rows);
        let item = &entries(&table)[0];
        assert_eq!((item.group.as_deref(), item.popularity), (Some("f|g"), Some(5.0)));
        assert_eq!(names(table), ["topics", "family", "sold", "price", "type", "year"]);
    }
}

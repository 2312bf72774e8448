//! The items of a catalogue's table, and the fields that a release takes from it as they are.
//! This knows the tables and nothing of the format's bytes.

use osusume_tables::{
    CatalogueTable, DatePrecision, DeclaredField, Entry, FieldColumn, FieldRole, FieldType,
    FieldValues,
};

/// The known fields of a table that no recipe declares, and the fields whose roles an item needs.
struct Places<'a> {
    tags: Option<&'a FieldColumn>,
    kind: Option<&'a FieldColumn>,
    date: Option<&'a FieldColumn>,
    score: Option<&'a FieldColumn>,
    members: Option<&'a FieldColumn>,
    series: Option<&'a FieldColumn>,
    image: Option<&'a FieldColumn>,
}

impl<'a> Places<'a> {
    fn new(table: &'a CatalogueTable, declared: &[DeclaredField]) -> Self {
        let of = |name: &str, kind: FieldType| {
            let field = table.field(name).filter(|field| field.values.kind() == kind);
            field.filter(|field| !is_declared(field, declared))
        };
        Self {
            tags: of("tags", FieldType::Tags),
            kind: of("type", FieldType::Category),
            date: of("date", FieldType::Date),
            score: of("score", FieldType::Number),
            members: table.with_role(FieldRole::Popularity),
            series: table.with_role(FieldRole::Group),
            image: table.with_role(FieldRole::Image),
        }
    }
}

fn is_declared(field: &FieldColumn, declared: &[DeclaredField]) -> bool {
    declared.iter().any(|other| other.name == field.name)
}

/// Returns the items of a table.
pub(crate) fn entries(table: &CatalogueTable, declared: &[DeclaredField]) -> Vec<Entry> {
    let places = Places::new(table, declared);
    (0..table.ids.len()).map(|row| entry(table, &places, row)).collect()
}

/// Returns the fields that a release has under their own names: the declared ones and the address.
/// Pictures have a file of their own.
pub(crate) fn own_fields(table: &CatalogueTable, declared: &[DeclaredField]) -> Vec<FieldColumn> {
    let is_own = |field: &&FieldColumn| match field.role {
        Some(FieldRole::Image) => false,
        Some(FieldRole::Url) => true,
        _ => is_declared(field, declared),
    };
    table.fields.iter().filter(is_own).cloned().collect()
}

/// Returns the name of a date that is not declared, if its days and months are lost: an item has
/// only the year of it.
pub(crate) fn shortened_date(table: &CatalogueTable, declared: &[DeclaredField]) -> Option<String> {
    match Places::new(table, declared).date? {
        FieldColumn { name, values: FieldValues::Date(dates), .. }
            if dates.iter().flatten().any(|date| date.precision() != DatePrecision::Year) =>
        {
            Some(name.clone())
        }
        _ => None,
    }
}

fn entry(table: &CatalogueTable, places: &Places<'_>, row: usize) -> Entry {
    let other = |(language, titles): (&String, &Vec<Option<String>>)| {
        Some((language.clone(), titles[row].clone()?))
    };
    let year = match places.date.map(|field| &field.values) {
        Some(FieldValues::Date(all)) => all[row].map(|date| date.year().unsigned_abs()),
        _ => None,
    };
    Entry {
        id: table.ids[row],
        key: table.keys.as_ref().map(|keys| keys[row].clone()),
        title: table.titles[row].clone(),
        titles: table.other_titles.iter().filter_map(other).collect(),
        tags: match places.tags.map(|field| &field.values) {
            Some(FieldValues::Tags(all)) => all[row].clone(),
            _ => Vec::new(),
        },
        kind: text(places.kind, row),
        year,
        score: number(places.score, row).filter(|score| *score >= 0.0),
        members: number(places.members, row).map(|members| members as u32),
        text: table.texts[row].clone(),
        series: text(places.series, row),
        image: text(places.image, row),
    }
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

    #[test]
    fn known_fields_find_their_places() {
        let text = "key,name,english,genres,type,year,score,members,synopsis,line,image,url\n\
            a,One,The One,x|y,TV,2001-02-03,8.5,12,Text,S,p.png,a.html\nb,Two,,,,,,,,,,\n";
        let table = table("series = \"line\"", text);
        let all = entries(&table, &[]);
        let one = Entry {
            id: 1,
            key: Some("a".into()),
            title: "One".into(),
            titles: [("english".to_owned(), "The One".to_owned())].into(),
            tags: vec!["x".into(), "y".into()],
            kind: Some("TV".into()),
            year: Some(2001),
            score: Some(8.5),
            members: Some(12),
            text: Some("Text".into()),
            series: Some("S".into()),
            image: Some("p.png".into()),
        };
        assert_eq!(all[0], one);
        let two = &all[1];
        assert_eq!((two.id, two.key.as_deref(), two.titles.len()), (2, Some("b"), 0));
        assert_eq!((two.year, two.score, two.members, &two.text), (None, None, None, &None));
        assert_eq!(shortened_date(&table, &[]).as_deref(), Some("date"));
        let names = |fields: Vec<FieldColumn>| -> Vec<String> {
            fields.into_iter().map(|field| field.name).collect()
        };
        assert_eq!(names(own_fields(&table, &[])), ["url"]);
    }

    #[test]
    fn declared_fields_stay_as_they_are() {
        let recipe = "[[fields]]\nname = \"topics\"\ntype = \"tags\"\n\
            [[fields]]\nname = \"type\"\ntype = \"category\"\n\
            [[fields]]\nname = \"family\"\nrole = \"group\"\ntype = \"tags\"\n\
            [[fields]]\nname = \"sold\"\nrole = \"popularity\"\n\
            [[fields]]\nname = \"date\"\ntype = \"date\"\n\
            [[fields]]\nname = \"price\"\ntype = \"number\"\n";
        let rows =
            "id,title,topics,type,family,sold,price,date\n7,A,\"x;y\",B,\"f;g\",5,-1,2001-02-03\n";
        let table = table(recipe, rows);
        let declared = toml::from_str::<CatalogueColumns>(recipe).unwrap().fields;
        let item = &entries(&table, &declared)[0];
        assert_eq!((item.tags.len(), &item.kind, item.year), (0, &None, None));
        assert_eq!((item.series.as_deref(), item.members), (Some("f|g"), Some(5)));
        assert_eq!(own_fields(&table, &declared), table.fields);
        assert_eq!(shortened_date(&table, &declared), None);
    }
}

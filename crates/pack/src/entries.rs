//! The items of a catalogue's table with the facts that a release of format 1 can hold.
//! This knows the tables and nothing of the format's bytes.

use osusume_tables::{
    CatalogueTable, DatePrecision, Entry, FieldColumn, FieldRole, FieldType, FieldValues,
};

/// The fields of a table that format 1 has a place for.
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
    fn new(table: &'a CatalogueTable) -> Self {
        let of = |name: &str, kind: FieldType| {
            let is_free =
                |field: &&FieldColumn| field.values.kind() == kind && field.role.is_none();
            let named = table.field(name).filter(is_free);
            named.or_else(|| table.fields.iter().find(is_free))
        };
        Self {
            tags: of("tags", FieldType::Tags),
            kind: of("type", FieldType::Category),
            date: table.with_role(FieldRole::Published),
            score: table.field("score").filter(|f| f.values.kind() == FieldType::Number),
            members: table.with_role(FieldRole::Popularity),
            series: table.with_role(FieldRole::Group),
            image: table.with_role(FieldRole::Image),
        }
    }

    fn all(&self) -> [Option<&'a FieldColumn>; 7] {
        let Self { tags, kind, date, score, members, series, image } = *self;
        [tags, kind, date, score, members, series, image]
    }
}

/// Returns the items of a table.
pub(crate) fn entries(table: &CatalogueTable) -> Vec<Entry> {
    let places = Places::new(table);
    (0..table.ids.len()).map(|row| entry(table, &places, row)).collect()
}

/// Returns what a release has no place for: names of fields, and the days of dates.
pub(crate) fn left_over(table: &CatalogueTable) -> Vec<String> {
    let places = Places::new(table);
    let held = places.all();
    let is_held = |field: &FieldColumn| held.iter().flatten().any(|held| held.name == field.name);
    let other = table.fields.iter().filter(|field| !is_held(field));
    let mut names: Vec<String> = other.map(|field| field.name.clone()).collect();
    if let Some(FieldColumn { name, values: FieldValues::Date(dates), .. }) = places.date
        && dates.iter().flatten().any(|date| date.precision() != DatePrecision::Year)
    {
        names.push(format!("the month and the day of {name}"));
    }
    names
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
        let all = entries(&table);
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
        assert_eq!(left_over(&table), ["url", "the month and the day of date"]);
    }

    #[test]
    fn declared_fields_take_the_places_of_their_types_and_roles() {
        let recipe = "[[fields]]\nname = \"topics\"\ntype = \"tags\"\n\
            [[fields]]\nname = \"brand\"\ntype = \"category\"\n\
            [[fields]]\nname = \"family\"\nrole = \"group\"\ntype = \"tags\"\n\
            [[fields]]\nname = \"sold\"\nrole = \"popularity\"\n\
            [[fields]]\nname = \"price\"\ntype = \"number\"\n";
        let table =
            table(recipe, "id,title,topics,brand,family,sold,price\n7,A,\"x;y\",B,\"f;g\",5,-1\n");
        let item = &entries(&table)[0];
        assert_eq!(
            (item.tags.as_slice(), item.kind.as_deref()),
            (&["x".into(), "y".into()][..], Some("B"))
        );
        assert_eq!((item.series.as_deref(), item.members), (Some("f|g"), Some(5)));
        assert_eq!((item.score, left_over(&table)), (None, vec!["price".to_owned()]));
    }
}

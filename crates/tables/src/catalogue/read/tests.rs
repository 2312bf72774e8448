//! Whole catalogues: what is read, what is lost, and how the report names it.

use std::collections::HashSet;
use std::io::Write;

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{CatalogueDate, Drop, FieldValues, LossReason};
use super::*;
use osusume::format::Role;

type Read = Result<(CatalogueTable, CatalogueReport), TableError>;

fn read_with(text: &str, columns: &CatalogueColumns) -> Read {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    read_catalogue(file.path(), columns)
}

fn read(text: &str) -> Read {
    read_with(text, &CatalogueColumns::default())
}

/// Reads with the settings of a recipe's `[catalogue]`.
fn read_by(recipe: &str, text: &str) -> Read {
    read_with(text, &toml::from_str(recipe).unwrap())
}

fn tags(table: &CatalogueTable) -> &[Vec<String>] {
    let Some(FieldValues::Tags(tags)) = table.field("tags").map(|f| &f.values) else { panic!() };
    tags
}

fn texts<'a>(table: &'a CatalogueTable, field: &str) -> Vec<Option<&'a str>> {
    match table.field(field).map(|field| &field.values) {
        Some(FieldValues::Text(all) | FieldValues::Category(all)) => {
            all.iter().map(Option::as_deref).collect()
        }
        other => panic!("{field}: {other:?}"),
    }
}

fn numbers<'a>(table: &'a CatalogueTable, field: &str) -> &'a [Option<f64>] {
    let Some(FieldValues::Number(all)) = table.field(field).map(|f| &f.values) else { panic!() };
    all
}

fn years(table: &CatalogueTable) -> Vec<Option<i16>> {
    let Some(FieldValues::Date(all)) = table.field("date").map(|f| &f.values) else { panic!() };
    all.iter().map(|date| date.map(CatalogueDate::year)).collect()
}

/// The losses of a report: reason, column, count and lines.
fn losses(report: &CatalogueReport) -> Vec<(LossReason, &str, usize, Vec<u64>)> {
    let lines = |examples: &[Example]| examples.iter().map(|example| example.line).collect();
    let losses = report.losses.iter();
    losses.map(|l| (l.reason, l.column.as_str(), l.count, lines(&l.examples))).collect()
}

const KAGGLE_2023: &str = concat!(
    "anime_id,Name,English name,Other name,Score,Genres,Synopsis,Type,Episodes,Aired,Rating,",
    "Members\n",
    "1,Cowboy Bebop,Cowboy Bebop,カウボーイビバップ,8.75,\"Action, Space\",",
    "\"Two\n\nlines, \"\"quoted\"\".\",TV,26.0,\"Apr 3, 1998 to Apr 24, 1999\",",
    "R - 17+,1771505\n",
    "5,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,UNKNOWN,,Movie,1.0,\"Sep 1, 2001\",PG-13,360978\n",
);

#[test]
fn kaggle_2023_is_read_as_it_is() {
    let (table, report) = read(KAGGLE_2023).unwrap();
    assert_eq!((report.rows, report.items, &report.text_id), (2, 2, &None));
    assert_eq!((report.losses.len(), report.unused), (0, vec!["Episodes".into(), "Rating".into()]));
    assert_eq!((table.ids.as_slice(), &table.keys), (&[1, 5][..], &None));
    assert_eq!(table.titles, ["Cowboy Bebop", "UNKNOWN"]);
    assert_eq!(table.other_titles["english"], [None, None]);
    assert_eq!(table.other_titles["japanese"], [Some("カウボーイビバップ".to_owned()), None]);
    assert_eq!(tags(&table), [vec!["Action", "Space"], vec![]]);
    assert_eq!(texts(&table, "type"), [Some("TV"), Some("Movie")]);
    assert_eq!(years(&table), [Some(1998), Some(2001)]);
    assert_eq!(numbers(&table, "score"), [Some(8.75), None]);
    assert_eq!(numbers(&table, "members"), [Some(1_771_505.0), Some(360_978.0)]);
    assert_eq!(table.texts, [Some("Two\n\nlines, \"quoted\".".to_owned()), None]);
    let roles: Vec<_> = table.fields.iter().filter_map(|field| field.role).collect();
    assert_eq!(roles, [Role::Published, Role::Popularity]);
}

#[test]
fn cooper_union_is_read_as_it_is() {
    let text = "anime_id,name,genre,type,episodes,rating,members\n\
        32281,Kimi no Na wa.,\"Drama, Romance\",Movie,1,9.37,200630\n";
    let (table, _) = read(text).unwrap();
    assert_eq!(numbers(&table, "score"), [Some(9.37)]);
    assert_eq!(tags(&table), [["Drama", "Romance"]]);
}

#[test]
fn other_catalogues_are_read_by_name() {
    let text = "slug\twhat\tkinds\tabout\nalpha\t5\" disk\tA|B|A\tx\nbeta\tTwo\t\ty\n";
    let recipe = "title = \"what\"\ntags = \"kinds\"\ntext = \"about\"";
    let (table, _) = read_by(recipe, text).unwrap();
    assert_eq!(table.ids, [1, 2]);
    assert_eq!(table.keys.as_deref(), Some(&["alpha".to_owned(), "beta".to_owned()][..]));
    assert_eq!(table.titles, ["5\" disk", "Two"]);
    assert_eq!(tags(&table), [vec!["A", "B"], vec![]]);
    let semicolons = "id;name;score\n1;A, the first;2.5\n";
    let (table, _) = read(semicolons).unwrap();
    assert_eq!((table.titles, table.ids), (vec!["A, the first".to_owned()], vec![1]));
}

#[test]
fn all_rows_decide_whether_ids_are_numbers() {
    let (table, report) = read("id,title\n404,Not found\n7,Seven\nabout,About\n").unwrap();
    assert_eq!(table.ids, [1, 2, 3]);
    assert_eq!(table.keys.unwrap(), ["404", "7", "about"]);
    assert_eq!(report.text_id.unwrap(), Example::new(4, "about", ""));
    for id in ["4294967296", "007", "-1", "+5", "1.0"] {
        let (table, _) = read(&format!("id,title\n1,A\n{id},B\n")).unwrap();
        assert_eq!(table.keys.unwrap(), ["1", id], "{id}");
    }
    // A row that is dropped has no say: many tables end with a sum.
    let (table, _) = read("id,title\n1,A\n2,B\ntotal,\n").unwrap();
    assert_eq!((table.ids, table.keys), (vec![1, 2], None));
}

#[test]
fn tags_are_separated_as_the_column_the_recipe_or_recbole_says() {
    let of = |text: &str| tags(&read(text).unwrap().0).to_vec();
    let recbole = "item_id:token\tmovie_title:token_seq\tclass:token_seq\n\
        1\tToy Story\tAnimation Children's\n";
    assert_eq!(of(recbole), [["Animation", "Children's"]]);
    assert_eq!(of("id,title,genres\n1,A,\"x; y, z\"\n2,B,x\n"), [vec!["x", "y, z"], vec!["x"]]);
    assert_eq!(of("id,title,genres\n1,A,x|y\n2,B,\"y, z\"\n"), [vec!["x", "y"], vec!["y, z"]]);
    let declared = read_by("separator = \" / \"", "id,title,genres\n1,A,X|Y / Z\n").unwrap().0;
    assert_eq!(tags(&declared), [["X|Y", "Z"]]);
}

#[test]
fn addresses_and_dates_are_read_by_their_usual_names() {
    let text = "id,title,url,picture,published\n\
        1,A,/a.html,https://a.example/1.jpg,2023-05-01\n\
        2,B,javascript:alert(1),data:x,2023-13-01\n\
        3,C,https://b.example/c d,,soon\n\
        4,D,/d.html,p.png,2020\n5,E,/e.html,,2021\n";
    let (table, report) = read(text).unwrap();
    let page = [Some("/a.html"), None, None, Some("/d.html"), Some("/e.html")];
    assert_eq!(texts(&table, "url"), page);
    let image = [Some("https://a.example/1.jpg"), None, None, Some("p.png"), None];
    assert_eq!(texts(&table, "image"), image);
    assert_eq!(years(&table), [Some(2023), None, None, Some(2020), Some(2021)]);
    let Some(FieldValues::Date(dates)) = table.field("date").map(|f| &f.values) else { panic!() };
    assert_eq!(dates[0].unwrap().days(), 19_478, "a date keeps its day");
    assert_eq!(
        losses(&report),
        [
            (LossReason::DateInvalid, "published", 2, vec![3, 4]),
            (LossReason::AddressInvalid, "url", 2, vec![3, 4]),
            (LossReason::AddressInvalid, "picture", 1, vec![3]),
        ]
    );
    // Kaggle's pictures belong to others: the owner has to name such a column.
    let kaggle = "id,title,image url\n1,A,https://a.example/1.jpg\n";
    let (table, report) = read(kaggle).unwrap();
    assert_eq!((table.field("image"), report.unused), (None, vec!["image url".to_owned()]));
    let (table, _) = read_by("image = \"Image URL\"", kaggle).unwrap();
    assert_eq!(texts(&table, "image"), [Some("https://a.example/1.jpg")]);
}

#[test]
fn a_year_is_looked_for_in_every_usual_column() {
    let text = "id,title,premiered,aired\n1,A,Spring 1998,\n2,B,,Unknown\n3,C,Fall 2001,2002-03\n";
    assert_eq!(years(&read(text).unwrap().0), [Some(1998), None, Some(2002)]);
}

#[test]
fn dates_of_which_all_are_years_are_numbers() {
    let text = "id,title,published,other\n1,A,1998,2001-02-03\n2,B,,\n3,C,Fall 2001,1999\n";
    let (table, report) = read(text).unwrap();
    assert_eq!(numbers(&table, "year"), [Some(1998.0), None, Some(2001.0)]);
    assert_eq!((table.field("date"), table.with_role(Role::Published)), (None, None));
    assert_eq!((report.fields[0].name.as_str(), report.fields[0].kind), ("year", FieldType::Year));
    // The owner may take the years of any date, and then there is no other date.
    let declared = "[[fields]]\nname = \"first\"\ncolumn = \"other\"\ntype = \"year\"\n";
    let (table, report) = read_by(declared, text).unwrap();
    assert_eq!(numbers(&table, "first"), [Some(2001.0), None, Some(1999.0)]);
    assert_eq!((table.fields.len(), report.unused), (1, vec!["published".to_owned()]));
    // A field of that name, and a declared date, stay as they are.
    let declared = "[[fields]]\nname = \"year\"\ncolumn = \"other\"\ntype = \"text\"\n";
    assert_eq!(years(&read_by(declared, text).unwrap().0), [Some(1998), None, Some(2001)]);
    let declared = "[[fields]]\nname = \"date\"\ncolumn = \"published\"\ntype = \"date\"\n";
    assert_eq!(years(&read_by(declared, text).unwrap().0), [Some(1998), None, Some(2001)]);
    let text = "id,title,other\n1,A,soon\n";
    let declared = "[[fields]]\nname = \"first\"\ncolumn = \"other\"\ntype = \"year\"\n";
    let wrong = read_by(declared, text).unwrap_err().to_string();
    assert!(wrong.contains("\"soon\", and no value of it is a date"), "{wrong}");
}

#[test]
fn declared_fields_come_first_and_stand_in_place_of_known_ones() {
    let recipe = "[[fields]]\nname = \"price\"\ncolumn = \"EUR\"\ntype = \"number\"\n\
        [[fields]]\nname = \"fans\"\nrole = \"popularity\"\n\
        [[fields]]\nname = \"headline\"\nrole = \"title\"\n\
        [[fields]]\nname = \"tags\"\ncolumn = \"topics\"\ntype = \"tags\"\nseparator = \"/\"\n";
    let text = "id,headline,title,EUR,fans,members,topics,genres,brand\n\
        1,Main,Other,-2.5,7,100,a/b,c,X\n";
    let (table, report) = read_by(recipe, text).unwrap();
    let names: Vec<&str> = table.fields.iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["price", "fans", "tags"]);
    assert_eq!(table.titles, ["Main"]);
    assert_eq!(numbers(&table, "price"), [Some(-2.5)], "a declared number may be negative");
    assert_eq!(table.with_role(Role::Popularity).unwrap().name, "fans");
    assert_eq!(tags(&table), [["a", "b"]]);
    assert_eq!(report.unused, ["title", "members", "genres", "brand"]);
    assert_eq!(report.fields[2].separator.as_deref(), Some("/"));
    let bad = "[[fields]]\nname = \"a\"\nrole = \"url\"\ntype = \"date\"\n";
    assert_eq!(read_by(bad, text).unwrap_err().code().as_str(), "recipe_invalid");
    let missing = "[[fields]]\nname = \"weight\"\ntype = \"number\"\n";
    assert_eq!(read_by(missing, text).unwrap_err().code().as_str(), "column_missing");
}

#[test]
fn characters_that_show_nothing_make_no_id_and_no_title() {
    let text = "id,title,type\na b,A,\na\u{0}b,B,\n\u{7},C,\nd,\u{0},\ne,E,\u{0}\n";
    let (table, report) = read(text).unwrap();
    assert_eq!(table.keys.as_deref(), Some(&["a b".to_owned(), "e".to_owned()][..]));
    assert_eq!(texts(&table, "type"), [None, None]);
    let reasons: Vec<_> = report.losses.iter().map(|loss| loss.reason).collect();
    assert_eq!(reasons, [LossReason::IdDuplicate, LossReason::IdEmpty, LossReason::TitleEmpty]);
}

#[test]
fn every_dropped_row_is_counted_by_reason() {
    let text =
        "id,title,score\n1,A,1\n1,Again,2\n,No id,3\n3,,4\n1,Thrice,\n1,Four,\n1,Five,\n4,D,5\n";
    let (table, report) = read(text).unwrap();
    assert_eq!((table.ids, table.titles), (vec![1, 4], vec!["A".to_owned(), "D".to_owned()]));
    assert_eq!((report.rows, report.items), (8, 2));
    assert_eq!(
        losses(&report),
        [
            (LossReason::IdDuplicate, "id", 4, vec![3, 6, 7]),
            (LossReason::IdEmpty, "id", 1, vec![4]),
            (LossReason::TitleEmpty, "title", 1, vec![5]),
        ]
    );
    assert_eq!(
        report.losses[0].to_string(),
        "4 rows dropped, column \"id\": an earlier row has the same id (line 3, id \"1\": \"Again\"; \
         line 6, id \"1\": \"Thrice\"; line 7, id \"1\": \"Four\"; and 1 more)"
    );
    assert_eq!(
        serde_json::to_value(&report.losses[1]).unwrap(),
        serde_json::json!({
            "reason": "id_empty", "column": "id", "count": 1, "examples": [{ "line": 4, "id": "" }],
        })
    );
    let rows = report.losses.iter().filter(|loss| loss.reason.drops_row());
    let dropped: usize = rows.map(|loss| loss.count).sum();
    assert_eq!(dropped + report.items, report.rows, "no row is lost without a count");
}

#[test]
fn items_are_left_out_by_tag_or_empty_column() {
    let text = "id,title,genres,more\n1,A,X,\n2,B,\"X, Bad\",\n3,C,Y,Bad\n4,D,,\n5,E,Badminton,\n";
    let drop = Drop {
        empty: vec!["genres".into()],
        tags: vec!["Bad".into()],
        within: vec!["genres".into(), "more".into()],
    };
    let columns = CatalogueColumns { drop, ..CatalogueColumns::default() };
    let (table, report) = read_with(text, &columns).unwrap();
    assert_eq!(table.ids, [1, 5]);
    assert_eq!(
        losses(&report),
        [
            (LossReason::DroppedTag, "genres", 1, vec![3]),
            (LossReason::DroppedTag, "more", 1, vec![4]),
            (LossReason::DroppedEmpty, "genres", 1, vec![5]),
        ]
    );
    // The same item once more, without the tag, does not come in by the back door.
    let twice = "id,title,genres\n1,A,Bad\n1,A,X\n2,B,X\n";
    let drop = Drop { tags: vec!["Bad".into()], within: vec!["genres".into()], ..Drop::default() };
    let columns = CatalogueColumns { drop, ..CatalogueColumns::default() };
    assert_eq!(read_with(twice, &columns).unwrap().0.ids, [2]);
}

#[test]
fn a_guess_that_does_not_fit_is_left_out_and_a_named_column_is_an_error() {
    let text = "id,title,rating,members\n1,A,PG-13,5\n2,B,R,6\n3,C,8.5,-7\n";
    let (table, report) = read(text).unwrap();
    assert_eq!(table.field("score"), None);
    assert_eq!(numbers(&table, "members"), [Some(5.0), Some(6.0), None]);
    assert_eq!(
        losses(&report),
        [
            (LossReason::ColumnUnfit, "rating", 1, vec![2]),
            (LossReason::NumberInvalid, "members", 1, vec![4]),
        ]
    );
    let named = |recipe: &str, text: &str| read_by(recipe, text).unwrap_err();
    let error = named("score = \"age\"", "id,title,age\n1,A,\n2,B,inf\n");
    assert_eq!(error.code().as_str(), "number_invalid");
    assert!(error.to_string().contains("line 3") && error.to_string().contains("inf"), "{error}");
    assert_eq!(named("date = \"d\"", "id,title,d\n1,A,soon\n").code().as_str(), "row_broken");
    assert_eq!(named("url = \"u\"", "id,title,u\n1,A,a b\n").code().as_str(), "row_broken");
    let empty = read_by("score = \"age\"", "id,title,age\n1,A,\n").unwrap();
    assert_eq!(numbers(&empty.0, "score"), [None], "a column without values is no error");
}

#[test]
fn bad_catalogues_are_refused() {
    let code = |text: &str| read(text).unwrap_err().code().as_str();
    assert_eq!(code(""), "table_empty");
    assert_eq!(code("id,title\n"), "table_empty");
    assert_eq!(code("title,score\nA,1\n"), "column_missing");
    assert_eq!(code("id,score\n1,1\n"), "column_missing");
    assert_eq!(code("id,title\n1,A,B\n"), "row_broken");
    assert_eq!(
        code("id,score,title\n1,1,\"A\n2,2,B\n3,3,C\n"),
        "row_broken",
        "the quote in the last column is never closed"
    );
    assert_eq!(code("id,title,score\n1,\"A,1\n2,B,2\n"), "row_broken", "the quote is never closed");
    let error = read("id,title\n1,\n2,\n").unwrap_err();
    assert_eq!(error.code().as_str(), "row_broken");
    assert!(error.to_string().contains("2 rows dropped, column \"title\""), "{error}");
    let columns = CatalogueColumns { text: Some("plot".into()), ..CatalogueColumns::default() };
    assert_eq!(
        read_with("id,title\n1,A\n", &columns).unwrap_err().code().as_str(),
        "column_missing"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever stands in a table: each row becomes an item or is counted, no two items share an
    /// id, and every column has a value for each item.
    #[test]
    fn no_row_is_lost_without_a_count(
        rows in vec(vec("|404|about|1, 2|x;y|a\\|b|2023-05-01|2023-13-01|-1|7.5|nan|javascript:x|[a-c]{1,2}|\\PC{0,4}", 7), 1..30),
    ) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["id", "title", "tags", "date", "score", "url", "members"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        match read(&text) {
            Err(error) => prop_assert_eq!(error.code().as_str(), "row_broken", "{}", error),
            Ok((table, report)) => {
                let lost = report.losses.iter().filter(|loss| loss.reason.drops_row());
                let lost: usize = lost.map(|loss| loss.count).sum();
                prop_assert_eq!(report.rows, rows.len());
                prop_assert_eq!(lost + report.items, report.rows);
                prop_assert!(report.losses.iter().all(|l| l.examples.len() == l.count.min(3)));
                let unique: HashSet<u32> = table.ids.iter().copied().collect();
                prop_assert_eq!((unique.len(), table.titles.len()), (report.items, report.items));
                if let Some(keys) = &table.keys {
                    prop_assert_eq!(keys.iter().collect::<HashSet<_>>().len(), report.items);
                }
                for field in &table.fields {
                    let rows = match &field.values {
                        FieldValues::Tags(all) => all.len(),
                        FieldValues::Category(all) | FieldValues::Text(all) => all.len(),
                        FieldValues::Number(all) => all.len(),
                        FieldValues::Date(all) => all.len(),
                    };
                    prop_assert_eq!(rows, report.items, "{}", field.name);
                }
            }
        }
    }
}

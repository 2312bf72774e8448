//! The catalogue file: a header, the hashes of its chunks, then gzip around the columns.
//! Imports `header`, `chunks`, `hash`, `columns`, `field_wire`, `wire` and the errors.
//!
//! The file compresses the columns, so that it is small on any host. The reader decompresses them
//! with the decoder of its platform (`DecompressionStream` in a browser), never past the length in
//! the header.

use super::columns::{Columns, Field, FieldValues, Role, TitleColumn, ensure};
use super::field_wire::{
    Integers, TEXT, read_role, read_values, role_number, type_number, write_values,
};
use super::wire::{Broken, Reader, Writer};
use super::{FormatError, Header, Kind};

/// Most bytes that the columns may decompress to: 2^24 items of 64 bytes.
pub const MAX_COLUMN_BYTES: usize = 1 << 30;

/// A catalogue file with a checked header and compressed columns.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueFile<'a> {
    /// Number of items.
    pub items: u32,
    /// Bytes that `gzip` decompresses to.
    pub column_bytes: u32,
    /// The compressed columns.
    pub gzip: &'a [u8],
}

impl<'a> CatalogueFile<'a> {
    /// Checks the header of `file`, one whole file.
    pub fn decode(file: &'a [u8]) -> Result<Self, FormatError> {
        let (Header { items, rows, dims, extent }, gzip) = Header::split(file, Kind::Catalogue)?;
        if rows != items || dims != 0 {
            return Err(FormatError::Shape("a catalogue has rows = items and dims = 0"));
        }
        if extent as usize > MAX_COLUMN_BYTES {
            return Err(FormatError::Shape("the columns have more than 2^30 bytes"));
        }
        // DEFLATE reaches at most 1032 : 1. A small file cannot make the reader allocate much.
        if u64::from(extent) > gzip.len() as u64 * 1032 {
            return Err(FormatError::Shape(
                "the columns are larger than their compressed bytes can be",
            ));
        }
        Ok(Self { items, column_bytes: extent, gzip })
    }

    /// Returns the file for compressed columns of `column_bytes` decompressed bytes.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn encode(items: u32, column_bytes: u32, gzip: &[u8]) -> Vec<u8> {
        let header = Header { items, rows: items, dims: 0, extent: column_bytes };
        super::framed(&[header.encode(Kind::Catalogue).as_slice(), gzip].concat())
    }
}

impl Columns {
    /// Returns the columns in `bytes`, decompressed, of a catalogue of `items` items.
    pub fn decode(bytes: &[u8], items: u32) -> Result<Self, FormatError> {
        let columns = read(Reader(bytes)).map_err(FormatError::Catalogue)?;
        columns.check(items as usize)?;
        Ok(columns)
    }

    /// Returns the bytes that [`Columns::decode`] reads, after the same checks.
    pub fn encode(&self, items: u32) -> Result<Vec<u8>, FormatError> {
        self.check(items as usize)?;
        let mut writer = Writer::default();
        Integers::of(self.ids.iter().copied()).write(&mut writer);
        writer.add(&self.keys);
        writer.add(&((self.titles.len() + self.fields.len()) as u32));
        for TitleColumn { name, lines } in &self.titles {
            writer.add(name);
            writer.add(&TEXT);
            writer.add(&role_number(Some(Role::Title)));
            writer.add(lines);
        }
        for Field { name, role, values } in &self.fields {
            writer.add(name);
            writer.add(&type_number(values.kind()));
            writer.add(&role_number(*role));
            write_values(&mut writer, values, *role, &self.ids);
        }
        ensure(writer.0.len() <= MAX_COLUMN_BYTES, "the columns are too large")?;
        Ok(writer.0)
    }
}

fn read(mut reader: Reader<'_>) -> Result<Columns, Broken> {
    let ids = Integers::read(&mut reader)?.into_numbers();
    let keys = reader.text()?;
    let mut columns = Columns { ids, keys, ..Columns::default() };
    let count: u32 = reader.number()?;
    for _ in 0..count {
        let name = reader.text()?;
        let (kind, role) = (reader.number()?, read_role(&mut reader)?);
        let values = read_values(&mut reader, kind, &columns.ids)?;
        match (role, values) {
            (Some(Role::Title), FieldValues::Text(lines)) => {
                if !columns.fields.is_empty() {
                    return Err("a title column stands behind a field");
                }
                columns.titles.push(TitleColumn { name, lines });
            }
            (role, values) => columns.fields.push(Field { name, role, values }),
        }
    }
    reader.finish()?;
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{TagList, UNKNOWN_DATE};
    use proptest::prelude::*;

    const UNKNOWN: f64 = f64::NAN;

    fn field(name: &str, role: Option<Role>, values: FieldValues) -> Field {
        Field { name: name.into(), role, values }
    }

    fn number(name: &str, role: Option<Role>, values: &[f64]) -> Field {
        field(name, role, FieldValues::Number(values.into()))
    }

    fn title(name: &str, lines: &str) -> TitleColumn {
        TitleColumn { name: name.into(), lines: lines.into() }
    }

    fn sample() -> Columns {
        let tags =
            TagList::new(vec!["Action".into(), "Space".into()], [1, 2].into_iter(), vec![0, 0, 1]);
        let types = FieldValues::Category { names: vec!["TV".into()], values: vec![1, 0] };
        Columns {
            ids: vec![20, 1],
            keys: "n\nb".into(),
            titles: vec![title("main", "Naruto\nCowboy Bebop"), title("english", "\nBebop")],
            fields: vec![
                field("genres", None, FieldValues::Tags(tags)),
                field("type", None, types),
                number("year", None, &[2002.0, UNKNOWN]),
                number("members", Some(Role::Popularity), &[1e6, UNKNOWN]),
                number("series", Some(Role::Group), &[20.0, 20.0]),
                field("aired", Some(Role::Published), FieldValues::Date(vec![-1, UNKNOWN_DATE])),
                field("page", Some(Role::Url), FieldValues::Text("/n\n".into())),
            ],
        }
    }

    #[test]
    fn golden_bytes() {
        let tags = TagList::new(vec!["t".into()], [1].into_iter(), vec![0]);
        let types = FieldValues::Category { names: vec!["c".into()], values: vec![1] };
        let one = Columns {
            ids: vec![300],
            titles: vec![title("m", "A")],
            fields: vec![
                field("g", None, FieldValues::Tags(tags)),
                field("k", None, types),
                number("s", Some(Role::Popularity), &[8.71]),
                number("r", Some(Role::Group), &[300.0]),
                field("d", Some(Role::Published), FieldValues::Date(vec![1])),
            ],
            ..Columns::default()
        };
        let len = |n: u8| [n, 0, 0, 0, 0, 0, 0, 0];
        let text = |text: &[u8]| [&len(text.len() as u8)[..], text].concat();
        let want: Vec<u8> = [
            &[2][..],
            &len(1),
            &[44, 1],      // ids of two bytes
            &len(0),       // keys
            &[6, 0, 0, 0], // six fields
            &text(b"m"),
            &[4, 1], // a text, the title
            &text(b"A"),
            &text(b"g"),
            &[0, 0], // tags, no role
            &len(1),
            &text(b"t"),
            &[1],
            &len(1),
            &[1], // one tag
            &[1],
            &len(1),
            &[0], // the first
            &text(b"k"),
            &[1, 0], // a category
            &len(1),
            &text(b"c"),
            &[1],
            &len(1),
            &[1],
            &text(b"s"),
            &[2, 4], // a number, the popularity
            &[2, 2], // decimals of two bytes with two digits
            &len(1),
            &[0x67, 0x03],
            &text(b"r"),
            &[2, 5], // a number, the group
            &[2, 0],
            &len(1),
            &[44, 1],
            &text(b"d"),
            &[3, 6], // a date, the publication
            &len(1),
            &[1, 0, 0, 0],
        ]
        .concat();
        assert_eq!(one.encode(1).unwrap(), want);
        assert_eq!(Columns::decode(&want, 1), Ok(one));
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = sample().encode(2).unwrap();
        let read = Columns::decode(&bytes, 2).unwrap();
        // NaN does not equal itself, but the same text shows it.
        assert_eq!(format!("{read:?}"), format!("{:?}", sample()));
        for len in 0..bytes.len() {
            assert_eq!(
                Columns::decode(&bytes[..len], 2).unwrap_err().code().as_str(),
                "catalogue_invalid"
            );
        }
        assert_eq!(
            Columns::decode(&[bytes, vec![0]].concat(), 2).unwrap_err().code().as_str(),
            "catalogue_invalid"
        );
    }

    #[test]
    fn a_small_file_cannot_promise_a_large_one() {
        let file = CatalogueFile::encode(2, 1033, &[0]);
        assert_eq!(CatalogueFile::decode(&file).unwrap_err().code().as_str(), "blob_shape");
        let file = CatalogueFile::encode(2, 1032, &[0]);
        assert_eq!(CatalogueFile::decode(&file).unwrap().gzip, [0]);
        let model = Header { items: 2, rows: 2, dims: 1, extent: 1 }.encode(Kind::Model);
        assert_eq!(CatalogueFile::decode(&model).unwrap_err().code().as_str(), "blob_kind");
    }

    proptest! {
        #[test]
        fn no_bytes_panic(at in 0_usize..300, byte in any::<u8>(), items in 0_u32..4) {
            let mut bytes = sample().encode(2).unwrap();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = Columns::decode(&bytes, items);
        }
    }
}

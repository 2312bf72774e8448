//! The catalogue file: a header, then gzip around the columns.
//! Imports `header`, `columns` and the errors.
//!
//! The file compresses the columns, so that it is small on any host. The reader decompresses them
//! with the decoder of its platform (`DecompressionStream` in a browser), never past the length in
//! the header.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bincode::{Decode, Encode};

use super::columns::{Columns, Field, FieldValues, Role, TagList, TitleColumn, ensure};
use super::{FormatError, HEADER_BYTES, Header, Kind};

/// Most bytes that the columns may decompress to: 2^24 items of 64 bytes.
pub const MAX_COLUMN_BYTES: usize = 1 << 30;

const BINCODE: Configuration<LittleEndian, Fixint, Limit<MAX_COLUMN_BYTES>> =
    bincode::config::standard().with_fixed_int_encoding().with_little_endian().with_limit();

/// An unknown score in [`Wire::scores`].
const UNKNOWN_SCORE: u16 = u16::MAX;

/// Names of the fields that this version of the format can hold.
const GENRES: &str = "genres";
const TYPE: &str = "type";
const YEAR: &str = "year";
const SCORE: &str = "score";
const MEMBERS: &str = "members";
const SERIES: &str = "series";

/// The columns as the file holds them. Numbers of names start at 1; 0 is "unknown".
#[derive(Default, Encode, Decode)]
struct Wire {
    ids: Vec<u32>,
    keys: String,
    /// Names of the title columns, the main one first.
    languages: Vec<String>,
    titles: Vec<String>,
    tag_names: Vec<String>,
    tag_counts: Vec<u8>,
    tag_indices: Vec<u16>,
    type_names: Vec<String>,
    types: Vec<u8>,
    /// 0 is "unknown".
    years: Vec<u16>,
    /// In hundredths.
    scores: Vec<u16>,
    /// How many people have the item on their list; 0 is "unknown".
    members: Vec<u32>,
    /// How many rows the item is behind the first of its series; 0 for the first itself.
    series: Vec<u32>,
}

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
        let Header { items, rows, dims, extent } = Header::decode(file, Kind::Catalogue)?;
        if rows != items || dims != 0 {
            return Err(FormatError::Shape("a catalogue has rows = items and dims = 0"));
        }
        if extent as usize > MAX_COLUMN_BYTES {
            return Err(FormatError::Shape("the columns have more than 2^30 bytes"));
        }
        // DEFLATE reaches at most 1032 : 1. A small file cannot make the reader allocate much.
        let gzip = &file[HEADER_BYTES..];
        if u64::from(extent) > gzip.len() as u64 * 1032 {
            return Err(FormatError::Shape(
                "the columns are larger than their compressed bytes can be",
            ));
        }
        Ok(Self { items, column_bytes: extent, gzip })
    }

    /// Returns the file for compressed columns of `column_bytes` decompressed bytes.
    #[must_use]
    pub fn encode(items: u32, column_bytes: u32, gzip: &[u8]) -> Vec<u8> {
        let header = Header { items, rows: items, dims: 0, extent: column_bytes };
        [header.encode(Kind::Catalogue).as_slice(), gzip].concat()
    }
}

/// Walks the columns in the order of their fields, and returns `None` if a length exceeds the
/// bytes. This comes first, because bincode allocates the memory of a list or text before it reads
/// it.
fn lengths_fit(bytes: &[u8]) -> Option<()> {
    fn texts(bytes: &[u8]) -> Option<&[u8]> {
        let (count, _) = list(bytes, size_of::<u64>())?;
        (0..count).try_fold(bytes.get(size_of::<u64>()..)?, |rest, _| past_list(rest, 1))
    }
    let bytes = past_list(bytes, 4)?; // ids
    let bytes = past_list(bytes, 1)?; // keys
    let bytes = texts(bytes)?; // languages
    let bytes = texts(bytes)?; // titles
    let bytes = texts(bytes)?; // names of tags
    let bytes = past_list(bytes, 1)?; // counts of tags
    let bytes = past_list(bytes, 2)?; // tags
    let bytes = texts(bytes)?; // names of types
    // types, years, scores, members, series
    [1, 2, 2, 4, 4].into_iter().try_fold(bytes, past_list).map(|_| ())
}

/// Returns the length of the list or text at the start of `bytes`, and the bytes after it if each
/// element has `width` bytes.
fn list(bytes: &[u8], width: usize) -> Option<(usize, &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
    Some((length, rest.get(length.checked_mul(width)?..)?))
}

/// Returns the bytes after the list or text at the start of `bytes`, with elements of `width`
/// bytes.
pub(super) fn past_list(bytes: &[u8], width: usize) -> Option<&[u8]> {
    list(bytes, width).map(|(_, rest)| rest)
}

impl Columns {
    /// Returns the columns in `bytes`, decompressed, of a catalogue of `items` items.
    pub fn decode(bytes: &[u8], items: u32) -> Result<Self, FormatError> {
        lengths_fit(bytes).ok_or(FormatError::Catalogue("a length is larger than the columns"))?;
        let (wire, read) = bincode::decode_from_slice::<Wire, _>(bytes, BINCODE)
            .map_err(|_| FormatError::Catalogue("the columns do not decode"))?;
        if read != bytes.len() {
            return Err(FormatError::Catalogue("bytes follow the columns"));
        }
        wire.columns(items as usize)
    }

    /// Returns the bytes that [`Columns::decode`] reads, after the same checks.
    pub fn encode(&self, items: u32) -> Result<Vec<u8>, FormatError> {
        self.check(items as usize)?;
        let wire = Wire::new(self)?;
        bincode::encode_to_vec(wire, BINCODE)
            .map_err(|_| FormatError::Catalogue("the columns are too large"))
    }
}

impl Wire {
    /// Returns the columns as declared fields. A column without any known value is no field.
    fn columns(self, items: usize) -> Result<Columns, FormatError> {
        let Self { years, scores, members, series, .. } = &self;
        let lengths = [
            self.types.len(),
            years.len(),
            scores.len(),
            members.len(),
            series.len(),
            self.tag_counts.len(),
        ];
        let same = lengths.iter().all(|&len| len == items) && self.ids.len() == items;
        ensure(same, "a column has another length than the catalogue")?;
        ensure(
            self.languages.len() == self.titles.len(),
            "title columns and their names differ in number",
        )?;
        let known = |value: u32| if value == 0 { f64::NAN } else { f64::from(value) };
        let years = numbers(items, &|row| known(years[row].into()));
        let scores = numbers(items, &|row| match scores[row] {
            UNKNOWN_SCORE => f64::NAN,
            score => f64::from(score) / 100.0,
        });
        let members = numbers(items, &|row| known(members[row]));
        let series = series_ids(series, &self.ids)?;
        let series = numbers(items, &|row| series[row]);
        let tags = TagList::new(
            self.tag_names,
            self.tag_counts.into_iter().map(usize::from),
            self.tag_indices.into_iter().map(u32::from).collect(),
        );
        let has_tags = !tags.names.is_empty() || !tags.indices.is_empty();
        let types: Vec<u32> = self.types.into_iter().map(u32::from).collect();
        let has_types = !self.type_names.is_empty() || types.iter().any(|&kind| kind > 0);
        let types = FieldValues::Category { names: self.type_names, values: types };
        let mut fields = Vec::new();
        let mut add = |name: &str, role, values: Option<FieldValues>| {
            fields.extend(values.map(|values| Field { name: name.to_owned(), role, values }));
        };
        add(GENRES, None, has_tags.then_some(FieldValues::Tags(tags)));
        add(TYPE, None, has_types.then_some(types));
        add(YEAR, None, years);
        add(SCORE, None, scores);
        add(MEMBERS, Some(Role::Popularity), members);
        add(SERIES, Some(Role::Group), series);
        let titles = self.languages.into_iter().zip(self.titles);
        let columns = Columns {
            ids: self.ids,
            keys: self.keys,
            titles: titles.map(|(name, lines)| TitleColumn { name, lines }).collect(),
            fields,
        };
        columns.check(items)?;
        Ok(columns)
    }

    /// Returns the columns as this version of the format holds them.
    fn new(columns: &Columns) -> Result<Self, FormatError> {
        let items = columns.ids.len();
        let mut wire = Self {
            ids: columns.ids.clone(),
            keys: columns.keys.clone(),
            languages: columns.titles.iter().map(|column| column.name.clone()).collect(),
            titles: columns.titles.iter().map(|column| column.lines.clone()).collect(),
            tag_counts: vec![0; items],
            types: vec![0; items],
            years: vec![0; items],
            scores: vec![UNKNOWN_SCORE; items],
            members: vec![0; items],
            series: vec![0; items],
            ..Self::default()
        };
        for field in &columns.fields {
            wire.add(field)?;
        }
        Ok(wire)
    }

    fn add(&mut self, Field { name, values, .. }: &Field) -> Result<(), FormatError> {
        const WIDE: FormatError = FormatError::Catalogue("a field has more names than it can hold");
        let number = |value: &f64| if value.is_nan() { 0.0 } else { *value };
        match (name.as_str(), values) {
            (GENRES, FieldValues::Tags(TagList { names, starts, indices })) => {
                let counts = starts.windows(2).map(|pair| u8::try_from(pair[1] - pair[0]));
                let indices = indices.iter().map(|&tag| u16::try_from(tag));
                self.tag_counts = counts.collect::<Result<_, _>>().map_err(|_| WIDE)?;
                self.tag_indices = indices.collect::<Result<_, _>>().map_err(|_| WIDE)?;
                self.tag_names.clone_from(names);
            }
            (TYPE, FieldValues::Category { names, values }) => {
                let types = values.iter().map(|&value| u8::try_from(value));
                self.types = types.collect::<Result<_, _>>().map_err(|_| WIDE)?;
                self.type_names.clone_from(names);
            }
            (YEAR, FieldValues::Number(values)) => {
                self.years = values.iter().map(|value| number(value) as u16).collect();
            }
            (SCORE, FieldValues::Number(values)) => {
                let hundredths =
                    |&score: &f64| ((score * 100.0).round() as u16).min(UNKNOWN_SCORE - 1);
                let score =
                    |score: &f64| if score.is_nan() { UNKNOWN_SCORE } else { hundredths(score) };
                self.scores = values.iter().map(score).collect();
            }
            (MEMBERS, FieldValues::Number(values)) => {
                self.members = values.iter().map(|value| number(value) as u32).collect();
            }
            (SERIES, FieldValues::Number(values)) => self.series = rows_behind_first(values),
            _ => return Err(FormatError::Catalogue("this format cannot hold one of its fields")),
        }
        Ok(())
    }
}

/// Returns the values of all rows, or `None` if none is known.
fn numbers(rows: usize, value: &dyn Fn(usize) -> f64) -> Option<FieldValues> {
    let values: Vec<f64> = (0..rows).map(value).collect();
    (!values.iter().all(|value| value.is_nan())).then_some(FieldValues::Number(values))
}

/// Returns for each row the id of the first item of its series, or NaN if the series has no other.
fn series_ids(series: &[u32], ids: &[u32]) -> Result<Vec<f64>, FormatError> {
    let mut values = vec![f64::NAN; ids.len()];
    for (row, &back) in series.iter().enumerate().filter(|&(_, &back)| back > 0) {
        let first = row.checked_sub(back as usize).filter(|&first| series[first] == 0);
        let first =
            first.ok_or(FormatError::Catalogue("a series does not start with its first item"))?;
        (values[row], values[first]) = (f64::from(ids[first]), f64::from(ids[first]));
    }
    Ok(values)
}

/// Returns for each row how many rows it is behind the first row of the same value.
fn rows_behind_first(values: &[f64]) -> Vec<u32> {
    let firsts = first_rows(values.iter().map(|value| (!value.is_nan()).then_some(*value as u32)));
    firsts.into_iter().zip(0..).map(|(first, row): (u32, u32)| row - first).collect()
}

/// Returns for each row the first row with the same key, or the row itself if it has no key.
pub(crate) fn first_rows(keys: impl Iterator<Item = Option<u32>>) -> Vec<u32> {
    let mut firsts = Vec::new();
    let mut keyed = Vec::new();
    for (key, row) in keys.zip(0..) {
        firsts.push(row);
        keyed.extend(key.map(|key| (key, row)));
    }
    keyed.sort_unstable();
    for at in 1..keyed.len() {
        if keyed[at].0 == keyed[at - 1].0 {
            firsts[keyed[at].1 as usize] = firsts[keyed[at - 1].1 as usize];
        }
    }
    firsts
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(name: &str, role: Option<Role>, values: &[f64]) -> Field {
        Field { name: name.into(), role, values: FieldValues::Number(values.into()) }
    }

    pub(crate) fn sample() -> Columns {
        let title =
            |name: &str, lines: &str| TitleColumn { name: name.into(), lines: lines.into() };
        let genres =
            TagList::new(vec!["Action".into(), "Space".into()], [1, 2].into_iter(), vec![0, 0, 1]);
        let types = FieldValues::Category { names: vec!["TV".into()], values: vec![1, 0] };
        Columns {
            ids: vec![20, 1],
            keys: String::new(),
            titles: vec![title("main", "Naruto\nCowboy Bebop"), title("english", "\nBebop")],
            fields: vec![
                Field { name: GENRES.into(), role: None, values: FieldValues::Tags(genres) },
                Field { name: TYPE.into(), role: None, values: types },
                number(YEAR, None, &[2002.0, f64::NAN]),
                number(SCORE, None, &[7.94, f64::NAN]),
                number(MEMBERS, Some(Role::Popularity), &[1e6, f64::NAN]),
                number(SERIES, Some(Role::Group), &[20.0, 20.0]),
            ],
        }
    }

    #[test]
    fn golden_bytes() {
        let one = Columns {
            ids: vec![7],
            titles: vec![TitleColumn { name: "m".into(), lines: "A".into() }],
            fields: vec![
                number(YEAR, None, &[2000.0]),
                number(SCORE, None, &[8.71]),
                number(MEMBERS, Some(Role::Popularity), &[3.0]),
            ],
            ..Columns::default()
        };
        let len = |n: u8| [n, 0, 0, 0, 0, 0, 0, 0];
        let want: Vec<u8> = [
            &len(1)[..],
            &[7, 0, 0, 0], // ids
            &len(0),       // keys
            &len(1),
            &len(1),
            b"m", // languages
            &len(1),
            &len(1),
            b"A", // titles
            &len(0),
            &len(1),
            &[0],
            &len(0), // tags: names, counts, indices
            &len(0),
            &len(1),
            &[0], // type names, types
            &len(1),
            &[0xd0, 0x07], // years
            &len(1),
            &[0x67, 0x03], // scores
            &len(1),
            &[3, 0, 0, 0], // members
            &len(1),
            &[0; 4], // series
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
    fn fields_that_this_format_cannot_hold_are_refused() {
        let with = |field: Field| {
            let mut columns = sample();
            columns.fields = vec![field];
            columns.encode(2).unwrap_err().code().as_str()
        };
        assert_eq!(with(number("price", None, &[1.0, 2.0])), "catalogue_invalid");
        let names = (0..300).map(|at| at.to_string()).collect();
        let values = FieldValues::Category { names, values: vec![256, 0] };
        assert_eq!(with(Field { name: TYPE.into(), role: None, values }), "catalogue_invalid");
    }

    #[test]
    fn wires_that_contradict_themselves_are_refused() {
        let cases: [fn(&mut Wire); 9] = [
            |w| w.years.truncate(1),
            |w| w.languages.truncate(1),
            |w| w.types[1] = 2,
            |w| w.tag_indices[2] = 2,
            |w| w.tag_counts[0] = 2,
            |w| w.tag_counts.truncate(1),
            |w| w.series.truncate(1),
            |w| w.series[0] = 1,
            |w| w.series[1] = 2,
        ];
        for (at, case) in cases.into_iter().enumerate() {
            let mut wire = Wire::new(&sample()).unwrap();
            case(&mut wire);
            let bytes = bincode::encode_to_vec(wire, BINCODE).unwrap();
            let code = Columns::decode(&bytes, 2).unwrap_err().code().as_str();
            assert_eq!(code, "catalogue_invalid", "case {at}");
        }
    }

    #[test]
    fn rows_of_one_key_share_their_first_row() {
        let keys = [Some(5), None, Some(7), Some(5), None, Some(5), Some(7)];
        assert_eq!(first_rows(keys.into_iter()), [0, 1, 2, 0, 4, 0, 2]);
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

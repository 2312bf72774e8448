//! The catalogue file: a header, then gzip around the columns.
//! Imports `header` and the errors.
//!
//! The file compresses the columns, so that it is small on any host. The reader decompresses them
//! with the decoder of its platform (`DecompressionStream` in a browser), never past the length in
//! the header.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bincode::{Decode, Encode};

use super::{FormatError, HEADER_BYTES, Header, Kind};

/// Most bytes that the columns may decompress to: 2^24 items of 64 bytes.
pub const MAX_COLUMN_BYTES: usize = 1 << 30;

const BINCODE: Configuration<LittleEndian, Fixint, Limit<MAX_COLUMN_BYTES>> =
    bincode::config::standard().with_fixed_int_encoding().with_little_endian().with_limit();

/// An unknown score in [`Columns::scores`].
pub const UNKNOWN_SCORE: u16 = u16::MAX;

/// The data of all items for look-ups, filters and display: one entry an item in each column.
///
/// The texts of one column are one string, an item a line, so that they compress well and need no
/// offsets. An empty line is "unknown". Each name is listed once; numbers of names start at 1, and
/// 0 is "unknown".
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Columns {
    /// Ids, each once.
    pub ids: Vec<u32>,
    /// Text ids, or empty if the catalogue has none.
    pub keys: String,
    /// Names of the title columns, the main one first.
    pub languages: Vec<String>,
    /// The titles, one string a language. Every item has a main title; a title in another language
    /// is empty if it equals the main one.
    pub titles: Vec<String>,
    /// Genres.
    pub tags: TagList,
    /// Names of the types.
    pub type_names: Vec<String>,
    /// The type of each item.
    pub types: Vec<u8>,
    /// Years; 0 is "unknown".
    pub years: Vec<u16>,
    /// Scores in hundredths; [`UNKNOWN_SCORE`] is "unknown".
    pub scores: Vec<u16>,
    /// How many people have the item on their list; 0 is "unknown".
    pub members: Vec<u32>,
    /// How many rows the item is behind the first of its series; 0 for the first itself.
    pub series: Vec<u32>,
}

/// A list of tags for each item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct TagList {
    /// Every tag once.
    pub names: Vec<String>,
    /// How many tags each item has.
    pub counts: Vec<u8>,
    /// The tags of all items, one after the other, as positions in `names`.
    pub indices: Vec<u16>,
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
        let (columns, read) = bincode::decode_from_slice::<Self, _>(bytes, BINCODE)
            .map_err(|_| FormatError::Catalogue("the columns do not decode"))?;
        if read != bytes.len() {
            return Err(FormatError::Catalogue("bytes follow the columns"));
        }
        columns.check(items as usize)?;
        Ok(columns)
    }

    /// Returns the bytes that [`Columns::decode`] reads, after the same checks.
    pub fn encode(&self, items: u32) -> Result<Vec<u8>, FormatError> {
        self.check(items as usize)?;
        bincode::encode_to_vec(self, BINCODE)
            .map_err(|_| FormatError::Catalogue("the columns are too large"))
    }

    fn check(&self, items: usize) -> Result<(), FormatError> {
        let ensure = |ok: bool, contradiction: &'static str| {
            if ok { Ok(()) } else { Err(FormatError::Catalogue(contradiction)) }
        };
        let lines = |text: &str| text.split('\n').count() == items;
        let Self { ids, types, years, scores, members, series, .. } = self;
        let lengths =
            [ids.len(), types.len(), years.len(), scores.len(), members.len(), series.len()];
        ensure(
            lengths.iter().all(|&len| len == items),
            "a column has another length than the catalogue",
        )?;
        let mut ids = self.ids.clone();
        ids.sort_unstable();
        ensure(ids.windows(2).all(|pair| pair[0] != pair[1]), "an id occurs twice")?;
        ensure(!self.languages.is_empty(), "there is no title column")?;
        ensure(
            self.languages.len() == self.titles.len(),
            "title columns and their names differ in number",
        )?;
        ensure(
            self.titles.iter().all(|text| lines(text)),
            "a title column has another length than the catalogue",
        )?;
        ensure(
            self.titles[0].split('\n').all(|title| !title.is_empty()),
            "an item has no main title",
        )?;
        ensure(
            self.keys.is_empty() || lines(&self.keys),
            "the keys have another length than the catalogue",
        )?;
        ensure(
            self.types.iter().all(|&t| usize::from(t) <= self.type_names.len()),
            "a type has no name",
        )?;
        ensure(self.tags.counts.len() == items, "the tags have another length than the catalogue")?;
        let tags: usize = self.tags.counts.iter().map(|&n| usize::from(n)).sum();
        ensure(tags == self.tags.indices.len(), "the tags do not add up")?;
        ensure(
            self.tags.indices.iter().all(|&t| usize::from(t) < self.tags.names.len()),
            "a tag has no name",
        )?;
        let first =
            |(row, &back): (usize, &u32)| row.checked_sub(back as usize).map(|first| series[first]);
        ensure(
            series.iter().enumerate().all(|at| first(at) == Some(0)),
            "a series does not start with its first item",
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn sample() -> Columns {
        Columns {
            ids: vec![20, 1],
            keys: String::new(),
            languages: vec!["main".into(), "english".into()],
            titles: vec!["Naruto\nCowboy Bebop".into(), "\nBebop".into()],
            tags: TagList {
                names: vec!["Action".into(), "Space".into()],
                counts: vec![1, 2],
                indices: vec![0, 0, 1],
            },
            type_names: vec!["TV".into()],
            types: vec![1, 0],
            years: vec![2002, 0],
            scores: vec![794, UNKNOWN_SCORE],
            members: vec![1_000_000, 0],
            series: vec![0, 1],
        }
    }

    #[test]
    fn golden_bytes() {
        let empty =
            Columns { languages: vec!["m".into()], titles: vec!["A".into()], ..Columns::default() };
        let one = Columns {
            ids: vec![7],
            tags: TagList { counts: vec![0], ..TagList::default() },
            types: vec![0],
            years: vec![2000],
            scores: vec![871],
            members: vec![3],
            series: vec![0],
            ..empty
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
        assert_eq!(Columns::decode(&bytes, 2), Ok(sample()));
        for len in 0..bytes.len() {
            assert_eq!(Columns::decode(&bytes[..len], 2).unwrap_err().code(), "catalogue_invalid");
        }
        assert_eq!(
            Columns::decode(&[bytes, vec![0]].concat(), 2).unwrap_err().code(),
            "catalogue_invalid"
        );
    }

    #[test]
    fn columns_that_contradict_each_other_are_refused() {
        let reason = |change: fn(&mut Columns)| {
            let mut columns = sample();
            change(&mut columns);
            columns.encode(2).unwrap_err()
        };
        let cases: [fn(&mut Columns); 14] = [
            |c| c.ids[0] = 1,
            |c| c.years.truncate(1),
            |c| c.titles[1].push('\n'),
            |c| c.titles[0] = "\nCowboy Bebop".into(),
            |c| c.languages.truncate(1),
            |c| (c.languages, c.titles) = (vec![], vec![]),
            |c| c.keys = "a".into(),
            |c| c.types[1] = 2,
            |c| c.tags.indices[2] = 2,
            |c| c.tags.counts[0] = 2,
            |c| c.tags.counts.truncate(1),
            |c| c.series.truncate(1),
            |c| c.series[0] = 1,
            |c| c.series[1] = 2,
        ];
        for (at, case) in cases.into_iter().enumerate() {
            assert_eq!(reason(case).code(), "catalogue_invalid", "case {at}");
        }
    }

    #[test]
    fn a_small_file_cannot_promise_a_large_one() {
        let file = CatalogueFile::encode(2, 1033, &[0]);
        assert_eq!(CatalogueFile::decode(&file).unwrap_err().code(), "blob_shape");
        let file = CatalogueFile::encode(2, 1032, &[0]);
        assert_eq!(CatalogueFile::decode(&file).unwrap().gzip, [0]);
        let model = Header { items: 2, rows: 2, dims: 1, extent: 1 }.encode(Kind::Model);
        assert_eq!(CatalogueFile::decode(&model).unwrap_err().code(), "blob_kind");
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

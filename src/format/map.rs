//! Maps: the place of each item in the plane, and the group of tags that colours it.
//! Imports `header`, `chunks`, `hash` and the errors.

use super::chunks::has_length;
use super::{FormatError, Header, Kind};

/// Most groups of a map: one byte names a group, and 0 is none.
pub const MAX_GROUPS: u32 = 255;

/// The plane of all items, in catalogue order. Near items are alike; the axes have no meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapBlob {
    /// For each group the tag that names it, as a position in the catalogue's tag names.
    pub tags: Vec<u16>,
    /// For each item the distance from the left edge, 0 to 65535.
    pub xs: Vec<u16>,
    /// For each item the distance from the upper edge, on the scale of `xs`.
    pub ys: Vec<u16>,
    /// For each item its group, counted from 1; 0 is none.
    pub groups: Vec<u8>,
}

impl MapBlob {
    /// Checks one whole file of a catalogue with `items` items and `tags` tags. The errors are
    /// those of docs/FORMAT.md, in file order.
    pub fn decode(file: &[u8], items: u32, tags: usize) -> Result<Self, FormatError> {
        let (header, payload) = Header::split(file, Kind::Map)?;
        let Header { rows, dims, extent, .. } = header;
        if header.items != items || rows != items {
            return Err(FormatError::Shape("the map is not of this catalogue's items"));
        }
        if dims != 2 {
            return Err(FormatError::Shape("a map has two dims"));
        }
        if extent > MAX_GROUPS {
            return Err(FormatError::Shape("more than 255 groups"));
        }
        has_length(payload, u64::from(extent) * 2 + u64::from(rows) * 5)?;
        let rows = rows as usize;
        let (words, groups) = payload.split_at(extent as usize * 2 + rows * 4);
        let mut words: Vec<u16> =
            words.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        let mut xs = words.split_off(extent as usize);
        let ys = xs.split_off(rows);
        if words.iter().any(|&tag| usize::from(tag) >= tags) {
            return Err(FormatError::Rows("a group of the map has a tag that does not exist"));
        }
        if groups.iter().any(|&group| u32::from(group) > extent) {
            return Err(FormatError::Rows("an item of the map is in a group that does not exist"));
        }
        Ok(Self { tags: words, xs, ys, groups: groups.into() })
    }

    /// Returns the file.
    #[cfg(not(target_arch = "wasm32"))]
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let rows = self.groups.len() as u32;
        let header = Header { items: rows, rows, dims: 2, extent: self.tags.len() as u32 };
        let words = [&self.tags, &self.xs, &self.ys]
            .into_iter()
            .flatten()
            .flat_map(|word| word.to_le_bytes());
        let header = header.encode(Kind::Map).into_iter();
        super::framed(&header.chain(words).chain(self.groups.iter().copied()).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::framed;

    fn sample() -> MapBlob {
        MapBlob {
            tags: vec![4, 0],
            xs: vec![0, 65535, 7],
            ys: vec![1, 2, 256],
            groups: vec![2, 0, 1],
        }
    }

    #[test]
    fn golden_bytes() {
        let want: Vec<u8> = [
            b"OSUSUME\0\x02\0\0\0\x04\0\0\0\x03\0\0\0\x03\0\0\0\x02\0\0\0\x02\0\0\0".as_slice(),
            b"\x04\0\0\0",
            b"\0\0\xff\xff\x07\0",
            b"\x01\0\x02\0\0\x01",
            b"\x02\0\x01",
        ]
        .concat();
        let want = framed(&want);
        assert_eq!(sample().encode(), want);
        assert_eq!(MapBlob::decode(&want, 3, 5), Ok(sample()));
    }

    #[test]
    fn each_wrong_field_is_named() {
        let whole = sample().encode();
        let code = |file: &[u8], items, tags| {
            MapBlob::decode(file, items, tags).map_or_else(|e| e.code().as_str(), |_| "ok")
        };
        let with = |at: usize, byte: u8| {
            let mut file = whole.clone();
            file[at] = byte;
            code(&file, 3, 5)
        };
        assert_eq!(code(&whole, 4, 5), "blob_shape", "of another catalogue");
        assert_eq!(code(&whole, 3, 4), "blob_rows", "a tag that is not there");
        assert_eq!(with(20, 2), "blob_shape", "rows");
        assert_eq!(with(24, 3), "blob_shape", "dims");
        assert_eq!(with(29, 1), "blob_shape", "groups");
        assert_eq!(with(28, 3), "blob_truncated");
        assert_eq!(with(28, 1), "blob_length");
        assert_eq!(with(whole.len() - 1, 3), "blob_rows", "a group that is not there");
        for len in 0..whole.len() {
            assert_eq!(code(&whole[..len], 3, 5), "blob_truncated");
        }
    }
}

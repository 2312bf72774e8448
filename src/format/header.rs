//! The header in front of every binary file of a release.
//! Imports `chunks` and the errors; the files of each kind import it.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use bincode::{Decode, Encode};

use super::FormatError;
use super::chunks::{HEADER_BYTES, payload};

/// The format that this build reads and writes.
pub const FORMAT_VERSION: u32 = 2;

/// Most values in a row.
pub const MAX_DIMS: u32 = 4096;

/// Most items in a catalogue. Rows, ids and byte lengths stay far below the limits of their types.
pub const MAX_ITEMS: u32 = 1 << 24;

/// The first bytes of every binary file, which an error page does not have.
pub(crate) const MAGIC: [u8; 8] = *b"OSUSUME\0";

/// Encodes with fixed widths, little endian, and never reads more than the length of a header.
const BINCODE: Configuration<LittleEndian, Fixint, Limit<HEADER_BYTES>> =
    bincode::config::standard().with_fixed_int_encoding().with_little_endian().with_limit();

/// The kind of a binary file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Item vectors; [`super::ModelBlob`].
    Model,
    /// Ids, titles and other columns; [`super::CatalogueFile`].
    Catalogue,
    /// Weights between the rows of a model; [`super::ResidualBlob`].
    Residual,
    /// A place in the plane for each item; [`super::MapBlob`].
    Map,
    /// The text encoder of a model; [`super::TextFile`].
    Text,
}

impl Kind {
    /// The number of the kind in a header.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Model => 1,
            Self::Catalogue => 2,
            Self::Residual => 3,
            Self::Map => 4,
            Self::Text => 5,
        }
    }
}

/// The fields of a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Items in the catalogue that the file belongs to.
    pub items: u32,
    /// Rows in the file; for a catalogue and a map, the items.
    pub rows: u32,
    /// Values per row. It is 0 for a catalogue, 2 for a map, and the bytes of a row number for a
    /// residual.
    pub dims: u32,
    /// Length of the kind's variable part: runs of covered rows of a model, decompressed bytes of a
    /// catalogue or text encoder, pairs of a residual, groups of a map.
    pub extent: u32,
}

#[derive(Encode, Decode)]
struct Wire {
    magic: [u8; 8],
    version: u32,
    kind: u32,
    items: u32,
    rows: u32,
    dims: u32,
    extent: u32,
}

impl Header {
    /// Returns the header of `file`, a whole file or its beginning, if it is of this kind.
    ///
    /// Checks the magic, the version, the kind and the item count, in this order. The kind's own
    /// reader checks the other fields.
    pub fn decode(file: &[u8], kind: Kind) -> Result<Self, FormatError> {
        let magic = &file[..file.len().min(MAGIC.len())];
        if *magic != MAGIC[..magic.len()] {
            return Err(FormatError::Magic);
        }
        let truncated =
            FormatError::Truncated { needed: HEADER_BYTES as u64, found: file.len() as u64 };
        let Ok((wire, _)) = bincode::decode_from_slice::<Wire, _>(file, BINCODE) else {
            return Err(truncated);
        };
        if wire.version != FORMAT_VERSION {
            return Err(FormatError::Version { found: wire.version });
        }
        if wire.kind != kind.number() {
            return Err(FormatError::Kind { expected: kind.number(), found: wire.kind });
        }
        if wire.items == 0 || wire.items > MAX_ITEMS {
            return Err(FormatError::Shape("the item count is not in 1..=2^24"));
        }
        Ok(Self { items: wire.items, rows: wire.rows, dims: wire.dims, extent: wire.extent })
    }

    /// Returns the header and the payload of `file`, a whole file of this kind. The caller checks
    /// the payload's hashes with [`super::FileEntry::verify`].
    pub(super) fn split(file: &[u8], kind: Kind) -> Result<(Self, &[u8]), FormatError> {
        let header = Self::decode(file, kind)?;
        Ok((header, payload(file)?))
    }

    /// Returns the encoded header.
    #[must_use]
    pub fn encode(self, kind: Kind) -> [u8; HEADER_BYTES] {
        let Self { items, rows, dims, extent } = self;
        let wire = Wire {
            magic: MAGIC,
            version: FORMAT_VERSION,
            kind: kind.number(),
            items,
            rows,
            dims,
            extent,
        };
        let mut out = [0; HEADER_BYTES];
        let written = bincode::encode_into_slice(wire, &mut out, BINCODE);
        debug_assert_eq!(
            written.ok(),
            Some(HEADER_BYTES),
            "seven fixed-width fields fill the header"
        );
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header { items: 3, rows: 4, dims: 5, extent: 6 };

    #[test]
    fn golden_bytes() {
        let want = b"OSUSUME\0\x02\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\0\0\0\x06\0\0\0";
        assert_eq!(&HEADER.encode(Kind::Catalogue), want);
        assert_eq!(Header::decode(want, Kind::Catalogue), Ok(HEADER));
    }

    #[test]
    fn every_shorter_input_is_truncated() {
        let bytes = HEADER.encode(Kind::Model);
        for len in 0..HEADER_BYTES {
            let found = Header::decode(&bytes[..len], Kind::Model).unwrap_err().code().as_str();
            assert_eq!(found, "blob_truncated", "at {len} bytes");
        }
    }

    #[test]
    fn each_wrong_field_is_named() {
        let code = |at: usize, byte: u8| {
            let mut bytes = HEADER.encode(Kind::Model);
            bytes[at] = byte;
            Header::decode(&bytes, Kind::Model).unwrap_err().code().as_str()
        };
        assert_eq!(code(0, b'<'), "blob_magic");
        assert_eq!(code(7, 1), "blob_magic");
        assert_eq!(code(8, 1), "blob_version");
        assert_eq!(code(12, 2), "blob_kind");
        assert_eq!(code(16, 0), "blob_shape");
        assert_eq!(code(19, 2), "blob_shape");
        assert_eq!(Header::decode(b"<!doctype html>", Kind::Model), Err(FormatError::Magic));
    }
}

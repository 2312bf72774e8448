//! Neighbour lists: for each row of a model its most similar rows, used before the vectors load.
//! Imports `header`, `runs` and the errors.

use super::runs::Runs;
use super::{FormatError, Header, Kind};

/// Most neighbours of a row.
pub const MAX_NEIGHBOURS: u32 = 255;

/// Most bytes that the lists may decompress to.
const MAX_LIST_BYTES: u64 = 1 << 30;

/// A file of neighbours with a checked header, checked rows and compressed lists.
#[derive(Debug, Clone)]
pub struct NeighboursFile<'a> {
    header: Header,
    runs: Runs,
    /// The compressed lists.
    pub gzip: &'a [u8],
}

/// The best rows for each row of a model, best first.
#[derive(Debug, Clone)]
pub struct Neighbours {
    items: u32,
    runs: Runs,
    n: u32,
    /// `rows × n` rows of the model.
    rows: Vec<u32>,
    /// `rows × n` scores, in 255ths of the row's best.
    scores: Vec<u8>,
}

impl<'a> NeighboursFile<'a> {
    /// Checks the header and the covered rows of `file`, one whole file.
    pub fn decode(file: &'a [u8]) -> Result<Self, FormatError> {
        let (header, payload) = Header::split(file, Kind::Neighbours)?;
        let Header { items, rows, dims: n, extent } = header;
        if rows == 0 || rows > items || extent == 0 || extent > rows {
            return Err(FormatError::Shape("rows is not in 1..=items, or runs not in 1..=rows"));
        }
        if n == 0 || n > MAX_NEIGHBOURS || n >= rows {
            return Err(FormatError::Shape(
                "the number of neighbours is not in 1..=255 and below rows",
            ));
        }
        let (needed, found) = (u64::from(extent) * 8, payload.len() as u64);
        if found < needed {
            return Err(FormatError::Truncated { needed, found });
        }
        let (runs, gzip) = payload.split_at(extent as usize * 8);
        let runs = Runs::decode(runs, rows, items)?;
        // As with a catalogue, a small file cannot make the reader allocate a large buffer.
        let bytes = u64::from(rows) * u64::from(n) * 5;
        if bytes > MAX_LIST_BYTES || bytes > gzip.len() as u64 * 1032 {
            return Err(FormatError::Shape(
                "the lists are larger than 2^30 bytes or than their gzip can be",
            ));
        }
        Ok(Self { header, runs, gzip })
    }

    /// Bytes that [`Self::gzip`] decompresses to. Each neighbour has four bytes of a row number and
    /// one of a score.
    #[must_use]
    pub fn list_bytes(&self) -> u32 {
        self.header.rows * self.header.dims * 5
    }

    /// Returns the lists in `bytes`, the decompressed gzip.
    pub fn lists(self, bytes: &[u8]) -> Result<Neighbours, FormatError> {
        let Header { items, rows, dims: n, .. } = self.header;
        let count = rows as usize * n as usize;
        let (found, needed) = (bytes.len() as u64, u64::from(self.list_bytes()));
        if found < needed {
            return Err(FormatError::Truncated { needed, found });
        }
        let plane = |at: usize| &bytes[at * count..(at + 1) * count];
        let byte = |plane_at: usize, at: usize| plane(plane_at)[at];
        let row =
            |at: usize| u32::from_le_bytes([byte(0, at), byte(1, at), byte(2, at), byte(3, at)]);
        let lists = Neighbours {
            items,
            runs: self.runs,
            n,
            rows: (0..count).map(row).collect(),
            scores: plane(4).to_vec(),
        };
        for own in 0..rows {
            let (near, scores) = lists.slices(own);
            let is_sound = near
                .iter()
                .enumerate()
                .all(|(at, &other)| other < rows && other != own && !near[..at].contains(&other));
            if !is_sound || !scores.is_sorted_by(|a, b| a >= b) {
                return Err(FormatError::Rows(
                    "neighbours leave the model, name the row itself, repeat or are out of order",
                ));
            }
        }
        Ok(lists)
    }
}

impl Neighbours {
    /// Returns the parts of the file for the ascending `item_rows`, with `n` neighbours each: the
    /// header and the payload before the gzip, and the bytes that the gzip must hold. With the gzip
    /// they make the file by [`super::framed`].
    #[must_use]
    pub fn encode(
        items: u32,
        item_rows: &[u32],
        n: u32,
        lists: &[(u32, u8)],
    ) -> (Vec<u8>, Vec<u8>) {
        let runs = Runs::encode(item_rows);
        let header =
            Header { items, rows: item_rows.len() as u32, dims: n, extent: runs.len() as u32 / 8 };
        let plane = |at: usize| lists.iter().map(move |(row, _)| row.to_le_bytes()[at]);
        let bytes = (0..4).flat_map(plane).chain(lists.iter().map(|(_, score)| *score)).collect();
        ([header.encode(Kind::Neighbours).as_slice(), &runs].concat(), bytes)
    }

    /// Items of the lists' catalogue, and rows covered.
    #[must_use]
    pub fn shape(&self) -> (u32, u32) {
        (self.items, self.runs.rows())
    }

    /// Neighbours of each row.
    #[must_use]
    pub fn n(&self) -> usize {
        self.n as usize
    }

    /// Returns the catalogue row and the score, 0 to 1, of each neighbour of a catalogue row, or
    /// `None` if the model does not cover the row.
    #[must_use]
    pub fn of(&self, item_row: u32) -> Option<impl Iterator<Item = (u32, f32)> + '_> {
        let (rows, scores) = self.slices(self.runs.row_of(item_row)?);
        Some(
            rows.iter()
                .map(|&row| self.runs.item_row(row))
                .zip(scores.iter().map(|&s| f32::from(s) / 255.0)),
        )
    }

    fn slices(&self, row: u32) -> (&[u32], &[u8]) {
        let range = row as usize * self.n as usize..(row as usize + 1) * self.n as usize;
        (&self.rows[range.clone()], &self.scores[range])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::framed;
    use proptest::prelude::*;

    /// Rows 0, 1 and 7 of 9 items; two neighbours each.
    fn sample() -> (Vec<u8>, Vec<u8>) {
        let lists = [(2, 255), (1, 100), (0, 255), (2, 255), (1, 0), (0, 0)];
        let (mut file, plain) = Neighbours::encode(9, &[0, 1, 7], 2, &lists);
        file.push(0); // stands for the gzip
        (framed(&file), plain)
    }

    #[test]
    fn golden_bytes() {
        let (file, plain) = sample();
        let want = [
            b"OSUSUME\0\x02\0\0\0\x06\0\0\0\x09\0\0\0\x03\0\0\0\x02\0\0\0\x02\0\0\0".as_slice(),
            b"\0\0\0\0\x02\0\0\0\x07\0\0\0\x01\0\0\0\0",
        ]
        .concat();
        assert_eq!(file, framed(&want));
        let zeros = [0; 18];
        assert_eq!(plain, [&[2, 1, 0, 2, 1, 0][..], &zeros, &[255, 100, 255, 255, 0, 0]].concat());
        let lists = NeighboursFile::decode(&file).unwrap().lists(&plain).unwrap();
        assert_eq!(lists.of(7).unwrap().collect::<Vec<_>>(), [(1, 0.0), (0, 0.0)]);
        assert_eq!(lists.of(0).unwrap().map(|(row, _)| row).collect::<Vec<_>>(), [7, 1]);
        assert!(lists.of(2).is_none() && lists.of(8).is_none());
    }

    #[test]
    fn each_wrong_field_is_named() {
        let header = |at: usize, bytes: &[u8]| {
            let (mut file, _) = sample();
            file[at..at + bytes.len()].copy_from_slice(bytes);
            NeighboursFile::decode(&file).map_or_else(|e| e.code().as_str(), |_| "ok")
        };
        assert_eq!(header(20, &[0]), "blob_shape", "no rows");
        assert_eq!(header(24, &[0]), "blob_shape", "no neighbours");
        assert_eq!(header(24, &[3]), "blob_shape", "as many neighbours as rows");
        assert_eq!(header(28, &[0]), "blob_shape", "no runs");
        assert_eq!(header(28, &[3]), "blob_truncated", "runs");
        assert_eq!(header(72, &[2]), "blob_rows", "runs touch");
        let list = |at: usize, byte: u8| {
            let (file, mut plain) = sample();
            plain[at] = byte;
            NeighboursFile::decode(&file)
                .unwrap()
                .lists(&plain)
                .map_or_else(|e| e.code().as_str(), |_| "ok")
        };
        assert_eq!(list(0, 3), "blob_rows", "no such row");
        assert_eq!(list(0, 0), "blob_rows", "the row itself");
        assert_eq!(list(0, 1), "blob_rows", "twice");
        assert_eq!(list(24, 99), "blob_rows", "the second is better");
        let (file, plain) = sample();
        let short = NeighboursFile::decode(&file).unwrap().lists(&plain[1..]).unwrap_err();
        assert_eq!(short.code().as_str(), "blob_truncated");
    }

    #[test]
    fn a_small_file_cannot_promise_long_lists() {
        let (header, _) = Neighbours::encode(1000, &(0..1000).collect::<Vec<_>>(), 9, &[]);
        assert_eq!(
            NeighboursFile::decode(&framed(&[header, vec![0; 43]].concat()))
                .unwrap_err()
                .code()
                .as_str(),
            "blob_shape"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(
            at in 0_usize..128,
            byte in any::<u8>(),
            plain in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let (mut file, _) = sample();
            let at = at % file.len();
            file[at] = byte;
            let _ = NeighboursFile::decode(&file).and_then(|file| file.lists(&plain));
        }
    }
}

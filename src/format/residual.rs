//! Residual blobs: a few signed weights between the rows of a model.
//! Imports `header`, `chunks`, `hash` and the errors.

use half::f16;

use super::chunks::has_length;
use super::{FormatError, Header, Kind};

/// For each row of a model up to some hundred pairs (row j, weight): if the profile likes the row,
/// the weight is added to the score of j.
#[derive(Debug, Clone)]
pub struct ResidualBlob {
    rows: u32,
    /// Where each row starts in `columns` and `weights`, then their length.
    starts: Vec<u32>,
    /// The j of each pair, ascending within a row.
    columns: Vec<u32>,
    weights: Vec<f32>,
}

impl ResidualBlob {
    /// Checks one whole file. The errors are those of docs/FORMAT.md, in file order.
    pub fn decode(file: &[u8]) -> Result<Self, FormatError> {
        let (header, payload) = Header::split(file, Kind::Residual)?;
        let Header { items, rows, dims: width, extent } = header;
        if rows == 0 || rows > items {
            return Err(FormatError::Shape("rows is not in 1..=items"));
        }
        if width != 2 && width != 4 {
            return Err(FormatError::Shape("the width of a row number is not 2 or 4"));
        }
        let (count, pairs) = (u64::from(rows), u64::from(extent));
        has_length(payload, count * 4 + pairs * u64::from(width) + pairs * 2)?;
        let (ends, rest) = payload.split_at(rows as usize * 4);
        let (columns, weights) = rest.split_at(extent as usize * width as usize);
        let word = |b: &[u8]| {
            if width == 2 { u32::from(u16::from_le_bytes([b[0], b[1]])) } else { le32(b) }
        };
        let starts: Vec<u32> = std::iter::once(0).chain(ends.chunks_exact(4).map(le32)).collect();
        if !starts.is_sorted() || starts[rows as usize] != extent {
            return Err(FormatError::Rows(
                "the ends of the rows do not ascend to the number of pairs",
            ));
        }
        let columns: Vec<u32> = columns.chunks_exact(width as usize).map(word).collect();
        for row in 0..rows as usize {
            let columns = &columns[starts[row] as usize..starts[row + 1] as usize];
            let sound = columns.iter().all(|&column| column < rows && column != row as u32)
                && columns.windows(2).all(|pair| pair[0] < pair[1]);
            if !sound {
                return Err(FormatError::Rows(
                    "the pairs of a row do not ascend, leave the model, or name the row itself",
                ));
            }
        }
        let weights: Vec<f16> =
            weights.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]])).collect();
        if let Some(at) = weights.iter().position(|weight| !weight.is_finite()) {
            return Err(FormatError::Value {
                row: starts.partition_point(|&start| start <= at as u32) as u32 - 1,
            });
        }
        Ok(Self { rows, starts, columns, weights: weights.into_iter().map(f16::to_f32).collect() })
    }

    /// Returns the file for the pairs of each row, ascending by j.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn encode(items: u32, pairs: &[Vec<(u32, f16)>]) -> Result<Vec<u8>, FormatError> {
        let rows = pairs.len() as u32;
        let width: u32 = if rows <= 1 << 16 { 2 } else { 4 };
        let extent: usize = pairs.iter().map(Vec::len).sum();
        let extent =
            u32::try_from(extent).map_err(|_| FormatError::Shape("more than 2^32 pairs"))?;
        let mut file = Header { items, rows, dims: width, extent }.encode(Kind::Residual).to_vec();
        let mut end = 0_u32;
        for row in pairs {
            end += row.len() as u32;
            file.extend(end.to_le_bytes());
        }
        let all = || pairs.iter().flatten();
        all().for_each(|(column, _)| file.extend(&column.to_le_bytes()[..width as usize]));
        all().for_each(|(_, weight)| file.extend(weight.to_le_bytes()));
        let file = super::framed(&file);
        Self::decode(&file)?;
        Ok(file)
    }

    /// Rows of the model that the weights belong to.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Returns the pairs (row j, weight) of a row, which must be less than [`Self::rows`].
    pub fn of(&self, row: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        let (columns, weights) = self.slices(row);
        columns.iter().copied().zip(weights.iter().copied())
    }

    /// Returns the weight of one pair, if the row has it.
    #[must_use]
    pub fn at(&self, row: u32, column: u32) -> Option<f32> {
        let (columns, weights) = self.slices(row);
        columns.binary_search(&column).ok().map(|at| weights[at])
    }

    fn slices(&self, row: u32) -> (&[u32], &[f32]) {
        let range = self.starts[row as usize] as usize..self.starts[row as usize + 1] as usize;
        (&self.columns[range.clone()], &self.weights[range])
    }
}

fn le32(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::framed;

    fn sample() -> Vec<u8> {
        let pair = |column, weight| (column, f16::from_f32(weight));
        ResidualBlob::encode(9, &[vec![pair(1, 0.5), pair(2, -1.0)], vec![], vec![pair(0, 2.0)]])
            .unwrap()
    }

    #[test]
    fn golden_bytes() {
        let want: Vec<u8> = [
            b"OSUSUME\0\x02\0\0\0\x03\0\0\0\x09\0\0\0\x03\0\0\0\x02\0\0\0\x03\0\0\0".as_slice(),
            b"\x02\0\0\0\x02\0\0\0\x03\0\0\0",
            b"\x01\0\x02\0\0\0",
            b"\x00\x38\x00\xbc\x00\x40",
        ]
        .concat();
        let want = framed(&want);
        assert_eq!(sample(), want);
        let blob = ResidualBlob::decode(&want).unwrap();
        assert_eq!(blob.of(0).collect::<Vec<_>>(), [(1, 0.5), (2, -1.0)]);
        assert_eq!((blob.at(2, 0), blob.at(1, 0), blob.at(0, 2)), (Some(2.0), None, Some(-1.0)));
    }

    #[test]
    fn each_wrong_field_is_named() {
        let with = |at: usize, bytes: &[u8]| {
            let mut file = sample();
            file[at..at + bytes.len()].copy_from_slice(bytes);
            ResidualBlob::decode(&file).map_or_else(|e| e.code().as_str(), |_| "ok")
        };
        assert_eq!(with(20, &[0]), "blob_shape", "no rows");
        assert_eq!(with(24, &[3]), "blob_shape", "width");
        assert_eq!(with(28, &[4]), "blob_truncated", "pairs");
        assert_eq!(with(28, &[2]), "blob_length", "pairs");
        assert_eq!(with(64, &[3]), "blob_rows", "ends descend");
        assert_eq!(with(72, &[2]), "blob_rows", "ends do not add up");
        assert_eq!(with(76, &[3]), "blob_rows", "a row that is not there");
        assert_eq!(with(76, &[0]), "blob_rows", "the row itself");
        assert_eq!(with(76, &[2]), "blob_rows", "twice the same");
        assert_eq!(with(83, &[0x7c]), "blob_value");
        let whole = sample();
        for len in 0..whole.len() {
            assert_eq!(
                ResidualBlob::decode(&whole[..len]).unwrap_err().code().as_str(),
                "blob_truncated"
            );
        }
    }
}

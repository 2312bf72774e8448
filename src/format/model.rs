//! Model blobs: the covered catalogue rows, and one f16 vector for each.
//! Imports `bytes`, `header`, `runs` and the errors.

use half::f16;

use super::runs::Runs;
use super::{AlignedBytes, FormatError, HEADER_BYTES, Header, Kind, MAX_DIMS};

/// One model's vectors, checked and in place: the reader copies nothing out of the file's bytes.
///
/// Row `r` of the blob belongs to catalogue row [`ModelBlob::item_row`]`(r)`. Both ascend together,
/// so an order by blob row is an order by catalogue row.
#[derive(Debug, Clone)]
pub struct ModelBlob {
    bytes: AlignedBytes,
    header: Header,
    values_at: usize,
    runs: Runs,
}

impl ModelBlob {
    /// Checks one whole file, values included, and keeps it.
    ///
    /// Costs one pass over the bytes. The errors are those of docs/FORMAT.md, in file order.
    pub fn decode(bytes: AlignedBytes) -> Result<Self, FormatError> {
        let header = Header::decode(&bytes, Kind::Model)?;
        let Header { items, rows, dims, extent } = header;
        if dims == 0 || dims > MAX_DIMS {
            return Err(FormatError::Shape("dims is not in 1..=4096"));
        }
        if rows == 0 || rows > items {
            return Err(FormatError::Shape("rows is not in 1..=items"));
        }
        if extent == 0 || extent > rows {
            return Err(FormatError::Shape("runs is not in 1..=rows"));
        }
        // At most 2^24 rows of 2^12 values: u64 cannot wrap.
        let values_at = (HEADER_BYTES as u64 + u64::from(extent) * 8).next_multiple_of(16);
        let needed = values_at + u64::from(rows) * u64::from(dims) * 2;
        let found = bytes.len() as u64;
        match found.cmp(&needed) {
            std::cmp::Ordering::Less => return Err(FormatError::Truncated { needed, found }),
            std::cmp::Ordering::Greater => {
                return Err(FormatError::TooLong { expected: needed, found });
            }
            std::cmp::Ordering::Equal => {}
        }
        let values_at = values_at as usize;
        let (runs, padding) = bytes[HEADER_BYTES..values_at].split_at(extent as usize * 8);
        if padding.iter().any(|&byte| byte != 0) {
            return Err(FormatError::Rows("the padding is not zero"));
        }
        let runs = Runs::decode(runs, rows, items)?;
        let blob = Self { bytes, header, values_at, runs };
        for row in 0..rows {
            // An exponent of all ones is NaN or an infinity (IEEE 754 binary16).
            if blob.row(row).iter().fold(false, |bad, v| bad | (v.to_bits() & 0x7c00 == 0x7c00)) {
                return Err(FormatError::Value { row });
            }
        }
        Ok(blob)
    }

    /// Returns the file for `values`, `item_rows.len() × dims` row-major. Each of the ascending
    /// `item_rows` has one row.
    pub fn encode(
        items: u32,
        dims: u32,
        item_rows: &[u32],
        values: &[f16],
    ) -> Result<AlignedBytes, FormatError> {
        let runs = Runs::encode(item_rows);
        let extent = runs.len() as u32 / 8;
        let header = Header { items, rows: item_rows.len() as u32, dims, extent };
        let mut bytes = header.encode(Kind::Model).to_vec();
        bytes.extend(runs);
        bytes.resize(bytes.len().next_multiple_of(16), 0);
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        let bytes = AlignedBytes::from(bytes.as_slice());
        Self::decode(bytes.clone())?;
        Ok(bytes)
    }

    /// Items in the catalogue of the blob.
    #[must_use]
    pub fn items(&self) -> u32 {
        self.header.items
    }

    /// Rows covered.
    #[must_use]
    pub fn rows(&self) -> u32 {
        self.header.rows
    }

    /// Values per row.
    #[must_use]
    pub fn dims(&self) -> u32 {
        self.header.dims
    }

    /// Returns all values, `rows × dims`, row-major.
    #[must_use]
    pub fn values(&self) -> &[f16] {
        bytemuck::cast_slice(&self.bytes[self.values_at..])
    }

    /// Returns the vector of blob row `row`, which must be less than [`Self::rows`].
    #[must_use]
    pub fn row(&self, row: u32) -> &[f16] {
        let dims = self.header.dims as usize;
        &self.values()[row as usize * dims..][..dims]
    }

    /// Returns the catalogue row of blob row `row`, which must be less than [`Self::rows`].
    #[must_use]
    pub fn item_row(&self, row: u32) -> u32 {
        self.runs.item_row(row)
    }

    /// Returns the blob row of catalogue row `item_row`, if the model covers it.
    #[must_use]
    pub fn row_of(&self, item_row: u32) -> Option<u32> {
        self.runs.row_of(item_row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Vec<u8> {
        let values: Vec<f16> = [1.0, -2.0, 0.5, 65504.0, -0.0, 6e-8].map(f16::from_f32).into();
        ModelBlob::encode(9, 2, &[0, 1, 7], &values).unwrap().to_vec()
    }

    fn code(bytes: &[u8]) -> &'static str {
        ModelBlob::decode(bytes.into()).unwrap_err().code().as_str()
    }

    #[test]
    fn golden_bytes() {
        let want: Vec<u8> = [
            b"OSUSUME\0\x01\0\0\0\x01\0\0\0\x09\0\0\0\x03\0\0\0\x02\0\0\0\x02\0\0\0".as_slice(),
            b"\0\0\0\0\x02\0\0\0\x07\0\0\0\x01\0\0\0",
            b"\x00\x3c\x00\xc0\x00\x38\xff\x7b\x00\x80\x01\x00",
        ]
        .concat();
        assert_eq!(sample(), want);
    }

    #[test]
    fn every_other_length_is_refused() {
        let whole = sample();
        for len in 0..whole.len() {
            assert_eq!(code(&whole[..len]), "blob_truncated", "at {len} bytes");
        }
        assert_eq!(code(&[whole, vec![0]].concat()), "blob_length");
    }

    #[test]
    fn each_wrong_field_is_named() {
        let with = |at: usize, bytes: &[u8]| {
            let mut blob = sample();
            blob[at..at + bytes.len()].copy_from_slice(bytes);
            code(&blob)
        };
        assert_eq!(with(20, &[0; 4]), "blob_shape", "no rows");
        assert_eq!(with(20, &[10, 0, 0, 0]), "blob_shape", "more rows than items");
        assert_eq!(with(24, &[0; 4]), "blob_shape", "no dims");
        assert_eq!(with(24, &[0xff; 4]), "blob_shape", "absurd dims");
        assert_eq!(with(28, &[0; 4]), "blob_shape", "no runs");
        assert_eq!(with(28, &[0xff; 4]), "blob_shape", "absurd runs");
        assert_eq!(with(24, &[3, 0, 0, 0]), "blob_truncated", "more dims than bytes");
        assert_eq!(with(36, &[8, 0, 0, 0]), "blob_rows", "runs overlap");
        assert_eq!(with(36, &[7, 0, 0, 0]), "blob_rows", "runs touch");
        assert_eq!(with(36, &[1, 0, 0, 0]), "blob_rows", "runs do not add up");
        assert_eq!(with(36, &[0, 0, 0, 0]), "blob_rows", "empty run");
        assert_eq!(with(44, &[0xff; 4]), "blob_rows", "run leaves the catalogue");
        for bits in [0x7c00_u16, 0xfc00, 0x7e00, 0x7c01, 0xffff] {
            assert_eq!(with(50, &bits.to_le_bytes()), "blob_value", "{bits:#x}");
        }
    }

    #[test]
    fn padding_must_be_zero() {
        let mut blob = ModelBlob::encode(9, 1, &[4], &[f16::ONE]).unwrap().to_vec();
        blob[41] = 1;
        assert_eq!(code(&blob), "blob_rows");
    }

    #[test]
    fn nan_is_refused_when_packing() {
        assert_eq!(
            ModelBlob::encode(1, 1, &[0], &[f16::NAN]).unwrap_err().code().as_str(),
            "blob_value"
        );
    }

    proptest! {
        #[test]
        fn rows_map_both_ways(covered in proptest::collection::vec(any::<bool>(), 1..80)) {
            let rows: Vec<u32> =
                (0..covered.len() as u32).filter(|&r| covered[r as usize]).collect();
            prop_assume!(!rows.is_empty());
            let values: Vec<f16> = rows.iter().map(|&r| f16::from_f32(r as f32)).collect();
            let file = ModelBlob::encode(covered.len() as u32, 1, &rows, &values).unwrap();
            let blob = ModelBlob::decode(file).unwrap();
            for (at, &row) in rows.iter().enumerate() {
                prop_assert_eq!(blob.item_row(at as u32), row);
                prop_assert_eq!(blob.row(at as u32), &[f16::from_f32(row as f32)]);
            }
            for row in 0..covered.len() as u32 + 3 {
                let want = rows.binary_search(&row).ok().map(|at| at as u32);
                prop_assert_eq!(blob.row_of(row), want);
            }
        }

        #[test]
        fn no_bytes_panic(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..200),
            head in any::<bool>(),
        ) {
            if head {
                let whole = sample();
                let len = bytes.len().min(20);
                bytes[..len].copy_from_slice(&whole[..len]);
            }
            let _ = ModelBlob::decode(bytes.as_slice().into());
        }
    }
}

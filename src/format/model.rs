//! Model blobs: the covered catalogue rows, and f16 vectors of some or all of them.
//! Imports `bytes`, `chunks`, `header`, `hash`, `runs` and the errors.

use half::f16;

use super::chunks::{has_length, head_bytes};
use super::runs::Runs;
use super::{AlignedBytes, FormatError, Header, Kind, MAX_DIMS};

/// Bytes of the counts in front of the widths of the layers.
const COUNT_BYTES: usize = 16;

/// Stands for the vector of a row that has none.
static ZEROS: [f16; MAX_DIMS as usize] = [f16::ZERO; MAX_DIMS as usize];

/// One model's vectors, checked. The reader copies nothing out of the file's bytes if the vectors
/// are in one layer, and puts several layers together.
///
/// Row `r` of the blob belongs to catalogue row [`ModelBlob::item_row`]`(r)`. The rows with a vector
/// come first. Within these, and within the others, both ascend together.
#[derive(Debug, Clone)]
pub struct ModelBlob {
    bytes: AlignedBytes,
    header: Header,
    values_at: usize,
    with_vector: u32,
    runs: Runs,
}

/// The part in front of the values: the counts, the widths of the layers, the runs.
struct Front {
    with_vector: u32,
    widths: Vec<u32>,
    runs: Runs,
    /// Bytes of it all, padding included.
    bytes: usize,
}

impl Front {
    fn decode(payload: &[u8], header: Header) -> Result<Self, FormatError> {
        let Header { items, rows, dims, extent } = header;
        let needs = |needed: u64| FormatError::Truncated { needed, found: payload.len() as u64 };
        let counts = payload.get(..COUNT_BYTES).ok_or(needs(COUNT_BYTES as u64))?;
        let words = |bytes: &[u8]| -> Vec<u32> {
            let word = |b: &[u8]| u32::from_le_bytes([b[0], b[1], b[2], b[3]]);
            bytes.chunks_exact(4).map(word).collect()
        };
        let [with_vector, first_runs, layers, zero] = words(counts)[..] else {
            return Err(needs(COUNT_BYTES as u64));
        };
        if with_vector > rows {
            return Err(FormatError::Shape("more rows have a vector than there are rows"));
        }
        if first_runs > extent {
            return Err(FormatError::Shape("more runs have vectors than there are runs"));
        }
        if layers == 0 || layers > dims {
            return Err(FormatError::Shape("layers is not in 1..=dims"));
        }
        if zero != 0 {
            return Err(FormatError::Rows("the fourth count is not zero"));
        }
        // At most 2^12 layers and 2^24 runs: nothing wraps.
        let runs_at = COUNT_BYTES + layers as usize * 4;
        let runs_end = runs_at + extent as usize * 8;
        let bytes = runs_end.next_multiple_of(16);
        let front = payload.get(..bytes).ok_or(needs(bytes as u64))?;
        let widths = words(&front[COUNT_BYTES..runs_at]);
        let sum: u64 = widths.iter().copied().map(u64::from).sum();
        if widths.contains(&0) || sum != u64::from(dims) {
            return Err(FormatError::Shape("the widths of the layers do not add up to dims"));
        }
        if front[runs_end..].iter().any(|&byte| byte != 0) {
            return Err(FormatError::Rows("the padding is not zero"));
        }
        let lists = front[runs_at..runs_end].split_at(first_runs as usize * 8);
        let runs = Runs::decode_two([lists.0, lists.1], with_vector, rows, items)?;
        Ok(Self { with_vector, widths, runs, bytes })
    }
}

impl ModelBlob {
    /// Checks one whole file, values included, and keeps it.
    ///
    /// Costs one pass over the bytes. The errors are those of docs/FORMAT.md, in file order.
    pub fn decode(bytes: AlignedBytes) -> Result<Self, FormatError> {
        let (header, payload) = Header::split(&bytes, Kind::Model)?;
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
        let Front { with_vector, widths, runs, bytes: front } = Front::decode(payload, header)?;
        // At most 2^24 rows of 2^12 values: u64 cannot wrap.
        has_length(payload, front as u64 + u64::from(with_vector) * u64::from(dims) * 2)?;
        let values_at = head_bytes(bytes.len() as u64) as usize + front;
        let (bytes, values_at) = match widths.len() {
            1 => (bytes, values_at),
            _ => (joined(&bytes[values_at..], &widths, with_vector as usize)?, 0),
        };
        let blob = Self { bytes, header, values_at, with_vector, runs };
        for row in 0..with_vector {
            // An exponent of all ones is NaN or an infinity (IEEE 754 binary16).
            if blob.row(row).iter().fold(false, |bad, v| bad | (v.to_bits() & 0x7c00 == 0x7c00)) {
                return Err(FormatError::Value { row });
            }
        }
        Ok(blob)
    }

    /// Returns the file for `values`, `item_rows.len() × dims` row-major, in one layer. Each of the
    /// ascending `item_rows` has one row.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn encode(
        items: u32,
        dims: u32,
        item_rows: &[u32],
        values: &[f16],
    ) -> Result<AlignedBytes, FormatError> {
        Self::encode_layers(items, &[dims], [item_rows, &[]], values)
    }

    /// Returns the file of a model whose rows `item_rows[0]` have vectors and whose rows
    /// `item_rows[1]` have none. Both ascend. The file has a layer for each of `widths`.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn encode_layers(
        items: u32,
        widths: &[u32],
        item_rows: [&[u32]; 2],
        values: &[f16],
    ) -> Result<AlignedBytes, FormatError> {
        let dims = widths.iter().sum::<u32>();
        let runs = item_rows.map(Runs::encode);
        let extent = (runs[0].len() + runs[1].len()) as u32 / 8;
        let rows = (item_rows[0].len() + item_rows[1].len()) as u32;
        let header = Header { items, rows, dims, extent };
        let mut plain = header.encode(Kind::Model).to_vec();
        let first_runs = runs[0].len() as u32 / 8;
        let counts = [item_rows[0].len() as u32, first_runs, widths.len() as u32, 0];
        plain.extend(counts.iter().chain(widths).flat_map(|word| word.to_le_bytes()));
        plain.extend(runs.concat());
        plain.resize(plain.len().next_multiple_of(16), 0);
        let mut from = 0;
        for &width in widths {
            for row in values.chunks_exact(dims.max(1) as usize) {
                let layer = &row[from..from + width as usize];
                plain.extend(layer.iter().flat_map(|value| value.to_le_bytes()));
            }
            from += width as usize;
        }
        let bytes = AlignedBytes::from(super::framed(&plain).as_slice());
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

    /// Rows that have a vector; these come first.
    #[must_use]
    pub fn rows_with_vector(&self) -> u32 {
        self.with_vector
    }

    /// Values per row.
    #[must_use]
    pub fn dims(&self) -> u32 {
        self.header.dims
    }

    /// Returns all values of the rows with a vector, row-major.
    #[must_use]
    pub fn values(&self) -> &[f16] {
        bytemuck::cast_slice(&self.bytes[self.values_at..])
    }

    /// Returns the vector of blob row `row`, which must be less than [`Self::rows`]. It is zeros if
    /// the row has none.
    #[must_use]
    pub fn row(&self, row: u32) -> &[f16] {
        let dims = self.header.dims as usize;
        if row >= self.with_vector {
            return &ZEROS[..dims];
        }
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

/// Returns the values of several layers row by row.
fn joined(layers: &[u8], widths: &[u32], rows: usize) -> Result<AlignedBytes, FormatError> {
    let row_bytes = widths.iter().sum::<u32>() as usize * 2;
    let mut out = AlignedBytes::try_zeroed(layers.len())
        .ok_or(FormatError::Shape("the vectors do not fit into memory"))?;
    let (mut layers, mut from) = (layers, 0);
    for width in widths.iter().map(|&width| width as usize * 2) {
        let (layer, rest) = layers.split_at(rows * width);
        for (row, values) in layer.chunks_exact(width).enumerate() {
            out[row * row_bytes + from..][..width].copy_from_slice(values);
        }
        (layers, from) = (rest, from + width);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::framed;
    use proptest::prelude::*;

    /// Where the payload of a small file begins.
    const PAYLOAD: usize = 64;

    fn sample() -> Vec<u8> {
        let values: Vec<f16> = [1.0, -2.0, 0.5, 65504.0, -0.0, 6e-8].map(f16::from_f32).into();
        ModelBlob::encode(9, 2, &[0, 1, 7], &values).unwrap().to_vec()
    }

    fn code(bytes: &[u8]) -> &'static str {
        ModelBlob::decode(bytes.into()).unwrap_err().code().as_str()
    }

    #[test]
    fn golden_bytes() {
        let header =
            b"OSUSUME\0\x02\0\0\0\x01\0\0\0\x09\0\0\0\x03\0\0\0\x02\0\0\0\x02\0\0\0".as_slice();
        let payload: Vec<u8> = [
            b"\x03\0\0\0\x02\0\0\0\x01\0\0\0\0\0\0\0".as_slice(),
            b"\x02\0\0\0",
            b"\0\0\0\0\x02\0\0\0\x07\0\0\0\x01\0\0\0",
            &[0; 12],
            b"\x00\x3c\x00\xc0\x00\x38\xff\x7b\x00\x80\x01\x00",
        ]
        .concat();
        let file = sample();
        assert_eq!((&file[..32], &file[PAYLOAD..]), (header, payload.as_slice()));
        assert_eq!(file, framed(&[header, &payload].concat()));
        let hash = crate::format::hex_sha256(&payload);
        assert_eq!(crate::format::hex(&file[32..PAYLOAD]), hash);
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
        assert_eq!(with(PAYLOAD, &[4]), "blob_shape", "more vectors than rows");
        assert_eq!(with(PAYLOAD, &[2]), "blob_rows", "a run without vectors is missing");
        assert_eq!(with(PAYLOAD + 4, &[3]), "blob_shape", "more runs than there are");
        assert_eq!(with(PAYLOAD + 4, &[1]), "blob_rows", "the second run has no vector");
        assert_eq!(with(PAYLOAD + 8, &[0]), "blob_shape", "no layer");
        assert_eq!(with(PAYLOAD + 8, &[3]), "blob_shape", "more layers than dims");
        assert_eq!(with(PAYLOAD + 12, &[1]), "blob_rows", "the fourth count");
        assert_eq!(with(PAYLOAD + 16, &[1]), "blob_shape", "the widths do not add up");
        assert_eq!(with(PAYLOAD + 24, &[8]), "blob_rows", "runs overlap");
        assert_eq!(with(PAYLOAD + 24, &[7]), "blob_rows", "runs touch");
        assert_eq!(with(PAYLOAD + 24, &[1]), "blob_rows", "runs do not add up");
        assert_eq!(with(PAYLOAD + 24, &[0]), "blob_rows", "empty run");
        assert_eq!(with(PAYLOAD + 32, &[0xff; 4]), "blob_rows", "run leaves the catalogue");
        assert_eq!(with(PAYLOAD + 47, &[1]), "blob_rows", "padding");
        for bits in [0x7c00_u16, 0xfc00, 0x7e00, 0x7c01, 0xffff] {
            assert_eq!(with(PAYLOAD + 50, &bits.to_le_bytes()), "blob_value", "{bits:#x}");
        }
    }

    #[test]
    fn nan_is_refused_when_packing() {
        assert_eq!(
            ModelBlob::encode(1, 1, &[0], &[f16::NAN]).unwrap_err().code().as_str(),
            "blob_value"
        );
    }

    #[test]
    fn rows_without_a_vector_come_last_and_read_as_zeros() {
        let file =
            ModelBlob::encode_layers(9, &[1], [&[1, 8], &[0, 2, 3]], &[f16::ONE; 2]).unwrap();
        let blob = ModelBlob::decode(file).unwrap();
        assert_eq!((blob.rows(), blob.rows_with_vector(), blob.values().len()), (5, 2, 2));
        assert_eq!([0, 1, 2, 3, 4].map(|row| blob.item_row(row)), [1, 8, 0, 2, 3]);
        assert_eq!([3, 8].map(|item| blob.row_of(item)), [Some(4), Some(1)]);
        assert_eq!((blob.row(1), blob.row(4)), (&[f16::ONE][..], &[f16::ZERO][..]));
        let twice = ModelBlob::encode_layers(9, &[1], [&[1, 8], &[8]], &[f16::ONE; 2]);
        assert_eq!(twice.unwrap_err().code().as_str(), "blob_rows");
        let none = ModelBlob::encode_layers(9, &[3], [&[], &[4]], &[]).unwrap();
        assert_eq!(ModelBlob::decode(none).unwrap().row(0), [f16::ZERO; 3]);
    }

    proptest! {
        #[test]
        fn layers_change_no_value(cuts in proptest::collection::vec(1_u32..5, 1..5), rows in 1_u32..9) {
            let dims = cuts.iter().sum::<u32>();
            let values: Vec<f16> =
                (0..rows * dims).map(|at| f16::from_f32(at as f32)).collect();
            let covered: Vec<u32> = (0..rows).collect();
            let file = ModelBlob::encode_layers(rows, &cuts, [&covered, &[]], &values).unwrap();
            let blob = ModelBlob::decode(file).unwrap();
            prop_assert_eq!(blob.values(), values);
        }

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

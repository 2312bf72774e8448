//! Item-item weights of other trainers: files that other libraries wrote
//! (`tests/fixtures/import/make.py`), CSV, hostile files, and the vector file that they make.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use osusume_pack::import::{ImportError, WeightOptions, Weights, read_weights};
use osusume_tables::{Provenance, Vectors};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/import").join(name)
}

fn options(path: PathBuf) -> WeightOptions {
    WeightOptions {
        path,
        ids: Some(fixture("ids-i8.npy")),
        columns: ["item", "other", "weight"].map(str::to_owned),
        transpose: false,
        keep: 64,
    }
}

fn weights(name: &str) -> WeightOptions {
    options(fixture(&format!("weights/{name}")))
}

fn code(options: &WeightOptions) -> &'static str {
    read_weights(options, None).unwrap_err().code().as_str()
}

/// The content of every whole fixture.
fn is_whole(found: &Weights) -> bool {
    found.unknown == 0
        && found.pairs == [(1, vec![(7, 0.5)]), (7, vec![(1, 0.5), (30, -0.25)])].into()
}

/// An array of a header and values.
fn npy(kind: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [&b"\x93NUMPY\x01\x00"[..], &length, header.as_bytes(), bytes].concat()
}

fn whole(values: &[i64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    npy("<i8", &format!("({},)", values.len()), &bytes)
}

fn floats(values: &[f64]) -> Vec<u8> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    npy("<f8", &format!("({},)", values.len()), &bytes)
}

/// A zip of arrays as `save_npz` makes it.
fn npz(format: &str, arrays: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(dir.path().join("w.npz")).unwrap();
    let mut zip = zip::ZipWriter::new(file);
    let format = npy(&format!("|S{}", format.len()), "()", format.as_bytes());
    let deflated =
        SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in
        arrays.iter().map(|(name, bytes)| (*name, bytes)).chain([("format", &format)])
    {
        zip.start_file(format!("{name}.npy"), deflated).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    dir
}

#[test]
fn every_format_gives_the_same_weights() {
    for name in [
        "csr-f8.npz",
        "csr-array-i8.npz",
        "csc-f4.npz",
        "coo-f8.npz",
        "coo-doubled.npz",
        "bsr-1x3.npz",
        "triples",
    ] {
        let found = read_weights(&weights(name), None).unwrap();
        assert!(is_whole(&found), "{name}: {found:?}");
        assert_eq!((found.len(), found.items()), (3, 3), "{name}");
    }
    let transposed = WeightOptions { transpose: true, ..weights("transposed.npz") };
    assert!(is_whole(&read_weights(&transposed, None).unwrap()));
    let counts = read_weights(&weights("whole-numbers.npz"), None).unwrap();
    assert_eq!(counts.pairs[&7], [(1, 2.0), (30, -1.0)]);
    let both = WeightOptions { keep: 1, ..weights("csr-f8.npz") };
    assert_eq!(read_weights(&both, None).unwrap().pairs[&7], [(1, 0.5)], "the largest stays");
}

#[test]
fn csv_holds_triples_and_text_ids_are_looked_up() {
    let dir = tempfile::tempdir().unwrap();
    let table = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        WeightOptions { ids: None, ..options(path) }
    };
    let csv = table("w.csv", "weight,item,other\n0.5,7,1\n-0.25,7,30\n0.5,1,7\n2,7,7\n0,30,1\n");
    assert!(is_whole(&read_weights(&csv, None).unwrap()));
    let keys: BTreeMap<String, u32> = [("seven".to_owned(), 3), ("one".to_owned(), 9)].into();
    let columns = ["liked", "then", "w"].map(str::to_owned);
    let named = WeightOptions { ids: None, columns, ..weights("text-ids.parquet") };
    let found = read_weights(&named, Some(&keys)).unwrap();
    assert_eq!(found.pairs, [(3, vec![(9, 0.5)]), (9, vec![(3, 0.5)])].into());
    assert_eq!(found.unknown, 2);
    for (text, want) in [
        ("", "table_empty"),
        ("item,other\n1,2\n", "column_missing"),
        ("item,other,weight\n", "shape_invalid"),
        ("item,other,weight\n1,2\n", "import_broken"),
        ("item,other,weight\n1,1,5\n", "shape_invalid"),
        ("item,other,weight\n1,2,x\n", "dtype_unsupported"),
        ("item,other,weight\n1,2,nan\n", "vector_not_finite"),
        ("item,other,weight\n1,2,3e38\n1,2,3e38\n", "vector_not_finite"),
        ("item,other,weight\n1,-2,1\n", "id_invalid"),
        ("item,other,weight\n1,a,1\n", "id_invalid"),
    ] {
        assert_eq!(code(&table("w.csv", text)), want, "{text:?}");
    }
    assert_eq!(code(&table("w.txt", "")), "import_format");
}

#[test]
fn what_cannot_be_taken_is_named() {
    for (name, want) in [
        ("none.npz", "io"),
        ("dia.npz", "import_broken"),
        ("dense.npz", "import_broken"),
        ("objects.npz", "dtype_unsupported"),
        ("not-square.npz", "shape_invalid"),
        ("no-items.npz", "table_empty"),
        ("diagonal.npz", "shape_invalid"),
        ("nan.npz", "vector_not_finite"),
        ("too-large-for-f32.npz", "vector_not_finite"),
        ("null.parquet", "dtype_unsupported"),
        ("text-ids.parquet", "column_missing"),
    ] {
        assert_eq!(code(&weights(name)), want, "{name}");
    }
    for (ids, want) in [
        ("ids-two.npy", "shape_invalid"),
        ("ids-twice.npy", "id_duplicate"),
        ("ids-negative.npy", "id_invalid"),
    ] {
        let asked = WeightOptions { ids: Some(fixture(ids)), ..weights("csr-f8.npz") };
        assert_eq!(code(&asked), want, "{ids}");
    }
    let bare = WeightOptions { ids: None, ..weights("csr-f8.npz") };
    assert_eq!(code(&bare), "ids_missing");
}

#[test]
fn rows_that_lie_are_refused() {
    let data = floats(&[1.0, 2.0]);
    let csr = |shape: &[i64], indptr: &[i64], indices: &[i64], data: &[u8]| {
        let arrays = [
            ("shape", whole(shape)),
            ("indptr", whole(indptr)),
            ("indices", whole(indices)),
            ("data", data.to_vec()),
        ];
        let dir = npz("csr", &arrays);
        read_weights(&options(dir.path().join("w.npz")), None)
            .map_err(|error| error.code().as_str())
    };
    assert!(csr(&[3, 3], &[0, 1, 2, 2], &[1, 0], &data).is_ok());
    for (shape, indptr, indices, want) in [
        (&[3, 3][..], &[0, 2, 1, 2][..], &[1, 0][..], "import_broken"),
        (&[3, 3], &[0, 1, 2, 9], &[1, 0], "import_broken"),
        (&[3, 3], &[1, 1, 2, 2], &[1, 0], "import_broken"),
        (&[3, 3], &[0, 1, 2], &[1, 0], "import_broken"),
        (&[3, 3], &[0, 1, 2, -1], &[1, 0], "import_broken"),
        (&[3, 3], &[], &[1, 0], "import_broken"),
        (&[3, 3], &[0, 1, 2, 2], &[1, 3], "import_broken"),
        (&[3, 3], &[0, 1, 2, 2], &[1, -1], "import_broken"),
        (&[3, 3], &[0, 1, 2, 2], &[1], "import_broken"),
        (&[3, 3, 3], &[0, 1, 2, 2], &[1, 0], "shape_invalid"),
        (&[-3, -3], &[0, 1, 2, 2], &[1, 0], "shape_invalid"),
        (&[1 << 40, 1 << 40], &[0, 1, 2, 2], &[1, 0], "shape_invalid"),
        (&[4, 4], &[0, 1, 2, 2, 2], &[1, 0], "shape_invalid"),
    ] {
        assert_eq!(
            csr(shape, indptr, indices, &data),
            Err(want),
            "{shape:?} {indptr:?} {indices:?}"
        );
    }
    let huge = npy("<f8", "(1099511627776,)", &[0; 16]);
    assert_eq!(csr(&[3, 3], &[0, 1, 2, 2], &[1, 0], &huge), Err("import_broken"));
}

#[test]
fn blocks_and_coordinates_that_lie_are_refused() {
    let (data, shape) = (floats(&[1.0, 2.0]), whole(&[3, 3]));
    let wide = npy("<f8", "(0, 9223372036854775807, 9223372036854775807)", &[]);
    let blocks = |indptr: &[i64], data: &[u8]| {
        let indices = whole(&vec![0; indptr.last().map_or(0, |&end| end as usize)]);
        let arrays = [
            ("shape", shape.clone()),
            ("indptr", whole(indptr)),
            ("indices", indices),
            ("data", data.to_vec()),
        ];
        code(&options(npz("bsr", &arrays).path().join("w.npz")))
    };
    assert_eq!(blocks(&[0, 0], &wide), "import_broken");
    assert_eq!(
        blocks(&[0, 1], &npy("<f8", "(1, 3, 2)", &[0; 48])),
        "import_broken",
        "2 of 3 columns"
    );
    assert_eq!(blocks(&[0, 1], &npy("<f8", "(1, 0, 3)", &[])), "import_broken", "no rows");
    let pairs = |row: &[i64], col: &[i64]| {
        let arrays = [
            ("shape", shape.clone()),
            ("row", whole(row)),
            ("col", whole(col)),
            ("data", data.clone()),
        ];
        let dir = npz("coo", &arrays);
        read_weights(&options(dir.path().join("w.npz")), None).map_err(|e| e.code().as_str())
    };
    assert!(pairs(&[0, 1], &[1, 2]).is_ok());
    assert_eq!(pairs(&[0, 3], &[1, 2]), Err("import_broken"));
    assert_eq!(pairs(&[0], &[1, 2]), Err("import_broken"));
}

#[test]
fn a_small_file_that_unpacks_to_gigabytes_is_refused() {
    let zeros = npy("<i8", "(20000000,)", &vec![0; 160_000_000]);
    let arrays = [("shape", whole(&[3, 3])), ("indptr", zeros)];
    let dir = npz("csr", &arrays);
    let path = dir.path().join("w.npz");
    assert!(path.metadata().unwrap().len() < 1 << 20);
    let error = read_weights(&options(path), None).unwrap_err();
    assert!(error.to_string().contains("more than 4 values"), "{error}");
}

#[test]
fn damaged_files_are_refused_and_never_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["csr-f8.npz", "csc-f4.npz"] {
        let whole = std::fs::read(fixture(&format!("weights/{name}"))).unwrap();
        let asked = options(dir.path().join(name));
        let outcome = |bytes: &[u8]| {
            std::fs::write(&asked.path, bytes).unwrap();
            read_weights(&asked, None)
        };
        for len in (0..whole.len()).step_by(5) {
            let error = outcome(&whole[..len]).unwrap_err();
            assert!(matches!(error, ImportError::Broken { .. }), "{name} at {len} bytes: {error}");
        }
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= [0x01, 0x80, 0xff][at % 3];
            let _ = outcome(&bytes); // some bytes do not matter, no byte panics
        }
    }
}

#[test]
fn weights_join_vectors_and_items_without_a_vector_get_zeros() {
    let found = read_weights(&weights("csr-f8.npz"), None).unwrap();
    let (alone, residual) = found.join(None, 1.0).unwrap();
    assert_eq!(
        (&alone.ids[..], alone.dims, &alone.values[..]),
        (&[1, 7, 30][..], 1, &[0.0; 3][..])
    );
    assert_eq!(alone.provenance.data, "csr-f8.npz, 3 weights");
    assert_eq!((residual.factor, residual.offsets), (1.0, vec![0, 1, 3, 3]));
    assert_eq!((residual.rows, residual.weights), (vec![1, 0, 2], vec![0.5, 0.5, -0.25]));
    let provenance = Provenance { data: "v".into(), exponent: Some(0.5), ..Provenance::default() };
    let vectors = Vectors { ids: vec![30, 2, 7], dims: 2, values: vec![1.0; 6], provenance };
    let (both, residual) = found.join(Some(vectors), 0.25).unwrap();
    assert_eq!(both.ids, [30, 2, 7, 1]);
    assert_eq!(both.values, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(both.provenance.data, "v; csr-f8.npz, 3 weights");
    assert_eq!((residual.factor, residual.offsets), (0.25, vec![0, 0, 0, 2, 3]));
    assert_eq!((residual.rows, residual.weights), (vec![0, 3, 2], vec![-0.25, 0.5, 0.5]));
}

proptest! {
    /// The same matrix by coordinates and by rows, against a naive sum.
    #[test]
    fn the_kept_weights_are_the_largest_sums(
        entries in prop::collection::vec((0_i64..5, 0_i64..5, -8_i8..8), 1..60),
        keep in 1_usize..5,
    ) {
        let mut sums: BTreeMap<u32, BTreeMap<u32, f32>> = BTreeMap::new();
        for &(row, column, value) in &entries {
            *sums.entry(row as u32).or_default().entry(column as u32).or_default() +=
                f32::from(value);
        }
        for (row, others) in &mut sums {
            others.retain(|other, weight| other != row && *weight != 0.0);
            let mut order: Vec<(u32, f32)> = others.iter().map(|(&at, &w)| (at, w)).collect();
            order.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0)));
            *others = order.into_iter().take(keep).collect();
        }
        sums.retain(|_, others| !others.is_empty());
        let column = |of: &dyn Fn(&(i64, i64, i8)) -> i64| {
            whole(&entries.iter().map(of).collect::<Vec<_>>())
        };
        let values: Vec<f64> = entries.iter().map(|entry| f64::from(entry.2)).collect();
        let arrays = [
            ("shape", whole(&[5, 5])),
            ("row", column(&|entry| entry.0)),
            ("col", column(&|entry| entry.1)),
            ("data", floats(&values)),
        ];
        let dir = npz("coo", &arrays);
        let ids = dir.path().join("ids.txt");
        std::fs::write(&ids, "0\n1\n2\n3\n4\n").unwrap();
        let asked = WeightOptions { ids: Some(ids), keep, ..options(dir.path().join("w.npz")) };
        match read_weights(&asked, None) {
            Ok(found) => {
                let of = |others: &BTreeMap<u32, f32>| {
                    others.iter().map(|(&at, &weight)| (at, weight)).collect()
                };
                let want: BTreeMap<u32, Vec<(u32, f32)>> =
                    sums.iter().map(|(&row, others)| (row, of(others))).collect();
                prop_assert_eq!(found.pairs, want);
            }
            Err(error) => {
                prop_assert!(sums.is_empty());
                prop_assert_eq!(error.code().as_str(), "shape_invalid");
            }
        }
    }
}

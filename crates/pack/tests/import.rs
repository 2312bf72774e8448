//! Vectors of other trainers: files that other libraries wrote (`tests/fixtures/import/make.py`), CSV,
//! hostile files, and the way to a release.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use osusume_pack::import::{ImportError, ImportOptions, read};
use osusume_tables::Vectors;

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .join("tests/fixtures/import")
        .join(name)
}

/// A source by its file's name, its file of ids, its columns of ids and of vectors; "" is none.
fn source(name: &str, ids: &str, id_column: &str, vector_column: &str) -> ImportOptions {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ImportOptions {
        path: fixture(name),
        ids: given(ids).map(|ids| fixture(&ids)),
        id_column: given(id_column),
        vector_column: given(vector_column),
    }
}

/// The content of every whole fixture.
fn is_whole(vectors: &Vectors) -> bool {
    let values = (1..=3).flat_map(|row| (1..=4).map(move |d| (row * d) as f32 / 8.0));
    vectors.ids == [7, 1, 30] && vectors.dims == 4 && vectors.values.iter().copied().eq(values)
}

fn csv(dir: &Path, name: &str, text: &str) -> ImportOptions {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    ImportOptions { path, ..ImportOptions::default() }
}

#[test]
fn every_format_gives_the_same_vectors() {
    for (name, ids, id_column, vector_column) in [
        ("f4.npy", "ids-i8.npy", "", ""),
        ("f4.npy", "ids-u2-big-endian.npy", "", ""),
        ("f2.npy", "ids-i8.npy", "", ""),
        ("f8-by-columns.npy", "ids-i8.npy", "", ""),
        ("f4-big-endian.npy", "ids-i8.npy", "", ""),
        ("ids-in-column-0.npy", "", "0", ""),
        ("spark", "", "", ""),
        ("spark", "ids-i8.npy", "", "features"),
        ("doubles.gzip.parquet", "", "", ""),
        ("doubles.gzip.parquet", "", "item_id", "vector"),
        ("wide.parquet", "", "", ""),
        ("trainer.safetensors", "", "item_ids", "embedding.weight"),
        ("trainer.safetensors", "ids-i8.npy", "", "embedding.weight"),
    ] {
        let (vectors, unknown) = read(&source(name, ids, id_column, vector_column), None).unwrap();
        assert!(is_whole(&vectors) && unknown == 0, "{name}: {vectors:?}");
        assert!(
            vectors.provenance.data.contains("3 vectors of 4 values"),
            "{:?}",
            vectors.provenance
        );
    }
}

#[test]
fn csv_holds_a_value_a_column_or_all_in_one() {
    let dir = tempfile::tempdir().unwrap();
    let rows = [[0.125, 0.25, 0.375, 0.5], [0.25, 0.5, 0.75, 1.0], [0.375, 0.75, 1.125, 1.5]];
    let table = |name: &str, header: &str, row: &dyn Fn(u32, [f64; 4]) -> String| {
        let lines: Vec<String> =
            [7, 1, 30].iter().zip(rows).map(|(&id, values)| row(id, values)).collect();
        csv(dir.path(), name, &format!("{header}\n{}\n", lines.join("\n")))
    };
    for source in [
        table("a.csv", "item_id,0,1,2,3", &|id, [a, b, c, d]| format!("{id},{a},{b},{c},{d}")),
        table("b.csv", "id,vector", &|id, values| format!("{id},\"{values:?}\"")),
        table("c.tsv", "vector\tid", &|id, [a, b, c, d]| format!("{a} {b} {c} {d}\t {id}")),
    ] {
        assert!(is_whole(&read(&source, None).unwrap().0), "{}", source.path.display());
    }
    let named =
        table("d.csv", "show,note,v", &|id, [a, b, c, d]| format!("{id},x,[{a};{b};{c};{d}]"));
    let named =
        ImportOptions { id_column: Some("show".into()), vector_column: Some("v".into()), ..named };
    assert!(is_whole(&read(&named, None).unwrap().0));
    let ids = csv(dir.path(), "ids.txt", "7\n1\n\n30\n").path;
    let beside = ImportOptions { ids: Some(ids), ..source("f4.npy", "", "", "") };
    assert!(is_whole(&read(&beside, None).unwrap().0));
}

#[test]
fn text_ids_are_looked_up_and_unknown_ones_counted() {
    let keys: BTreeMap<String, u32> = [("seven".to_owned(), 3), ("thirty".to_owned(), 9)].into();
    let (vectors, unknown) = read(&source("text-ids.parquet", "", "", ""), Some(&keys)).unwrap();
    assert_eq!((vectors.ids, vectors.values.len(), unknown), (vec![3, 9], 8, 1));
    let none = read(&source("text-ids.parquet", "", "", ""), Some(&BTreeMap::new()));
    assert_eq!(none.unwrap_err().code().as_str(), "shape_invalid");
}

#[test]
fn what_cannot_be_taken_is_named() {
    let code = |name: &str, ids: &str, id_column: &str, vector_column: &str| {
        let error = read(&source(name, ids, id_column, vector_column), None).unwrap_err();
        assert!(error.to_string().contains("fixtures/import"), "{error}");
        error.code().as_str()
    };
    for (name, ids, id_column, vector_column, want) in [
        ("none.npy", "ids-i8.npy", "", "", "io"),
        ("make.py", "", "", "", "import_format"),
        ("f4.npy", "", "", "", "ids_missing"),
        ("f4.npy", "", "4", "", "column_missing"),
        ("f4.npy", "", "first", "", "column_missing"),
        ("f4.npy", "ids-two.npy", "", "", "shape_invalid"),
        ("f4.npy", "ids-twice.npy", "", "", "id_duplicate"),
        ("f4.npy", "ids-negative.npy", "", "", "id_invalid"),
        ("f4.npy", "ids-large.npy", "", "", "id_invalid"),
        ("f4.npy", "f4.npy", "", "", "shape_invalid"),
        ("f4.npy", "make.py", "", "", "shape_invalid"),
        ("integers.npy", "ids-i8.npy", "", "", "dtype_unsupported"),
        ("cube.npy", "ids-i8.npy", "", "", "shape_invalid"),
        ("ids-i8.npy", "ids-i8.npy", "", "", "shape_invalid"),
        ("no-rows.npy", "ids-i8.npy", "", "", "table_empty"),
        ("no-values.npy", "ids-i8.npy", "", "", "shape_invalid"),
        ("nan.npy", "ids-i8.npy", "", "", "vector_not_finite"),
        ("too-large-for-f32.npy", "ids-i8.npy", "", "", "vector_not_finite"),
        ("trainer.safetensors", "", "", "", "column_missing"),
        ("trainer.safetensors", "", "", "embedding.weight", "ids_missing"),
        ("trainer.safetensors", "", "embedding.weight", "embedding.weight", "dtype_unsupported"),
        ("trainer.safetensors", "", "item_ids", "item_ids", "shape_invalid"),
        ("no-rows.parquet", "", "", "", "table_empty"),
        ("no-id.parquet", "", "", "", "column_missing"),
        ("no-id.parquet", "", "name", "", "id_invalid"),
        ("text-ids.parquet", "", "", "", "id_invalid"),
        ("wide.parquet", "", "id", "none", "column_missing"),
        ("wide.parquet", "", "v0", "", "dtype_unsupported"),
        ("ragged.parquet", "", "", "", "shape_invalid"),
        ("null.parquet", "", "", "", "dtype_unsupported"),
        ("null-inside.parquet", "", "", "", "dtype_unsupported"),
        ("integers.parquet", "", "", "", "dtype_unsupported"),
        ("zstd.parquet", "", "", "", "import_broken"),
    ] {
        assert_eq!(
            code(name, ids, id_column, vector_column),
            want,
            "{name} {ids} {id_column} {vector_column}"
        );
    }
    let zstd = read(&source("zstd.parquet", "", "", ""), None).unwrap_err().to_string();
    assert!(zstd.contains("zstd") && zstd.contains("snappy"), "{zstd}");
}

#[test]
fn csv_that_cannot_be_taken_is_named() {
    let dir = tempfile::tempdir().unwrap();
    for (text, want) in [
        ("", "table_empty"),
        ("id,v\n", "table_empty"),
        ("name,v\na,1\n", "column_missing"),
        ("id\n1\n", "shape_invalid"),
        ("id,a,b\n1,2\n", "shape_invalid"),
        ("id,v\n1,2 3\n4,5\n", "shape_invalid"),
        ("id,a,b\n1,2,x\n", "dtype_unsupported"),
        ("id,a,b\n1,2,\n", "dtype_unsupported"),
        ("id,a\n1,nan\n", "vector_not_finite"),
        ("id,a\n1,-inf\n", "vector_not_finite"),
        ("id,a\n1,1e39\n", "vector_not_finite"),
        ("id,a\n1,1\n1,2\n", "id_duplicate"),
        ("id,a\n-1,1\n", "id_invalid"),
        ("id,a\n4294967296,1\n", "id_invalid"),
        ("id,a\n1.5,1\n", "id_invalid"),
    ] {
        assert_eq!(
            read(&csv(dir.path(), "v.csv", text), None).unwrap_err().code().as_str(),
            want,
            "{text:?}"
        );
    }
    let empty = ImportOptions { path: dir.path().to_owned(), ..ImportOptions::default() };
    assert_eq!(
        read(&empty, None).unwrap_err().code().as_str(),
        "import_format",
        "a folder without Parquet"
    );
}

#[test]
fn absurd_shapes_are_refused_before_anything_is_allocated() {
    let dir = tempfile::tempdir().unwrap();
    for (shape, want) in [
        ("(1000000000000, 4)", "shape_invalid"),
        ("(4, 1000000000000)", "shape_invalid"),
        ("(9223372036854775807, 9223372036854775807)", "shape_invalid"),
        ("(99999999999999999999, 4)", "import_broken"),
        ("(16777216, 4096)", "import_broken"),
        ("(-3, 4)", "import_broken"),
        ("(3, 4, 5, 6)", "shape_invalid"),
        ("()", "shape_invalid"),
    ] {
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}\n");
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend([0; 48]);
        let path = dir.path().join("v.npy");
        std::fs::write(&path, bytes).unwrap();
        let asked =
            ImportOptions { path, ids: Some(fixture("ids-i8.npy")), ..ImportOptions::default() };
        assert_eq!(read(&asked, None).unwrap_err().code().as_str(), want, "{shape}");
    }
}

#[test]
fn damaged_files_are_refused_and_never_a_panic() {
    let dir = tempfile::tempdir().unwrap();
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ())); // what the Parquet library says of a panic that is caught
    for name in [
        "f8-by-columns.npy",
        "trainer.safetensors",
        "doubles.gzip.parquet",
        "spark/part-00000-c000.snappy.parquet",
    ] {
        let whole = std::fs::read(fixture(name)).unwrap();
        let path = dir.path().join(Path::new(name).file_name().unwrap());
        let ids = (name.rsplit('.').next() == Some("npy")).then(|| fixture("ids-i8.npy"));
        let (id_column, vector_column) = match name {
            "trainer.safetensors" => {
                (Some("item_ids".to_owned()), Some("embedding.weight".to_owned()))
            }
            _ => (None, None),
        };
        let asked = ImportOptions { path: path.clone(), ids, id_column, vector_column };
        let outcome = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            read(&asked, None)
        };
        for len in 0..whole.len() {
            let error = outcome(&whole[..len]).unwrap_err();
            assert!(matches!(error, ImportError::Broken { .. }), "{name} at {len} bytes: {error}");
        }
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                let _ = outcome(&bytes); // some bytes do not matter, no byte panics
            }
        }
    }
    std::panic::set_hook(hook);
}

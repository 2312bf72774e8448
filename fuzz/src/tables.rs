//! Readers of files on disk: what `osusume build` is given.

use osusume_pack::import::{self, ImportOptions, WeightOptions};
use osusume_tables::{
    CatalogueColumns, Dislikes, ItemKeys, Provenance, ReleaseRecipe, Vectors, read_catalogue,
    read_ratings,
};

use crate::release::Folder;

/// Runs `read` on a file with this name and content.
fn with_file(name: &str, data: &[u8], read: impl FnOnce(&std::path::Path)) {
    thread_local! { static FOLDER: Folder = Folder::new(); }
    FOLDER.with(|folder| {
        let path = folder.path().join(name);
        std::fs::write(&path, data).unwrap();
        read(&path);
        let _ = std::fs::remove_file(&path);
    });
}

pub fn ratings(data: &[u8]) {
    with_file("ratings.csv", data, |path| {
        let mut rows = 0;
        let dislikes = Dislikes { below: 3.0, statuses: Vec::new() };
        let dislikes = if data.len() % 2 == 0 { dislikes } else { Dislikes::default() };
        let read = read_ratings(path, None, &dislikes, ItemKeys::Any, |_| rows += 1);
        if let Ok((report, users)) = read {
            assert!(rows <= report.rows && users.len() <= rows as usize);
        }
    });
}

pub fn catalogue(data: &[u8]) {
    with_file("catalogue.csv", data, |path| {
        if let Ok((table, report)) = read_catalogue(path, &CatalogueColumns::default()) {
            let mut ids = table.ids.clone();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), table.ids.len(), "an id stands for two items");
            let dropped = report.losses.iter().filter(|loss| loss.reason.drops_row());
            let dropped: usize = dropped.map(|loss| loss.count).sum();
            assert_eq!(dropped + table.ids.len(), report.rows, "a row is lost without a count");
        }
    });
}

pub fn vectors(data: &[u8]) {
    with_file("vectors.safetensors", data, |path| {
        if let Ok(vectors) = Vectors::read(path) {
            assert_eq!(vectors.ids.len() * vectors.dims, vectors.values.len());
        }
    });
}

pub fn recipe(data: &[u8]) {
    with_file("recipe.toml", data, |path| {
        let _ = ReleaseRecipe::read(path);
    });
}

/// The first byte says which of the formats the rest is. Not Parquet: its library panics on damaged files, which the import
/// catches, and libFuzzer counts as a failure.
pub fn imported(data: &[u8]) {
    let Some((&kind, data)) = data.split_first() else { return };
    let names = ["v.npy", "v.safetensors", "v.csv", "v.tsv", "w.npz", "w.csv"];
    let name = names[usize::from(kind) % names.len()];
    with_file(name, data, |path| {
        if name.starts_with('w') {
            return imported_weights(path);
        }
        let source = ImportOptions { path: path.to_owned(), ..ImportOptions::default() };
        if let Ok((vectors, _)) = import::read(&source, None) {
            assert_eq!(vectors.ids.len() * vectors.dims, vectors.values.len());
            assert!(vectors.values.iter().all(|value| value.is_finite()));
        }
    });
}

fn imported_weights(path: &std::path::Path) {
    let ids = path.with_file_name("ids.txt");
    std::fs::write(&ids, "7\n1\n30\n").unwrap();
    let columns = ["item", "other", "weight"].map(str::to_owned);
    let path = path.to_owned();
    let options = WeightOptions { path, ids: Some(ids), columns, transpose: false, keep: 2 };
    if let Ok(weights) = import::read_weights(&options, None) {
        assert!(weights.pairs.values().all(|of| (1..=2).contains(&of.len())));
        let (vectors, residual) = weights.join(None, 1.0).unwrap();
        assert_eq!(residual.offsets.len(), vectors.ids.len() + 1);
    }
}

pub fn ratings_seeds() -> Vec<Vec<u8>> {
    let texts = [
        "user_id,anime_id,rating\n1,20,8\n1,24,-1\n2,20,10\n",
        "userId,movieId,rating,timestamp\n1,1,4.0,964982703\n",
        "user_id:token\titem_id:token\trating:float\ttimestamp:float\n196\t242\t3\t881250949\n",
        "user,item\n\"a, b\",7\n",
    ];
    texts.map(|text| text.into()).into()
}

pub fn catalogue_seeds() -> Vec<Vec<u8>> {
    let texts = [
        "anime_id,name,genre,type,score,members,aired,synopsis\n1,A,\"Action, Drama\",TV,8.1,1000,\"Apr 3, 1998\",\"Said \"\"no\"\".\"\n2,B,,Movie,,10,Unknown,x\n",
        "id,title,url,date,tags\n404,A,/a,2023-05-01,x;y\nabout,B,data:,2023-13-01,z\n,C,,,\nabout,,,,\n",
        "id\ttitle\tgenres\nkey-a\tA \"quoted\"\tx|y\nkey-b\tB\t\n",
    ];
    texts.map(|text| text.into()).into()
}

/// The flagship's own.
pub fn recipe_seeds() -> Vec<Vec<u8>> {
    vec![std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../embeddings/release.toml")).unwrap()]
}

pub fn vectors_seeds() -> Vec<Vec<u8>> {
    let vectors = Vectors {
        ids: vec![1, 2, 9],
        dims: 2,
        values: vec![0.5; 6],
        provenance: Provenance::default(),
    };
    let folder = Folder::new();
    let path = folder.path().join("v.safetensors");
    vectors.write(&path).unwrap();
    vec![std::fs::read(path).unwrap()]
}

/// What the tests of the import read.
pub fn imported_seeds() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/import");
    let mut seeds = vec![
        b"\x02id,v0,v1\n1,0.5,2\n2,1,-1\n".to_vec(),
        b"\x05item,other,weight\n1,7,0.5\n7,1,-1\n".to_vec(),
    ];
    let files = [folder.to_owned(), format!("{folder}/weights")];
    for file in files.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let path = file.unwrap().path();
        let kind = match path.extension().and_then(|ending| ending.to_str()) {
            Some("npy") => 0,
            Some("safetensors") => 1,
            Some("npz") => 4,
            _ => continue,
        };
        seeds.push([&[kind], std::fs::read(path).unwrap().as_slice()].concat());
    }
    seeds
}

//! The lists of a release, as visitors of `MovieLens`-100K see them: none may be worse than the
//! simplest ones. Needs the data of `pkg-scripts/fetch-ml-100k.sh` and fails without.

use std::path::{Path, PathBuf};
use std::process::Command;

use osusume_tables::{Provenance, Vectors};
use serde_json::Value;

#[path = "../../../tests/missing/mod.rs"]
mod missing;

/// Returns the folder of the data.
fn data() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
    let found = cache.map(|cache| cache.join("osusume/ml-100k")).filter(|path| path.exists());
    if found.is_none() {
        missing::missing("MovieLens-100K", "fetch it with pkg-scripts/fetch-ml-100k.sh");
    }
    found
}

/// Writes a second model: the genres of each film, which alone find little.
fn write_genres(catalogue: &Path, out: &Path) {
    let text = std::fs::read(catalogue).unwrap();
    let text = String::from_utf8_lossy(&text);
    let rows = text.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        Some((
            fields[0].parse::<u32>().ok()?,
            fields.last()?.split(' ').map(str::to_owned).collect(),
        ))
    });
    let rows: Vec<(u32, Vec<String>)> = rows.collect();
    let mut genres: Vec<&String> = rows.iter().flat_map(|(_, genres)| genres).collect();
    genres.sort_unstable();
    genres.dedup();
    let value = |own: &[String], genre: &String| f32::from(u8::from(own.contains(genre)));
    let values = rows.iter().flat_map(|(_, own)| genres.iter().map(|genre| value(own, genre)));
    let vectors = Vectors {
        values: values.collect(),
        ids: rows.iter().map(|(id, _)| *id).collect(),
        dims: genres.len(),
        provenance: Provenance::default(),
    };
    vectors.write(out).unwrap();
}

#[test]
fn no_list_of_the_page_is_worse_than_popularity_or_than_its_best_part() {
    let Some(data) = data() else { return };
    let dir = tempfile::tempdir().unwrap();
    let (catalogue, genres) = (data.join("ml-100k.item"), dir.path().join("genres.safetensors"));
    write_genres(&catalogue, &genres);
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let output = Command::new(env!("CARGO_BIN_EXE_osusume"))
        .args(["eval", "--json", "--protocol", "visitor", "--like-from", "4", "--threads", "2"])
        .arg("--ratings")
        .arg(data.join("ml-100k.inter"))
        .arg("--catalogue")
        .arg(&catalogue)
        .arg("--recipe")
        .arg(root.join("examples/movielens.toml"))
        .arg("--texts")
        .arg(&genres)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let reports: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let figure = |given: &str, list: &str, name: &str| {
        let found =
            reports.iter().find(|report| report["given"] == given && report["list"] == list);
        let found = found.unwrap_or_else(|| panic!("no {list} for {given} likes"));
        found[name].as_f64().unwrap_or_else(|| panic!("{found}"))
    };
    for given in ["1", "3", "10", "all"] {
        assert!(figure(given, "default", "visitors") > 50.0);
        for other in ["popularity", "ncf alone", "synopsis alone", "dense EASE 500"] {
            let (minus, error) = (
                figure(given, other, "default_minus"),
                figure(given, other, "default_minus_error"),
            );
            println!("{given} likes: default - {other}: {minus:+.4} (±{error:.4})");
            let share = if other.starts_with("dense") { 0.1 } else { 0.0 };
            let least = -error - share * figure(given, other, "ndcg10");
            assert!(minus >= least, "{given} likes, {other}: {minus} ± {error}");
        }
        let parts = ["ncf alone", "synopsis alone"].map(|list| figure(given, list, "ndcg10"));
        for stop in ["ncf 90 synopsis 10", "ncf 70 synopsis 30"] {
            let blend = figure(given, stop, "ndcg10");
            println!("{given} likes: {stop}: {blend:.4}, parts {parts:.4?}");
            assert!(
                blend >= 0.9 * parts[0].max(parts[1]),
                "{given} likes, {stop}: {blend} {parts:?}"
            );
        }
    }
}

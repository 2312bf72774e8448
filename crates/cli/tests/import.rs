//! From Spark's folder to answers, through the command.

use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/import").join(name)
}

#[test]
fn imported_vectors_are_packed_and_answer() {
    let dir = tempfile::tempdir().unwrap();
    let run = |line: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_osusume"));
        command.current_dir(dir.path()).args(line).output().unwrap()
    };
    let ok = |line: &[&str]| {
        let output = run(line);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line:?}: {said}");
        (String::from_utf8(output.stdout).unwrap(), said)
    };
    std::fs::write(dir.path().join("items.csv"), "id,title\n1,One\n7,Seven\n").unwrap();
    let spark = fixture("spark");
    let spark = spark.to_str().unwrap();
    let (said, _) = ok(&[
        "import",
        spark,
        "--out",
        "als.safetensors",
        "--profile",
        "ridge",
        "--recipe",
        "ALS",
        "--json",
    ]);
    assert_eq!(said, "{\"dims\":4,\"out\":\"als.safetensors\",\"rows\":3,\"unknown\":0}\n");
    let (_, said) = ok(&[
        "pack",
        "--catalogue",
        "items.csv",
        "--model",
        "als=als.safetensors",
        "--out",
        "release",
    ]);
    assert!(said.contains("als: 1 vectors of items that the catalogue does not have"), "{said}");
    let (inspected, _) = ok(&["inspect", "release", "--json"]);
    let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    let model = &inspected["models"][0];
    assert_eq!((&model["name"], &model["profile"]["kind"]), (&"als".into(), &"ridge".into()));
    assert_eq!((&model["metric"], &model["exponent"]), (&"dot".into(), &1.into()));
    assert_eq!(inspected["about"]["models"]["als"]["provenance"]["recipe"], "ALS");
    let (answer, _) = ok(&["similar", "7", "--release", "release", "--json"]);
    assert!(
        answer.contains("\"title\":\"One\"") && answer.contains("\"model\":\"als\""),
        "{answer}"
    );

    let code = |line: &[&str]| {
        let output = run(line);
        let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap_or_default();
        (output.status.code(), error["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let file = fixture("f4.npy");
    let file = file.to_str().unwrap();
    assert_eq!(
        code(&["import", file, "--out", "x.safetensors", "--json"]),
        (Some(1), "ids_missing".into())
    );
    assert_eq!(code(&["import", file, "--out", "x.safetensors", "--exponent", "2"]).0, Some(2));
    assert!(!dir.path().join("x.safetensors").exists());
}

/// Runs the command in a folder; fails if it fails.
fn ok(dir: &Path, line: &[&str]) -> (String, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_osusume"));
    let output = command.current_dir(dir).args(line).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line:?}: {said}");
    (String::from_utf8(output.stdout).unwrap(), said)
}

/// Returns ids and scores of an answer.
fn answer(dir: &Path, line: &[&str]) -> (Vec<(u32, f64)>, serde_json::Value) {
    let line = [line, &["--release", "release", "--json"]].concat();
    let answer: serde_json::Value = serde_json::from_str(&ok(dir, &line).0).unwrap();
    let items = answer["items"].as_array().unwrap().iter();
    let of = |item: &serde_json::Value| {
        (item["id"].as_u64().unwrap() as u32, item["score"].as_f64().unwrap())
    };
    (items.map(of).collect(), answer)
}

#[test]
fn a_model_of_weights_alone_ranks_as_its_matrix() {
    let dir = tempfile::tempdir().unwrap();
    let (ease, ids) = (fixture("weights/ease.npz"), fixture("weights/ease-ids.npy"));
    let (ease, ids) = (ease.to_str().unwrap(), ids.to_str().unwrap());
    let rows: Vec<String> = (10..18).map(|id| format!("{id},Item {id}")).collect();
    std::fs::write(dir.path().join("items.csv"), format!("id,title\n{}\n", rows.join("\n")))
        .unwrap();
    let import = ["import", "--weights", ease, "--ids", ids, "--out", "ease.safetensors"];
    let (said, _) = ok(dir.path(), &[&import[..], &["--json"]].concat());
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["weights"], serde_json::json!({ "weights": 56, "items": 8, "unknown": 0 }));
    let pack = ["pack", "--catalogue", "items.csv", "--model", "ease=ease.safetensors"];
    ok(dir.path(), &[&pack[..], &["--out", "release"]].concat());
    ok(dir.path(), &["verify", "release"]);
    let (inspected, _) = ok(dir.path(), &["inspect", "release", "--json"]);
    let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    let data = &inspected["about"]["models"]["ease"]["provenance"]["data"];
    assert_eq!(data, "ease.npz, 56 weights");
    let size = |kind: &str| {
        let mut files = inspected["files"].as_array().unwrap().iter();
        files.find(|file| file["kind"] == kind).unwrap()["bytes"].as_u64().unwrap()
    };
    assert_eq!(size("model"), 64 + 32, "no row has a vector");
    let (inspected, _) = ok(dir.path(), &["inspect", "release"]);
    assert!(inspected.contains("model ease: 8 rows of weights alone"), "{inspected}");

    let options = osusume_pack::import::WeightOptions {
        path: ease.into(),
        ids: Some(ids.into()),
        columns: Default::default(),
        transpose: false,
        keep: 64,
    };
    let weights = osusume_pack::import::read_weights(&options, None).unwrap();
    let wanted = |likes: &[u32]| {
        let score = |id: u32| {
            let of = likes.iter().flat_map(|like| &weights.pairs[like]);
            of.filter(|pair| pair.0 == id).map(|pair| f64::from(pair.1)).sum::<f64>()
        };
        let others = (10..18).filter(|id| !likes.contains(id));
        let mut all: Vec<(u32, f64)> = others.map(|id| (id, score(id))).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1));
        all
    };
    let is_near = |found: &[(u32, f64)], wanted: &[(u32, f64)]| {
        let pairs = found.iter().zip(wanted);
        found.len() == wanted.len()
            && pairs.clone().all(|(a, b)| a.0 == b.0 && (a.1 - b.1).abs() < 1e-3)
    };
    let (similar, _) = answer(dir.path(), &["similar", "12"]);
    assert!(is_near(&similar, &wanted(&[12])), "{similar:?} {:?}", wanted(&[12]));
    let (found, whole) = answer(
        dir.path(),
        &["recommend", "--like", "10", "--like", "15", "--like", "16", "--explain"],
    );
    assert!(is_near(&found, &wanted(&[10, 15, 16])), "{found:?} {:?}", wanted(&[10, 15, 16]));
    let because = whole["items"][0]["because"].as_array().unwrap();
    assert!(!because.is_empty(), "{whole}");

    // Rows of the transposed matrix are the items whose score grows.
    ok(dir.path(), &[&import[..], &["--transpose"]].concat());
    ok(dir.path(), &[&pack[..], &["--out", "release"]].concat());
    let (other, _) = answer(dir.path(), &["similar", "12"]);
    assert!(!is_near(&other, &wanted(&[12])));
}

#[test]
fn weights_are_added_to_the_scores_of_vectors_and_measured() {
    let dir = tempfile::tempdir().unwrap();
    let spark = fixture("spark");
    std::fs::write(dir.path().join("items.csv"), "id,title\n1,One\n7,Seven\n30,T\n40,F\n").unwrap();
    std::fs::write(dir.path().join("w.csv"), "a,b,w\n7,40,9\n7,1,-0.5\n7,7,3\n").unwrap();
    let file = spark.to_str().unwrap();
    let import = ["import", file, "--exponent", "0", "--out", "v.safetensors", "--factor", "0.5"];
    let weights = ["--weights", "w.csv", "--weight-columns", "a,b,w"];
    let (_, said) = ok(dir.path(), &[&import[..], &weights[..]].concat());
    assert!(said.contains("3 × 4 vectors; 2 weights between 3 items"), "{said}");
    ok(
        dir.path(),
        &["pack", "--catalogue", "items.csv", "--model", "v=v.safetensors", "--out", "release"],
    );
    let (inspected, _) = ok(dir.path(), &["inspect", "release"]);
    assert!(inspected.contains("3 × 4 f16 and 1 row of weights alone"), "{inspected}");
    // Vectors of 7, 1 and 30 are 1, 2 and 3 times (1, 2, 3, 4) / 8, and 40 has none.
    let square = 30.0 / 64.0;
    let (found, _) = answer(dir.path(), &["similar", "7"]);
    assert_eq!(found, [(40, 9.0), (30, 1.5 * square), (1, square - 0.5)]);

    std::fs::write(
        dir.path().join("ratings.csv"),
        "user,item\n1,7\n1,40\n2,7\n2,40\n3,1\n3,30\n4,7\n4,1\n4,40\n",
    )
    .unwrap();
    let eval = ["eval", "--ratings", "ratings.csv", "--json", "--models", "v.safetensors"];
    let (report, _) = ok(dir.path(), &eval);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert!(report[0]["report"]["full"]["ndcg10"].as_f64().unwrap() > 0.0, "{report}");
}

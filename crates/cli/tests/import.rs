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

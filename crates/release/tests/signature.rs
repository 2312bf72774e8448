//! A release whose manifest its owner signed with minisign itself (`tests/fixtures/signed/make.sh`).

use std::path::Path;

use osusume_release::{OwnerKey, ReleaseError, verify_signature};

fn fixture(name: &str) -> String {
    let folder =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("tests/fixtures/signed");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The outcome for a manifest with this signature.
fn code(manifest: &str, signature: Option<&str>, key: &str) -> &'static str {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("manifest.json"), manifest).unwrap();
    if let Some(signature) = signature {
        std::fs::write(folder.path().join("manifest.json.minisig"), signature).unwrap();
    }
    let checked = OwnerKey::parse(key)
        .map_err(ReleaseError::from)
        .and_then(|key| verify_signature(folder.path(), &key));
    checked.map_or_else(|error| error.code().as_str(), |()| "ok")
}

#[test]
fn the_owners_signature_is_taken_in_both_forms() {
    let (manifest, key) = (fixture("manifest.json"), fixture("owner.pub"));
    for form in ["manifest.json.minisig", "hashed.minisig"] {
        assert_eq!(code(&manifest, Some(&fixture(form)), &key), "ok");
    }
}

#[test]
fn what_the_owner_did_not_sign_is_refused() {
    let (manifest, key, signature) =
        (fixture("manifest.json"), fixture("owner.pub"), fixture("manifest.json.minisig"));
    assert_eq!(code(&manifest, None, &key), "signature_missing");
    assert_eq!(code(&manifest, Some(&fixture("other.minisig")), &key), "signature_invalid");
    assert_eq!(code(&manifest, Some(""), &key), "signature_invalid");
    assert_eq!(code(&manifest, Some(&fixture("untimed.minisig")), &key), "signature_invalid");
    let endless = "a".repeat(1 << 20);
    assert_eq!(code(&manifest, Some(&endless), &key), "signature_invalid");
    for bad in ["", "RW", "RWé", &key[..55]] {
        assert_eq!(code(&manifest, Some(&signature), bad), "public_key_invalid", "{bad}");
    }
    assert_eq!(code(&format!("{manifest} "), Some(&signature), &key), "signature_invalid");
    let time = signature.replace("timestamp:1", "timestamp:2");
    assert_eq!(code(&manifest, Some(&time), &key), "signature_invalid");
}

#[test]
fn the_time_of_a_signature_is_the_signed_one() {
    let key = OwnerKey::parse(&fixture("owner.pub")).unwrap();
    let manifest = fixture("manifest.json");
    for form in ["manifest.json.minisig", "hashed.minisig"] {
        assert_eq!(key.verify(manifest.as_bytes(), &fixture(form)).unwrap(), 1_795_536_881);
    }
}

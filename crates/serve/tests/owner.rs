//! Releases of an owner: only what the owner signed is served, and never an older one than before.

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use minisign::KeyPair;
use osusume_release::{OwnerKey, Trust};
use osusume_serve::http::{Options, Request, Service};
use osusume_serve::owner::{Owner, parse_time};
use osusume_serve::renewal::{RefreshEvent, ReleaseFolder, Store};

fn fixtures(name: &str) -> std::path::PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures")).join(name)
}

/// A release in a folder, its owner, and somebody else.
struct Stage {
    folder: tempfile::TempDir,
    owner: KeyPair,
    other: KeyPair,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for entry in std::fs::read_dir(fixtures("format-2")).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
        }
        let pair = || KeyPair::generate_unencrypted_keypair().unwrap();
        Self { folder, owner: pair(), other: pair() }
    }

    /// Gives the release another id, and leaves the signature as it is.
    fn rename(&self, id: &str) {
        let path = self.folder.path().join("manifest.json");
        let mut manifest: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        manifest["release"] = id.into();
        std::fs::write(path, manifest.to_string()).unwrap();
    }

    /// Signs the manifest as if it were this second since 1970.
    fn sign(&self, pair: &KeyPair, second: u64) {
        let manifest = std::fs::read(self.folder.path().join("manifest.json")).unwrap();
        let comment = format!("timestamp:{second}\tfile:manifest.json");
        let signature =
            minisign::sign(Some(&pair.pk), &pair.sk, Cursor::new(manifest), Some(&comment), None);
        let path = self.folder.path().join("manifest.json.minisig");
        std::fs::write(path, signature.unwrap().to_string()).unwrap();
    }

    fn owner(&self) -> Owner {
        Owner::new(OwnerKey::parse(&self.owner.pk.to_base64()).unwrap())
    }

    fn store(&self, trust: Trust) -> Store {
        let source = ReleaseFolder { path: self.folder.path().to_owned(), trust };
        Store::new(Box::new(source), Some(Duration::ZERO))
    }
}

/// Returns the id of the release that a refresh loads, or the code of its error.
fn refreshed(store: &Store) -> Result<String, &'static str> {
    match store.refresh() {
        Some(RefreshEvent::Loaded { release }) => Ok(release),
        Some(RefreshEvent::Failed(error)) => Err(error.code().as_str()),
        None => Ok("no change".into()),
    }
}

#[test]
fn what_the_owner_did_not_sign_takes_no_place() {
    let stage = Stage::new();
    let store = stage.store(Trust::Nothing).with_owner(stage.owner());
    stage.rename("0000000000000001");
    stage.sign(&stage.owner, 1000);
    assert_eq!(refreshed(&store), Ok("0000000000000001".into()));
    assert_eq!(refreshed(&store), Ok("no change".into()));

    stage.rename("0000000000000002");
    assert_eq!(refreshed(&store), Err("signature_invalid"), "the signature is the old one");
    stage.sign(&stage.other, 2000);
    assert_eq!(refreshed(&store), Err("signature_invalid"));
    std::fs::remove_file(stage.folder.path().join("manifest.json.minisig")).unwrap();
    assert_eq!(refreshed(&store), Err("signature_missing"));
    assert_eq!(store.current().unwrap().manifest().release, "0000000000000001");

    stage.sign(&stage.owner, 2000);
    assert_eq!(refreshed(&store), Ok("0000000000000002".into()));
    assert_eq!(store.error_code(), None);
}

#[test]
fn a_release_older_than_the_one_that_answers_is_refused() {
    let stage = Stage::new();
    let store = stage.store(Trust::Nothing).with_owner(stage.owner());
    let published = |id: &str, second: u64| {
        stage.rename(id);
        stage.sign(&stage.owner, second);
        refreshed(&store)
    };
    assert_eq!(published("0000000000000002", 2000), Ok("0000000000000002".into()));
    assert_eq!(published("0000000000000001", 1999), Err("release_older"));
    assert_eq!(store.current().unwrap().manifest().release, "0000000000000002");
    // The refused one sets no mark either.
    assert_eq!(published("0000000000000003", 2000), Ok("0000000000000003".into()), "as old");
    // The last time that a signature can name, long after the last one that a date can.
    assert_eq!(published("0000000000000004", 999_999_999_999), Ok("0000000000000004".into()));
    assert_eq!(published("0000000000000005", 200_000_000_000), Err("release_older"));
}

#[test]
fn a_release_from_before_the_time_that_is_set_is_refused() {
    let stage = Stage::new();
    let not_before = parse_time("1970-01-02").unwrap();
    let owner = Owner { not_before, ..stage.owner() };
    stage.sign(&stage.owner, 86_399);
    let code = |owner: &Owner| refreshed(&stage.store(Trust::Nothing).with_owner(owner.clone()));
    assert_eq!(code(&owner), Err("release_older"));
    assert_eq!(code(&stage.owner()), Ok("a0d896891b588e32".into()), "without a time");
    stage.sign(&stage.owner, 86_400);
    assert_eq!(code(&owner), Ok("a0d896891b588e32".into()));
}

#[test]
fn without_a_key_the_newest_manifest_counts() {
    let stage = Stage::new();
    let store = stage.store(Trust::Nothing);
    for (id, second) in [("0000000000000002", 2000), ("0000000000000001", 1000)] {
        stage.rename(id);
        stage.sign(&stage.other, second);
        assert_eq!(refreshed(&store), Ok(id.into()));
    }
}

#[test]
fn the_signatures_of_minisign_itself_are_taken() {
    let key = std::fs::read_to_string(fixtures("signed/owner.pub")).unwrap();
    for form in ["manifest.json.minisig", "hashed.minisig"] {
        let stage = Stage::new();
        let signature = fixtures("signed").join(form);
        std::fs::copy(signature, stage.folder.path().join("manifest.json.minisig")).unwrap();
        let owner = Owner::new(OwnerKey::parse(&key).unwrap());
        let store = stage.store(Trust::Nothing).with_owner(owner);
        assert_eq!(refreshed(&store), Ok("a0d896891b588e32".into()), "{form}");
    }
}

#[test]
fn with_a_key_a_bundle_is_checked_like_any_other_release() {
    let stage = Stage::new();
    stage.sign(&stage.owner, 1000);
    let path = stage.folder.path().join("synopsis.1650b8f17d02113e.bin");
    let mut content = std::fs::read(&path).unwrap();
    *content.last_mut().unwrap() ^= 1;
    std::fs::write(path, content).unwrap();
    assert_eq!(refreshed(&stage.store(Trust::Bundle)), Ok("a0d896891b588e32".into()));
    let checked = stage.store(Trust::Bundle).with_owner(stage.owner());
    assert_eq!(refreshed(&checked), Err("integrity"));
}

#[test]
fn health_says_why() {
    let stage = Stage::new();
    let store = stage.store(Trust::Nothing).with_owner(stage.owner());
    let service = Service::new(store, Options::default());
    let health = || {
        let (method, path) = ("GET".to_owned(), "/v1/health".to_owned());
        let reply = service.reply(&Request { method, path, ..Request::default() });
        (reply.status, String::from_utf8(reply.body).unwrap())
    };
    let (status, body) = health();
    assert!(status == 503 && body.contains(": signature_missing"), "{body}");
    stage.sign(&stage.owner, 2000);
    std::thread::sleep(osusume_serve::renewal::RETRY_INTERVAL);
    let (status, body) = health();
    assert!(status == 200 && body.contains("\"status\":\"ok\""), "{body}");
    stage.rename("0000000000000001");
    stage.sign(&stage.owner, 1000);
    let (status, body) = health();
    assert!(status == 200 && body.contains("\"code\":\"release_older\""), "{body}");
    assert!(body.contains("\"release\":\"a0d896891b588e32\""), "{body}");
}

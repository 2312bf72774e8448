//! A service of the fixture's release, and short forms of requests and replies.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use osusume::format::{CatalogueFile, Columns, Manifest, hex_sha256};
use osusume_release::{self as release, Trust};
use osusume_serve::http::{Options, Reply, Request, Service};
use osusume_serve::renewal::{ReleaseFolder, Store};
use serde_json::Value;

pub fn fixture() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("tests/fixtures/format-1")
}

/// The fixture's release.
pub fn release_id() -> String {
    release::open(&fixture(), None).unwrap().manifest().release.clone()
}

pub fn service_of(
    path: &Path,
    poll_interval: Option<Duration>,
) -> (Service, Arc<Mutex<Vec<String>>>) {
    let folder = ReleaseFolder { path: path.to_owned(), trust: Trust::Nothing };
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = {
        let lines = lines.clone();
        Box::new(move |line: &str| lines.lock().unwrap().push(line.to_owned()))
    };
    (
        Service::new(
            Store::new(Box::new(folder), poll_interval),
            Options { log, ..Options::default() },
        ),
        lines,
    )
}

pub fn service() -> Service {
    service_of(&fixture(), None).0
}

pub fn request(method: &str, address: &str, body: &[u8], headers: &[(&str, &str)]) -> Request {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    Request {
        method: method.into(),
        path: path.into(),
        query: query.into(),
        headers: headers.iter().map(|&(name, value)| (name.into(), value.into())).collect(),
        body: body.into(),
        id: "r1".into(),
    }
}

pub fn get(service: &Service, address: &str) -> Reply {
    service.reply(&request("GET", address, b"", &[]))
}

pub fn post(service: &Service, path: &str, body: &Value) -> Reply {
    service.reply(&request("POST", path, body.to_string().as_bytes(), &[]))
}

pub fn value(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

pub fn error(reply: &Reply) -> (u16, String) {
    let body = value(reply);
    let error = body["error"].as_object().expect("an error");
    assert!(
        !error["message"].as_str().unwrap().is_empty()
            && !error["hint"].as_str().unwrap().is_empty()
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    (reply.status, error["code"].as_str().unwrap().to_owned())
}

/// Copies the fixture's release and changes its catalogue.
fn changed_release(change: impl FnOnce(&mut Columns)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_fixture(folder.path());
    let path = folder.path().join("manifest.json");
    let mut manifest: Manifest = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let entry = manifest.files.iter_mut().find(|entry| entry.kind == "catalogue").unwrap();
    let old = std::fs::read(folder.path().join(&entry.name)).unwrap();
    let CatalogueFile { items, gzip, .. } = CatalogueFile::decode(&old).unwrap();
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(gzip).read_to_end(&mut bytes).unwrap();
    let mut columns = Columns::decode(&bytes, items).unwrap();
    change(&mut columns);
    let bytes = columns.encode(items).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&bytes).unwrap();
    let new = CatalogueFile::encode(items, bytes.len() as u32, &gzip.finish().unwrap());
    (entry.bytes, entry.sha256) = (new.len() as u64, hex_sha256(&new));
    entry.name = format!("catalogue.{}.bin", &entry.sha256[..16]);
    std::fs::write(folder.path().join(&entry.name), new).unwrap();
    std::fs::write(path, serde_json::to_vec(&manifest).unwrap()).unwrap();
    folder
}

/// A release in which two items, 10 and 30, are called "Title 1".
pub fn ambiguous_release() -> tempfile::TempDir {
    changed_release(|columns| {
        let lines = &mut columns.titles[0].lines;
        *lines = lines.replace("Title 3\n", "Title 1\n");
    })
}

/// A release whose text ids are the paths of pages.
pub fn release_of_pages() -> tempfile::TempDir {
    changed_release(|columns| {
        let keys = columns.ids.iter().map(|id| format!("library/{id}.html"));
        columns.keys = keys.collect::<Vec<_>>().join("\n");
    })
}

/// Copies the files of the fixture's release.
pub fn copy_fixture(to: &Path) {
    for entry in std::fs::read_dir(fixture()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

//! A service of the fixture's release, and short forms of requests and replies.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use osusume::code::TABLE;
use osusume::format::{
    CatalogueFile, Columns, FieldEntry, FileEntry, Header, Kind, Manifest, framed,
};
use osusume_release::{self as release, Trust};
use osusume_serve::http::{Options, Reply, Request, Service};
use osusume_serve::renewal::{ReleaseFolder, Store};
use serde_json::Value;

pub fn fixture() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("tests/fixtures/format-2")
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

/// Status and code of a problem, which must be as the table of errors says.
pub fn error(reply: &Reply) -> (u16, String) {
    assert_eq!(reply.header("content-type"), Some("application/problem+json"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let problem = value(reply);
    let code = problem["code"].as_str().unwrap();
    let row = TABLE.iter().find(|row| row.code == code).unwrap();
    assert_eq!(row.status, Some(reply.status), "{code}");
    let same: [(&str, Value); 4] = [
        ("type", "about:blank".into()),
        ("status", reply.status.into()),
        ("class", row.class.as_str().into()),
        ("hint", row.hint.into()),
    ];
    for (name, want) in same {
        assert_eq!(problem[name], want, "{name} of {code}");
    }
    for name in ["title", "detail"] {
        assert!(!problem[name].as_str().unwrap().is_empty(), "{name} of {code}");
    }
    assert_eq!(reply.header("retry-after").is_some(), reply.status == 503, "{code}");
    (reply.status, code.to_owned())
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
    manifest.fields = FieldEntry::all_of(&columns);
    let bytes = columns.encode(items).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&bytes).unwrap();
    let new = CatalogueFile::encode(items, bytes.len() as u32, &gzip.finish().unwrap());
    *entry = FileEntry::new("catalogue", "catalogue", &new);
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

/// A release whose text encoder has the right header and the right SHA-256, and gzip that is none.
pub fn release_with_a_damaged_text_encoder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_fixture(folder.path());
    let path = folder.path().join("manifest.json");
    let mut manifest: Manifest = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let header = Header { items: manifest.items, rows: 1, dims: 1, extent: 8 };
    let file = framed(&[&header.encode(Kind::Text)[..], b"no gzip at all"].concat());
    let entry = FileEntry::new("text", "text", &file);
    std::fs::write(folder.path().join(&entry.name), &file).unwrap();
    let model = manifest.models.iter_mut().find(|model| model.metric == "cosine").unwrap();
    model.text = Some(entry.name.clone());
    manifest.files.push(entry);
    std::fs::write(path, serde_json::to_vec(&manifest).unwrap()).unwrap();
    folder
}

/// Copies the files of the fixture's release.
pub fn copy_fixture(to: &Path) {
    for entry in std::fs::read_dir(fixture()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

//! A release behind an address, whole and with each fault. Run by `pkg-scripts/test-lambda.sh`.

use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use osusume_release::{OwnerKey, Trust};
use osusume_serve::http::{Options, Service};
use osusume_serve::owner::Owner;
use osusume_serve::remote::RemoteRelease;
use osusume_serve::renewal::{RefreshEvent, ReleaseFolder, Store};
use osusume_serve::serve::Limits;

/// Serves `site` until the process ends, and returns its address.
fn serve(site: &Path) -> String {
    let site = site.to_owned();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let store = Store::new(
            Box::new(ReleaseFolder { path: "none".into(), trust: Trust::Nothing }),
            None,
        );
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = osusume_serve::serve::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            osusume_serve::serve::run(
                listener,
                Service::new(store, Options::default()),
                Some(site),
                Limits::default(),
                std::future::pending(),
            )
            .await;
        });
    });
    format!("http://{}", told.recv().unwrap())
}

/// Returns the id of the release that a refresh loads.
fn loaded(store: &Store) -> String {
    match store.refresh() {
        Some(RefreshEvent::Loaded { release }) => release,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_whole_release_is_loaded_and_each_fault_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let fixture =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("tests/fixtures/format-2");
    for entry in std::fs::read_dir(&fixture).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
    }
    let address = serve(dir.path());
    let store = Store::new(Box::new(RemoteRelease::new(&address).unwrap()), Some(Duration::ZERO));
    assert_eq!(loaded(&store), "a0d896891b588e32");
    assert!(store.refresh().is_none(), "nothing new");

    // Another release id, so that the store requests its files.
    let manifest = dir.path().join("manifest.json");
    let text =
        std::fs::read_to_string(&manifest).unwrap().replace("a0d896891b588e32", "0000000000000001");
    std::fs::write(&manifest, &text).unwrap();
    let name = "synopsis.1650b8f17d02113e.bin";
    let content = std::fs::read(fixture.join(name)).unwrap();
    let refused = |change: &dyn Fn(&Path)| {
        change(&dir.path().join(name));
        match store.refresh() {
            Some(RefreshEvent::Failed(error)) => error.code().as_str(),
            other => panic!("{other:?}"),
        }
    };
    let write = |content: Vec<u8>| move |path: &Path| std::fs::write(path, &content).unwrap();
    let mut flipped = content.clone();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(refused(&write(flipped)), "integrity");
    assert_eq!(refused(&write(content[..content.len() - 1].to_vec())), "blob_truncated");
    assert_eq!(refused(&write([&content[..], b"x"].concat())), "blob_length");
    assert_eq!(refused(&|path| std::fs::remove_file(path).unwrap()), "remote_status");
    assert_eq!(store.error_code().map(osusume::Code::as_str), Some("remote_status"));
    assert_eq!(
        store.current().unwrap().manifest().release,
        "a0d896891b588e32",
        "the old one is kept"
    );
    std::fs::write(dir.path().join(name), &content).unwrap();
    assert_eq!(loaded(&store), "0000000000000001");
    assert_eq!(store.error_code(), None);
}

/// A server that answers each request as it is told, and closes. It notes the paths.
struct Scripted {
    address: String,
    paths: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// `reply` gets the path and how often it was requested before, and returns bytes to send.
    fn start(reply: impl Fn(&str, usize) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let paths = Arc::<Mutex<Vec<String>>>::default();
        let seen = paths.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                let Some(path) = line.split(' ').nth(1).map(str::to_owned) else { continue };
                while line != "\r\n" && !line.is_empty() {
                    line.clear();
                    stream.read_line(&mut line).unwrap();
                }
                let before = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(path.clone());
                    seen.iter().filter(|other| **other == path).count() - 1
                };
                let _ = stream.get_mut().write_all(&reply(&path, before));
            }
        });
        Self { address, paths }
    }

    fn store(&self) -> Store {
        let remote = RemoteRelease::new(&self.address).unwrap();
        Store::new(Box::new(remote), Some(Duration::ZERO))
    }

    /// Returns how often a file was requested.
    fn count(&self, name: &str) -> usize {
        self.paths.lock().unwrap().iter().filter(|path| *path == &format!("/{name}")).count()
    }
}

/// Returns a response with this status and these headers, each with its line end.
fn response(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} Status\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Returns the response to a request for a file of the fixture's release.
fn whole(path: &str) -> Vec<u8> {
    let folder =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("tests/fixtures/format-2");
    std::fs::read(folder.join(&path[1..]))
        .map_or_else(|_| response(404, "", b""), |content| response(200, "", &content))
}

fn refused(store: &Store) -> &'static str {
    match store.refresh() {
        Some(RefreshEvent::Failed(error)) => error.code().as_str(),
        other => panic!("{other:?}"),
    }
}

const MODEL: &str = "synopsis.1650b8f17d02113e.bin";

#[test]
fn faults_that_may_pass_are_tried_again() {
    for status in [408, 429, 500, 502, 503, 504] {
        let server =
            Scripted::start(
                move |path, before| {
                    if before < 2 { response(status, "", b"") } else { whole(path) }
                },
            );
        assert_eq!(loaded(&server.store()), "a0d896891b588e32", "{status}");
        assert_eq!((server.count("manifest.json"), server.count(MODEL)), (3, 3));
    }
}

#[test]
fn a_connection_that_breaks_is_tried_again() {
    // Nothing, a part of the headers, and a part of the body.
    for sent in [0, 12, 140] {
        let server = Scripted::start(move |path, before| {
            let mut reply = whole(path);
            if before == 0 {
                reply.truncate(sent);
            }
            reply
        });
        assert_eq!(loaded(&server.store()), "a0d896891b588e32", "{sent}");
        assert_eq!(server.count("manifest.json"), 2);
    }
}

#[test]
fn a_refusal_is_final() {
    for status in [400, 401, 403, 404, 410] {
        let server = Scripted::start(move |_, _| response(status, "", b""));
        assert_eq!(refused(&server.store()), "remote_status");
        assert_eq!(server.count("manifest.json"), 1, "{status}");
    }
    let away = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    away.set_nonblocking(true).unwrap();
    let to = format!("location: http://{}/manifest.json\r\n", away.local_addr().unwrap());
    let server = Scripted::start(move |_, _| response(302, &to, b""));
    assert_eq!(refused(&server.store()), "remote_redirect");
    assert_eq!(server.count("manifest.json"), 1);
    assert!(away.accept().is_err(), "nobody is sent there");
}

#[test]
fn tries_and_time_are_bounded() {
    let server = Scripted::start(|_, _| response(503, "", b""));
    assert_eq!(refused(&server.store()), "remote_status");
    assert_eq!(server.count("manifest.json"), 3);

    // It answers nothing at all: one try takes the whole time.
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let store = Store::new(Box::new(RemoteRelease::new(&address).unwrap()), None);
    let started = Instant::now();
    assert_eq!(refused(&store), "remote_unreachable");
    let took = started.elapsed();
    assert!(took > Duration::from_secs(1) && took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn the_wait_that_a_server_wants_is_kept_if_there_is_time() {
    let asking = |wait: &'static str| {
        Scripted::start(move |path, before| match (path, before) {
            ("/manifest.json", 0) => response(503, &format!("retry-after: {wait}\r\n"), b""),
            _ => whole(path),
        })
    };
    let (server, started) = (asking("1"), Instant::now());
    assert_eq!(loaded(&server.store()), "a0d896891b588e32");
    assert!(started.elapsed() >= Duration::from_secs(1));
    let (server, started) = (asking("60"), Instant::now());
    assert_eq!(refused(&server.store()), "remote_status");
    assert_eq!(server.count("manifest.json"), 1);
    assert!(started.elapsed() < Duration::from_secs(1), "it does not wait in vain");
}

#[test]
fn a_signed_release_is_taken_from_afar() {
    let owner = minisign::KeyPair::generate_unencrypted_keypair().unwrap();
    let key = OwnerKey::parse(&owner.pk.to_base64()).unwrap();
    let manifest = {
        let reply = whole("/manifest.json");
        let at = reply.windows(4).position(|end| end == b"\r\n\r\n").unwrap();
        reply[at + 4..].to_vec()
    };
    let comment = Some("timestamp:1000");
    let signature =
        minisign::sign(Some(&owner.pk), &owner.sk, Cursor::new(manifest), comment, None);
    let signature = signature.unwrap().to_string();
    for (status, want) in [
        (200, Ok("a0d896891b588e32")),
        (404, Err("signature_missing")),
        (403, Err("signature_missing")),
    ] {
        let signature = signature.clone();
        let server = Scripted::start(move |path, _| match path {
            "/manifest.json.minisig" => response(status, "", signature.as_bytes()),
            path => whole(path),
        });
        let store = server.store().with_owner(Owner::new(key.clone()));
        match (store.refresh(), want) {
            (Some(RefreshEvent::Loaded { release }), Ok(want)) => assert_eq!(release, want),
            (Some(RefreshEvent::Failed(error)), Err(want)) => {
                assert_eq!(error.code().as_str(), want);
                let named = format!("{}/manifest.json.minisig ", server.address);
                assert!(error.to_string().starts_with(&named), "{error}");
            }
            (other, _) => panic!("{status}: {other:?}"),
        }
    }
    // A server that is out of order says nothing about the signature.
    let server = Scripted::start(|path, _| match path {
        "/manifest.json.minisig" => response(500, "", b""),
        path => whole(path),
    });
    assert_eq!(refused(&server.store().with_owner(Owner::new(key))), "remote_status");
}

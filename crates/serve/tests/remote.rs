//! A release behind an address, whole and with each fault. Run by `pkg-scripts/test-lambda.sh`.

use std::path::Path;
use std::time::Duration;

use osusume_release::Trust;
use osusume_serve::http::{Options, Service};
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
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("tests/fixtures/format-1");
    for entry in std::fs::read_dir(&fixture).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
    }
    let address = serve(dir.path());
    let store = Store::new(Box::new(RemoteRelease::new(&address).unwrap()), Some(Duration::ZERO));
    assert_eq!(loaded(&store), "b2baadc5106d0fda");
    assert!(store.refresh().is_none(), "nothing new");

    // Another release id, so that the store requests its files.
    let manifest = dir.path().join("manifest.json");
    let text =
        std::fs::read_to_string(&manifest).unwrap().replace("b2baadc5106d0fda", "0000000000000001");
    std::fs::write(&manifest, &text).unwrap();
    let name = "synopsis.c39fe1febb8866f8.bin";
    let content = std::fs::read(fixture.join(name)).unwrap();
    let refused = |change: &dyn Fn(&Path)| {
        change(&dir.path().join(name));
        match store.refresh() {
            Some(RefreshEvent::Failed(error)) => error.code(),
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
    assert_eq!(store.error_code(), Some("remote_status"));
    assert_eq!(
        store.current().unwrap().manifest().release,
        "b2baadc5106d0fda",
        "the old one is kept"
    );
    std::fs::write(dir.path().join(name), &content).unwrap();
    assert_eq!(loaded(&store), "0000000000000001");
    assert_eq!(store.error_code(), None);
}

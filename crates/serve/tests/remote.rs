//! A release behind an address: whole, and each way of not being so. Run by `pkg-scripts/test-lambda.sh`.

use std::path::Path;
use std::time::Duration;

use osusume_release::Trust;
use osusume_serve::http::{Options, Service};
use osusume_serve::remote::Remote;
use osusume_serve::store::{Event, Folder, Store};

/// Serves `site` and returns its address; ends with the process.
fn serve(site: &Path) -> String {
    let site = site.to_owned();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let store =
            Store::new(Box::new(Folder { path: "none".into(), trust: Trust::Nothing }), None);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = osusume_serve::serve::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            osusume_serve::serve::run(
                listener,
                Service::new(store, Options::default()),
                Some(site),
            )
            .await;
        });
    });
    format!("http://{}", told.recv().unwrap())
}

#[test]
fn it_is_loaded_when_it_is_whole_and_each_fault_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let fixture =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("tests/fixtures/format-1");
    for entry in std::fs::read_dir(&fixture).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
    }
    let address = serve(dir.path());
    let store = Store::new(Box::new(Remote::new(&address).unwrap()), Some(Duration::ZERO));
    assert!(
        matches!(store.renew(), Some(Event::Loaded { release }) if release == "b2baadc5106d0fda")
    );
    assert!(store.renew().is_none(), "nothing new");

    // Another release from here on, so that its files are asked for.
    let manifest = dir.path().join("manifest.json");
    let text =
        std::fs::read_to_string(&manifest).unwrap().replace("b2baadc5106d0fda", "0000000000000001");
    std::fs::write(&manifest, &text).unwrap();
    let name = "synopsis.c39fe1febb8866f8.bin";
    let content = std::fs::read(fixture.join(name)).unwrap();
    let refused = |change: &dyn Fn(&Path)| {
        change(&dir.path().join(name));
        match store.renew() {
            Some(Event::Failed(error)) => error.code(),
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
    assert_eq!(store.problem(), Some("remote_status"));
    assert_eq!(
        store.current().unwrap().manifest().release,
        "b2baadc5106d0fda",
        "the old one is kept"
    );
    std::fs::write(dir.path().join(name), &content).unwrap();
    assert!(
        matches!(store.renew(), Some(Event::Loaded { release }) if release == "0000000000000001")
    );
    assert_eq!(store.problem(), None);
}

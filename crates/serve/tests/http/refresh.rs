//! A release is loaded, replaced by the next one, and kept if the next one is broken.

use std::time::Duration;

use osusume_serve::renewal::RETRY_INTERVAL;
use serde_json::json;

use crate::support::{copy_fixture, error, get, release_id, service_of, value};

#[test]
fn a_release_is_loaded_replaced_and_kept_when_the_next_is_broken() {
    let dir = tempfile::tempdir().unwrap();
    let (service, lines) = service_of(dir.path(), Some(Duration::ZERO));
    let none = get(&service, "/v1/health");
    assert_eq!(error(&none), (503, "release_unavailable".into()));
    assert_eq!(none.header("retry-after"), Some(&*RETRY_INTERVAL.as_secs().to_string()));
    copy_fixture(dir.path());
    assert_eq!(error(&get(&service, "/v1/health")).0, 503, "not asked again at once");
    std::thread::sleep(RETRY_INTERVAL);
    assert_eq!(value(&get(&service, "/v1/health"))["status"], "ok");

    let manifest = dir.path().join("manifest.json");
    let whole = std::fs::read_to_string(&manifest).unwrap();
    for (broken, code) in [
        ("{".to_owned(), "manifest_invalid"),
        (whole.replacen("\"sha256\": \"", "\"sha256\": \"0", 1), "manifest_invalid"),
        (whole.replacen("\"format\": 2", "\"format\": 9", 1), "blob_version"),
    ] {
        std::fs::write(&manifest, broken).unwrap();
        let health = value(&get(&service, "/v1/health"));
        assert_eq!(
            (&health["status"], &health["release"]),
            (&json!("degraded"), &json!(release_id()))
        );
        assert_eq!(health["problem"]["code"], code);
    }
    std::fs::write(&manifest, whole.replace(&release_id(), "0000000000000001")).unwrap();
    let health = value(&get(&service, "/v1/health"));
    assert_eq!((&health["status"], &health["release"]), (&json!("ok"), &json!("0000000000000001")));
    let lines = lines.lock().unwrap();
    assert!(
        lines.iter().any(|line| line.contains("release_refused") && line.contains("blob_version")),
        "{lines:#?}"
    );
}

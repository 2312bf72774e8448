//! The time of a request: what has taken too long is given up, and loading a release is not counted.

use std::time::Duration;

use osusume::format::{AlignedBytes, FileEntry};
use osusume_release::Trust;
use osusume_serve::Result;
use osusume_serve::http::{Options, Service};
use osusume_serve::renewal::{ReleaseFolder, ReleaseSource, Store};
use serde_json::json;

use crate::contract::Contract;
use crate::support::{error, fixture, get, post, request};

fn folder() -> ReleaseFolder {
    ReleaseFolder { path: fixture(), trust: Trust::Nothing }
}

fn service(source: Box<dyn ReleaseSource>, deadline: Duration) -> Service {
    Service::new(Store::new(source, None), Options { deadline, ..Options::default() })
}

#[test]
fn a_request_whose_time_is_over_has_no_answer() {
    let (service, contract) = (service(Box::new(folder()), Duration::ZERO), Contract::read());
    let replies = [
        ("POST", "/v1/recommend", post(&service, "/v1/recommend", &json!({ "liked": [10] }))),
        ("POST", "/main", post(&service, "/main", &json!({ "name": "Title 1" }))),
        ("GET", "/v1/similar", get(&service, "/v1/similar?item=10")),
        ("GET", "/v1/find", get(&service, "/v1/find?text=t")),
        ("GET", "/v1/items/10", get(&service, "/v1/items/10")),
    ];
    for (method, path, reply) in replies {
        assert_eq!(error(&reply), (503, "deadline_exceeded".into()), "{path}");
        assert!(reply.header("retry-after").is_some(), "{path}");
        contract.check(method, path, &reply).unwrap();
    }
    assert_eq!(get(&service, "/v1/health").status, 200, "health is never late");
}

#[test]
fn a_request_without_a_place_is_refused_as_the_openapi_file_says() {
    let service = service(Box::new(folder()), Duration::from_secs(2));
    let asked = request("GET", "/v1/find?text=t", b"", &[]);
    let reply = service.refuse(&asked, std::time::Instant::now());
    assert_eq!(error(&reply), (503, "busy".into()));
    assert_eq!(reply.header("retry-after"), Some("1"));
    Contract::read().check("GET", "/v1/find", &reply).unwrap();
}

/// A folder that takes its time.
struct Slow(ReleaseFolder);

impl ReleaseSource for Slow {
    fn manifest(&self) -> Result<Vec<u8>> {
        std::thread::sleep(Duration::from_millis(400));
        self.0.manifest()
    }

    fn signature(&self) -> Result<Option<String>> {
        self.0.signature()
    }

    fn file(&self, entry: &FileEntry) -> Result<AlignedBytes> {
        self.0.file(entry)
    }

    fn place(&self, name: &str) -> String {
        self.0.place(name)
    }
}

#[test]
fn loading_a_release_takes_no_time_of_the_request() {
    let service = service(Box::new(Slow(folder())), Duration::from_millis(300));
    assert_eq!(get(&service, "/v1/similar?item=10").status, 200);
}

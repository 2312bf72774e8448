//! Entity tags, content encodings and cross-origin headers.

use osusume_release::{self as release, Trust};
use osusume_serve::http::{self, Options, Service};
use osusume_serve::renewal::{ReleaseFolder, Store};
use serde_json::json;

use crate::support::{fixture, get, post, release_id, request, service};

#[test]
fn a_get_can_be_cached_and_asked_again() {
    let service = service();
    let id = release::open(&fixture(), None).unwrap().catalogue().id(0);
    for address in
        [format!("/v1/similar?item={id}"), "/v1/find?text=t".into(), format!("/v1/items/{id}")]
    {
        let first = get(&service, &address);
        assert!(first.body.len() > "[]".len(), "{address} finds nothing");
        let cache = "public, max-age=300, stale-while-revalidate=86400";
        assert_eq!(first.header("cache-control"), Some(cache));
        let etag = first.header("etag").unwrap().to_owned();
        assert!(etag.starts_with(&format!("\"{}-", release_id())), "{etag}: the release is in it");
        for sent in [etag.clone(), format!("W/{etag}"), format!("\"a\", {etag}"), "*".into()] {
            let again = service.reply(&request("GET", &address, b"", &[("if-none-match", &sent)]));
            assert_eq!(
                (again.status, again.body.len(), again.header("etag")),
                (304, 0, Some(&*etag))
            );
        }
        let other =
            service.reply(&request("GET", &address, b"", &[("if-none-match", "\"other\"")]));
        assert_eq!(other, first);
        assert_eq!(
            service.reply(&request("HEAD", &address, b"", &[])),
            first,
            "servers leave the body out"
        );
        assert_eq!(first.header("vary"), Some("accept-encoding, accept-language"));
    }
    assert_eq!(get(&service, "/v1/health").header("cache-control"), Some("no-store"));
    let reply = post(&service, "/v1/recommend", &json!({ "liked": [id] }));
    assert_eq!((reply.header("cache-control"), reply.header("etag")), (Some("no-store"), None));
}

/// Undoes a content encoding.
fn decoded(encoding: Option<&str>, body: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut out = Vec::new();
    match encoding {
        None => return body.to_vec(),
        Some("br") => brotli::Decompressor::new(body, 4096).read_to_end(&mut out).unwrap(),
        Some("gzip") => flate2::read::GzDecoder::new(body).read_to_end(&mut out).unwrap(),
        Some(other) => panic!("the encoding {other} is unknown here"),
    };
    out
}

#[test]
fn bodies_are_compressed_where_that_is_accepted() {
    let service = service();
    let address = "/v1/find?text=t&limit=1000";
    let plain = get(&service, address);
    assert!(plain.body.len() >= 1024, "{} bytes are too short to compress", plain.body.len());
    assert_eq!(plain.header("content-encoding"), None, "no Accept-Encoding, no encoding");
    let mut tags = vec![plain.header("etag").unwrap().to_owned()];
    for (accept, want) in [
        ("gzip", Some("gzip")),
        ("gzip, deflate, br, zstd", Some("br")),
        ("br;q=0.5, gzip;q=0.8", Some("gzip")),
        ("br;q=0, *", Some("gzip")),
        ("*;q=0", None),
        ("identity", None),
        ("gzip;q=2", None),
        (";;,,", None),
    ] {
        let reply = service.reply(&request("GET", address, b"", &[("accept-encoding", accept)]));
        assert_eq!(reply.header("content-encoding"), want, "{accept}");
        assert_eq!(decoded(want, &reply.body), plain.body, "{accept}");
        if want.is_some() {
            assert!(reply.body.len() < plain.body.len(), "{accept}: it must be shorter");
        }
        tags.push(reply.header("etag").unwrap().to_owned());
    }
    tags.sort();
    tags.dedup();
    assert_eq!(tags.len(), 3, "one tag an encoding");
}

#[test]
fn short_bodies_are_not_compressed() {
    let service = service();
    let address = "/v1/find?text=t&limit=1";
    let plain = get(&service, address);
    assert!((3..1024).contains(&plain.body.len()), "{} bytes", plain.body.len());
    let reply = service.reply(&request("GET", address, b"", &[("accept-encoding", "br, gzip")]));
    assert_eq!(reply, plain);
}

#[test]
fn cross_origin_headers_stand_once_on_every_reply() {
    let service = service();
    for (method, address) in [
        ("GET", "/v1/health"),
        ("GET", "/none"),
        ("OPTIONS", "/v1/recommend"),
        ("OPTIONS", "/none"),
        ("PUT", "/main"),
    ] {
        let reply =
            service.reply(&request(method, address, b"", &[("origin", "https://a.example")]));
        let origins: Vec<_> =
            reply.headers.iter().filter(|(n, _)| *n == "access-control-allow-origin").collect();
        assert_eq!(
            origins,
            [&("access-control-allow-origin", "*".to_owned())],
            "{method} {address}"
        );
        assert_eq!(reply.header("x-request-id"), Some("r1"));
    }
    for (path, method) in http::routes() {
        let reply = service.reply(&request("OPTIONS", &path.replace("{id}", "1"), b"", &[]));
        assert_eq!((reply.status, reply.body.len()), (204, 0));
        assert!(reply.header("access-control-allow-methods").unwrap().starts_with(method));
        assert!(reply.header("allow").unwrap().ends_with("OPTIONS"));
    }
}

#[test]
fn one_origin_may_be_named() {
    let folder = ReleaseFolder { path: fixture(), trust: Trust::Nothing };
    let options = Options { origin: "https://a.example".into(), ..Options::default() };
    let service = Service::new(Store::new(Box::new(folder), None), options);
    for address in ["/v1/health", "/v1/find?text=t", "/none"] {
        let reply = get(&service, address);
        let origin = reply.header("access-control-allow-origin");
        assert_eq!(origin, Some("https://a.example"), "{address}");
    }
}

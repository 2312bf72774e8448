//! The HTTP face as plain values: routes, errors, caching, renewal, hostile requests.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contract::Contract;
use osusume::engine::Request as Question;
use osusume_release::{self as release, Trust};
use osusume_serve::http::{self, Options, Reply, Request, Service};
use osusume_serve::store::{Folder, Store};
use proptest::prelude::*;
use serde_json::{Value, json};

mod contract;

fn fixture() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("tests/fixtures/format-1")
}

/// The fixture's release.
fn release_id() -> String {
    release::open(&fixture(), None).unwrap().manifest().release.clone()
}

fn service_of(path: &Path, every: Option<Duration>) -> (Service, Arc<Mutex<Vec<String>>>) {
    let folder = Folder { path: path.to_owned(), trust: Trust::Nothing };
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = {
        let lines = lines.clone();
        Box::new(move |line: &str| lines.lock().unwrap().push(line.to_owned()))
    };
    (
        Service::new(Store::new(Box::new(folder), every), Options { log, ..Options::default() }),
        lines,
    )
}

fn service() -> Service {
    service_of(&fixture(), None).0
}

fn request(method: &str, address: &str, body: &[u8], headers: &[(&str, &str)]) -> Request {
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

fn get(service: &Service, address: &str) -> Reply {
    service.reply(&request("GET", address, b"", &[]))
}

fn post(service: &Service, path: &str, body: &Value) -> Reply {
    service.reply(&request("POST", path, body.to_string().as_bytes(), &[]))
}

fn value(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn error(reply: &Reply) -> (u16, String) {
    let body = value(reply);
    let error = body["error"].as_object().expect("an error");
    assert!(
        !error["message"].as_str().unwrap().is_empty()
            && !error["hint"].as_str().unwrap().is_empty()
    );
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    (reply.status, error["code"].as_str().unwrap().to_owned())
}

#[test]
fn every_item_gets_the_bytes_of_the_engine() {
    let (service, engine) = (service(), release::open(&fixture(), None).unwrap());
    let canonical = |value: &dyn erased::Json| value.canonical();
    for row in 0..engine.catalogue().items() {
        let id = engine.catalogue().id(row);
        for (model, n) in [("ncf", 3), ("synopsis", 1000)] {
            let question = json!({ "liked": [id], "n": n, "model": model });
            let asked: Question = serde_json::from_value(question.clone()).unwrap();
            let want = canonical(&engine.recommend(&asked).unwrap());
            assert_eq!(post(&service, "/v1/recommend", &question).body, want);
            let pointed = format!("{{\"liked\":[{id}.0],\"n\":{n}.0,\"model\":\"{model}\"}}");
            let pointed = service.reply(&request("POST", "/v1/recommend", pointed.as_bytes(), &[]));
            assert_eq!(pointed.body, want, "10.0 is 10");
            assert_eq!(
                get(&service, &format!("/v1/similar?item={id}&n={n}&model={model}")).body,
                want
            );
            assert_eq!(
                get(&service, &format!("/v1/similar?id={id}&n={n}&model={model}")).body,
                want
            );
        }
        let mut item = serde_json::to_value(engine.item(id).unwrap()).unwrap();
        item["models"] = json!(engine.models_of(id).unwrap());
        assert_eq!(get(&service, &format!("/v1/items/{id}")).body, canonical(&item));
        let typed = &engine.catalogue().title(row)[..1];
        let want = canonical(&engine.find(typed, 5).unwrap());
        assert!(want.len() > "[]".len(), "{typed} finds nothing");
        assert_eq!(get(&service, &format!("/v1/find?n=5&text={typed}")).body, want);
    }
}

/// The form that the command prints.
mod erased {
    pub trait Json {
        fn canonical(&self) -> Vec<u8>;
    }
    impl<T: serde::Serialize> Json for T {
        fn canonical(&self) -> Vec<u8> {
            serde_json_canonicalizer::to_vec(self).unwrap()
        }
    }
}

#[test]
fn the_first_services_endpoints_answer_an_array_of_three_fields() {
    let (service, engine) = (service(), release::open(&fixture(), None).unwrap());
    let id = engine.catalogue().id(0);
    let title = engine.catalogue().title(0).to_owned();
    for (path, model) in [("/main", "ncf"), ("/synopsis/main", "synopsis")] {
        let reply = post(&service, path, &json!({ "name": title.to_uppercase(), "n": 4 }));
        assert_eq!(reply.status, 200);
        let asked =
            serde_json::from_value(json!({ "liked": [id], "n": 4, "model": model })).unwrap();
        let answer = engine.recommend(&asked).unwrap();
        let items = value(&reply);
        let items = items.as_array().unwrap();
        assert_eq!(items.len(), answer.items.len());
        for (item, want) in items.iter().zip(&answer.items) {
            let fields: Vec<&String> = item.as_object().unwrap().keys().collect();
            assert_eq!(fields, ["Genres", "Name", "Similarity"]);
            assert_eq!(item["Name"], want.title);
            assert_eq!(item["Similarity"].as_f64(), Some(want.score), "a number, not a percentage");
            assert_eq!(item["Genres"], engine.item(want.id).unwrap().genres.join(", "));
        }
        assert_eq!(
            error(&post(&service, path, &json!({ "name": "no such show" }))),
            (404, "unknown_title".into())
        );
        assert_eq!(
            error(&post(&service, path, &json!({ "name": title, "n": 0 }))),
            (422, "n_out_of_range".into())
        );
        assert_eq!(
            error(&post(&service, path, &json!({ "n": 4 }))),
            (400, "request_invalid".into())
        );
    }
}

#[test]
fn what_cannot_be_answered_is_named() {
    let service = service();
    let got = |address: &str| error(&get(&service, address));
    let id = release::open(&fixture(), None).unwrap().catalogue().id(0);
    let invalid = (400, "request_invalid".to_owned());
    for address in [
        "/v1/similar",
        "/v1/similar?item=1&title=x",
        "/v1/similar?item=%zz",
        "/v1/similar?item=%ff",
        "/v1/similar?item=1&item=2",
        "/v1/find",
        "/v1/find?text=a&n=",
        "/v1/find?text=a&n=-1",
        "/v1/find?text=a&n=1e3",
        "/v1/find?text=a&n=99999999999999999999999",
        "/v1/find?text=a&page=2",
        "/v1/items/1?page=2",
        "/v1/items/%",
    ] {
        assert_eq!(got(address), invalid, "{address}");
    }
    for name in ["liked=[1]", "n=x", "wanted=1", "model={"] {
        let (status, code) = got(&format!("/v1/similar?item={id}&{name}"));
        assert!(
            [(400, "request_invalid"), (422, "unknown_model")].contains(&(status, &code)),
            "{name}: {code}"
        );
    }
    assert_eq!(got("/v1/similar?item=4294967295"), (404, "unknown_id".into()));
    assert_eq!(got("/v1/similar?title=no+such+show"), (404, "unknown_title".into()));
    assert_eq!(got(&format!("/v1/similar?item={id}&n=0")), (422, "n_out_of_range".into()));
    assert_eq!(got(&format!("/v1/similar?item={id}&n=1001")), (422, "n_out_of_range".into()));
    assert_eq!(got(&format!("/v1/similar?item={id}&model=none")), (422, "unknown_model".into()));
    assert_eq!(got("/v1/find?text=a&n=1001"), (422, "n_out_of_range".into()));
    assert_eq!(got(&format!("/v1/find?text={}", "a".repeat(401))), (422, "text_too_long".into()));
    assert_eq!(got("/v1/items/no-such-key"), (404, "unknown_id".into()));
    for path in [
        "",
        "/",
        "/v1",
        "/v1/",
        "/v1/items/",
        "/v1/items/1/2",
        "/v1/health/",
        "/V1/health",
        "//main",
    ] {
        assert_eq!(got(path), (404, "unknown_route".into()), "{path:?}");
    }
    let wrong = get(&service, "/v1/recommend");
    assert_eq!(error(&wrong), (405, "method_not_allowed".into()));
    assert_eq!(wrong.header("allow"), Some("POST, OPTIONS"));
    for method in ["POST", "PUT", "DELETE", "get", ""] {
        let reply = service.reply(&request(method, "/v1/health", b"", &[]));
        assert_eq!(error(&reply), (405, "method_not_allowed".into()), "{method:?}");
    }
    let body = |body: &[u8], headers: &[(&str, &str)]| {
        error(&service.reply(&request("POST", "/v1/recommend", body, headers)))
    };
    for wrong in [
        "",
        "null",
        "[[1],10,null]",
        "{",
        "{}x",
        "{\"liked\":[1],\"liked\":[2]}",
        "{\"liked\":[-1]}",
        "{\"liked\":[1.5]}",
        "{\"liked\":[1],\"n\":1e300}",
        "\u{feff}{}",
    ] {
        assert_eq!(body(wrong.as_bytes(), &[]), invalid, "{wrong}");
    }
    assert_eq!(body(b"{\"liked\":\"\xff\"}", &[]), invalid);
    assert_eq!(body("[".repeat(100_000).as_bytes(), &[]), invalid);
    assert_eq!(body(format!("{{\"liked\":{}", "[".repeat(100_000)).as_bytes(), &[]), invalid);
    assert_eq!(body(b"{}", &[("content-encoding", "gzip")]), (415, "encoding_unsupported".into()));
    assert_eq!(body(&vec![b' '; http::MAX_BODY_BYTES + 1], &[]), (413, "body_too_large".into()));
    let big = "x".repeat(http::MAX_HEADER_BYTES);
    assert_eq!(body(b"{}", &[("cookie", &big)]), (431, "headers_too_large".into()));
    let long = format!("/v1/find?text={}", "a".repeat(http::MAX_ADDRESS_BYTES));
    assert_eq!(got(&long), (414, "address_too_long".into()));
}

#[test]
fn an_unknown_title_comes_with_the_nearest() {
    let service = service();
    let engine = release::open(&fixture(), None).unwrap();
    let title = engine.catalogue().title(3);
    let start: String = title.chars().take(title.chars().count() - 1).collect();
    let reply = get(&service, &format!("/v1/similar?title={}", start.replace(' ', "+")));
    assert_eq!(error(&reply).0, 404);
    let candidates = value(&reply)["error"]["candidates"].clone();
    assert!(candidates.as_array().unwrap().iter().any(|c| c["title"] == title), "{candidates}");
}

#[test]
fn a_get_can_be_cached_and_asked_again() {
    let service = service();
    let id = release::open(&fixture(), None).unwrap().catalogue().id(0);
    for address in
        [format!("/v1/similar?item={id}"), "/v1/find?text=t".into(), format!("/v1/items/{id}")]
    {
        let first = get(&service, &address);
        assert!(first.body.len() > "[]".len(), "{address} finds nothing");
        assert!(first.header("cache-control").unwrap().starts_with("public, max-age="));
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
    let address = "/v1/find?text=t&n=1000";
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
    let address = "/v1/find?text=t&n=1";
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
        assert_eq!(origins.len(), 1, "{method} {address}");
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
fn the_log_names_the_route_and_not_what_was_asked() {
    let (service, lines) = service_of(&fixture(), None);
    let id = release::open(&fixture(), None).unwrap().catalogue().id(5);
    let liked = json!({ "liked": [id], "n": 1 });
    let replies = [
        (get(&service, &format!("/v1/items/{id}")), "GET", json!("/v1/items/{id}")),
        (get(&service, &format!("/v1/similar?item={id}")), "GET", json!("/v1/similar")),
        (get(&service, "/v1/find?text=title"), "GET", json!("/v1/find")),
        (post(&service, "/v1/recommend", &liked), "POST", json!("/v1/recommend")),
        (post(&service, "/main", &json!({ "name": "Title 1" })), "POST", json!("/main")),
        (get(&service, "/v1/items/4711"), "GET", json!("/v1/items/{id}")),
        (get(&service, "/secret/4711?x=4711"), "GET", Value::Null),
    ];
    let lines = lines.lock().unwrap();
    let mut lines = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let loaded = json!({ "level": "info", "event": "release_loaded", "release": release_id() });
    assert_eq!(lines.next(), Some(loaded));
    for (reply, method, route) in replies {
        let mut line = lines.next().unwrap();
        let ms = line["ms"].take().as_f64().unwrap();
        assert!((0.0..60_000.0).contains(&ms), "{ms} ms");
        let code = (reply.status != 200).then(|| error(&reply).1);
        // The whole line: one more field, or another value, could say what was asked.
        let want = json!({
            "level": "info", "request": "r1", "method": method, "route": route,
            "status": reply.status, "code": code, "ms": null, "bytes": reply.body.len(),
        });
        assert_eq!(line, want);
    }
    assert_eq!(lines.next(), None, "one line a request");
}

#[test]
fn a_release_is_waited_for_renewed_and_kept_when_the_next_is_broken() {
    let dir = tempfile::tempdir().unwrap();
    let (service, lines) = service_of(dir.path(), Some(Duration::ZERO));
    let none = get(&service, "/v1/health");
    assert_eq!(error(&none), (503, "release_unavailable".into()));
    assert_eq!(
        none.header("retry-after"),
        Some(&*osusume_serve::store::RETRY.as_secs().to_string())
    );
    let copy = || {
        for entry in std::fs::read_dir(fixture()).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), dir.path().join(entry.file_name())).unwrap();
        }
    };
    copy();
    assert_eq!(error(&get(&service, "/v1/health")).0, 503, "not asked again at once");
    std::thread::sleep(osusume_serve::store::RETRY);
    assert_eq!(value(&get(&service, "/v1/health"))["status"], "ok");

    let manifest = dir.path().join("manifest.json");
    let whole = std::fs::read_to_string(&manifest).unwrap();
    for broken in [
        "{".to_owned(),
        whole.replacen("\"sha256\": \"", "\"sha256\": \"0", 1),
        whole.replacen("\"format\": 1", "\"format\": 9", 1),
    ] {
        std::fs::write(&manifest, broken).unwrap();
        let health = value(&get(&service, "/v1/health"));
        assert_eq!(
            (&health["status"], &health["release"]),
            (&json!("degraded"), &json!(release_id()))
        );
        assert!(health["problem"]["code"].is_string());
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

#[test]
fn request_ids_of_clients_are_taken_when_they_are_plain() {
    assert_eq!(http::request_id(Some("a-1_b.C")), Some("a-1_b.C"));
    for bad in ["", "a b", "a\r\nb", "ü", &"a".repeat(65)] {
        assert_eq!(http::request_id(Some(bad)), None);
    }
}

#[test]
fn ten_thousand_malformed_requests_change_nothing() {
    let service = service();
    let id = release::open(&fixture(), None).unwrap().catalogue().id(0);
    let address = format!("/v1/similar?item={id}");
    let (before, health) = (get(&service, &address), get(&service, "/v1/health"));
    let paths: Vec<&str> = http::routes().map(|(path, _)| path).collect();
    let contract = Contract::read();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 10_000,
        ..ProptestConfig::default()
    });
    let text = || {
        prop_oneof![any::<String>(), "[a-z]{1,8}", "[0-9]{1,12}", "[%&=+a-f0-9\u{0}-\u{1f}]{0,40}"]
    };
    let method = prop_oneof![
        Just("GET".to_owned()),
        Just("POST".to_owned()),
        Just("HEAD".to_owned()),
        any::<String>()
    ];
    let path = prop_oneof![
        proptest::sample::select(paths).prop_map(str::to_owned),
        text().prop_map(|text| format!("/v1/items/{text}")),
        text()
    ];
    let query = prop_oneof![
        text(),
        (text(), text()).prop_map(|(a, b)| format!("item={a}&n={b}")),
        (text(), text()).prop_map(|(a, b)| format!("text={a}&n={b}")),
    ];
    let body = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        text().prop_map(|text| format!("{{\"name\":{}}}", json!(text)).into_bytes()),
        (any::<i64>(), any::<f64>())
            .prop_map(|(a, b)| format!("{{\"liked\":[{a}],\"n\":{b}}}").into_bytes()),
    ];
    let header = prop_oneof![
        Just("accept-language"),
        Just("accept-encoding"),
        Just("if-none-match"),
        Just("range")
    ];
    let headers = proptest::collection::vec((header.prop_map(str::to_owned), text()), 0..4);
    runner
        .run(&(method, path, query, body, headers), |(method, path, query, body, headers)| {
            let reply = service.reply(&Request {
                method: method.clone(),
                path: path.clone(),
                query,
                headers,
                body,
                id: "r".into(),
            });
            if let Err(why) = contract.check(&method, &path, &reply) {
                return Err(TestCaseError::fail(why));
            }
            prop_assert!(reply.status < 500, "{}", String::from_utf8_lossy(&reply.body));
            if !matches!(reply.status, 204 | 304) && reply.header("content-encoding").is_none() {
                let body: Value = serde_json::from_slice(&reply.body).unwrap();
                prop_assert!(!body.is_null());
                prop_assert_eq!(reply.status >= 400, body.get("error").is_some());
            }
            Ok(())
        })
        .unwrap();
    assert_eq!((get(&service, &address), get(&service, "/v1/health")), (before, health));
}

#[test]
fn the_openapi_file_has_the_routes_of_the_code() {
    let contract = Contract::read();
    let mut want: Vec<(String, String)> =
        http::routes().map(|(path, method)| (path.to_owned(), method.to_lowercase())).collect();
    want.sort();
    assert_eq!(contract.operations(), want);
    assert_eq!(contract.document["info"]["version"], env!("CARGO_PKG_VERSION"));
    contract.check_examples();
}

#[test]
fn the_schema_takes_what_the_engine_takes() {
    let (engine, contract) = (release::open(&fixture(), None).unwrap(), Contract::read());
    let id = engine.catalogue().id(0);
    let schema = contract.schema("Request").clone();
    let taken = |request: &Value| {
        let asked = serde_json::from_value::<Question>(request.clone());
        asked.is_ok_and(|asked| engine.recommend(&asked).is_ok())
    };
    let in_filter = |filter: Value| json!({ "liked": [id], "filter": filter });
    let good = [
        json!({}),
        json!({ "liked": [id] }),
        json!({ "liked": [{ "id": id, "weight": 0.5 }, { "id": id }], "disliked": [id], "n": 1000 }),
        json!({ "liked": [id], "model": "ncf", "niche": 0, "diversity": 1, "explain": true }),
        json!({ "liked": [id], "model": { "ncf": 1000, "synopsis": 0.001 }, "niche": 0.25 }),
        json!({ "liked": [id], "model": null, "niche": null }),
        in_filter(json!({ "genres": [], "excludeGenres": [], "types": [], "years": [1990, 2000] })),
        in_filter(json!({ "minScore": 7.5, "minMembers": 1, "maxMembers": 4_294_967_295_u32 })),
        in_filter(
            json!({ "exclude": [id, 4_294_967_295_u32, "no such key"], "collapseSeries": true }),
        ),
        in_filter(json!({ "exclude": vec![0; 9999] })),
    ];
    for request in good {
        assert!(taken(&request), "{request}");
        contract.validate(&schema, &request, "request").unwrap();
    }
    let bad = [
        json!({ "like": [id] }),
        json!({ "liked": [id], "filter": [["Action"]] }),
        json!({ "text": 7 }),
        json!({ "liked": id }),
        json!({ "liked": [-1] }),
        json!({ "liked": [4_294_967_296_u64] }),
        json!({ "liked": [{ "weight": 1 }] }),
        json!({ "liked": [{ "id": id, "weight": 0 }] }),
        json!({ "liked": [{ "id": id, "weight": 1001 }] }),
        json!({ "liked": [{ "id": id, "wait": 1 }] }),
        json!({ "liked": [id], "n": 0 }),
        json!({ "liked": [id], "n": 1001 }),
        json!({ "liked": [id], "n": "10" }),
        json!({ "liked": [id], "model": {} }),
        json!({ "liked": [id], "model": { "ncf": 0 } }),
        json!({ "liked": [id], "niche": 1.5 }),
        json!({ "liked": [id], "diversity": -0.5 }),
        json!({ "liked": [id], "explain": 1 }),
        in_filter(json!({ "genre": [] })),
        in_filter(json!({ "years": [1990] })),
        in_filter(json!({ "years": [1990, 2000, 2010] })),
        in_filter(json!({ "years": [1990, 65_536] })),
        in_filter(json!({ "minMembers": -1 })),
        in_filter(json!({ "exclude": vec![0; 10_001] })),
    ];
    for request in bad {
        assert!(!taken(&request), "{request}");
        contract.validate(&schema, &request, "request").unwrap_err();
    }
    let answer = contract.schema("Answer").clone();
    for request in [
        json!({ "n": 1000 }),
        json!({ "liked": [id], "model": { "ncf": 1, "synopsis": 1 }, "explain": true }),
    ] {
        let asked = serde_json::from_value(request).unwrap();
        let given = serde_json::to_value(engine.recommend(&asked).unwrap()).unwrap();
        contract.validate(&answer, &given, "answer").unwrap();
    }
}

#[test]
fn more_than_ten_thousand_ids_are_refused_and_never_cut() {
    let service = service();
    let id = release::open(&fixture(), None).unwrap().catalogue().id(0);
    let ask = |count: usize| {
        let exclude: Vec<usize> = (0..count).collect();
        post(&service, "/v1/recommend", &json!({ "liked": [id], "filter": { "exclude": exclude } }))
    };
    assert_eq!(ask(9_999).status, 200);
    assert_eq!(error(&ask(10_000)), (422, "too_many_ids".into()));
}

#[test]
fn every_reply_is_in_the_openapi_file() {
    let (service, contract) = (service(), Contract::read());
    let engine = release::open(&fixture(), None).unwrap();
    let (id, title) = (engine.catalogue().id(0), engine.catalogue().title(0));
    let (long, far) = ("a".repeat(401), "a".repeat(http::MAX_ADDRESS_BYTES));
    let mut seen = std::collections::BTreeSet::new();
    let mut ask = |request: &Request| {
        let reply = service.reply(request);
        contract.check(&request.method, &request.path, &reply).unwrap();
        let code = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        seen.insert((reply.status, code["error"]["code"].as_str().unwrap_or_default().to_owned()));
    };
    for address in [
        format!("/v1/similar?item={id}"),
        format!("/v1/similar?item={id}&n=0"),
        format!("/v1/similar?item={id}&model=none"),
        format!("/v1/similar?item={far}"),
        "/v1/similar".into(),
        "/v1/similar?title=none".into(),
        "/v1/find?text=t".into(),
        "/v1/find?text=zzzz".into(),
        format!("/v1/find?text={long}"),
        "/v1/find".into(),
        format!("/v1/items/{id}"),
        "/v1/items/4294967295".into(),
        "/v1/health".into(),
        "/v1/none".into(),
    ] {
        ask(&request("GET", &address, b"", &[]));
        ask(&request("GET", &address, b"", &[("if-none-match", "*")]));
        ask(&request("HEAD", &address, b"", &[]));
        ask(&request("DELETE", &address, b"", &[]));
        ask(&request("OPTIONS", &address, b"", &[]));
    }
    for (path, good) in [
        ("/v1/recommend", json!({ "liked": [id], "n": 3 })),
        ("/main", json!({ "name": title })),
        ("/synopsis/main", json!({ "name": title, "n": 3 })),
    ] {
        let mut out = good.clone();
        out["n"] = json!(1001);
        for body in [
            good,
            out,
            json!([]),
            json!({ "liked": [4_294_967_295_u32] }),
            json!({ "name": "none" }),
        ] {
            ask(&request("POST", path, body.to_string().as_bytes(), &[]));
        }
        ask(&request("POST", path, b"{}", &[("content-encoding", "br")]));
        ask(&request("POST", path, b"{}", &[("cookie", &"a".repeat(http::MAX_HEADER_BYTES))]));
        ask(&request("POST", path, &vec![b'a'; http::MAX_BODY_BYTES + 1], &[]));
    }
    let seen: Vec<u16> = {
        let mut all: Vec<u16> = seen.iter().map(|&(status, _)| status).collect();
        all.dedup();
        all
    };
    assert_eq!(seen, [200, 204, 304, 400, 404, 405, 413, 414, 415, 422, 431]);
}

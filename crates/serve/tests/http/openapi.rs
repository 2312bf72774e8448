//! `docs/openapi.json` has the routes, the shapes and the replies of the code.

use std::collections::BTreeSet;

use osusume::Code;
use osusume::code::TABLE;
use osusume::engine::Request as Question;
use osusume_release as release;
use osusume_serve::http::{self, Request};
use serde_json::{Value, json};

use crate::contract::Contract;
use crate::support::{ambiguous_release, fixture, request, service_of};

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
fn the_openapi_file_has_the_codes_of_the_table_of_errors() {
    // The introduction of the file has these two, for all paths.
    let everywhere = [Code::UnknownRoute.as_str(), Code::MethodNotAllowed.as_str()];
    let of_requests = TABLE.iter().filter(|row| !everywhere.contains(&row.code));
    let want: BTreeSet<(u16, String)> =
        of_requests.filter_map(|row| Some((row.status?, row.code.to_owned()))).collect();
    assert_eq!(Contract::read().codes(), want);
}

/// Requests that the engine answers.
fn good_requests(id: u32) -> Vec<Value> {
    vec![
        json!({}),
        json!({ "liked": [id] }),
        json!({ "liked": [{ "id": id, "weight": 0.5 }, { "id": id }], "disliked": [id], "limit": 1000 }),
        json!({ "liked": [id], "model": "ncf", "niche": 0, "diversity": 1, "explain": true }),
        json!({ "liked": [id], "model": { "ncf": 1000, "synopsis": 0.001 }, "niche": 0.25 }),
        json!({ "liked": [id], "model": null, "niche": null }),
        in_filter(id, &json!({})),
        in_filter(id, &json!({ "genres": { "any": [], "all": [], "none": ["Action"] } })),
        in_filter(id, &json!({ "type": { "any": ["TV"] }, "year": { "min": 1990, "max": 2e9 } })),
        in_filter(id, &json!({ "score": { "min": 7.5 }, "members": { "max": 4_294_967_295_u32 } })),
        json!({ "liked": [id], "exclude": [id, 4_294_967_295_u32, "no such key"] }),
        json!({ "liked": [id], "exclude": vec![0; 9999], "collapse": true }),
        json!({ "liked": [id], "only": [7, "no such key"], "fields": ["genres", "year"] }),
        json!({ "liked": [id, 4_294_967_295_u32] }),
    ]
}

/// Requests that the engine refuses.
fn bad_requests(id: u32) -> Vec<Value> {
    vec![
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
        json!({ "liked": [id], "limit": 0 }),
        json!({ "liked": [id], "limit": 1001 }),
        json!({ "liked": [id], "limit": "10" }),
        json!({ "liked": [id], "model": {} }),
        json!({ "liked": [id], "model": { "ncf": 0 } }),
        json!({ "liked": [id], "niche": 1.5 }),
        json!({ "liked": [id], "diversity": -0.5 }),
        json!({ "liked": [id], "explain": 1 }),
        json!({ "liked": [id], "n": 10 }),
        json!({ "liked": [id], "only": 7 }),
        json!({ "liked": [id], "fields": "year" }),
        json!({ "liked": [id], "exclude": vec![0; 10_001] }),
        in_filter(id, &json!({ "genres": [] })),
        in_filter(id, &json!({ "genres": { "some": ["Action"] } })),
        in_filter(id, &json!({ "genres": { "any": "Action" } })),
        in_filter(id, &json!({ "year": { "min": [1990] } })),
        in_filter(id, &json!({ "year": { "max": true } })),
    ]
}

fn in_filter(id: u32, filter: &Value) -> Value {
    json!({ "liked": [id], "filter": filter })
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
    for request in good_requests(id) {
        assert!(taken(&request), "{request}");
        contract.validate(&schema, &request, "request").unwrap();
    }
    for request in bad_requests(id) {
        assert!(!taken(&request), "{request}");
        contract.validate(&schema, &request, "request").unwrap_err();
    }
    let answer = contract.schema("Answer").clone();
    for request in [
        json!({ "limit": 1000, "fields": ["genres", "type", "score"] }),
        json!({ "liked": [id], "model": { "ncf": 1, "synopsis": 1 }, "explain": true }),
    ] {
        let asked = serde_json::from_value(request).unwrap();
        let given = serde_json::to_value(engine.recommend(&asked).unwrap()).unwrap();
        contract.validate(&answer, &given, "answer").unwrap();
    }
}

/// GET requests, answerable and not, in every method.
fn requests_without_a_body(id: u32) -> Vec<Request> {
    let (long, far) = ("a".repeat(401), "a".repeat(http::MAX_ADDRESS_BYTES));
    let addresses = [
        format!("/v1/similar?item={id}"),
        format!("/v1/similar?item={id}&limit=0"),
        format!("/v1/similar?item={id}&model=none"),
        format!("/v1/similar?item={far}"),
        "/v1/similar".into(),
        "/v1/similar?title=none".into(),
        "/v1/similar?title=Title+1".into(),
        "/v1/find?text=t".into(),
        "/v1/find?text=zzzz".into(),
        format!("/v1/find?text={long}"),
        "/v1/find".into(),
        format!("/v1/items/{id}"),
        "/v1/items/4294967295".into(),
        "/v1/health".into(),
        "/v1/none".into(),
    ];
    let of_address = |address: &String| {
        [
            request("GET", address, b"", &[]),
            request("GET", address, b"", &[("if-none-match", "*")]),
            request("HEAD", address, b"", &[]),
            request("DELETE", address, b"", &[]),
            request("OPTIONS", address, b"", &[]),
        ]
    };
    addresses.iter().flat_map(of_address).collect()
}

/// POST requests, answerable and not.
fn requests_with_a_body(id: u32, title: &str) -> Vec<Request> {
    let mut requests = Vec::new();
    for (path, good) in [
        ("/v1/recommend", json!({ "liked": [id], "limit": 3 })),
        ("/v1/items", json!({ "ids": [id, 4711] })),
        ("/main", json!({ "name": title })),
        ("/synopsis/main", json!({ "name": title, "n": 3 })),
    ] {
        let mut out = good.clone();
        if path == "/v1/items" {
            out["ids"] = json!(vec![id; 1001]);
        } else {
            out[if path == "/v1/recommend" { "limit" } else { "n" }] = json!(1001);
        }
        for body in [
            good,
            out,
            json!([]),
            json!({ "liked": [4_294_967_295_u32] }),
            json!({ "name": "none" }),
        ] {
            requests.push(request("POST", path, body.to_string().as_bytes(), &[]));
        }
        let cookie = "a".repeat(http::MAX_HEADER_BYTES);
        requests.push(request("POST", path, b"{}", &[("content-encoding", "br")]));
        requests.push(request("POST", path, b"{}", &[("cookie", &cookie)]));
        requests.push(request("POST", path, &vec![b'a'; http::MAX_BODY_BYTES + 1], &[]));
    }
    requests
}

#[test]
fn every_reply_is_in_the_openapi_file() {
    let contract = Contract::read();
    let engine = release::open(&fixture(), None).unwrap();
    let (id, title) = (engine.catalogue().id(0), engine.catalogue().title(0));
    let (empty, ambiguous) = (tempfile::tempdir().unwrap(), ambiguous_release());
    let mut seen = BTreeSet::new();
    for folder in [&fixture(), empty.path(), ambiguous.path()] {
        let service = service_of(folder, None).0;
        for request in requests_without_a_body(id).iter().chain(&requests_with_a_body(id, title)) {
            let reply = service.reply(request);
            contract.check(&request.method, &request.path, &reply).unwrap();
            seen.insert(reply.status);
        }
    }
    let want = [200, 204, 304, 400, 404, 405, 409, 413, 414, 415, 422, 431, 503];
    assert_eq!(seen, BTreeSet::from(want));
}

//! Malformed requests get a documented reply and change nothing.

use osusume_release as release;
use osusume_serve::http::{self, Request};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::contract::Contract;
use crate::support::{fixture, get, service};

/// Any text, and texts that come near to valid ones.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z]{1,8}", "[0-9]{1,12}", "[%&=+a-f0-9\u{0}-\u{1f}]{0,40}"]
}

fn request() -> impl Strategy<Value = Request> {
    let paths: Vec<&str> = http::routes().map(|(path, _)| path).collect();
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
        (text(), text()).prop_map(|(a, b)| format!("item={a}&limit={b}")),
        (text(), text()).prop_map(|(a, b)| format!("text={a}&limit={b}")),
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
    (method, path, query, body, headers).prop_map(|(method, path, query, body, headers)| Request {
        method,
        path,
        query,
        headers,
        body,
        id: "r".into(),
    })
}

#[test]
fn ten_thousand_malformed_requests_change_nothing() {
    let service = service();
    let id = release::open(&fixture(), None).unwrap().catalogue().id(0);
    let address = format!("/v1/similar?item={id}");
    let (before, health) = (get(&service, &address), get(&service, "/v1/health"));
    let contract = Contract::read();
    let config = ProptestConfig { cases: 10_000, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let check = |request: Request| {
        let reply = service.reply(&request);
        if let Err(why) = contract.check(&request.method, &request.path, &reply) {
            return Err(TestCaseError::fail(why));
        }
        prop_assert!(reply.status < 500, "{}", String::from_utf8_lossy(&reply.body));
        if !matches!(reply.status, 204 | 304) && reply.header("content-encoding").is_none() {
            let body: Value = serde_json::from_slice(&reply.body).unwrap();
            prop_assert!(!body.is_null());
            prop_assert_eq!(
                reply.status >= 400,
                body.get("type").is_some_and(|kind| kind == "about:blank")
            );
        }
        Ok(())
    };
    runner.run(&request(), check).unwrap();
    assert_eq!((get(&service, &address), get(&service, "/v1/health")), (before, health));
}

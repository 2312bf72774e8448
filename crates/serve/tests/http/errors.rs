//! Requests that cannot be answered get the status and the code of their fault.

use osusume_release as release;
use osusume_serve::http::{self, Reply};
use serde_json::{Value, json};

use crate::support::{
    ambiguous_release, error, fixture, get, post, release_with_a_damaged_text_encoder, request,
    service, service_of, value,
};

fn invalid() -> (u16, String) {
    (400, "request_invalid".to_owned())
}

#[test]
fn unreadable_addresses_are_refused() {
    let service = service();
    for address in [
        "/v1/similar",
        "/v1/similar?item=1&title=x",
        "/v1/similar?item=%zz",
        "/v1/similar?item=%ff",
        "/v1/similar?item=1&item=2",
        "/v1/find",
        "/v1/find?text=a&limit=",
        "/v1/find?text=a&limit=-1",
        "/v1/find?text=a&limit=1e3",
        "/v1/find?text=a&limit=99999999999999999999999",
        "/v1/find?text=a&page=2",
        "/v1/items/1?page=2",
        "/v1/items/%",
    ] {
        assert_eq!(error(&get(&service, address)), invalid(), "{address}");
    }
    let id = release::open(&fixture(), None).unwrap().catalogue().id(0);
    for (parameter, code) in [
        ("liked=[1]", (400, "request_invalid")),
        ("limit=x", (400, "request_invalid")),
        ("wanted=1", (400, "request_invalid")),
        ("model={", (422, "unknown_model")),
        ("model=x", (422, "unknown_model")),
    ] {
        let reply = get(&service, &format!("/v1/similar?item={id}&{parameter}"));
        assert_eq!(error(&reply), (code.0, code.1.to_owned()), "{parameter}");
    }
}

#[test]
fn unknown_items_and_values_out_of_range_are_named() {
    let service = service();
    let got = |address: &str| error(&get(&service, address));
    let id = release::open(&fixture(), None).unwrap().catalogue().id(0);
    assert_eq!(got("/v1/similar?item=4294967295"), (404, "unknown_id".into()));
    assert_eq!(got("/v1/similar?title=no+such+show"), (404, "unknown_title".into()));
    assert_eq!(got(&format!("/v1/similar?item={id}&limit=0")), (422, "limit_out_of_range".into()));
    assert_eq!(
        got(&format!("/v1/similar?item={id}&limit=1001")),
        (422, "limit_out_of_range".into())
    );
    assert_eq!(got(&format!("/v1/similar?item={id}&model=none")), (422, "unknown_model".into()));
    assert_eq!(got("/v1/find?text=a&limit=1001"), (422, "limit_out_of_range".into()));
    assert_eq!(got(&format!("/v1/find?text={}", "a".repeat(401))), (422, "text_too_long".into()));
    for id in ["no-such-key", "1/2", "library/json.html", "a%2Fb", "1/"] {
        assert_eq!(got(&format!("/v1/items/{id}")), (404, "unknown_id".into()), "{id}");
    }
    let long = format!("/v1/find?text={}", "a".repeat(http::MAX_ADDRESS_BYTES));
    assert_eq!(got(&long), (414, "address_too_long".into()));
}

#[test]
fn unknown_paths_and_methods_are_named() {
    let service = service();
    for path in ["", "/", "/v1", "/v1/", "/v1/items/", "/v1/health/", "/V1/health", "//main"] {
        assert_eq!(error(&get(&service, path)), (404, "unknown_route".into()), "{path:?}");
    }
    let wrong = get(&service, "/v1/recommend");
    assert_eq!(error(&wrong), (405, "method_not_allowed".into()));
    assert_eq!(wrong.header("allow"), Some("POST, OPTIONS"));
    for method in ["POST", "PUT", "DELETE", "get", ""] {
        let reply = service.reply(&request(method, "/v1/health", b"", &[]));
        assert_eq!(error(&reply), (405, "method_not_allowed".into()), "{method:?}");
    }
}

#[test]
fn unreadable_bodies_are_refused() {
    let service = service();
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
        assert_eq!(body(wrong.as_bytes(), &[]), invalid(), "{wrong}");
    }
    assert_eq!(body(b"{\"liked\":\"\xff\"}", &[]), invalid());
    assert_eq!(body("[".repeat(100_000).as_bytes(), &[]), invalid());
    assert_eq!(body(format!("{{\"liked\":{}", "[".repeat(100_000)).as_bytes(), &[]), invalid());
    assert_eq!(body(b"{}", &[("content-encoding", "gzip")]), (415, "encoding_unsupported".into()));
    assert_eq!(body(&vec![b' '; http::MAX_BODY_BYTES + 1], &[]), (413, "body_too_large".into()));
    let big = "x".repeat(http::MAX_HEADER_BYTES);
    assert_eq!(body(b"{}", &[("cookie", &big)]), (431, "headers_too_large".into()));
}

#[test]
fn an_unknown_title_comes_with_the_nearest() {
    let service = service();
    let engine = release::open(&fixture(), None).unwrap();
    let title = engine.catalogue().title(3);
    let start: String = title.chars().take(title.chars().count() - 1).collect();
    let reply = get(&service, &format!("/v1/similar?title={}", start.replace(' ', "+")));
    assert_eq!(error(&reply).0, 404);
    let candidates = value(&reply)["candidates"].clone();
    assert!(candidates.as_array().unwrap().iter().any(|c| c["title"] == title), "{candidates}");
}

#[test]
fn request_ids_of_clients_are_taken_when_they_are_plain() {
    assert_eq!(http::request_id(Some("a-1_b.C")), Some("a-1_b.C"));
    for bad in ["", "a b", "a\r\nb", "ü", &"a".repeat(65)] {
        assert_eq!(http::request_id(Some(bad)), None);
    }
}

#[test]
fn an_ambiguous_title_comes_with_its_items() {
    let folder = ambiguous_release();
    let service = service_of(folder.path(), None).0;
    for reply in [
        get(&service, "/v1/similar?title=Title+1"),
        post(&service, "/main", &json!({ "name": "title 1" })),
    ] {
        assert_eq!(error(&reply), (409, "ambiguous_title".into()));
        let candidates =
            json!([{ "id": 10, "title": "Title 1" }, { "id": 30, "title": "Title 1" }]);
        assert_eq!(value(&reply)["candidates"], candidates);
    }
    assert_eq!(get(&service, "/v1/similar?title=Title+2").status, 200);
}

#[test]
fn a_text_encoder_that_turns_out_damaged_is_the_servers_fault() {
    let folder = release_with_a_damaged_text_encoder();
    let (service, lines) = service_of(folder.path(), None);
    let ask = || post(&service, "/v1/recommend", &json!({ "text": "words" }));
    assert_eq!(error(&ask()), (500, "text_invalid".into()));
    assert_eq!(error(&ask()), (500, "text_invalid".into()), "not only the first time");
    let line: Value = serde_json::from_str(lines.lock().unwrap().last().unwrap()).unwrap();
    assert_eq!((&line["level"], &line["code"]), (&json!("error"), &json!("text_invalid")));
    assert!(line["message"].as_str().unwrap().contains("gzip"), "{line}");
    assert_eq!(post(&service, "/v1/recommend", &json!({})).status, 200, "the rest still answers");
}

#[test]
fn a_text_without_an_encoder_is_the_callers() {
    let service = service();
    let reply = post(&service, "/v1/recommend", &json!({ "text": "words" }));
    assert_eq!(error(&reply), (422, "no_text_encoder".into()));
}

#[test]
fn a_reply_that_cannot_be_sent_has_another_in_its_place() {
    let reply = Reply::internal_error();
    assert_eq!(error(&reply), (500, "internal".into()));
}

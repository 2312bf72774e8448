//! The log names the route, and the release that answers; nothing that a client sent but its id.

use osusume_release as release;
use serde_json::{Value, json};

use crate::support::{error, fixture, get, post, release_id, service_of};

#[test]
fn the_log_names_the_route_and_not_what_was_asked() {
    let (service, lines) = service_of(&fixture(), None);
    let id = release::open(&fixture(), None).unwrap().catalogue().id(5);
    let liked = json!({ "liked": [id], "limit": 1 });
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

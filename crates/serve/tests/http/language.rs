//! `Accept-Language` chooses the title shown.

use serde_json::json;

use crate::support::{request, service, value};

#[test]
fn titles_are_in_the_language_of_the_client() {
    let service = service();
    let ask = |method: &str, address: &str, body: &str, language: &str| {
        let headers = [("accept-language", language)];
        let reply = service.reply(&request(method, address, body.as_bytes(), &headers));
        assert_eq!(reply.status, 200, "{address}");
        value(&reply)
    };
    for (language, word) in [("en-GB, en;q=0.9", "Name"), ("*", "Title"), ("fr", "Title")] {
        let item = ask("GET", "/v1/items/10", "", language);
        assert_eq!(item["title"], format!("{word} 1"), "{language}");
        let similar = ask("GET", "/v1/similar?item=10&limit=1", "", language);
        assert_eq!(similar["items"][0]["title"], format!("{word} 2"), "{language}");
        let found = ask("GET", "/v1/find?text=title+4&limit=1", "", language);
        assert_eq!(found[0]["title"], format!("{word} 4"), "{language}");
        let answer = ask("POST", "/v1/recommend", "{\"liked\":[10],\"limit\":1}", language);
        assert_eq!(answer["items"][0]["title"], format!("{word} 2"), "{language}");
    }
}

#[test]
fn the_first_services_routes_show_the_main_title() {
    let body = json!({ "name": "Name 1", "n": 1 }).to_string();
    let headers = [("accept-language", "en")];
    let reply = service().reply(&request("POST", "/main", body.as_bytes(), &headers));
    assert_eq!(value(&reply)[0]["Name"], "Title 2");
}

//! Answers are those of the engine, also on the routes of the first service.

use osusume::engine::Request as Question;
use osusume_release as release;
use serde_json::json;

use crate::support::{
    error, fixture, get, post, release_of_pages, request, service, service_of, value,
};

#[test]
fn every_item_gets_the_bytes_of_the_engine() {
    let (service, engine) = (service(), release::open(&fixture(), None).unwrap());
    for row in 0..engine.catalogue().items() {
        let id = engine.catalogue().id(row);
        for (model, n) in [("ncf", 3), ("synopsis", 1000)] {
            let question = json!({ "liked": [id], "limit": n, "model": model });
            let asked: Question = serde_json::from_value(question.clone()).unwrap();
            let want = canonical(&engine.recommend(&asked).unwrap());
            assert_eq!(post(&service, "/v1/recommend", &question).body, want);
            let pointed = format!("{{\"liked\":[{id}.0],\"limit\":{n}.0,\"model\":\"{model}\"}}");
            let pointed = service.reply(&request("POST", "/v1/recommend", pointed.as_bytes(), &[]));
            assert_eq!(pointed.body, want, "10.0 is 10");
            assert_eq!(
                get(&service, &format!("/v1/similar?item={id}&limit={n}&model={model}")).body,
                want
            );
            assert_eq!(
                get(&service, &format!("/v1/similar?id={id}&limit={n}&model={model}")).body,
                want
            );
        }
        let mut item = serde_json::to_value(engine.item(id).unwrap()).unwrap();
        item["models"] = json!(engine.models_of(id).unwrap());
        item["predicted"] = json!(engine.models_predicting(id).unwrap());
        assert_eq!(get(&service, &format!("/v1/items/{id}")).body, canonical(&item));
        let typed = &engine.catalogue().title(row)[..1];
        let want = canonical(&engine.find(typed, 5).unwrap());
        assert!(want.len() > "[]".len(), "{typed} finds nothing");
        assert_eq!(get(&service, &format!("/v1/find?limit=5&text={typed}")).body, want);
    }
}

#[test]
fn several_items_come_in_one_answer() {
    let (service, engine) = (service(), release::open(&fixture(), None).unwrap());
    let ids = [engine.catalogue().id(2), 4711, engine.catalogue().id(0)];
    let reply = post(&service, "/v1/items", &json!({ "ids": ids }));
    let items = [engine.item(ids[0]).unwrap(), engine.item(ids[2]).unwrap()];
    assert_eq!(reply.body, canonical(&json!({ "items": items, "unknown": [4711] })));
    let empty = post(&service, "/v1/items", &json!({ "ids": [] }));
    assert_eq!(value(&empty), json!({ "items": [], "unknown": [] }));
    let many = post(&service, "/v1/items", &json!({ "ids": vec![ids[0]; 1001] }));
    assert_eq!(error(&many), (422, "limit_out_of_range".into()));
    let wrong = post(&service, "/v1/items", &json!({ "id": 1 }));
    assert_eq!(error(&wrong), (400, "request_invalid".into()));
}

#[test]
fn a_text_id_with_slashes_needs_no_escape() {
    let folder = release_of_pages();
    let service = service_of(folder.path(), None).0;
    let want = get(&service, "/v1/items/10");
    assert_eq!(value(&want)["key"], "library/10.html");
    for path in ["library/10.html", "library%2F10.html", "library%2f10%2ehtml"] {
        assert_eq!(get(&service, &format!("/v1/items/{path}")).body, want.body, "{path}");
    }
    for path in ["library/10.html/", "library//10.html", "library"] {
        let reply = get(&service, &format!("/v1/items/{path}"));
        assert_eq!(error(&reply), (404, "unknown_id".to_owned()), "{path}");
    }
}

/// The form that the command prints.
fn canonical(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).unwrap()
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
            serde_json::from_value(json!({ "liked": [id], "limit": 4, "model": model })).unwrap();
        let answer = engine.recommend(&asked).unwrap();
        let items = value(&reply);
        let items = items.as_array().unwrap();
        assert_eq!(items.len(), answer.items.len());
        for (item, want) in items.iter().zip(&answer.items) {
            let fields: Vec<&String> = item.as_object().unwrap().keys().collect();
            assert_eq!(fields, ["Genres", "Name", "Similarity"]);
            assert_eq!(item["Name"], want.title);
            assert_eq!(item["Similarity"].as_f64(), Some(want.score), "a number, not a percentage");
            let item_of = engine.item(want.id).unwrap();
            let genres = item_of.fields.get("genres").unwrap().as_tags().join(", ");
            assert_eq!(item["Genres"], genres);
        }
        assert_eq!(
            error(&post(&service, path, &json!({ "name": "no such show" }))),
            (404, "unknown_title".into())
        );
        assert_eq!(
            error(&post(&service, path, &json!({ "name": title, "n": 0 }))),
            (422, "limit_out_of_range".into())
        );
        assert_eq!(
            error(&post(&service, path, &json!({ "n": 4 }))),
            (400, "request_invalid".into())
        );
    }
}

#[test]
fn more_than_ten_thousand_ids_are_refused_and_never_cut() {
    let service = service();
    let id = release::open(&fixture(), None).unwrap().catalogue().id(0);
    let ask = |count: usize| {
        let exclude: Vec<usize> = (0..count).collect();
        post(&service, "/v1/recommend", &json!({ "liked": [id], "exclude": exclude }))
    };
    assert_eq!(ask(9_999).status, 200);
    assert_eq!(error(&ask(10_000)), (422, "too_many_ids".into()));
}

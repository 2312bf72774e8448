//! `POST /v1/recommend` and `GET /v1/similar`.

use serde_json::{Map, Value, json};

use super::body::parse_body;
use super::limits::check_text;
use super::problem::Problem;
use super::query_string::QueryString;
use super::route::{Context, Payload};
use osusume::engine::{Engine, Request};

/// Answers the request in the body.
pub(super) fn recommend(context: Context<'_>) -> Result<Payload, Problem> {
    let Context { request, query, languages, engine, is_over, .. } = context;
    query.refuse_rest()?;
    let answer = engine.recommend_until(&parse_body(request)?, is_over)?;
    Ok(Payload::new(languages.canonical(engine, &answer)))
}

/// Answers with the items most like one item.
pub(super) fn similar(context: Context<'_>) -> Result<Payload, Problem> {
    let Context { query, languages, engine, is_over, .. } = context;
    let answer = engine.recommend_until(&similar_request(engine, query)?, is_over)?;
    Ok(Payload::new(languages.canonical(engine, &answer)))
}

/// Returns the engine's request for the item that `item` (an id, else a title), `id` or `title`
/// names.
///
/// Every other parameter is a field of the request, its value JSON; a model's name needs no quotes.
fn similar_request(engine: &Engine, mut query: QueryString) -> Result<Request, Problem> {
    let limit = query.take_limit()?;
    let row = match (query.take("item"), query.take("id"), query.take("title")) {
        (Some(text), None, None) => engine.row(check_text(&text)?)?,
        (None, Some(id), None) => engine.row_by_id(check_text(&id)?)?,
        (None, None, Some(title)) => engine.row_by_title(check_text(&title)?)?,
        _ => return Err(Problem::request("give one of the parameters item, id and title")),
    };
    let mut fields = Map::new();
    fields.insert("liked".into(), json!([engine.catalogue().id(row)]));
    fields.insert("limit".into(), json!(limit));
    for (name, text) in query.take_rest() {
        if fields.contains_key(&name) {
            return Err(Problem::unknown_parameter(&name));
        }
        let is_name = name == "model" && !text.starts_with('{');
        let value = if is_name { None } else { serde_json::from_str(&text).ok() };
        fields.insert(name, value.unwrap_or(Value::String(text)));
    }
    serde_json::from_value(Value::Object(fields))
        .map_err(|error| Problem::request(error.to_string()))
}

//! The two routes of the first service, which this project replaces.
//!
//! They are kept for that service's clients. Requests and answers have its field names, and titles
//! are always the main ones. New clients use `/v1/recommend`.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::http::body::parse_body;
use crate::http::canonical::canonical;
use crate::http::limits::check_text;
use crate::http::problem::Problem;
use crate::http::route::{Context, Payload, Route};
use osusume::engine::Request;

/// One route for each of the models that the first service had.
pub(crate) static ROUTES: [Route; 2] = [
    Route {
        path: "/main",
        method: "POST",
        cacheable: false,
        handler: |context| recommend_by_title(context, "ncf"),
    },
    Route {
        path: "/synopsis/main",
        method: "POST",
        cacheable: false,
        handler: |context| recommend_by_title(context, "synopsis"),
    },
];

/// The body of a request.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TitleRequest {
    name: String,
    #[serde(default = "default_n")]
    n: usize,
}

fn default_n() -> usize {
    10
}

/// One item of an answer; the field names are the columns of the first service's table.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedItem<'a> {
    name: &'a str,
    similarity: f64,
    genres: String,
}

/// Answers with the items most like the one of that title, and names the model in a header.
fn recommend_by_title(context: Context<'_>, model: &str) -> Result<Payload, Problem> {
    let Context { request, query, engine, is_over, .. } = context;
    query.refuse_rest()?;
    let TitleRequest { name, n } = parse_body(request)?;
    let row = engine.row_by_title(check_text(&name)?)?;
    let fields = json!({ "liked": [engine.catalogue().id(row)], "limit": n, "model": model });
    let request: Request =
        serde_json::from_value(fields).map_err(|error| Problem::request(error.to_string()))?;
    let answer = engine.recommend_until(&request, is_over)?;
    let mut items = Vec::with_capacity(answer.items.len());
    for item in &answer.items {
        let row = engine.catalogue().row_of_id(item.id);
        let genres = row.and_then(|row| engine.catalogue().value("genres", row));
        let genres = genres.map_or(String::new(), |genres| genres.as_tags().join(", "));
        items.push(ListedItem { name: item.title, similarity: item.score, genres });
    }
    // As JSON: the model is a name today and may be a blend later.
    let used = json!(answer.model);
    let used = used.as_str().map_or_else(|| used.to_string(), str::to_owned);
    let mut payload = Payload::new(canonical(&items));
    payload.headers.push(("osusume-model", used));
    Ok(payload)
}

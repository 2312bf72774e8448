//! `GET /v1/items/{id}` and `POST /v1/items`: items of the catalogue.

use serde::{Deserialize, Serialize};

use super::body::parse_body;
use super::limits::check_text;
use super::problem::Problem;
use super::query_string::decode;
use super::route::{Context, Payload};
use osusume::catalogue::Item;
use osusume::engine::Id;

/// An item, the models that cover it, and those of them that predict its weights from its content.
#[derive(Serialize)]
struct ItemAnswer<'a> {
    #[serde(flatten)]
    item: Item<'a>,
    models: Vec<&'a str>,
    predicted: Vec<&'a str>,
}

/// Answers with the item that the path names by its id or its text id.
pub(super) fn item(context: Context<'_>) -> Result<Payload, Problem> {
    let Context { id, query, languages, engine, .. } = context;
    query.refuse_rest()?;
    let row = engine.row_by_id(check_text(&decode(id, false)?)?)?;
    let item = engine.catalogue().item(row);
    let (models, predicted) = (engine.models_of(item.id)?, engine.models_predicting(item.id)?);
    let answer = ItemAnswer { item, models, predicted };
    Ok(Payload::new(languages.canonical(engine, &answer)))
}

/// The body of a request for several items.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemsRequest {
    ids: Vec<Id>,
}

/// The known items in the order of the ids, and the ids that the release does not have.
#[derive(Serialize)]
struct ItemsAnswer<'a> {
    items: Vec<Item<'a>>,
    unknown: Vec<Id>,
}

/// Answers with the items that the body names.
pub(super) fn items(context: Context<'_>) -> Result<Payload, Problem> {
    let Context { request, query, languages, engine, .. } = context;
    query.refuse_rest()?;
    let ItemsRequest { ids } = parse_body(request)?;
    let (items, unknown) = engine.items(&ids)?;
    Ok(Payload::new(languages.canonical(engine, &ItemsAnswer { items, unknown })))
}

//! `GET /v1/items/{id}`: one item of the catalogue.

use serde::Serialize;

use super::limits::check_text;
use super::problem::Problem;
use super::query_string::decode;
use super::route::{Context, Payload};
use osusume::catalogue::Item;

/// An item and the models that cover it.
#[derive(Serialize)]
struct ItemAnswer<'a> {
    #[serde(flatten)]
    item: Item<'a>,
    models: Vec<&'a str>,
}

/// Answers with the item that the path names by its id or its text id.
pub(super) fn item(context: Context<'_>) -> Result<Payload, Problem> {
    let Context { segment, query, languages, engine, .. } = context;
    query.refuse_rest()?;
    let row = engine.row_by_id(check_text(&decode(segment, false)?)?)?;
    let item = engine.catalogue().item(row);
    let answer = ItemAnswer { models: engine.models_of(item.id)?, item };
    Ok(Payload::new(languages.canonical(engine, &answer)))
}

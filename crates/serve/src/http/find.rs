//! `GET /v1/find`: items by the beginning of a title.

use super::limits::check_text;
use super::problem::Problem;
use super::route::{Context, Payload};

/// Answers with the items whose titles match the parameter `text`.
pub(super) fn find(context: Context<'_>) -> Result<Payload, Problem> {
    let Context { mut query, languages, engine, .. } = context;
    let limit = query.take_limit()?;
    let text =
        query.take("text").ok_or_else(|| Problem::request("the parameter text is missing"))?;
    query.refuse_rest()?;
    let found = engine.find(check_text(&text)?, limit)?;
    Ok(Payload::new(languages.canonical(engine, &found)))
}

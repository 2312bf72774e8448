//! `GET /v1/health`: the release that answers, its models and its declared fields.

use serde_json::json;

use super::canonical::canonical;
use super::problem::Problem;
use super::route::{Context, Payload};
use osusume::Code;

/// Answers with the state of the service: `ok`, or `degraded` while a newer release cannot load.
pub(super) fn health(context: Context<'_>) -> Result<Payload, Problem> {
    let Context { query, engine, store, .. } = context;
    query.refuse_rest()?;
    let manifest = engine.manifest();
    let models: Vec<&str> = manifest.models.iter().map(|model| model.name.as_str()).collect();
    let error_code = store.error_code().map(Code::as_str);
    let mut health = json!({
        "status": if error_code.is_some() { "degraded" } else { "ok" },
        "release": manifest.release, "items": manifest.items, "models": models,
        "defaultModel": manifest.default.model, "version": env!("CARGO_PKG_VERSION"),
        "fields": engine.catalogue().fields(),
    });
    if let Some(code) = error_code {
        let message = "a newer release could not be loaded (the log says why); \
                       this release still answers";
        health["problem"] = json!({ "code": code, "message": message });
    }
    Ok(Payload::new(canonical(&health)))
}

//! Requests to replies as plain values: the HTTP face without a server, used by `osusume serve` and by the function.
//!
//! `docs/openapi.json` describes the routes; `crates/serve/tests/http.rs` holds it to this code. Cross-origin headers are set here
//! and nowhere else: a gateway that sets them too would double them, which browsers refuse.

mod failure;
mod negotiate;
mod query;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::store::{Event, Store};
use osusume::catalogue::Item;
use osusume::engine::{self, Engine};
use osusume::format::hex_sha256;

pub use failure::Failure;
use negotiate::Languages;
use query::Query;

/// Most bytes of a body: ten thousand ids with weights have a third of it.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Most bytes of a path with its query.
pub const MAX_ADDRESS_BYTES: usize = 8 << 10;
/// Most bytes of all headers.
pub const MAX_HEADER_BYTES: usize = 16 << 10;
/// Most characters of a title or of a typed text.
pub const MAX_TEXT_CHARS: usize = 400;

/// How long a GET may be answered from a cache: a new release is seen after this at the latest.
const CACHE: &str = "public, max-age=300, stale-while-revalidate=86400";

/// A request, whatever it came by.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method, upper-case.
    pub method: String,
    /// Path as it was sent, percent-encoded.
    pub path: String,
    /// What follows the `?`, as it was sent.
    pub query: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Body; faces may stop reading after [`MAX_BODY_BYTES`] and one.
    pub body: Vec<u8>,
    /// Names the request in the log and in the reply.
    pub id: String,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A reply, whatever it goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Status.
    pub status: u16,
    /// Names in lower case, and values. No length: the server knows.
    pub headers: Vec<(&'static str, String)>,
    /// Body; of a HEAD too, which the server leaves out when it sends.
    pub body: Vec<u8>,
}

impl Reply {
    /// Returns the value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// Returns the client's own name for its request if it is one that can stand in a log and in a header.
#[must_use]
pub fn request_id(sent: Option<&str>) -> Option<&str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    sent.filter(|id| (1..=64).contains(&id.len()) && id.bytes().all(plain))
}

/// What a server is told besides its release.
pub struct Options {
    /// Value of `Access-Control-Allow-Origin`; the data is public and there are no cookies, so `*` is right for most.
    pub origin: String,
    /// Takes one line of JSON a request. It names the route and never what was asked: no id, no title, no address.
    pub log: Box<dyn Fn(&str) + Send + Sync>,
}

impl Default for Options {
    fn default() -> Self {
        Self { origin: "*".into(), log: Box::new(|_| ()) }
    }
}

/// Answers requests from a store.
pub struct Service {
    store: Store,
    options: Options,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Recommend,
    Similar,
    Find,
    Item,
    Health,
    First(&'static str),
}

/// Every route: its path, its method and what it does.
const ROUTES: [(&str, &str, Route); 7] = [
    ("/v1/recommend", "POST", Route::Recommend),
    ("/v1/similar", "GET", Route::Similar),
    ("/v1/find", "GET", Route::Find),
    ("/v1/items/{id}", "GET", Route::Item),
    ("/v1/health", "GET", Route::Health),
    ("/main", "POST", Route::First("ncf")),
    ("/synopsis/main", "POST", Route::First("synopsis")),
];

/// Returns every path and the method it takes.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    ROUTES.iter().map(|&(path, method, _)| (path, method))
}

/// Says whether something of the service is at this path.
#[must_use]
pub fn is_route(path: &str) -> bool {
    ROUTES.iter().any(|(route, ..)| segment(route, path).is_some())
}

/// Returns a path with its percent-encoding undone, if it is UTF-8 then.
#[must_use]
pub fn decode_path(path: &str) -> Option<String> {
    query::decode(path, false).ok()
}

/// What a route answers with, before the envelope.
struct Answered {
    body: Vec<u8>,
    cacheable: bool,
    headers: Vec<(&'static str, String)>,
}

impl Service {
    /// Returns a service; its first request waits for the release unless [`Service::renew`] was called before.
    #[must_use]
    pub fn new(store: Store, options: Options) -> Self {
        Self { store, options }
    }

    /// Loads the release, or a newer one, if it is time to; says in the log what it came to.
    pub fn renew(&self) {
        let line = match self.store.renew() {
            None => return,
            Some(Event::Loaded { release }) => {
                json!({ "level": "info", "event": "release_loaded", "release": release })
            }
            Some(Event::Failed(error)) => {
                let serving = self.store.current().map(|engine| engine.manifest().release.clone());
                let (code, message) = (error.code(), error.to_string());
                json!({ "level": "error", "event": "release_refused", "code": code, "message": message, "serving": serving })
            }
        };
        (self.options.log)(&line.to_string());
    }

    /// Returns the reply to a request. Never panics, and leaves one line in the log.
    #[must_use]
    pub fn reply(&self, request: &Request) -> Reply {
        let started = Instant::now();
        // The log's own field, so that the path, which may hold an id, stays out of it.
        let route = ROUTES.iter().find(|(path, ..)| segment(path, &request.path).is_some());
        let outcome = catch_unwind(AssertUnwindSafe(|| self.route(request, route.copied())));
        let outcome = outcome.unwrap_or_else(|_| {
            Err(Failure::new(
                500,
                "internal",
                "this is a fault of the server",
                "report it with the request's id",
            ))
        });
        let code = outcome.as_ref().err().map(|failure| failure.code);
        let reply = self.envelope(request, outcome);
        let level = if reply.status >= 500 { "error" } else { "info" };
        let ms = (started.elapsed().as_secs_f64() * 1e5).round() / 100.0;
        let line = json!({
            "level": level, "request": request.id, "method": request.method.get(..16).unwrap_or(&request.method),
            "route": route.map(|route| route.0), "status": reply.status, "code": code, "ms": ms,
            "bytes": reply.body.len(),
        });
        (self.options.log)(&line.to_string());
        reply
    }

    fn route(
        &self,
        request: &Request,
        route: Option<(&str, &'static str, Route)>,
    ) -> Result<Answered, Failure> {
        check_size(request)?;
        let Some((path, method, route)) = route else {
            let hint = "the paths are POST /v1/recommend, GET /v1/similar, /v1/find, /v1/items/{id}, /v1/health";
            return Err(Failure::new(404, "unknown_route", "nothing is at this path", hint));
        };
        let allowed = if method == "GET" { "GET, HEAD, OPTIONS" } else { "POST, OPTIONS" };
        match request.method.as_str() {
            "OPTIONS" => {
                let headers = vec![
                    ("allow", allowed.to_owned()),
                    ("access-control-allow-methods", allowed.to_owned()),
                    (
                        "access-control-allow-headers",
                        "accept-language, content-type, x-request-id".to_owned(),
                    ),
                    ("access-control-max-age", "86400".to_owned()),
                ];
                return Ok(Answered { body: Vec::new(), cacheable: false, headers });
            }
            asked if asked == method || (asked == "HEAD" && method == "GET") => {}
            _ => {
                let message = format!("this path takes {allowed}");
                let failure = Failure::new(
                    405,
                    "method_not_allowed",
                    message,
                    "use a method that the path takes",
                );
                return Err(failure.with_header("allow", allowed));
            }
        }
        self.renew();
        let Some(engine) = self.store.current() else {
            let message = "no release could be loaded yet";
            let failure =
                Failure::new(503, "release_unavailable", message, "ask again in a moment");
            return Err(failure.with_header("retry-after", failure::RETRY_AFTER));
        };
        let segment = segment(path, &request.path).unwrap_or_default();
        self.answer(request, route, segment, &engine)
    }

    fn answer(
        &self,
        request: &Request,
        route: Route,
        segment: &str,
        engine: &Arc<Engine>,
    ) -> Result<Answered, Failure> {
        let languages = Languages::parse(request.header("accept-language"));
        let mut query = Query::parse(&request.query)?;
        let mut headers = Vec::new();
        let body = match route {
            Route::Recommend => {
                query.done()?;
                languages.canonical(engine, &engine.recommend(&body(request)?)?)
            }
            Route::Similar => {
                languages.canonical(engine, &engine.recommend(&similar(engine, query)?)?)
            }
            Route::Find => {
                let n = query.n()?;
                let text = query
                    .take("text")
                    .ok_or_else(|| Failure::request("the parameter text is missing"))?;
                query.done()?;
                languages.canonical(engine, &engine.find(short(&text)?, n)?)
            }
            Route::Item => {
                query.done()?;
                let row = engine.row_by_id(short(&query::decode(segment, false)?)?)?;
                let item = engine.catalogue().item(row);
                languages.canonical(engine, &Known { models: engine.models_of(item.id)?, item })
            }
            Route::Health => {
                query.done()?;
                canonical(&self.health(engine))
            }
            Route::First(model) => {
                query.done()?;
                let (body, used) = first(engine, model, &body(request)?)?;
                headers.push(("osusume-model", used));
                body
            }
        };
        let cacheable = matches!(route, Route::Similar | Route::Find | Route::Item);
        headers.push(("osusume-release", engine.manifest().release.clone()));
        Ok(Answered { body, cacheable, headers })
    }

    fn health(&self, engine: &Engine) -> Value {
        let manifest = engine.manifest();
        let models: Vec<&str> = manifest.models.iter().map(|model| model.name.as_str()).collect();
        let problem = self.store.problem();
        let mut health = json!({
            "status": if problem.is_some() { "degraded" } else { "ok" },
            "release": manifest.release, "items": manifest.items, "models": models,
            "defaultModel": manifest.default_model, "version": env!("CARGO_PKG_VERSION"),
            "choices": engine.catalogue().choices(),
        });
        if let Some(code) = problem {
            let message =
                "a newer release could not be loaded, the log says why; this one goes on answering";
            health["problem"] = json!({ "code": code, "message": message });
        }
        health
    }

    /// Puts the headers around what was answered, and leaves the body out where the client has it.
    fn envelope(&self, request: &Request, outcome: Result<Answered, Failure>) -> Reply {
        let mut headers = vec![
            ("access-control-allow-origin", self.options.origin.clone()),
            (
                "access-control-expose-headers",
                "etag, osusume-model, osusume-release, retry-after, x-request-id".to_owned(),
            ),
            ("x-content-type-options", "nosniff".to_owned()),
            ("x-request-id", request.id.clone()),
        ];
        let (status, body, cacheable) = match outcome {
            Ok(answered) => {
                headers.extend(answered.headers);
                (
                    if request.method == "OPTIONS" { 204 } else { 200 },
                    answered.body,
                    answered.cacheable,
                )
            }
            Err(failure) => {
                headers.extend(failure.header.map(|(name, value)| (name, value.to_owned())));
                (failure.status, failure.body(), false)
            }
        };
        headers.push(("cache-control", if cacheable { CACHE } else { "no-store" }.to_owned()));
        if status == 204 {
            return Reply { status, headers, body };
        }
        headers.push(("vary", "accept-encoding, accept-language".to_owned()));
        let encoding = negotiate::encoding(request.header("accept-encoding"), body.len());
        if cacheable {
            // The release is in the hash by way of its header: find and items do not name it in their bodies.
            let suffix = encoding.map_or(String::new(), |encoding| format!("-{}", encoding.name()));
            let release =
                headers.iter().find(|(name, _)| *name == "osusume-release").map_or("", |(_, v)| v);
            let etag = format!("\"{release}-{}{suffix}\"", &hex_sha256(&body)[..16]);
            let known = negotiate::matches(request.header("if-none-match"), &etag);
            headers.push(("etag", etag));
            if known {
                return Reply { status: 304, headers, body: Vec::new() };
            }
        }
        headers.push(("content-type", "application/json".to_owned()));
        let Some(encoding) = encoding else { return Reply { status, headers, body } };
        headers.push(("content-encoding", encoding.name().to_owned()));
        Reply { status, headers, body: encoding.encode(&body) }
    }
}

/// Returns what `{id}` stands for in `path` (empty where the route has none), if `path` is one of the route's.
fn segment<'a>(route: &str, path: &'a str) -> Option<&'a str> {
    match route.strip_suffix("{id}") {
        Some(start) => {
            path.strip_prefix(start).filter(|rest| !rest.is_empty() && !rest.contains('/'))
        }
        None => (route == path).then_some(""),
    }
}

fn check_size(request: &Request) -> Result<(), Failure> {
    let hint = "send less";
    if request.path.len() + request.query.len() > MAX_ADDRESS_BYTES {
        let message = format!("the address is longer than {MAX_ADDRESS_BYTES} bytes");
        return Err(Failure::new(
            414,
            "address_too_long",
            message,
            "POST /v1/recommend takes long requests",
        ));
    }
    if request.headers.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>()
        > MAX_HEADER_BYTES
    {
        let message = format!("the headers are longer than {MAX_HEADER_BYTES} bytes");
        return Err(Failure::new(431, "headers_too_large", message, hint));
    }
    if request.body.len() > MAX_BODY_BYTES {
        let message = format!("the body is longer than {MAX_BODY_BYTES} bytes");
        return Err(Failure::new(413, "body_too_large", message, hint));
    }
    if request
        .header("content-encoding")
        .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity"))
    {
        let message = "bodies are read as they are, without a content encoding";
        return Err(Failure::new(
            415,
            "encoding_unsupported",
            message,
            "send the body uncompressed",
        ));
    }
    Ok(())
}

/// Reads the body: a JSON object. An array, which serde would take for one, is refused.
fn body<T: for<'de> Deserialize<'de>>(request: &Request) -> Result<T, Failure> {
    if request.body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Failure::request("the body must be a JSON object"));
    }
    serde_json::from_slice(&request.body).or_else(|error| {
        // Some clients write every number with a point; 10.0 is 10.
        let whole = serde_json::from_slice(&request.body).ok().and_then(|mut value| {
            let changed = to_integers(&mut value);
            changed.then(|| serde_json::from_value(value).ok()).flatten()
        });
        whole.ok_or_else(|| Failure::request(error.to_string()))
    })
}

/// Makes integers of whole numbers that were written with a point or an exponent; says whether there was one.
fn to_integers(value: &mut Value) -> bool {
    match value {
        Value::Number(number) => {
            // Up to 2^53 every whole number is exact.
            let whole =
                number.as_f64().filter(|f| number.is_f64() && f.fract() == 0.0 && f.abs() <= 9e15);
            whole.map(|whole| *value = json!(whole as i64)).is_some()
        }
        Value::Array(values) => {
            values.iter_mut().fold(false, |changed, value| to_integers(value) | changed)
        }
        Value::Object(fields) => {
            fields.values_mut().fold(false, |changed, value| to_integers(value) | changed)
        }
        _ => false,
    }
}

fn short(text: &str) -> Result<&str, Failure> {
    if text.chars().count() <= MAX_TEXT_CHARS {
        return Ok(text);
    }
    let message = format!("the text is longer than {MAX_TEXT_CHARS} characters");
    Err(Failure::new(422, "text_too_long", message, "the first words are enough"))
}

/// Returns the request for items like one: the parameter `item` (an id, or else a title), `id` or `title`.
///
/// Every other parameter is a field of the request, its value JSON; a model's name needs no quotes.
fn similar(engine: &Engine, mut query: Query) -> Result<engine::Request, Failure> {
    let n = query.n()?;
    let row = match (query.take("item"), query.take("id"), query.take("title")) {
        (Some(text), None, None) => engine.row(short(&text)?)?,
        (None, Some(id), None) => engine.row_by_id(short(&id)?)?,
        (None, None, Some(title)) => engine.row_by_title(short(&title)?)?,
        _ => return Err(Failure::request("give one of the parameters item, id and title")),
    };
    let mut fields = Map::new();
    fields.insert("liked".into(), json!([engine.catalogue().id(row)]));
    fields.insert("n".into(), json!(n));
    for (name, text) in query.rest() {
        if fields.contains_key(&name) {
            return Err(Failure::request(format!("there is no parameter {name:?} here")));
        }
        let plain = name == "model" && !text.starts_with('{');
        let value = if plain { None } else { serde_json::from_str(&text).ok() };
        fields.insert(name, value.unwrap_or(Value::String(text)));
    }
    serde_json::from_value(Value::Object(fields))
        .map_err(|error| Failure::request(error.to_string()))
}

/// All that is known of an item, as the browser has it.
#[derive(Serialize)]
struct Known<'a> {
    #[serde(flatten)]
    item: Item<'a>,
    models: Vec<&'a str>,
}

/// What the first service's two endpoints are asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FirstRequest {
    name: String,
    #[serde(default = "ten")]
    n: usize,
}

fn ten() -> usize {
    10
}

/// One line of what they answer; the names are the old table's columns.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct FirstItem<'a> {
    name: &'a str,
    similarity: f64,
    genres: String,
}

/// Answers one of the first service's endpoints; also returns the name of the model that answered.
fn first(
    engine: &Engine,
    model: &str,
    request: &FirstRequest,
) -> Result<(Vec<u8>, String), Failure> {
    let row = engine.row_by_title(short(&request.name)?)?;
    let fields = json!({ "liked": [engine.catalogue().id(row)], "n": request.n, "model": model });
    let asked: engine::Request =
        serde_json::from_value(fields).map_err(|e| Failure::request(e.to_string()))?;
    let answer = engine.recommend(&asked)?;
    let mut items = Vec::with_capacity(answer.items.len());
    for item in &answer.items {
        let genres = engine.item(item.id)?.genres.join(", ");
        items.push(FirstItem { name: item.title, similarity: item.score, genres });
    }
    // As JSON, since the model that answered is a name now and may be a blend later.
    let used = json!(answer.model);
    let used = used.as_str().map_or_else(|| used.to_string(), str::to_owned);
    Ok((canonical(&items), used))
}

/// Returns the canonical form (RFC 8785): sorted keys, numbers as JavaScript writes them.
fn canonical(value: &impl Serialize) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).expect("answers have string keys and finite numbers")
}

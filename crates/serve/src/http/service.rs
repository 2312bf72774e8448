//! The service: finds the route of a request, runs its handler, and logs one line.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::language::Languages;
use super::limits::check_size;
use super::log_line;
use super::problem::{Problem, RETRY_AFTER};
use super::query_string::QueryString;
use super::reply::Reply;
use super::request::Request;
use super::route::{Context, Payload, Route};
use super::routes::find_route;
use crate::renewal::Store;

/// Settings of a service.
pub struct Options {
    /// Value of `Access-Control-Allow-Origin`. `*` is right for most: the data is public, and there
    /// are no cookies.
    pub origin: String,
    /// Takes one line of JSON a request. The line names the route and never what was asked.
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

impl Service {
    /// Returns a service. Its first request waits until the release is loaded, unless
    /// [`Service::refresh`] was called before.
    #[must_use]
    pub fn new(store: Store, options: Options) -> Self {
        Self { store, options }
    }

    /// Loads the release, or a newer one, if a check is due, and logs the result.
    pub fn refresh(&self) {
        let Some(event) = self.store.refresh() else { return };
        let engine = self.store.current();
        let serving = engine.as_ref().map(|engine| engine.manifest().release.as_str());
        (self.options.log)(&log_line::of_refresh(&event, serving).to_string());
    }

    /// Returns the reply to a request. Never panics, and logs one line.
    #[must_use]
    pub fn reply(&self, request: &Request) -> Reply {
        let started = Instant::now();
        let route = find_route(&request.path);
        let outcome = catch_unwind(AssertUnwindSafe(|| self.handle(request, route)));
        let outcome = outcome.unwrap_or_else(|_| {
            let message = "the server has a bug";
            Err(Problem::new(500, "internal", message, "report it with the request's id"))
        });
        let code = outcome.as_ref().err().map(|problem| problem.code);
        let reply = Reply::new(request, &self.options.origin, outcome);
        let line = log_line::of_request(request, route, &reply, code, started.elapsed());
        (self.options.log)(&line.to_string());
        reply
    }

    fn handle(&self, request: &Request, route: Option<&Route>) -> Result<Payload, Problem> {
        check_size(request)?;
        let Some(route) = route else {
            let hint = "the paths are POST /v1/recommend, GET /v1/similar, /v1/find, \
                        /v1/items/{id}, /v1/health";
            return Err(Problem::new(404, "unknown_route", "no route has this path", hint));
        };
        let allowed = route.allowed_methods();
        if request.method == "OPTIONS" {
            return Ok(preflight(allowed));
        }
        if !route.takes(&request.method) {
            let message = format!("this path takes {allowed}");
            let hint = "use a method that the path takes";
            let problem = Problem::new(405, "method_not_allowed", message, hint);
            return Err(problem.with_header("allow", allowed));
        }
        self.refresh();
        let Some(engine) = self.store.current() else { return Err(self.no_release()) };
        let mut payload = (route.handler)(Context {
            request,
            segment: route.segment(&request.path).unwrap_or_default(),
            query: QueryString::parse(&request.query)?,
            languages: Languages::parse(request.header("accept-language")),
            engine: &engine,
            store: &self.store,
        })?;
        payload.headers.push(("osusume-release", engine.manifest().release.clone()));
        payload.cacheable = route.cacheable;
        Ok(payload)
    }

    /// Returns the problem of a service that has no release to answer from.
    fn no_release(&self) -> Problem {
        let why = self.store.error_code().map(|code| format!(": {code}"));
        let message = format!("no release could be loaded yet{}", why.unwrap_or_default());
        let hint = "try again soon; the log says why";
        let problem = Problem::new(503, "release_unavailable", message, hint);
        problem.with_header("retry-after", RETRY_AFTER)
    }
}

/// Returns the answer to OPTIONS, which browsers send before requests to another origin.
fn preflight(allowed: &str) -> Payload {
    let headers = "accept-language, content-type, x-request-id";
    let headers = vec![
        ("allow", allowed.to_owned()),
        ("access-control-allow-methods", allowed.to_owned()),
        ("access-control-allow-headers", headers.to_owned()),
        ("access-control-max-age", "86400".to_owned()),
    ];
    Payload { status: 204, headers, body: Vec::new(), cacheable: false }
}

//! The service: finds the route of a request, runs its handler, and logs one line.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::language::Languages;
use super::limits::check_size;
use super::log_line;
use super::problem::Problem;
use super::query_string::QueryString;
use super::reply::Reply;
use super::request::Request;
use super::route::{Context, Payload, Route};
use super::routes::{find_route, is_health};
use crate::renewal::Store;
use osusume::Code;
use osusume::engine::EngineError;

/// Settings of a service.
pub struct Options {
    /// Value of `Access-Control-Allow-Origin`. `*` is right for most: the data is public, and there
    /// are no cookies.
    pub origin: String,
    /// Takes one line of JSON a request. The line names the route and never what was asked.
    pub log: Box<dyn Fn(&str) + Send + Sync>,
    /// Time that a request may take, waits for a thread included; 2 s by default. Loading a release
    /// is not counted.
    pub deadline: Duration,
}

/// Default of [`Options::deadline`]. An answer takes milliseconds; a thousand results with reasons
/// from ten thousand likes take about a second.
pub const DEADLINE: Duration = Duration::from_secs(2);

/// Wait in seconds that a client is asked for while the queue is full.
const BUSY_RETRY_AFTER: &str = "1";

impl Default for Options {
    fn default() -> Self {
        Self { origin: "*".into(), log: Box::new(|_| ()), deadline: DEADLINE }
    }
}

/// Why a server has no body to hand over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// It ended early.
    Incomplete,
    /// It did not come in time.
    Timeout,
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

    /// Returns the time between two calls of [`Service::refresh`]; `None` if none is needed.
    #[must_use]
    pub fn refresh_interval(&self) -> Option<Duration> {
        self.store.check_interval()
    }

    /// Returns the reply to a request, after a refresh if one is due. For servers without a thread
    /// of their own, such as a Lambda function. Never panics, and logs one line.
    #[must_use]
    pub fn reply(&self, request: &Request) -> Reply {
        self.reply_with(request, Instant::now(), || self.refresh())
    }

    /// Returns the reply to a request that arrived then, from the release in memory. Never panics,
    /// and logs one line.
    #[must_use]
    pub fn answer(&self, request: &Request, arrived: Instant) -> Reply {
        self.reply_with(request, arrived, || ())
    }

    /// Returns the reply to a request for which there is no place in the queue. Reads no release.
    #[must_use]
    pub fn refuse(&self, request: &Request, arrived: Instant) -> Reply {
        let message = "more requests are waiting than the server takes";
        let problem = Problem::new(Code::Busy, message);
        let outcome = Err(problem.with_header("retry-after", BUSY_RETRY_AFTER));
        self.finish(request, find_route(&request.path), arrived, outcome)
    }

    fn reply_with(&self, request: &Request, arrived: Instant, refresh: impl FnOnce()) -> Reply {
        let route = find_route(&request.path);
        let handle = AssertUnwindSafe(|| self.handle(request, route, arrived, refresh));
        let outcome = catch_unwind(handle);
        let outcome = outcome.unwrap_or_else(|_| Err(Problem::bug()));
        self.finish(request, route, arrived, outcome)
    }

    /// Returns the reply to a request whose body did not arrive, and logs one line.
    #[must_use]
    pub fn refuse_body(&self, request: &Request, error: BodyError) -> Reply {
        let problem = match error {
            BodyError::Incomplete => Problem::new(Code::BodyIncomplete, "the body ended early"),
            BodyError::Timeout => Problem::new(Code::BodyTimeout, "the body did not come in time"),
        };
        self.finish(request, find_route(&request.path), Instant::now(), Err(problem))
    }

    /// Returns the reply with this outcome, and logs its line.
    fn finish(
        &self,
        request: &Request,
        route: Option<&Route>,
        arrived: Instant,
        outcome: Result<Payload, Problem>,
    ) -> Reply {
        let problem = outcome.as_ref().err().cloned();
        let reply = Reply::new(request, &self.options.origin, outcome);
        let line =
            log_line::of_request(request, route, &reply, problem.as_ref(), arrived.elapsed());
        (self.options.log)(&line.to_string());
        reply
    }

    fn handle(
        &self,
        request: &Request,
        route: Option<&Route>,
        arrived: Instant,
        refresh: impl FnOnce(),
    ) -> Result<Payload, Problem> {
        check_size(request)?;
        let Some(route) = route else {
            return Err(Problem::new(Code::UnknownRoute, "no route has this path"));
        };
        let allowed = route.allowed_methods();
        if request.method == "OPTIONS" {
            return Ok(preflight(allowed));
        }
        if !route.takes(&request.method) {
            let problem =
                Problem::new(Code::MethodNotAllowed, format!("this path takes {allowed}"));
            return Err(problem.with_header("allow", allowed));
        }
        let refresh_started = Instant::now();
        refresh();
        let latest = arrived + refresh_started.elapsed() + self.options.deadline;
        let is_over = || Instant::now() >= latest;
        let Some(engine) = self.store.current() else { return Err(self.no_release()) };
        if !is_health(&request.path) && is_over() {
            return Err(EngineError::DeadlineExceeded.into());
        }
        let mut payload = (route.handler)(Context {
            request,
            id: route.id(&request.path).unwrap_or_default(),
            query: QueryString::parse(&request.query)?,
            languages: Languages::parse(request.header("accept-language")),
            engine: &engine,
            store: &self.store,
            is_over: &is_over,
        })?;
        payload.headers.push(("osusume-release", engine.manifest().release.clone()));
        payload.cacheable = route.cacheable;
        Ok(payload)
    }

    /// Returns the problem of a service that has no release to answer from.
    fn no_release(&self) -> Problem {
        let why = self.store.error_code().map(|code| format!(": {code}"));
        let message = format!("no release could be loaded yet{}", why.unwrap_or_default());
        Problem::new(Code::ReleaseUnavailable, message)
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

//! A route: a path, a method and a handler. The table is in `routes`, not here.

use super::language::Languages;
use super::problem::Problem;
use super::query_string::QueryString;
use super::request::Request;
use crate::renewal::Store;
use osusume::engine::Engine;

/// A path, its one method, and the function that answers.
pub(crate) struct Route {
    /// Path; it may end in `{id}`, which stands for the rest, slashes included: text ids may be
    /// paths of pages.
    pub(crate) path: &'static str,
    /// Method; a GET route also takes HEAD.
    pub(crate) method: &'static str,
    /// Whether caches may keep the replies.
    pub(crate) cacheable: bool,
    /// Answers a request.
    pub(crate) handler: fn(Context<'_>) -> Result<Payload, Problem>,
}

impl Route {
    /// Returns the part of `path` at `{id}`, percent-encoded, if `path` is one of this route.
    ///
    /// It is empty if the route has no `{id}`.
    pub(super) fn id<'a>(&self, path: &'a str) -> Option<&'a str> {
        match self.path.strip_suffix("{id}") {
            Some(start) => path.strip_prefix(start).filter(|rest| !rest.is_empty()),
            None => (self.path == path).then_some(""),
        }
    }

    /// Returns the value of `Allow`.
    pub(super) fn allowed_methods(&self) -> &'static str {
        if self.method == "GET" { "GET, HEAD, OPTIONS" } else { "POST, OPTIONS" }
    }

    /// Returns whether the handler takes this method.
    pub(super) fn takes(&self, method: &str) -> bool {
        method == self.method || (method == "HEAD" && self.method == "GET")
    }
}

/// The parts of a request that a handler may read.
pub(crate) struct Context<'a> {
    /// The request.
    pub(crate) request: &'a Request,
    /// The part of its path at `{id}`, percent-encoded.
    pub(super) id: &'a str,
    /// The parameters of its query string.
    pub(crate) query: QueryString,
    /// The languages that the client prefers for titles.
    pub(super) languages: Languages,
    /// The release that answers.
    pub(crate) engine: &'a Engine,
    /// Where that release comes from.
    pub(super) store: &'a Store,
    /// Returns whether the request has taken all the time that it may.
    pub(crate) is_over: &'a dyn Fn() -> bool,
}

/// The answer of a handler, before the headers that every reply has.
pub(crate) struct Payload {
    /// Status.
    pub(super) status: u16,
    /// Headers of this answer only.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Body in canonical form.
    pub(super) body: Vec<u8>,
    /// Whether caches may keep the reply.
    pub(super) cacheable: bool,
}

impl Payload {
    /// Returns an answer with status 200 and this body.
    pub(crate) const fn new(body: Vec<u8>) -> Self {
        Self { status: 200, headers: Vec::new(), body, cacheable: false }
    }
}

//! Connections and the conversion between hyper's requests and plain ones. Knows no route.
//!
//! The async threads read and write, and do nothing else: ranking, loading a release and reading
//! files run in a [`Pool`].

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::http::request::Parts;
use hyper::service::service_fn;
use hyper::{HeaderMap, Response, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::limits::Limits;
use super::pool::{Busy, Pool};
use super::site::serve_file;
use super::text_response::text_response;
use crate::http::{self, BodyError, MAX_BODY_BYTES, Reply, Service};

/// Bytes that a connection may buffer: the longest address and headers, with their line ends.
const BUFFER_BYTES: usize = 64 << 10;

/// Wait after a failed `accept`, for instance when the process has no file descriptor left.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// Least time between two refreshes, for a store that wants one at any time.
const LEAST_REFRESH_INTERVAL: Duration = Duration::from_millis(100);

/// Answers requests until `shutdown` resolves: from `service` on its routes, else from the files of
/// `site`. Also refreshes the release.
///
/// Then it accepts no more connections, and waits for the requests that have begun. Returns whether
/// all of them were answered in time.
pub async fn run(
    listener: TcpListener,
    service: Service,
    site: Option<PathBuf>,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> bool {
    let server = Arc::new(Server::new(service, site, limits));
    let graceful = GracefulShutdown::new();
    let serve = async {
        // The first requests then find a release.
        server.refresh().await;
        tokio::join!(server.refresh_for_ever(), server.accept_for_ever(&listener, &graceful));
    };
    tokio::select! {
        () = shutdown => (),
        () = serve => (),
    }
    drop(listener);
    tokio::time::timeout(limits.shutdown_timeout, graceful.shutdown()).await.is_ok()
}

/// Returns a listener at the address.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Returns a connection and its place among the most connections at a time.
async fn accept(
    listener: &TcpListener,
    free: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let permit = free.clone().acquire_owned().await.ok()?;
    if let Ok((stream, _)) = listener.accept().await {
        return Some((stream, permit));
    }
    tokio::time::sleep(ACCEPT_BACKOFF).await;
    None
}

async fn serve_connection(stream: TcpStream, server: Arc<Server>, watcher: Watcher) {
    // Replies are written whole; waiting for more data would only delay them.
    let _ = stream.set_nodelay(true);
    let header_timeout = server.limits.header_timeout;
    let answer = move |request| {
        let server = server.clone();
        async move { Ok::<_, Infallible>(server.answer(request).await) }
    };
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service_fn(answer));
    // An error means that the client left or does not speak HTTP; hyper itself answers 400 and 431.
    let _ = watcher.watch(connection).await;
}

struct Server {
    service: Service,
    site: Option<PathBuf>,
    limits: Limits,
    request_count: AtomicU64,
    /// Answers questions.
    questions: Pool,
    /// Tells the service's health, also while questions wait.
    health: Pool,
    /// Reads files of the site. A connection has one request at a time, so its queue never fills.
    files: Pool,
}

impl Server {
    fn new(service: Service, site: Option<PathBuf>, limits: Limits) -> Self {
        let threads = limits.threads.get();
        Self {
            service,
            site,
            limits,
            request_count: AtomicU64::new(0),
            questions: Pool::new(threads, limits.queue),
            health: Pool::new(1, limits.max_connections),
            files: Pool::new(threads, limits.max_connections),
        }
    }

    async fn accept_for_ever(
        self: &Arc<Self>,
        listener: &TcpListener,
        graceful: &GracefulShutdown,
    ) {
        let free = Arc::new(Semaphore::new(self.limits.max_connections));
        loop {
            let Some((stream, permit)) = accept(listener, &free).await else { continue };
            let (server, watcher) = (self.clone(), graceful.watcher());
            tokio::spawn(async move {
                let _permit = permit;
                let timeout = server.limits.connection_timeout;
                let connection = serve_connection(stream, server, watcher);
                let _ = tokio::time::timeout(timeout, connection).await;
            });
        }
    }

    /// Refreshes the release whenever that is due, so that no request waits for it.
    async fn refresh_for_ever(self: &Arc<Self>) {
        while let Some(interval) = self.service.refresh_interval() {
            tokio::time::sleep(interval.max(LEAST_REFRESH_INTERVAL)).await;
            self.refresh().await;
        }
    }

    async fn refresh(self: &Arc<Self>) {
        let server = self.clone();
        // Only a runtime that shuts down leaves it undone.
        let _ = spawn_blocking(move || server.service.refresh()).await;
    }

    async fn answer(self: &Arc<Self>, request: hyper::Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let is_head = parts.method == "HEAD";
        let may_be_file = is_head || parts.method == "GET";
        if self.site.is_some() && may_be_file && !http::is_route(parts.uri.path()) {
            return self.answer_file(parts, is_head).await;
        }
        let (body, refused) = match self.read_body(body).await {
            Ok(body) => (body, None),
            Err(error) => (None, Some(error)),
        };
        let is_whole = body.is_some();
        // One byte more than is allowed: the service refuses it.
        let body = body.unwrap_or_else(|| vec![0; MAX_BODY_BYTES + 1]);
        let request = self.plain_request(&parts, body);
        let arrived = Instant::now(); // whole: a slow client takes no time of its answer
        let reply = match refused {
            None => self.reply(request, arrived).await,
            Some(error) => self.service.refuse_body(&request, error),
        };
        let response = to_response(reply, is_head);
        if is_whole { response } else { closing(response) }
    }

    async fn answer_file(self: &Arc<Self>, parts: Parts, is_head: bool) -> Response<Full<Bytes>> {
        let server = self.clone();
        let read = move || {
            let site = server.site.as_deref()?;
            Some(serve_file(site, parts.uri.path(), &parts.headers, is_head))
        };
        let response = self.files.run(read).await.ok().flatten();
        response.unwrap_or_else(|| text_response(503, "the server is busy\n"))
    }

    /// Returns the reply of a thread of the pool, or a refusal if no more requests may wait.
    async fn reply(self: &Arc<Self>, request: http::Request, arrived: Instant) -> Reply {
        let pool = if http::is_health(&request.path) { &self.health } else { &self.questions };
        let request = Arc::new(request);
        let work = {
            let (server, request) = (self.clone(), request.clone());
            move || server.service.answer(&request, arrived)
        };
        let reply = pool.run(work).await;
        reply.unwrap_or_else(|Busy| self.service.refuse(&request, arrived))
    }

    fn plain_request(&self, parts: &Parts, body: Vec<u8>) -> http::Request {
        let headers = plain_headers(&parts.headers);
        let sent = headers
            .iter()
            .find(|(name, _)| name == "x-request-id")
            .map(|(_, value)| value.as_str());
        let id = http::request_id(sent).map_or_else(|| self.new_request_id(), str::to_owned);
        http::Request {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers,
            body,
            id,
        }
    }

    fn new_request_id(&self) -> String {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let count = self.request_count.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{count:x}", since.as_micros())
    }

    /// Returns the body, or `None` if it is longer than allowed.
    ///
    /// A `Content-Length` that is too long is refused before the body is read.
    async fn read_body(&self, body: Incoming) -> Result<Option<Vec<u8>>, BodyError> {
        if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
            return Ok(None);
        }
        let body = Limited::new(body, MAX_BODY_BYTES).collect();
        match tokio::time::timeout(self.limits.body_timeout, body).await {
            Ok(Ok(body)) => Ok(Some(body.to_bytes().to_vec())),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Ok(None),
            Ok(Err(_)) => Err(BodyError::Incomplete),
            Err(_) => Err(BodyError::Timeout),
        }
    }
}

fn plain_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}

fn to_response(reply: Reply, is_head: bool) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    if is_head {
        response = response.header(header::CONTENT_LENGTH, reply.body.len());
    }
    let body = if is_head { Bytes::new() } else { Bytes::from(reply.body) };
    response.body(Full::new(body)).unwrap_or_else(|_| to_response(Reply::internal_error(), is_head))
}

/// Ends the connection with the response, because the rest of the request was not read.
fn closing(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}

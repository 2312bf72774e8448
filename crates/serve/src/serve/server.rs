//! Connections and the conversion between hyper's requests and plain ones. Knows no route.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Response, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::limits::Limits;
use super::site::serve_file;
use super::text_response::text_response;
use crate::http::{self, MAX_BODY_BYTES, Reply, Service};

/// Bytes that a connection may buffer: the longest address and headers, with their line ends.
const BUFFER_BYTES: usize = 64 << 10;

/// Wait after a failed `accept`, for instance when the process has no file descriptor left.
const ACCEPT_BACKOFF: Duration = Duration::from_millis(50);

/// Answers requests until the process ends: from `service` on its routes, else from the files of
/// `site`.
pub async fn run(listener: TcpListener, service: Service, site: Option<PathBuf>, limits: Limits) {
    let server = Arc::new(Server { service, site, limits, request_count: AtomicU64::new(0) });
    let free = Arc::new(Semaphore::new(limits.max_connections));
    loop {
        let permit = free.clone().acquire_owned().await;
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_BACKOFF).await;
            continue;
        };
        let server = server.clone();
        tokio::spawn(async move {
            let _permit = permit;
            let connection = serve_connection(stream, server);
            let _ = tokio::time::timeout(limits.connection_timeout, connection).await;
        });
    }
}

/// Returns a listener at the address.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

async fn serve_connection(stream: TcpStream, server: Arc<Server>) {
    // Replies are written whole; waiting for more data would only delay them.
    let _ = stream.set_nodelay(true);
    let answer = |request| async { Ok::<_, Infallible>(server.answer(request).await) };
    // An error means that the client left or does not speak HTTP; hyper itself answers 400 and 431.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(server.limits.header_timeout)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service_fn(answer))
        .await;
}

struct Server {
    service: Service,
    site: Option<PathBuf>,
    limits: Limits,
    request_count: AtomicU64,
}

impl Server {
    async fn answer(&self, request: hyper::Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let is_head = parts.method == "HEAD";
        if let Some(site) = &self.site
            && !http::is_route(parts.uri.path())
            && (is_head || parts.method == "GET")
        {
            return serve_file(site, parts.uri.path(), &parts.headers, is_head).await;
        }
        let (body, is_whole) = match self.read_body(body).await {
            Ok(Some(body)) => (body, true),
            // One byte more than is allowed: the service refuses it.
            Ok(None) => (vec![0; MAX_BODY_BYTES + 1], false),
            Err(response) => return response,
        };
        let headers = plain_headers(&parts.headers);
        let sent = headers
            .iter()
            .find(|(name, _)| name == "x-request-id")
            .map(|(_, value)| value.as_str());
        let id = http::request_id(sent).map_or_else(|| self.new_request_id(), str::to_owned);
        let reply = self.service.reply(&http::Request {
            method: parts.method.as_str().to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers,
            body,
            id,
        });
        let response = to_response(reply, is_head);
        if is_whole { response } else { closing(response) }
    }

    fn new_request_id(&self) -> String {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let count = self.request_count.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{count:x}", since.as_micros())
    }

    /// Returns the body, or `None` if it is longer than allowed.
    ///
    /// A `Content-Length` that is too long is refused before the body is read.
    async fn read_body(&self, body: Incoming) -> Result<Option<Vec<u8>>, Response<Full<Bytes>>> {
        if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
            return Ok(None);
        }
        let body = Limited::new(body, MAX_BODY_BYTES).collect();
        match tokio::time::timeout(self.limits.body_timeout, body).await {
            Ok(Ok(body)) => Ok(Some(body.to_bytes().to_vec())),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Ok(None),
            // The client has left.
            Ok(Err(_)) => Err(text_response(400, "the body ended early\n")),
            Err(_) => Err(closing(text_response(408, "the body did not come in time\n"))),
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
    response.body(Full::new(body)).unwrap_or_else(|_| text_response(500, "\n"))
}

/// Ends the connection with the response, because the rest of the request was not read.
fn closing(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}

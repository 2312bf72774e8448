//! An HTTP/1.1 server around [`crate::http`], which also serves a folder of static files: for development and tests.
//!
//! Behind a proxy it can face others; it has limits on bodies, headers, time and connections, but no TLS.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Response, header};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::http::{self, MAX_BODY_BYTES, Service};

/// Longest wait for the headers of a request, on an idle connection too.
const HEADER_WAIT: Duration = Duration::from_secs(15);
/// Longest wait for a body.
const BODY_WAIT: Duration = Duration::from_secs(10);
/// Longest time that one connection is kept, so that a client that reads nothing holds it no longer.
const CONNECTION_WAIT: Duration = Duration::from_secs(600);
/// Most connections at a time; others wait to be accepted.
const MAX_CONNECTIONS: usize = 512;
/// Bytes that a connection may buffer: the longest address and headers, with their line ends.
const BUFFER_BYTES: usize = 64 << 10;

/// Answers from `service`, and from the files of `site` where nothing of the service is, until the process ends.
pub async fn run(listener: TcpListener, service: Service, site: Option<PathBuf>) {
    let server = Arc::new(Server { service, site, count: AtomicU64::new(0) });
    let free = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let place = free.clone().acquire_owned().await;
        let Ok((stream, _)) = listener.accept().await else {
            // The process has no descriptor left, say: another try at once would only burn time.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let server = server.clone();
        tokio::spawn(async move {
            let _place = place;
            let _ = tokio::time::timeout(CONNECTION_WAIT, connection(stream, server)).await;
        });
    }
}

/// Returns a listener at the address.
pub async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

async fn connection(stream: TcpStream, server: Arc<Server>) {
    // Replies are written whole; waiting for more to send only delays them.
    let _ = stream.set_nodelay(true);
    let answer = |request| async { Ok::<_, Infallible>(server.answer(request).await) };
    // What goes wrong here is the client going away or not speaking HTTP; hyper answers 400 and 431 by itself.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_WAIT)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service_fn(answer))
        .await;
}

struct Server {
    service: Service,
    site: Option<PathBuf>,
    count: AtomicU64,
}

impl Server {
    async fn answer(&self, request: hyper::Request<Incoming>) -> Response<Full<Bytes>> {
        let (parts, body) = request.into_parts();
        let method = parts.method.as_str().to_owned();
        let path = parts.uri.path().to_owned();
        if let Some(site) = &self.site
            && !http::is_route(&path)
            && matches!(method.as_str(), "GET" | "HEAD")
        {
            return file(site, &path, &parts.headers, method == "HEAD").await;
        }
        let headers = parts.headers.iter();
        let headers: Vec<(String, String)> = headers
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect();
        let (body, whole) = match read(body).await {
            Ok(Some(body)) => (body, true),
            // One byte more than is taken: the service says so.
            Ok(None) => (vec![0; MAX_BODY_BYTES + 1], false),
            Err(reply) => return reply,
        };
        let sent = headers
            .iter()
            .find(|(name, _)| name == "x-request-id")
            .map(|(_, value)| value.as_str());
        let id = http::request_id(sent).map_or_else(|| self.fresh_id(), str::to_owned);
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let reply = self.service.reply(&http::Request {
            method: method.clone(),
            path,
            query,
            headers,
            body,
            id,
        });
        let mut response = Response::builder().status(reply.status);
        for (name, value) in &reply.headers {
            response = response.header(*name, value);
        }
        if method == "HEAD" {
            response = response.header(header::CONTENT_LENGTH, reply.body.len());
        }
        let body = if method == "HEAD" { Bytes::new() } else { Bytes::from(reply.body) };
        let response = response.body(Full::new(body)).unwrap_or_else(|_| plain(500, "\n"));
        if whole { response } else { closing(response) }
    }

    fn fresh_id(&self) -> String {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        format!("{:x}-{:x}", since.as_micros(), self.count.fetch_add(1, Ordering::Relaxed))
    }
}

/// Returns the body, or `None` if it is longer than what is taken; a length that is only claimed is not waited for.
async fn read(body: Incoming) -> Result<Option<Vec<u8>>, Response<Full<Bytes>>> {
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Ok(None);
    }
    match tokio::time::timeout(BODY_WAIT, Limited::new(body, MAX_BODY_BYTES).collect()).await {
        Ok(Ok(body)) => Ok(Some(body.to_bytes().to_vec())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Ok(None),
        // The client has gone, or is too slow.
        Ok(Err(_)) => Err(plain(400, "the body ended early\n")),
        Err(_) => Err(closing(plain(408, "the body did not come in time\n"))),
    }
}

fn plain(status: u16, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    let kind = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// What the client has not sent yet is not read: the connection ends with the reply.
fn closing(mut response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    response.headers_mut().insert(header::CONNECTION, header::HeaderValue::from_static("close"));
    response
}

/// Serves a file the way a good static host does: never outside the folder, no listing, hash-named ones for ever.
async fn file(
    site: &Path,
    path: &str,
    headers: &hyper::HeaderMap,
    head: bool,
) -> Response<Full<Bytes>> {
    let missing = || plain(404, "there is no such file\n");
    let Some(relative) = relative(path) else { return missing() };
    // A link must not lead out of the folder either.
    let resolve = async |path: PathBuf| tokio::fs::canonicalize(path).await.ok();
    let (Some(root), Some(mut full)) =
        (resolve(site.to_owned()).await, resolve(site.join(&relative)).await)
    else {
        return missing();
    };
    if full.is_dir() {
        // Without the slash, the page's relative addresses would lead one folder too high.
        if !path.ends_with('/') {
            let mut response = plain(308, "it is a folder\n");
            if let Ok(to) = header::HeaderValue::from_str(&format!("/{}/", path.trim_matches('/')))
            {
                response.headers_mut().insert(header::LOCATION, to);
            }
            return response;
        }
        full.push("index.html");
        let Some(index) = resolve(full).await else { return missing() };
        full = index;
    }
    if !full.starts_with(&root) {
        return missing();
    }
    let Ok(content) = tokio::fs::read(&full).await else { return missing() };
    let etag = format!("\"{}\"", &osusume::format::hex_sha256(&content)[..16]);
    let cache = if is_hashed(path) { "public, max-age=31536000, immutable" } else { "no-cache" };
    let sent = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known = sent
        .is_some_and(|sent| sent.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag));
    let response = Response::builder()
        .status(if known { 304 } else { 200 })
        .header(header::CONTENT_TYPE, content_type(&full))
        .header(header::CACHE_CONTROL, cache)
        .header(header::ETAG, etag)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    let response = if head && !known {
        response.header(header::CONTENT_LENGTH, content.len())
    } else {
        response
    };
    let body = if known || head { Bytes::new() } else { Bytes::from(content) };
    response.body(Full::new(body)).unwrap_or_else(|_| missing())
}

/// Returns the path below the folder, if it names one by plain parts only.
fn relative(path: &str) -> Option<PathBuf> {
    let decoded = http::decode_path(path)?;
    let plain = |part: &str| !part.starts_with('.') && !part.contains(['\\', ':', '\0']);
    let relative: PathBuf = decoded.split('/').filter(|part| !part.is_empty()).collect();
    let inside = relative.components().all(|part| matches!(part, Component::Normal(_)));
    (inside && decoded.split('/').all(plain)).then_some(relative)
}

/// Says whether a part of the path holds a content hash: eight or more hexadecimal digits, one of them 0 to 9, after `-` or `.`.
fn is_hashed(path: &str) -> bool {
    let hash = |text: &str| {
        text.len() >= 8
            && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
            && text.bytes().any(|b| b.is_ascii_digit())
    };
    path.split('/').any(|part| part.split(['-', '.']).skip(1).any(hash))
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()).unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_paths_lead_into_the_folder() {
        for bad in [
            "/..",
            "/../x",
            "/a/../../x",
            "/%2e%2e/x",
            "/a/%2e%2e%2fx",
            "/.git/config",
            "/a\\..\\x",
            "/c:/x",
            "/%00",
            "/%",
            "/%ff",
            "/a/./b",
        ] {
            assert_eq!(relative(bad), None, "{bad}");
        }
        for (good, want) in
            [("/", ""), ("//etc/x", "etc/x"), ("/a%20b/c.js", "a b/c.js"), ("/a/", "a")]
        {
            assert_eq!(relative(good), Some(want.into()), "{good}");
        }
    }

    #[test]
    fn paths_with_a_hash_are_told_from_others() {
        assert!(
            is_hashed("/embeddings/ncf.7d3348903793c420.bin")
                && is_hashed("/app-0123456789ab/app.js")
        );
        assert!(
            !is_hashed("/index.html")
                && !is_hashed("/a-deadbeef/x")
                && !is_hashed("/7d3348903793c420")
        );
    }
}

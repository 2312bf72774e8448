//! The server over sockets: the service, static files, limits, and misbehaving clients.

mod bounded;
mod shutdown;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use osusume_release::Trust;
use osusume_serve::http::{MAX_BODY_BYTES, Options, Service};
use osusume_serve::renewal::{ReleaseFolder, Store};
use osusume_serve::serve::Limits;

fn start() -> (SocketAddr, tempfile::TempDir) {
    start_with(Limits::default())
}

/// Starts a server with the fixture's release and a small site; it ends with the process.
fn start_with(limits: Limits) -> (SocketAddr, tempfile::TempDir) {
    start_service(service(Options::default()), limits)
}

/// Returns a service of the fixture's release.
fn service(options: Options) -> Service {
    let path =
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join("tests/fixtures/format-2");
    let store = Store::new(Box::new(ReleaseFolder { path, trust: Trust::Nothing }), None);
    Service::new(store, options)
}

fn start_service(service: Service, limits: Limits) -> (SocketAddr, tempfile::TempDir) {
    let running = Running::start(service, limits);
    (running.address, running.site)
}

/// A server that can be told to end.
struct Running {
    address: SocketAddr,
    site: tempfile::TempDir,
    /// Ends the server when it is used.
    end: tokio::sync::oneshot::Sender<()>,
    /// The server's return value.
    ended: Receiver<bool>,
}

impl Running {
    fn start(service: Service, limits: Limits) -> Self {
        let dir = small_site();
        let site = dir.path().join("site");
        let (tell, told) = channel();
        let (tell_end, ended) = channel();
        let (end, shutdown) = tokio::sync::oneshot::channel();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let answered = runtime.block_on(async {
                let address = ([127, 0, 0, 1], 0).into();
                let listener = osusume_serve::serve::bind(address).await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                // A sender that is dropped ends nothing.
                let shutdown = async {
                    if shutdown.await.is_err() {
                        std::future::pending::<()>().await;
                    }
                };
                osusume_serve::serve::run(listener, service, Some(site), limits, shutdown).await
            });
            runtime.shutdown_background();
            let _ = tell_end.send(answered);
        });
        Self { address: told.recv().unwrap(), site: dir, end, ended }
    }
}

/// Returns a folder with a small site, and a secret beside it.
fn small_site() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("secret"), "secret").unwrap();
    let site = dir.path().join("site");
    std::fs::create_dir_all(site.join("app-0123456789ab")).unwrap();
    std::fs::write(site.join("index.html"), "<p>hello").unwrap();
    std::fs::write(site.join("app-0123456789ab/app.js"), "1").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret", site.join("link")).unwrap();
    dir
}

/// Sends bytes and returns everything that the server sends until it closes.
fn talk(address: SocketAddr, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // The server may have answered and closed before it has all.
    let _ = stream.write_all(sent);
    let mut out = Vec::new();
    let _ = stream.read_to_end(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    talk(
        address,
        format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n{headers}\r\n").as_bytes(),
    )
}

fn status(reply: &str) -> u16 {
    reply.get(9..12).and_then(|code| code.parse().ok()).unwrap_or_default()
}

#[test]
fn the_service_answers_beside_static_files() {
    let (address, _dir) = start();
    let health = get(address, "/v1/health", "x-request-id: mine\r\n");
    assert_eq!(status(&health), 200);
    assert!(
        health.contains("a0d896891b588e32") && health.contains("x-request-id: mine"),
        "{health}"
    );
    let head =
        talk(address, b"HEAD /v1/find?text=t HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    let found = get(address, "/v1/find?text=t", "");
    let (_, body) = found.split_once("\r\n\r\n").unwrap();
    assert!(body.len() > "[]".len(), "{found}");
    let length = format!("content-length: {}\r\n", body.len());
    assert!(
        head.contains("etag: ") && head.contains(&length) && head.ends_with("\r\n\r\n"),
        "{head}"
    );

    let page = get(address, "/", "");
    assert!(
        page.contains("text/html") && page.contains("no-cache") && page.ends_with("<p>hello"),
        "{page}"
    );
    let script = get(address, "/app-0123456789ab/app.js", "");
    assert!(script.contains("text/javascript") && script.contains("immutable"), "{script}");
    let etag = script.lines().find_map(|line| line.strip_prefix("etag: ")).unwrap();
    assert_eq!(
        status(&get(address, "/app-0123456789ab/app.js", &format!("if-none-match: {etag}\r\n"))),
        304
    );
    let folder = get(address, "/app-0123456789ab", "");
    assert!(
        status(&folder) == 308 && folder.contains("location: /app-0123456789ab/\r\n"),
        "{folder}"
    );
    assert_eq!(status(&get(address, "/app-0123456789ab/", "")), 404, "no listing");
}

#[test]
fn no_path_leads_out_of_the_folder() {
    let (address, _dir) = start();
    for path in [
        "/../secret",
        "/..%2fsecret",
        "/%2e%2e/secret",
        "/app-0123456789ab/../../secret",
        "/link",
        "/link/",
        "//secret",
        "/..\\secret",
        "/%00",
        "/.%2e/secret",
        "/index.html/..",
        "//etc/passwd",
        "/v1/items/..%2f..%2fsecret",
        "/secret",
    ] {
        let reply = get(address, path, "");
        assert!(
            [400, 404].contains(&status(&reply)) && !reply.contains("\r\n\r\nsecret"),
            "{path}: {reply}"
        );
    }
}

#[test]
fn misbehaving_clients_are_refused_and_change_nothing() {
    let (address, _dir) = start();
    let post = |headers: &str, body: &str| {
        let head = "POST /v1/recommend HTTP/1.1\r\nhost: a\r\nconnection: close\r\n";
        talk(address, format!("{head}{headers}\r\n{body}").as_bytes())
    };
    let long = "a".repeat(MAX_BODY_BYTES + 1);
    let length = format!("content-length: {}\r\n", long.len());
    assert_eq!(status(&post(&length, &long)), 413);
    // The server must not wait for a length that is only claimed, nor allocate it.
    assert_eq!(status(&post("content-length: 99999999999\r\n", "{")), 413);
    let chunk = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    assert_eq!(status(&post("transfer-encoding: chunked\r\n", &chunk)), 413);
    assert_eq!(status(&get(address, "/v1/health", &format!("a: {}\r\n", "a".repeat(20_000)))), 431);
    assert_eq!(
        status(&get(address, "/v1/health", &format!("a: {}\r\n", "a".repeat(200_000)))),
        431
    );
    assert_eq!(status(&get(address, "/v1/health", &"a: b\r\n".repeat(200))), 431);
    assert_eq!(status(&get(address, &format!("/v1/find?text={}", "a".repeat(9000)), "")), 414);
    for bytes in [
        &b"\0\0\0\0"[..],
        b"GET\r\n\r\n",
        b"GET /v1/health HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let reply = talk(address, &[bytes, b"\r\n\r\n"].concat());
        assert!(reply.is_empty() || status(&reply) == 400, "{reply}");
    }
    // Bodies that never come, and clients that leave, delay nobody else.
    let half: Vec<TcpStream> = (0..50)
        .map(|_| {
            let mut stream = TcpStream::connect(address).unwrap();
            stream
                .write_all(b"POST /main HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{")
                .unwrap();
            stream
        })
        .collect();
    assert_eq!(status(&get(address, "/v1/health", "")), 200);
    drop(half);
    assert_eq!(status(&get(address, "/v1/health", "")), 200);
}

/// Limits that no test reaches.
const NO_LIMITS: Limits = Limits {
    header_timeout: Duration::from_secs(3600),
    body_timeout: Duration::from_secs(3600),
    connection_timeout: Duration::from_secs(3600),
    shutdown_timeout: Duration::from_secs(3600),
    max_connections: 512,
    threads: NonZeroUsize::MIN,
    queue: 64,
};
/// A timeout that a test can wait for.
const SHORT: Duration = Duration::from_millis(300);
const HEALTH: &[u8] = b"GET /v1/health HTTP/1.1\r\nhost: a\r\n\r\n";

fn connect(address: SocketAddr, sent: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(sent).unwrap();
    stream
}

/// Returns everything that the server sends; panics if it does not close the connection.
fn read_until_closed(stream: &mut TcpStream) -> String {
    let mut out = String::new();
    match stream.read_to_string(&mut out) {
        Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => {
            panic!("the server does not close: {error}")
        }
        _ => out,
    }
}

#[test]
fn slow_headers_and_idle_connections_are_closed() {
    let (address, _dir) = start_with(Limits { header_timeout: SHORT, ..NO_LIMITS });
    read_until_closed(&mut connect(address, b"GET /v1/health HTTP/1.1\r\nhost:"));
    let idle = read_until_closed(&mut connect(address, HEALTH));
    assert_eq!(status(&idle), 200, "{idle}");
}

#[test]
fn slow_bodies_are_refused() {
    let (address, _dir) = start_with(Limits { body_timeout: SHORT, ..NO_LIMITS });
    let head = b"POST /v1/recommend HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n{";
    let reply = read_until_closed(&mut connect(address, head));
    assert!(status(&reply) == 408 && reply.contains("connection: close\r\n"), "{reply}");
    let is_problem = reply.contains("content-type: application/problem+json\r\n")
        && reply.contains(r#""code":"body_timeout""#)
        && reply.contains("access-control-allow-origin: *\r\n");
    assert!(is_problem, "{reply}");
}

#[test]
fn old_connections_are_closed() {
    let (address, _dir) = start_with(Limits { connection_timeout: SHORT, ..NO_LIMITS });
    let reply = read_until_closed(&mut connect(address, HEALTH));
    assert_eq!(status(&reply), 200, "{reply}");
}

#[test]
fn connections_beyond_the_limit_wait_for_another_to_end() {
    let (address, _dir) = start_with(Limits { max_connections: 2, ..NO_LIMITS });
    let mut byte = [0];
    let mut served: Vec<TcpStream> = (0..2).map(|_| connect(address, HEALTH)).collect();
    for stream in &mut served {
        stream.read_exact(&mut byte).unwrap();
    }
    let mut waiting = connect(address, HEALTH);
    waiting.set_read_timeout(Some(SHORT)).unwrap();
    assert!(waiting.read_exact(&mut byte).is_err(), "a third connection is served");
    drop(served.pop());
    waiting.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    waiting.read_exact(&mut byte).unwrap();
}

#[test]
fn the_default_limits_are_the_documented_ones() {
    let limits = Limits::default();
    assert_eq!(limits.connection_timeout, Duration::from_secs(600));
    assert_eq!(limits.max_connections, 512);
    let (headers, bodies) = (limits.header_timeout.as_secs(), limits.body_timeout.as_secs());
    assert_eq!((headers, bodies), (15, 10));
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/LAMBDA.md");
    let docs = std::fs::read_to_string(docs).unwrap();
    assert_eq!(limits.threads, std::thread::available_parallelism().unwrap());
    let (queue, grace) = (limits.queue, limits.shutdown_timeout.as_secs());
    assert_eq!((queue, grace), (64, 10));
    let deadline = Options::default().deadline.as_secs();
    assert_eq!(deadline, 2);
    for sentence in [
        format!("`serve` gives headers {headers} s and bodies {bodies} s"),
        format!("An answer may take {deadline} s"),
        format!("{queue} more requests wait"),
        format!("gives running requests {grace} s"),
    ] {
        assert!(docs.contains(&sentence), "docs/LAMBDA.md lacks: {sentence}");
    }
}

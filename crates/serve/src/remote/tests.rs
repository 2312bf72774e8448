//! Redirects and certificates, against a server with TLS on this machine.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use rusty_s3::{Bucket, Credentials, UrlStyle};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::RemoteRelease;
use super::location::Location;
use crate::renewal::ReleaseSource;

/// A server whose reply depends on the path alone.
struct Server {
    address: SocketAddr,
    certificate: Vec<u8>,
    paths: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    fn start(reply: impl Fn(&str) -> String + Send + 'static) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = made.cert.der().to_vec();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (paths, connections) = (Arc::<Mutex<Vec<String>>>::default(), Arc::default());
        let (seen, count) = (Arc::clone(&paths), Arc::<AtomicUsize>::clone(&connections));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let connection = ServerConnection::new(config.clone()).unwrap();
                let mut stream = StreamOwned::new(connection, stream.unwrap());
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                    head.push(byte[0]);
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                let Some(path) = head.split(' ').nth(1) else { continue };
                seen.lock().unwrap().push(path.to_owned());
                let _ = stream.write_all(reply(path).as_bytes());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        Self { address, certificate, paths, connections }
    }

    fn port(&self) -> u16 {
        self.address.port()
    }

    fn tls(&self) -> TlsConfig {
        let certificate = Certificate::from_der(&self.certificate).to_owned();
        TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[certificate])).build()
    }

    fn release(&self) -> RemoteRelease {
        let address = format!("https://localhost:{}/release", self.port());
        RemoteRelease::with(&address, Location::parse(&address).unwrap(), self.tls())
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn redirect(to: &str) -> String {
    format!(
        "HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    )
}

/// Returns the body of the manifest, or the code of the error.
fn fetched(release: &RemoteRelease) -> Result<String, &'static str> {
    let manifest = release.manifest().map_err(|error| error.code().as_str());
    manifest.map(|bytes| String::from_utf8(bytes).unwrap())
}

#[test]
fn redirects_between_https_addresses_are_followed() {
    let server = Server::start(|path| match path {
        "/release/manifest.json" => redirect("/elsewhere/manifest.json"),
        _ => ok("moved"),
    });
    assert_eq!(fetched(&server.release()), Ok("moved".into()));
}

#[test]
fn no_redirect_leaves_https() {
    let plain = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    plain.set_nonblocking(true).unwrap();
    let address = plain.local_addr().unwrap();
    let server = Server::start(move |path| match path {
        // At once, and after a step that is allowed.
        "/release/manifest.json" => redirect("/next"),
        _ => redirect(&format!("http://{address}/manifest.json")),
    });
    assert_eq!(fetched(&server.release()), Err("remote_redirect"));
    assert_eq!(*server.paths.lock().unwrap(), ["/release/manifest.json", "/next"], "tried once");
    assert!(plain.accept().is_err(), "the other server hears nothing");
}

#[test]
fn endless_redirects_end() {
    let server = Server::start(|path| redirect(&format!("{path}x")));
    assert_eq!(fetched(&server.release()), Err("remote_redirect"));
    assert_eq!(server.paths.lock().unwrap().len(), 4);
}

#[test]
fn redirects_of_s3_are_not_followed() {
    let server =
        Server::start(
            |path| {
                if path.starts_with("/bucket/") { redirect("/other") } else { ok("never") }
            },
        );
    let endpoint = format!("https://localhost:{}", server.port()).parse().unwrap();
    let bucket = Bucket::new(endpoint, UrlStyle::Path, "bucket", "eu-central-1").unwrap();
    let location = Location::S3 {
        bucket: Box::new(bucket),
        credentials: Box::new(Credentials::new("key", "secret")),
        prefix: "prefix/".into(),
    };
    let release = RemoteRelease::with("s3://bucket/prefix", location, server.tls());
    let error = release.manifest().unwrap_err();
    assert_eq!(error.code().as_str(), "remote_redirect");
    assert!(error.to_string().starts_with("s3://bucket/prefix/manifest.json: "), "{error}");
    assert_eq!(server.paths.lock().unwrap().len(), 1, "only the first address is asked");
}

#[test]
fn an_untrusted_certificate_is_refused_at_once() {
    let server = Server::start(|_| ok("never"));
    let address = format!("https://localhost:{}", server.port());
    let release = RemoteRelease::new(&address).unwrap();
    assert_eq!(fetched(&release), Err("remote_unreachable"));
    assert!(server.paths.lock().unwrap().is_empty());
    assert_eq!(server.connections.load(Ordering::SeqCst), 1, "another try would end the same");
}

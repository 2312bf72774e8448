//! `osusume serve`: where it listens, which pages may read its replies, whose releases it takes, and
//! how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

/// A server on a free port, killed at the end.
struct Server {
    process: Child,
    address: SocketAddr,
    stderr: BufReader<ChildStderr>,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        Self::of(&fixtures("format-2"), options)
    }

    fn of(release: &Path, options: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_osusume"))
            .args(["serve", "--port", "0", "--quiet", "--release"])
            .arg(release)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/\n"));
        let stderr = BufReader::new(process.stderr.take().unwrap());
        Self { process, address: address.unwrap().parse().unwrap(), stderr }
    }

    fn ask(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        reply
    }

    fn health(&self) -> String {
        let reply = self.ask("/v1/health");
        assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
        reply
    }

    /// Sends a signal, `INT` or `TERM`.
    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for the end, and returns the exit code and what was written to standard error.
    #[cfg(unix)]
    fn end(&mut self) -> (Option<i32>, String) {
        let mut text = String::new();
        self.stderr.read_to_string(&mut text).unwrap();
        (self.process.wait().unwrap().code(), text)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn only_this_machine_can_connect_by_default() {
    let server = Server::start(&[]);
    assert_eq!(server.address.ip().to_string(), "127.0.0.1");
    server.health();
    // Linux routes all of 127/8 to itself, so that a socket for every address would answer here.
    #[cfg(target_os = "linux")]
    {
        let other = SocketAddr::from(([127, 0, 0, 2], server.address.port()));
        assert!(TcpStream::connect(other).is_err(), "it listens at other addresses, too");
    }
}

#[test]
fn the_origin_is_any_or_the_one_named() {
    for (options, want) in [
        (&[][..], "access-control-allow-origin: *\r\n"),
        (&["--origin", "https://a.example"], "access-control-allow-origin: https://a.example\r\n"),
    ] {
        let reply = Server::start(options).health();
        assert_eq!(reply.matches("access-control-allow-origin").count(), 1, "{reply}");
        assert!(reply.contains(want), "{reply}");
    }
}

#[test]
fn its_address_is_said_in_words() {
    let mut server = Server::start(&[]);
    let mut lines = Vec::new();
    while !lines.iter().any(|line: &String| line.starts_with("osusume serves at ")) {
        let mut line = String::new();
        assert!(server.stderr.read_line(&mut line).unwrap() > 0, "{lines:?}");
        lines.push(line);
    }
    let want = format!("osusume serves at http://{}/ until Ctrl+C\n", server.address);
    assert_eq!(lines.last(), Some(&want));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_with_its_own_exit_code() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let mut server = Server::start(&[]);
        server.health();
        let started = Instant::now();
        server.signal(name);
        let (found, text) = server.end();
        assert_eq!(found, Some(code), "{text}");
        let line =
            "error [interrupted]: a signal has ended the server; every request that had begun";
        assert!(text.contains(line), "{text}");
        assert!(started.elapsed() < Duration::from_secs(5));
        assert!(TcpStream::connect(server.address).is_err());
    }
}

/// Begins a request whose body has not come yet.
#[cfg(unix)]
fn begin_request(address: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = "POST /v1/recommend HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n\
                content-length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    // The server asks for the body: it has begun.
    let mut line = [0; 25];
    stream.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[cfg(unix)]
#[test]
fn a_request_that_has_begun_is_answered_before_the_end() {
    let mut server = Server::start(&[]);
    let mut stream = begin_request(server.address);
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(500));
    assert!(server.process.try_wait().unwrap().is_none(), "it waits for the request");
    stream.write_all(b"{}").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 ") && reply.ends_with('}'), "{reply}");
    assert_eq!(server.end().0, Some(143));
}

#[cfg(unix)]
#[test]
fn the_second_signal_ends_it_at_once() {
    let mut server = Server::start(&[]);
    let _begun = begin_request(server.address);
    server.signal("INT");
    std::thread::sleep(Duration::from_millis(500));
    let started = Instant::now();
    server.signal("INT");
    assert_eq!(server.end().0, Some(130));
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[test]
fn with_a_key_only_the_owners_release_is_served() {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixtures("format-2")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    let key = std::fs::read_to_string(fixtures("signed/owner.pub")).unwrap();
    let options = ["--public-key", key.trim()];
    let refused = Server::of(folder.path(), &options).ask("/v1/health");
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("signature_missing"));

    let signature = folder.path().join("manifest.json.minisig");
    std::fs::copy(fixtures("signed/manifest.json.minisig"), signature).unwrap();
    Server::of(folder.path(), &options).health();
    // It was signed on 24 November 2026.
    let later = [&options[..], &["--not-before", "2026-11-25"]].concat();
    let refused = Server::of(folder.path(), &later).ask("/v1/health");
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("release_older"));
    let earlier = [&options[..], &["--not-before", "2026-11-24T00:00:00Z"]].concat();
    Server::of(folder.path(), &earlier).health();
}

#[test]
fn wrong_options_are_refused_before_it_listens() {
    for line in [
        &["--public-key", "RW"][..],
        &["--not-before", "2026-11-25"],
        &["--not-before", "yesterday"],
        &["--deadline", "0"],
        &["--deadline", "-1"],
        &["--deadline", "NaN"],
        &["--threads", "0"],
        &["--queue", "5000"],
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_osusume")).arg("serve").args(line).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{line:?}");
    }
}

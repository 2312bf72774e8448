//! `osusume serve`: where it listens, and which pages may read its replies.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A server on a free port, killed at the end.
struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start(options: &[&str]) -> Self {
        let release = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/format-1");
        let mut process = Command::new(env!("CARGO_BIN_EXE_osusume"))
            .args(["serve", "--port", "0", "--quiet", "--release"])
            .arg(release)
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/\n"));
        Self { process, address: address.unwrap().parse().unwrap() }
    }

    fn health(&self) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream
            .write_all(b"GET /v1/health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
        reply
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
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

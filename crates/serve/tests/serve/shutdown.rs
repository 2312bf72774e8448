//! The end of a server: no new connections, and whole replies to the requests that have begun.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use osusume_serve::serve::Limits;

use crate::bounded::{ask, gated};
use crate::{HEALTH, NO_LIMITS, Running, SHORT, connect, read_until_closed, status};

const LONG: Duration = Duration::from_secs(3600);

#[test]
fn requests_that_have_begun_are_answered() {
    let (service, gate) = gated(LONG);
    let running = Running::start(service, NO_LIMITS);
    let address = running.address;
    let mut idle = connect(address, HEALTH);
    let mut silent = connect(address, b"");
    let begun = ask(address);
    gate.wait_for(1);
    running.end.send(()).unwrap();
    assert_eq!(status(&read_until_closed(&mut idle)), 200, "an idle connection is closed");
    read_until_closed(&mut silent);
    let refused = TcpStream::connect(address);
    assert!(refused.is_err(), "it accepts no more");
    assert!(running.ended.try_recv().is_err() && !begun.is_finished(), "it waits");
    gate.open();
    let reply = begun.join().unwrap();
    assert!(status(&reply) == 200 && reply.ends_with(']'), "{reply}");
    assert_eq!(running.ended.recv_timeout(Duration::from_secs(20)), Ok(true));
}

#[test]
fn the_wait_has_an_end() {
    let (service, gate) = gated(LONG);
    let running = Running::start(service, Limits { shutdown_timeout: SHORT, ..NO_LIMITS });
    let begun = ask(running.address);
    gate.wait_for(1);
    let started = Instant::now();
    running.end.send(()).unwrap();
    assert_eq!(running.ended.recv_timeout(Duration::from_secs(20)), Ok(false));
    assert!(started.elapsed() >= SHORT);
    assert_eq!(begun.join().unwrap(), "", "it is cut off");
    gate.open();
}

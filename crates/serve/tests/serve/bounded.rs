//! Bounded work: threads, a queue, and a deadline; health answers meanwhile.

use std::io::Write;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use osusume_serve::http::{Options, Service};
use osusume_serve::serve::Limits;

use crate::{NO_LIMITS, connect, get, read_until_closed, service, start_service, status};

const FIND: &str = "/v1/find?text=t";

/// Holds the threads that answer `/v1/find`: their lines of the log wait until it opens.
#[derive(Default)]
pub struct Gate {
    /// Whether it is open, and how many threads it has held.
    state: Mutex<(bool, usize)>,
    changed: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.1 += 1;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |(is_open, _)| !*is_open).unwrap());
    }

    pub fn open(&self) {
        self.state.lock().unwrap().0 = true;
        self.changed.notify_all();
    }

    /// Waits until it has held this many threads.
    pub fn wait_for(&self, held: usize) {
        let state = self.state.lock().unwrap();
        let wait = Duration::from_secs(20);
        let waited = self.changed.wait_timeout_while(state, wait, |state| state.1 < held).unwrap();
        assert!(!waited.1.timed_out(), "no thread came");
    }
}

/// Returns a service with a gate, and the gate.
pub fn gated(deadline: Duration) -> (Service, Arc<Gate>) {
    let gate = Arc::<Gate>::default();
    let log = {
        let gate = gate.clone();
        Box::new(move |line: &str| {
            if line.contains("/v1/find") && line.contains("\"status\":200") {
                gate.pass();
            }
        })
    };
    (service(Options { log, deadline, ..Options::default() }), gate)
}

/// Asks in another thread.
pub fn ask(address: SocketAddr) -> thread::JoinHandle<String> {
    thread::spawn(move || get(address, FIND, ""))
}

/// Waits until a request has come to its place in the queue.
fn settle() {
    thread::sleep(Duration::from_millis(300));
}

#[test]
fn beyond_the_queue_requests_are_refused_and_health_answers() {
    let (service, gate) = gated(Duration::from_secs(3600));
    let limits = Limits { threads: NonZeroUsize::MIN, queue: 2, ..NO_LIMITS };
    let (address, _dir) = start_service(service, limits);
    let running = ask(address);
    gate.wait_for(1);
    let waiting = [ask(address), ask(address)];
    settle();
    for _ in 0..3 {
        let refused = get(address, FIND, "x-request-id: mine\r\n");
        assert_eq!(status(&refused), 503, "{refused}");
        for part in ["\"busy\"", "retry-after: 1\r\n", "x-request-id: mine\r\n"] {
            assert!(refused.contains(part), "{part}: {refused}");
        }
        assert_eq!(status(&get(address, "/v1/health", "")), 200);
        assert_eq!(status(&get(address, "/", "")), 200, "files have threads of their own");
    }
    assert!(!running.is_finished() && waiting.iter().all(|request| !request.is_finished()));
    gate.open();
    for request in waiting.into_iter().chain([running]) {
        assert_eq!(status(&request.join().unwrap()), 200);
    }
    assert_eq!(status(&get(address, FIND, "")), 200);
}

#[test]
fn more_threads_answer_at_once() {
    let (service, gate) = gated(Duration::from_secs(3600));
    let limits = Limits { threads: NonZeroUsize::new(3).unwrap(), queue: 0, ..NO_LIMITS };
    let (address, _dir) = start_service(service, limits);
    let running = [ask(address), ask(address), ask(address)];
    gate.wait_for(3);
    assert_eq!(status(&get(address, FIND, "")), 503);
    gate.open();
    for request in running {
        assert_eq!(status(&request.join().unwrap()), 200);
    }
}

#[test]
fn a_request_that_waits_too_long_is_given_up() {
    let (service, gate) = gated(Duration::from_millis(200));
    let limits = Limits { threads: NonZeroUsize::MIN, ..NO_LIMITS };
    let (address, _dir) = start_service(service, limits);
    let running = ask(address);
    gate.wait_for(1);
    let waiting = ask(address);
    settle();
    gate.open();
    let late = waiting.join().unwrap();
    assert!(status(&late) == 503 && late.contains("\"deadline_exceeded\""), "{late}");
    assert_eq!(status(&running.join().unwrap()), 200, "it was answered in time");
    assert_eq!(status(&get(address, FIND, "")), 200);
}

#[test]
fn a_slow_body_takes_no_time_of_the_answer() {
    let options = Options { deadline: Duration::from_millis(200), ..Options::default() };
    let (address, _dir) = start_service(service(options), NO_LIMITS);
    let head = b"POST /v1/recommend HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\
                 content-length: 2\r\n\r\n{";
    let mut stream = connect(address, head);
    thread::sleep(Duration::from_millis(400));
    stream.write_all(b"}").unwrap();
    let reply = read_until_closed(&mut stream);
    assert_eq!(status(&reply), 200, "{reply}");
}

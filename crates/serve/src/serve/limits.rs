//! How much time, how many connections and how many threads the server takes. Imports nothing.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;

/// Timeouts of the server, and the numbers of its connections and threads.
///
/// [`Limits::default`] holds the values that `osusume serve` uses; tests use shorter ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest wait for the headers of a request, also on an idle connection; 15 s by default.
    pub header_timeout: Duration,
    /// Longest wait for a body; 10 s by default.
    pub body_timeout: Duration,
    /// Longest life of a connection, so that a client that reads nothing does not hold it for ever;
    /// 10 minutes by default.
    pub connection_timeout: Duration,
    /// Longest wait for requests in flight when the server ends; 10 s by default.
    pub shutdown_timeout: Duration,
    /// Most connections at a time, by default 512; others wait to be accepted.
    pub max_connections: usize,
    /// Threads that rank; by default one for each core.
    pub threads: NonZeroUsize,
    /// Most requests that wait for one of these threads, by default 64; others are refused.
    pub queue: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(10),
            connection_timeout: Duration::from_secs(600),
            shutdown_timeout: Duration::from_secs(10),
            max_connections: 512,
            threads: available_parallelism().unwrap_or(NonZeroUsize::MIN),
            queue: 64,
        }
    }
}

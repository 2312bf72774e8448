//! A release behind an address: its files, fetched with time-outs and retries.
//!
//! Imports `location` and `retry`.

use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use ureq::http::{Response, header};
use ureq::tls::TlsConfig;
use ureq::{Agent, Body};

use super::location::Location;
use super::retry::{Budget, Failure};
use crate::renewal::ReleaseSource;
use crate::{RemoteError, Result};
use osusume::format::{AlignedBytes, FileEntry, FormatError};
use osusume_release::{MANIFEST, MAX_MANIFEST_BYTES, MAX_SIGNATURE_BYTES, SIGNATURE};

/// The budget of the manifest and of its signature, connecting included: a visitor's request may
/// wait for them.
const SMALL_BUDGET: Budget = Budget { tries: 3, time: Duration::from_secs(2) };
/// The budget of another file. Lambda kills a function that exceeds its own time limit, and the
/// release that it holds is lost.
const FILE_BUDGET: Budget = Budget { tries: 4, time: Duration::from_secs(8) };
/// Parts of a file that are fetched at once.
const CONNECTIONS: usize = 8;
/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// HTTP's dates are of this format, too.
static HTTP_DATES: DateTimeParser = DateTimeParser::new();

/// A release behind an address.
pub struct RemoteRelease {
    agent: Agent,
    /// The address as it was given, for messages: signed addresses must not appear in them.
    name: String,
    location: Location,
}

impl RemoteRelease {
    /// Returns the release behind `address`: `s3://bucket/prefix` or `https://host/path`.
    ///
    /// Region and credentials for S3 come from `AWS_REGION` and the other variables that a function
    /// has. `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` names another server that speaks S3, by
    /// path.
    pub fn new(address: &str) -> Result<Self> {
        Ok(Self::with(address, Location::parse(address)?, TlsConfig::default()))
    }

    /// Returns the release at a location, whose server is trusted as `tls` says.
    pub(super) fn with(address: &str, location: Location, tls: TlsConfig) -> Self {
        let agent = Agent::config_builder()
            .tls_config(tls)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(location.max_redirects())
            .https_only(location.is_encrypted())
            .build()
            .into();
        Self { agent, name: address.trim_end_matches('/').to_owned(), location }
    }

    fn file_name(&self, name: &str) -> String {
        format!("{}/{name}", self.name)
    }

    /// Fetches a file, and reads it with `read`, which a later try repeats from the beginning.
    fn fetch<T>(
        &self,
        name: &str,
        budget: Budget,
        mut read: impl FnMut(&mut dyn Read) -> io::Result<Result<T>>,
    ) -> Result<T> {
        budget.spend(|left| {
            let mut body = self.open(name, left)?;
            match read(&mut body) {
                Ok(value) => value.map_err(Failure::lasting),
                Err(error) => Err(Failure::passing(RemoteError::Unreachable {
                    file: self.file_name(name),
                    why: error.to_string(),
                })),
            }
        })
    }

    /// Requests a file once.
    fn open(&self, name: &str, timeout: Duration) -> Result<impl Read + use<>, Failure> {
        let file = self.file_name(name);
        let request = self.agent.get(self.location.url(name));
        let response = request.config().timeout_global(Some(timeout)).build().call();
        let response = response.map_err(|error| connection_failure(file.clone(), &error))?;
        match response.status().as_u16() {
            200 => Ok(response.into_body().into_reader()),
            300..=399 => Err(Failure::lasting(RemoteError::Redirect { file })),
            status => Err(status_failure(file, status, &response)),
        }
    }
}

/// Returns the failure of a request without a response.
fn connection_failure(file: String, error: &ureq::Error) -> Failure {
    use ureq::Error::{
        BadUri, ConnectionFailed, HostNotFound, Io, RequireHttpsOnly, Timeout, TooManyRedirects,
    };
    let why = match error {
        RequireHttpsOnly(_) | TooManyRedirects => {
            return Failure::lasting(RemoteError::Redirect { file });
        }
        // The text of this error holds the address, which is signed.
        BadUri(_) => "the address cannot be parsed".into(),
        error => error.to_string(),
    };
    let is_passing = match error {
        // Invalid data is a certificate that is not trusted, or no TLS at all.
        Io(error) => error.kind() != io::ErrorKind::InvalidData,
        Timeout(_) | HostNotFound | ConnectionFailed => true,
        _ => false,
    };
    Failure { is_passing, ..Failure::lasting(RemoteError::Unreachable { file, why }) }
}

/// Returns the failure of a response with another status than 200.
fn status_failure(file: String, status: u16, response: &Response<Body>) -> Failure {
    let retry_after = response.headers().get(header::RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()).and_then(parse_retry_after);
    let is_passing = matches!(status, 408 | 429 | 500..=599);
    Failure { is_passing, retry_after, ..Failure::lasting(RemoteError::Status { file, status }) }
}

/// Returns the wait that a `Retry-After` names: seconds, or a date.
fn parse_retry_after(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = HTTP_DATES.parse_timestamp(text.trim()).ok()?.duration_since(Timestamp::now());
    Some(until.try_into().unwrap_or_default()) // a time that has passed: at once
}

impl ReleaseSource for RemoteRelease {
    fn manifest(&self) -> Result<Vec<u8>> {
        self.fetch(MANIFEST, SMALL_BUDGET, |body| read_at_most(body, MAX_MANIFEST_BYTES).map(Ok))
    }

    fn signature(&self) -> Result<Option<String>> {
        let read = |body: &mut dyn Read| read_at_most(body, MAX_SIGNATURE_BYTES).map(Ok);
        match self.fetch(SIGNATURE, SMALL_BUDGET, read) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            // S3 answers 403 for a file that is not there, unless the role may list the bucket.
            Err(crate::Error::Remote(RemoteError::Status { status: 403 | 404 | 410, .. })) => {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads no byte more than the entry promises, and refuses a file of another length. A long file
    /// lies in many, which are fetched over several connections at once.
    fn file(&self, entry: &FileEntry) -> Result<AlignedBytes> {
        let mut bytes = AlignedBytes::zeroed(entry.bytes as usize);
        let mut rest = &mut bytes[..];
        let mut parts = Vec::new();
        for (name, range) in entry.parts() {
            let (part, behind) = rest.split_at_mut(range.len());
            parts.push((name, part));
            rest = behind;
        }
        let waiting = Mutex::new(parts.into_iter());
        let fetch_next = || -> Result<()> {
            while let Some((name, part)) = take_next(&waiting) {
                self.fetch(&name, FILE_BUDGET, |body| read_part(body, part))?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let others: Vec<_> = (1..CONNECTIONS).map(|_| scope.spawn(fetch_next)).collect();
            let own = fetch_next();
            let done = others.into_iter().map(|other| other.join().unwrap_or(Ok(())));
            std::iter::once(own).chain(done).collect::<Result<()>>()
        })?;
        Ok(bytes)
    }

    fn place(&self, name: &str) -> String {
        self.file_name(name)
    }
}

fn read_at_most(body: &mut dyn Read, bytes: u64) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    body.take(bytes).read_to_end(&mut out)?;
    Ok(out)
}

/// Takes the next part that nobody fetches yet.
fn take_next<T>(waiting: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// Fills `part` with a body, which must have exactly as many bytes.
fn read_part(body: &mut dyn Read, part: &mut [u8]) -> io::Result<Result<()>> {
    let needed = part.len() as u64;
    let mut found = 0;
    while found < part.len() {
        match body.read(&mut part[found..])? {
            0 => {
                let found = found as u64;
                return Ok(Err(FormatError::Truncated { needed, found }.into()));
            }
            read => found += read,
        }
    }
    if body.read(&mut [0])? > 0 {
        let found = needed + 1;
        return Ok(Err(FormatError::TooLong { expected: needed, found }.into()));
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreachable_server_is_named_without_the_query() {
        let remote = RemoteRelease::new("http://127.0.0.1:1/release").unwrap();
        let error = remote.manifest().unwrap_err();
        assert_eq!(error.code().as_str(), "remote_unreachable");
        assert!(
            error.to_string().starts_with("http://127.0.0.1:1/release/manifest.json: "),
            "{error}"
        );
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        assert_eq!(parse_retry_after(" 120 "), Some(Duration::from_secs(120)));
        assert_eq!(parse_retry_after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        let date = parse_retry_after("Fri, 31 Dec 2100 23:59:59 GMT");
        assert!(date.is_some_and(|wait| wait > Duration::from_secs(3600)), "{date:?}");
        for none in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(parse_retry_after(none), None, "{none}");
        }
    }
}

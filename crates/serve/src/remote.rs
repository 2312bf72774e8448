//! Releases kept in S3 or behind an HTTPS address.

use std::io::Read;
use std::time::Duration;

use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};

use crate::{RemoteError, Result};
use osusume::format::{AlignedBytes, FileEntry, FormatError};
use osusume_release::{MANIFEST, MAX_MANIFEST_BYTES};

/// Longest wait for the manifest, connecting included: the request that looks for another release waits for it.
const MANIFEST_WAIT: Duration = Duration::from_secs(2);
/// Longest wait for another file. A function that takes longer than its own limit is killed, and its release with it.
const FILE_WAIT: Duration = Duration::from_secs(8);
/// Longest wait for a connection.
const CONNECT_WAIT: Duration = Duration::from_secs(1);
/// How long a signed address is good for; each is used at once.
const SIGNED_FOR: Duration = Duration::from_secs(60);

/// A release behind an address.
pub struct Remote {
    agent: ureq::Agent,
    /// What messages call the place.
    name: String,
    place: Place,
}

enum Place {
    /// Ends in a slash.
    Http(String),
    /// The prefix is empty or ends in a slash.
    S3 { bucket: Box<Bucket>, credentials: Box<Credentials>, prefix: String },
}

impl Remote {
    /// Returns the place that `address` names: `s3://bucket/prefix` or `https://host/path`.
    ///
    /// S3's region and credentials come from `AWS_REGION` and the other variables that a function has;
    /// `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` names another server that speaks S3, by path.
    pub fn new(address: &str) -> Result<Self> {
        let bad = || RemoteError::Address(address.to_owned());
        let name = address.trim_end_matches('/').to_owned();
        let place = if let Some(rest) = name.strip_prefix("s3://") {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
            let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
            let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
            let region = region.unwrap_or_else(|| "us-east-1".into());
            let other = variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL"));
            let style = if other.is_some() { UrlStyle::Path } else { UrlStyle::VirtualHost };
            let endpoint = other.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
            let endpoint = endpoint.parse().map_err(|_| RemoteError::Address(endpoint.clone()))?;
            let bucket =
                Bucket::new(endpoint, style, bucket.to_owned(), region).map_err(|_| bad())?;
            let credentials = Credentials::from_env().ok_or(RemoteError::Credentials)?;
            Place::S3 { bucket: Box::new(bucket), credentials: Box::new(credentials), prefix }
        } else if name.starts_with("https://") || is_loopback(&name) {
            Place::Http(format!("{name}/"))
        } else {
            return Err(bad().into());
        };
        let agent = ureq::Agent::config_builder()
            .timeout_connect(Some(CONNECT_WAIT))
            .http_status_as_error(false)
            .max_redirects(3)
            .https_only(name.starts_with("https://"))
            .build()
            .into();
        Ok(Self { agent, name, place })
    }

    /// Opens a file, which is named like this in the place.
    fn open(&self, name: &str) -> Result<impl Read> {
        let file = format!("{}/{name}", self.name);
        let url = match &self.place {
            Place::Http(base) => format!("{base}{name}"),
            Place::S3 { bucket, credentials, prefix } => {
                let object = format!("{prefix}{name}");
                bucket.get_object(Some(credentials.as_ref()), &object).sign(SIGNED_FOR).to_string()
            }
        };
        let wait = if name == MANIFEST { MANIFEST_WAIT } else { FILE_WAIT };
        let response = self.agent.get(&url).config().timeout_global(Some(wait)).build().call();
        let response = response.map_err(|error| RemoteError::Unreachable {
            file: file.clone(),
            why: match error {
                // Its text holds the address, which is signed.
                ureq::Error::BadUri(_) => "the address cannot be read".into(),
                error => error.to_string(),
            },
        })?;
        match response.status().as_u16() {
            200 => Ok(response.into_body().into_reader()),
            status => Err(RemoteError::Status { file, status }.into()),
        }
    }

    fn unreachable(&self, name: &str) -> impl FnOnce(std::io::Error) -> RemoteError {
        let file = format!("{}/{name}", self.name);
        move |error| RemoteError::Unreachable { file, why: error.to_string() }
    }

    /// Returns the manifest as it is now.
    pub fn manifest(&self) -> Result<Vec<u8>> {
        let mut json = Vec::new();
        let mut body = self.open(MANIFEST)?.take(MAX_MANIFEST_BYTES);
        body.read_to_end(&mut json).map_err(self.unreachable(MANIFEST))?;
        Ok(json)
    }

    /// Returns the file of `entry`: of its length, and no byte more is read.
    pub fn file(&self, entry: &FileEntry) -> Result<AlignedBytes> {
        let mut body = self.open(&entry.name)?;
        let mut bytes = AlignedBytes::zeroed(entry.bytes as usize);
        let mut found = 0;
        while found < bytes.len() {
            match body.read(&mut bytes[found..]).map_err(self.unreachable(&entry.name))? {
                0 => {
                    return Err(FormatError::Truncated {
                        needed: entry.bytes,
                        found: found as u64,
                    }
                    .into());
                }
                read => found += read,
            }
        }
        if body.read(&mut [0]).map_err(self.unreachable(&entry.name))? > 0 {
            return Err(
                FormatError::TooLong { expected: entry.bytes, found: entry.bytes + 1 }.into()
            );
        }
        Ok(bytes)
    }
}

impl crate::store::Source for Remote {
    fn manifest(&self) -> Result<Vec<u8>> {
        self.manifest()
    }

    fn file(&self, entry: &FileEntry) -> Result<AlignedBytes> {
        self.file(entry)
    }
}

/// Without encryption nothing holds the manifest, so plain HTTP is for tests on one machine.
fn is_loopback(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else { return false };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    host == "127.0.0.1" || host == "localhost"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_addresses_are_refused() {
        let code = |address: &str| Remote::new(address).map_or_else(|error| error.code(), |_| "ok");
        for bad in [
            "",
            "embeddings",
            "ftp://a/b",
            "http://a.example/b",
            "http://127.0.0.1@a.example",
            "http://localhost.a",
        ] {
            assert_eq!(code(bad), "remote_address", "{bad}");
        }
        for good in ["https://a.example/b", "http://127.0.0.1:1/b/", "http://localhost:1"] {
            assert_eq!(code(good), "ok", "{good}");
        }
    }

    #[test]
    fn nobody_there_is_said_without_the_query() {
        let remote = Remote::new("http://127.0.0.1:1/release").unwrap();
        let error = remote.manifest().unwrap_err();
        assert_eq!(error.code(), "remote_unreachable");
        assert!(
            error.to_string().starts_with("http://127.0.0.1:1/release/manifest.json: "),
            "{error}"
        );
    }
}

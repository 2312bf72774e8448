//! Releases in S3 or behind an HTTPS address. Imports [`crate::renewal`] and no server.

use std::io::Read;
use std::time::Duration;

use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};

use crate::renewal::ReleaseSource;
use crate::{RemoteError, Result};
use osusume::format::{AlignedBytes, FileEntry, FormatError};
use osusume_release::{MANIFEST, MAX_MANIFEST_BYTES};

/// Longest wait for the manifest, connecting included: a visitor's request waits for it.
const MANIFEST_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest wait for another file. Lambda kills a function that exceeds its own time limit, and the
/// release that it holds is lost.
const FILE_TIMEOUT: Duration = Duration::from_secs(8);
/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a signed address is valid; each is used at once.
const SIGNATURE_LIFETIME: Duration = Duration::from_secs(60);

/// A release behind an address.
pub struct RemoteRelease {
    agent: ureq::Agent,
    /// The address as it was given, for messages: signed addresses must not appear in them.
    name: String,
    location: Location,
}

enum Location {
    /// Ends in a slash.
    Http(String),
    /// The prefix is empty or ends in a slash.
    S3 { bucket: Box<Bucket>, credentials: Box<Credentials>, prefix: String },
}

impl RemoteRelease {
    /// Returns the release behind `address`: `s3://bucket/prefix` or `https://host/path`.
    ///
    /// Region and credentials for S3 come from `AWS_REGION` and the other variables that a function
    /// has. `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` names another server that speaks S3, by
    /// path.
    pub fn new(address: &str) -> Result<Self> {
        let name = address.trim_end_matches('/').to_owned();
        let location = if let Some(rest) = name.strip_prefix("s3://") {
            s3_location(address, rest)?
        } else if name.starts_with("https://") || is_loopback(&name) {
            Location::Http(format!("{name}/"))
        } else {
            return Err(RemoteError::Address(address.to_owned()).into());
        };
        let agent = ureq::Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .http_status_as_error(false)
            .max_redirects(3)
            .https_only(name.starts_with("https://"))
            .build()
            .into();
        Ok(Self { agent, name, location })
    }

    /// Requests a file of the release.
    fn open(&self, name: &str) -> Result<impl Read> {
        let file = format!("{}/{name}", self.name);
        let url = match &self.location {
            Location::Http(base) => format!("{base}{name}"),
            Location::S3 { bucket, credentials, prefix } => {
                let object = format!("{prefix}{name}");
                let get = bucket.get_object(Some(credentials.as_ref()), &object);
                get.sign(SIGNATURE_LIFETIME).to_string()
            }
        };
        let timeout = if name == MANIFEST { MANIFEST_TIMEOUT } else { FILE_TIMEOUT };
        let response = self.agent.get(&url).config().timeout_global(Some(timeout)).build().call();
        let response = response.map_err(|error| RemoteError::Unreachable {
            file: file.clone(),
            why: match error {
                // The text of this error holds the address, which is signed.
                ureq::Error::BadUri(_) => "the address cannot be parsed".into(),
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
}

impl ReleaseSource for RemoteRelease {
    fn manifest(&self) -> Result<Vec<u8>> {
        let mut json = Vec::new();
        let mut body = self.open(MANIFEST)?.take(MAX_MANIFEST_BYTES);
        body.read_to_end(&mut json).map_err(self.unreachable(MANIFEST))?;
        Ok(json)
    }

    /// Reads no byte more than the entry promises, and refuses a file of another length.
    fn file(&self, entry: &FileEntry) -> Result<AlignedBytes> {
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

/// Returns the location of `s3://` and `rest`; `address` is the whole, for messages.
fn s3_location(address: &str, rest: &str) -> Result<Location> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.unwrap_or_else(|| "us-east-1".into());
    let other = variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL"));
    let style = if other.is_some() { UrlStyle::Path } else { UrlStyle::VirtualHost };
    let endpoint = other.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    let endpoint = endpoint.parse().map_err(|_| RemoteError::Address(endpoint.clone()))?;
    let bucket = Bucket::new(endpoint, style, bucket.to_owned(), region)
        .map_err(|_| RemoteError::Address(address.to_owned()))?;
    let credentials = Credentials::from_env().ok_or(RemoteError::Credentials)?;
    Ok(Location::S3 { bucket: Box::new(bucket), credentials: Box::new(credentials), prefix })
}

/// Plain HTTP is for tests on one machine: without encryption anybody could change the manifest.
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
        let code =
            |address: &str| RemoteRelease::new(address).map_or_else(|error| error.code(), |_| "ok");
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
    fn an_unreachable_server_is_named_without_the_query() {
        let remote = RemoteRelease::new("http://127.0.0.1:1/release").unwrap();
        let error = remote.manifest().unwrap_err();
        assert_eq!(error.code(), "remote_unreachable");
        assert!(
            error.to_string().starts_with("http://127.0.0.1:1/release/manifest.json: "),
            "{error}"
        );
    }
}

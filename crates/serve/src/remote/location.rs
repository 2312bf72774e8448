//! Where a remote release is, and which redirects from there are followed.
//!
//! Imports `error`.

use std::time::Duration;

use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};

use crate::RemoteError;

/// How long a signed address is valid; each is used at once.
const SIGNATURE_LIFETIME: Duration = Duration::from_secs(60);

/// Most redirects from one HTTPS address to another.
const MAX_REDIRECTS: u32 = 3;

/// The place of a release's files.
pub(super) enum Location {
    /// The address ends in a slash.
    Http(String),
    /// The prefix is empty or ends in a slash.
    S3 { bucket: Box<Bucket>, credentials: Box<Credentials>, prefix: String },
}

impl Location {
    /// Returns the place that `s3://bucket/prefix` or `https://host/path` names.
    pub fn parse(address: &str) -> Result<Self, RemoteError> {
        let name = address.trim_end_matches('/');
        if let Some(rest) = name.strip_prefix("s3://") {
            s3(address, rest)
        } else if is_safe(name) {
            Ok(Self::Http(format!("{name}/")))
        } else {
            Err(RemoteError::Address(address.to_owned()))
        }
    }

    /// Returns the address of a file. That of a file in S3 is signed and must not be shown.
    pub fn url(&self, name: &str) -> String {
        match self {
            Self::Http(base) => format!("{base}{name}"),
            Self::S3 { bucket, credentials, prefix } => {
                let object = format!("{prefix}{name}");
                let get = bucket.get_object(Some(credentials.as_ref()), &object);
                get.sign(SIGNATURE_LIFETIME).to_string()
            }
        }
    }

    /// Returns whether the connection must be encrypted. Redirects then lead to HTTPS only.
    pub fn is_encrypted(&self) -> bool {
        match self {
            Self::Http(base) => base.starts_with("https://"),
            Self::S3 { bucket, .. } => bucket.base_url().scheme() == "https",
        }
    }

    /// Returns how many redirects are followed. S3 redirects to another region, for which the
    /// address is not signed. On this machine nothing redirects.
    pub fn max_redirects(&self) -> u32 {
        match self {
            Self::Http(_) if self.is_encrypted() => MAX_REDIRECTS,
            _ => 0,
        }
    }
}

/// Returns the location of `s3://` and `rest`; `address` is the whole, for messages.
fn s3(address: &str, rest: &str) -> Result<Location, RemoteError> {
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
    let region = region.unwrap_or_else(|| "us-east-1".into());
    let other = variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL"));
    let style = if other.is_some() { UrlStyle::Path } else { UrlStyle::VirtualHost };
    let endpoint = other.unwrap_or_else(|| format!("https://s3.{region}.amazonaws.com"));
    let parsed = endpoint.parse().ok().filter(|_| is_safe(&endpoint));
    let parsed = parsed.ok_or_else(|| RemoteError::Address(endpoint.clone()))?;
    let bucket = Bucket::new(parsed, style, bucket.to_owned(), region)
        .map_err(|_| RemoteError::Address(address.to_owned()))?;
    let credentials = Credentials::from_env().ok_or(RemoteError::Credentials)?;
    Ok(Location::S3 { bucket: Box::new(bucket), credentials: Box::new(credentials), prefix })
}

/// Returns whether nobody between here and the server can change what it sends. Plain HTTP is for
/// tests on one machine.
fn is_safe(address: &str) -> bool {
    if address.starts_with("https://") {
        return true;
    }
    let Some(rest) = address.strip_prefix("http://") else { return false };
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    host == "127.0.0.1" || host == "localhost"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_addresses_are_refused() {
        let code = |address: &str| {
            Location::parse(address).map_or_else(|error| error.code().as_str(), |_| "ok")
        };
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
    fn only_an_encrypted_address_may_redirect() {
        let follows = |location: &Location| (location.is_encrypted(), location.max_redirects());
        assert_eq!(follows(&Location::parse("https://a.example/b").unwrap()), (true, 3));
        assert_eq!(follows(&Location::parse("http://127.0.0.1:1").unwrap()), (false, 0));
        let bucket = |endpoint: &str| Location::S3 {
            bucket: Box::new(
                Bucket::new(endpoint.parse().unwrap(), UrlStyle::Path, "b", "r").unwrap(),
            ),
            credentials: Box::new(Credentials::new("key", "secret")),
            prefix: String::new(),
        };
        assert_eq!(follows(&bucket("https://s3.eu-central-1.amazonaws.com")), (true, 0));
        assert_eq!(follows(&bucket("http://127.0.0.1:5555")), (false, 0));
    }
}

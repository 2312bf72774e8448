//! `osusume-lambda`: the HTTP face as an AWS Lambda function, zipped as `bootstrap`.
//!
//! `OSUSUME_RELEASE` names the release. Unset, it is the folder `embeddings` beside the program,
//! whose files were checked against their SHA-256 when they were packed. `s3://bucket/prefix` or
//! `https://host/path` is fetched and checked, and looked at again every `OSUSUME_RELOAD_SECONDS`
//! (300). `OSUSUME_ORIGIN` (`*`) is the origin whose pages may read the replies.
//! `OSUSUME_DEADLINE_SECONDS` (2) is the time that an answer may take.
//!
//! With `OSUSUME_PUBLIC_KEY`, a minisign key, only releases that its owner has signed are taken, none
//! older than the one that answers, and none older than `OSUSUME_NOT_BEFORE`, if that is set.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};
use osusume_release::{OwnerKey, Trust};
use osusume_serve::http::{self, DEADLINE, Options, Reply, Service};
use osusume_serve::owner::{Owner, parse_time};
use osusume_serve::remote::RemoteRelease;
use osusume_serve::renewal::{ReleaseFolder, ReleaseSource, Store};

/// Default seconds between two checks for another release.
const RELOAD_SECONDS: u64 = 300;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let service = match create_service() {
        Ok(service) => service,
        Err(message) => {
            log_error("settings", &message);
            return ExitCode::from(2);
        }
    };
    // Before the first request, so that none waits for it. If it fails, requests try again.
    service.refresh();
    let service = &service;
    let answer = |request: Request| async move { Ok::<_, Error>(reply(service, request)) };
    match run(service_fn(answer)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log_error("runtime", &error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn log_error(event: &str, message: &str) {
    let line = serde_json::json!({ "level": "error", "event": event, "message": message });
    log(&line.to_string());
}

/// Writes a line to standard output, which Lambda keeps as the log. Writes it at once, so that the
/// line is whole even if the process is killed.
fn log(line: &str) {
    println!("{line}");
}

/// Returns the value of a variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn create_service() -> Result<Service, String> {
    let seconds =
        variable("OSUSUME_RELOAD_SECONDS").map_or(Ok(RELOAD_SECONDS), |text| text.parse());
    let seconds = seconds.map_err(|_| "OSUSUME_RELOAD_SECONDS is not a whole number".to_owned())?;
    let (source, poll_interval): (Box<dyn ReleaseSource>, _) = match variable("OSUSUME_RELEASE") {
        Some(address) => {
            let remote = RemoteRelease::new(&address).map_err(|error| error.to_string())?;
            (Box::new(remote), Some(Duration::from_secs(seconds)))
        }
        None => (Box::new(ReleaseFolder { path: bundle(), trust: Trust::Bundle }), None),
    };
    let origin = variable("OSUSUME_ORIGIN").unwrap_or_else(|| "*".into());
    let mut store = Store::new(source, poll_interval);
    if let Some(owner) = owner()? {
        store = store.with_owner(owner);
    }
    Ok(Service::new(store, Options { origin, log: Box::new(log), deadline: deadline()? }))
}

/// Returns whose releases are taken.
fn owner() -> Result<Option<Owner>, String> {
    let not_before = variable("OSUSUME_NOT_BEFORE");
    let Some(key) = variable("OSUSUME_PUBLIC_KEY") else {
        // A time without a key would check nothing.
        let alone = "OSUSUME_NOT_BEFORE needs OSUSUME_PUBLIC_KEY".to_owned();
        return not_before.map_or(Ok(None), |_| Err(alone));
    };
    let key = OwnerKey::parse(&key).map_err(|error| format!("OSUSUME_PUBLIC_KEY: {error}"))?;
    let mut owner = Owner::new(key);
    if let Some(text) = not_before {
        owner.not_before =
            parse_time(&text).map_err(|error| format!("OSUSUME_NOT_BEFORE: {error}"))?;
    }
    Ok(Some(owner))
}

/// Returns the time that an answer may take.
fn deadline() -> Result<Duration, String> {
    let Some(text) = variable("OSUSUME_DEADLINE_SECONDS") else { return Ok(DEADLINE) };
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let seconds = seconds.filter(|seconds| !seconds.is_zero());
    seconds.ok_or_else(|| "OSUSUME_DEADLINE_SECONDS is not a number above 0".to_owned())
}

/// Returns the folder `embeddings` beside this program.
fn bundle() -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|path| path.parent().map(|folder| folder.join("embeddings")));
    beside.unwrap_or_else(|| "embeddings".into())
}

fn reply(service: &Service, request: Request) -> Response<Body> {
    let request = plain_request(request);
    to_response(service.reply(&request), request.method == "HEAD")
}

fn to_response(reply: Reply, is_head: bool) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let body = if is_head || reply.body.is_empty() {
        Body::Empty
    } else {
        match String::from_utf8(reply.body) {
            Ok(text) => Body::Text(text),
            Err(compressed) => Body::Binary(compressed.into_bytes()),
        }
    };
    response.body(body).unwrap_or_else(|_| to_response(Reply::internal_error(), is_head))
}

/// Returns the request as the service takes it. Its id is the client's, else the gateway's, else
/// that of the invocation.
fn plain_request(request: Request) -> http::Request {
    let context = request.lambda_context_ref().map(|context| context.request_id.clone());
    let gateway = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.request_id.clone(),
        Some(RequestContext::ApiGatewayV2(context)) => context.request_id.clone(),
        _ => None,
    };
    let path = request.raw_http_path().to_owned();
    let (parts, body) = request.into_parts();
    let headers = parts.headers.iter();
    let headers: Vec<(String, String)> = headers
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    let sent =
        headers.iter().find(|(name, _)| name == "x-request-id").map(|(_, value)| value.as_str());
    let id = http::request_id(sent).map(str::to_owned).or(gateway).or(context).unwrap_or_default();
    http::Request {
        method: parts.method.as_str().to_owned(),
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_vec(),
        id,
    }
}

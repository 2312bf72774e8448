//! `osusume-lambda`: the HTTP face as an AWS Lambda function, zipped as `bootstrap`.
//!
//! `OSUSUME_RELEASE` says where the release is: unset, it is the folder `embeddings` beside the program, whose files were
//! held to their SHA-256 when they were packed; `s3://bucket/prefix` or `https://host/path` is fetched, checked and looked
//! at again every `OSUSUME_RELOAD_SECONDS` (300). `OSUSUME_ORIGIN` is the origin that browsers may ask from (`*`).

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use lambda_http::request::RequestContext;
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};
use osusume_release::Trust;
use osusume_serve::http::{self, Options, Service};
use osusume_serve::remote::Remote;
use osusume_serve::store::{Folder, Source, Store};

/// How often another place is looked at, unless told.
const RELOAD_SECONDS: u64 = 300;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let service = match service() {
        Ok(service) => service,
        Err(message) => {
            failed("settings", &message);
            return ExitCode::from(2);
        }
    };
    // Before the first request is taken, so that none waits for it; where it fails, requests are told so and try again.
    service.renew();
    let service = &service;
    let answer = |request: Request| async move { Ok::<_, Error>(reply(service, request)) };
    match run(service_fn(answer)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            failed("runtime", &error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn failed(event: &str, message: &str) {
    line(&serde_json::json!({ "level": "error", "event": event, "message": message }).to_string());
}

/// Writes one line to standard output, which Lambda keeps as the log: at once, so that no end of the process halves it.
fn line(text: &str) {
    println!("{text}");
}

fn service() -> Result<Service, String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let seconds =
        variable("OSUSUME_RELOAD_SECONDS").map_or(Ok(RELOAD_SECONDS), |text| text.parse());
    let seconds = seconds.map_err(|_| "OSUSUME_RELOAD_SECONDS is not a whole number".to_owned())?;
    let (source, every): (Box<dyn Source>, _) = match variable("OSUSUME_RELEASE") {
        Some(place) => {
            let remote = Remote::new(&place).map_err(|error| error.to_string())?;
            (Box::new(remote), Some(Duration::from_secs(seconds)))
        }
        None => (Box::new(Folder { path: bundle(), trust: Trust::Bundle }), None),
    };
    let origin = variable("OSUSUME_ORIGIN").unwrap_or_else(|| "*".into());
    let log = Box::new(line);
    Ok(Service::new(Store::new(source, every), Options { origin, log }))
}

/// The folder `embeddings` beside this program.
fn bundle() -> PathBuf {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|path| path.parent().map(|folder| folder.join("embeddings")));
    beside.unwrap_or_else(|| "embeddings".into())
}

fn reply(service: &Service, request: Request) -> Response<Body> {
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
    let request = http::Request {
        method: parts.method.as_str().to_owned(),
        path,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_vec(),
        id,
    };
    let reply = service.reply(&request);
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, value);
    }
    let body = if request.method == "HEAD" || reply.body.is_empty() {
        Body::Empty
    } else {
        match String::from_utf8(reply.body) {
            Ok(text) => Body::Text(text),
            Err(compressed) => Body::Binary(compressed.into_bytes()),
        }
    };
    response.body(body).unwrap_or_else(|_| {
        let mut response = Response::new(Body::Empty);
        *response.status_mut() = lambda_http::http::StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

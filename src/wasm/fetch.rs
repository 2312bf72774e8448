//! Streams the files of a release into wasm memory, and reports the bytes as they arrive.
//! Imports `reader`, `convert` and `failure`; knows neither the engine nor the loads.

use js_sys::{ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ReadableStream, ReadableStreamDefaultReader, ReadableWritablePair, RequestCache, RequestInit,
    Response, Url,
};

use super::convert::with_fields;
use super::failure::JsFailure;
use super::reader;
use crate::code::Code;
use crate::format::{AlignedBytes, FileEntry, FormatError, MAGIC, Manifest};
use crate::profile::{MAX_PROFILE_BYTES, ProfileError};

#[wasm_bindgen]
extern "C" {
    /// The platform's own decoder, which web-sys has only as an unstable API.
    type DecompressionStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Function, ms: i32) -> JsValue;
}

/// Fetches the files of one release.
pub struct Fetcher {
    manifest_url: String,
    fetch: Option<Function>,
    on_progress: Option<Function>,
}

/// A requested file.
pub struct PendingFile<'a> {
    entry: &'a FileEntry,
    model: Option<&'a str>,
    url: String,
    promise: JsValue,
}

impl Fetcher {
    pub fn new(
        manifest_url: String,
        fetch: Option<Function>,
        on_progress: Option<Function>,
    ) -> Self {
        Self { manifest_url, fetch, on_progress }
    }

    /// Fetches and checks the manifest. The browser revalidates a cached copy.
    pub async fn manifest(&self) -> Result<Manifest, JsFailure> {
        let url = &self.manifest_url;
        let response = response(url, self.promise(url, RequestCache::NoCache)?).await?;
        let text = match response.text() {
            Ok(promise) => resolved(promise.into()).await.map_err(|e| broken(url, &e))?,
            Err(error) => return Err(broken(url, &error)),
        };
        let invalid = |why: String| JsFailure::from(FormatError::Manifest(why));
        let parsed = js_sys::JSON::parse(&text.as_string().unwrap_or_default())
            .map_err(|_| invalid(format!("{url} is not JSON, a wrong address or an error page")))?;
        // Reads the version first, so that the error for a newer format names its number and not a
        // missing field.
        let format = Reflect::get(&parsed, &"format".into()).ok().and_then(|v| v.as_f64());
        if let Some(found) =
            format.map(|v| v as u32).filter(|&v| v != crate::format::FORMAT_VERSION)
        {
            return Err(JsFailure::from(FormatError::Version { found }));
        }
        let manifest: Manifest = reader::read(parsed, false).map_err(|e| invalid(e.to_string()))?;
        Ok(manifest.checked()?)
    }

    /// Requests one file. Files may be received in any order.
    pub fn request<'a>(
        &self,
        entry: &'a FileEntry,
        model: Option<&'a str>,
    ) -> Result<PendingFile<'a>, JsFailure> {
        let url = Url::new_with_base(&entry.name, &self.manifest_url)
            .map_err(|_| {
                JsFailure::new(Code::Network, format!("{} is not an address", self.manifest_url))
            })?
            .href();
        let promise = self.promise(&url, RequestCache::Default)?;
        Ok(PendingFile { entry, model, url, promise })
    }

    /// Requests and receives one file that belongs to no model.
    pub async fn fetch(&self, entry: &FileEntry) -> Result<AlignedBytes, JsFailure> {
        self.receive(self.request(entry, None)?).await
    }

    /// Receives a file and checks its length and its SHA-256 against the manifest.
    pub async fn receive(&self, pending: PendingFile<'_>) -> Result<AlignedBytes, JsFailure> {
        let PendingFile { entry, model, url, promise } = pending;
        let response = response(&url, promise).await?;
        let Some(body) = response.body() else {
            return Err(FormatError::Truncated { needed: entry.bytes, found: 0 }.into());
        };
        self.report(entry, model, 0);
        // Hashes part by part, so that no task hashes a whole large file.
        let mut check = entry.start_check();
        let mut loaded = |part: &[u8], bytes| {
            check.update(part);
            self.report(entry, model, bytes);
        };
        let file = read(&body, entry.bytes, &url, &mut loaded).await?;
        if !file.starts_with(&MAGIC) {
            return Err(FormatError::Magic.into());
        }
        check.finish()?;
        Ok(file)
    }

    /// Returns the cause of a file's failure: a release that was replaced in the meantime, or the
    /// failure itself.
    pub async fn explain(&self, failure: JsFailure, release: &str) -> JsFailure {
        let by_swap = matches!(
            failure.code,
            Code::FileMissing
                | Code::Integrity
                | Code::BlobMagic
                | Code::BlobTruncated
                | Code::BlobLength
        );
        if !by_swap {
            return failure;
        }
        match self.manifest().await {
            Ok(now) if now.release != release => JsFailure::new(
                Code::ReleaseChanged,
                "a new release was published in the meantime; open it again",
            ),
            _ => failure,
        }
    }

    fn promise(&self, url: &str, cache: RequestCache) -> Result<JsValue, JsFailure> {
        let init = RequestInit::new();
        init.set_cache(cache);
        let global = js_sys::global();
        let fetch = match &self.fetch {
            Some(fetch) => fetch.clone(),
            None => {
                Reflect::get(&global, &"fetch".into()).and_then(JsCast::dyn_into).map_err(|_| {
                    JsFailure::new(Code::Network, "there is no fetch here; give one in the options")
                })?
            }
        };
        fetch.call2(&global, &url.into(), &init).map_err(|e| broken(url, &e))
    }

    fn report(&self, entry: &FileEntry, model: Option<&str>, loaded: usize) {
        let Some(on_progress) = &self.on_progress else { return };
        let fields = [
            ("file", entry.name.as_str().into()),
            ("kind", entry.kind.as_str().into()),
            ("loaded", (loaded as f64).into()),
            ("total", (entry.bytes as f64).into()),
        ];
        let mut progress = with_fields(Object::new().into(), &fields);
        if let Some(model) = model {
            progress = with_fields(progress, &[("model", model.into())]);
        }
        // A listener that throws must not stop the load.
        let _ = on_progress.call1(&JsValue::UNDEFINED, &progress);
    }
}

/// Waits for a value, which may be a promise.
async fn resolved(promise: JsValue) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&promise)).await
}

/// Waits for the response to a request.
async fn response(url: &str, promise: JsValue) -> Result<Response, JsFailure> {
    let response: Response =
        resolved(promise).await.and_then(JsCast::dyn_into).map_err(|e| broken(url, &e))?;
    match response.status() {
        200 => Ok(response),
        404 | 410 => {
            let why =
                format!("{url} does not exist on the server; upload the whole release folder");
            Err(JsFailure::new(Code::FileMissing, why).with("url", url))
        }
        status => {
            let why = format!("the server answered {status} for {url}; try again later");
            Err(JsFailure::new(Code::HttpStatus, why).with("url", url).with("status", status))
        }
    }
}

/// Returns a stream of the decompressed bytes, by the platform's own decoder, or `None` if the
/// bytes make no stream.
fn decompressed(gzip: &[u8]) -> Result<Option<ReadableStream>, JsFailure> {
    let decoder = DecompressionStream::new("gzip").map_err(|_| {
        JsFailure::new(
            Code::Unsupported,
            "this platform has no DecompressionStream; use a browser of 2023 or later",
        )
    })?;
    let response = Response::new_with_opt_js_u8_array(Some(&Uint8Array::from(gzip))).ok();
    let body = response.and_then(|response| response.body());
    Ok(body.map(|body| body.pipe_through(decoder.unchecked_ref::<ReadableWritablePair>())))
}

/// Decompresses gzip to exactly `len` bytes with the platform's own decoder. Returns in a new task,
/// so that a page's thread can do other work between.
pub async fn gunzip(gzip: &[u8], len: u32, broken: FormatError) -> Result<AlignedBytes, JsFailure> {
    let Some(plain) = decompressed(gzip)? else { return Err(broken.into()) };
    let bytes = read(&plain, u64::from(len), "", &mut |_, _| ()).await.map_err(|failure| {
        match failure.code {
            Code::Network => broken.into(),
            _ => failure,
        }
    });
    next_task().await;
    bytes
}

/// Waits for the next task, so that the thread can do other work.
pub async fn next_task() {
    let timeout = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, 0);
    });
    let _ = resolved(timeout.into()).await; // it never rejects
}

/// Decompresses a visitor's list, whose length is not known before.
pub async fn gunzip_profile(gzip: &[u8]) -> Result<Vec<u8>, JsFailure> {
    let broken = || JsFailure::from(ProfileError::Invalid("its gzip is broken"));
    let plain = decompressed(gzip)?.ok_or_else(broken)?;
    let reader: ReadableStreamDefaultReader = plain.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let next = resolved(reader.read().into()).await;
        let Some(chunk) = next.and_then(|next| chunk(&next)).map_err(|_| broken())? else {
            return Ok(bytes);
        };
        bytes.extend(chunk.to_vec());
        if bytes.len() > MAX_PROFILE_BYTES {
            let _ = reader.cancel(); // the result does not depend on when the decoder stops
            return Err(ProfileError::TooLarge.into());
        }
    }
}

/// Returns the bytes that a stream's reader read, or `None` at the end of the stream.
fn chunk(next: &JsValue) -> Result<Option<Uint8Array>, JsValue> {
    if Reflect::get(next, &"done".into())?.is_truthy() {
        return Ok(None);
    }
    let value = Reflect::get(next, &"value".into())?;
    Ok(Some(if value.is_instance_of::<ArrayBuffer>() {
        Uint8Array::new(&value)
    } else {
        value.unchecked_into()
    }))
}

/// Reads a stream of exactly `expected` bytes, never more, into one buffer.
async fn read(
    stream: &ReadableStream,
    expected: u64,
    url: &str,
    loaded: &mut dyn FnMut(&[u8], usize),
) -> Result<AlignedBytes, JsFailure> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let memory =
        || JsFailure::new(Code::OutOfMemory, format!("no memory for a file of {expected} bytes"));
    let mut bytes = AlignedBytes::try_zeroed(expected as usize).ok_or_else(memory)?;
    let mut at = 0;
    loop {
        let next = resolved(reader.read().into()).await;
        let Some(chunk) = next.and_then(|next| chunk(&next)).map_err(|e| broken(url, &e))? else {
            break;
        };
        let end = at + chunk.length() as usize;
        if at == 0 && expected >= 8 && end >= 8 && !url.is_empty() {
            let mut head = [0; 8];
            chunk.subarray(0, 8).copy_to(&mut head);
            if head != MAGIC {
                let _ = reader.cancel(); // the result does not depend on when the download stops
                return Err(FormatError::Magic.into());
            }
        }
        let Some(room) = bytes.get_mut(at..end) else {
            let _ = reader.cancel();
            return Err(FormatError::TooLong { expected, found: end as u64 }.into());
        };
        chunk.copy_to(room);
        at = end;
        loaded(room, at);
    }
    if (at as u64) < expected {
        return Err(FormatError::Truncated { needed: expected, found: at as u64 }.into());
    }
    Ok(bytes)
}

/// Codes of the client's own checks, with which its `fetch` may fail.
const CHECKS: [Code; 5] = [
    Code::SignatureMissing,
    Code::SignatureInvalid,
    Code::ReleaseOlder,
    Code::RequestInvalid,
    Code::Unsupported,
];

/// Turns an error of the platform, or of the client's `fetch`, into a failure.
fn broken(url: &str, error: &JsValue) -> JsFailure {
    let text =
        |name: &str| Reflect::get(error, &name.into()).ok().and_then(|value| value.as_string());
    let why = text("message").unwrap_or_default();
    if let Some(code) =
        text("code").and_then(|code| CHECKS.into_iter().find(|known| known.as_str() == code))
    {
        return JsFailure::new(code, why).with("url", url);
    }
    let hint = "offline, a wrong address, or a server without CORS headers for this page";
    let message = format!("{url} cannot be fetched: {hint} ({why})");
    JsFailure::new(Code::Network, message).with("url", url)
}

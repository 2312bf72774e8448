//! Fetching: streams the files of a release into wasm memory and reports the bytes as they come.

use js_sys::{ArrayBuffer, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{
    ReadableStream, ReadableStreamDefaultReader, ReadableWritablePair, RequestCache, RequestInit,
    Response, Url,
};

use super::failure::Failure;
use super::{reader, resolved};
use crate::format::{AlignedBytes, FileEntry, FormatError, MAGIC, Manifest};
use crate::profile::{MAX_PROFILE_BYTES, ProfileError};

#[wasm_bindgen]
extern "C" {
    /// The platform's own decoder; web-sys has it only behind its unstable switch.
    type DecompressionStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Function, ms: i32) -> JsValue;
}

/// Where a release is fetched from.
pub struct Source {
    manifest_url: String,
    fetch: Option<Function>,
    on_progress: Option<Function>,
}

/// A file that was asked for.
pub struct Asked<'a> {
    entry: &'a FileEntry,
    model: Option<&'a str>,
    url: String,
    promise: JsValue,
}

impl Source {
    pub fn new(
        manifest_url: String,
        fetch: Option<Function>,
        on_progress: Option<Function>,
    ) -> Self {
        Self { manifest_url, fetch, on_progress }
    }

    /// Fetches and checks the manifest, asking the server whether a kept copy is still current.
    pub async fn manifest(&self) -> Result<Manifest, Failure> {
        let url = &self.manifest_url;
        let response = response(url, self.promise(url, RequestCache::NoCache)?).await?;
        let text = match response.text() {
            Ok(promise) => resolved(promise.into()).await.map_err(|e| broken(url, &e))?,
            Err(error) => return Err(broken(url, &error)),
        };
        let invalid = |why: String| Failure::from(FormatError::Manifest(why));
        let parsed = js_sys::JSON::parse(&text.as_string().unwrap_or_default())
            .map_err(|_| invalid(format!("{url} is not JSON, a wrong address or an error page")))?;
        // The version is read first, so that a newer format is refused by its number and not by a missing field.
        let format = Reflect::get(&parsed, &"format".into()).ok().and_then(|v| v.as_f64());
        if let Some(found) =
            format.map(|v| v as u32).filter(|&v| v != crate::format::FORMAT_VERSION)
        {
            return Err(Failure::from(FormatError::Version { found }));
        }
        let manifest: Manifest = reader::read(parsed, false).map_err(|e| invalid(e.to_string()))?;
        Ok(manifest.checked()?)
    }

    /// Asks for one file; what was asked first need not be received first.
    pub fn ask<'a>(
        &self,
        entry: &'a FileEntry,
        model: Option<&'a str>,
    ) -> Result<Asked<'a>, Failure> {
        let url = Url::new_with_base(&entry.name, &self.manifest_url)
            .map_err(|_| {
                Failure::new("network", format!("{} is not an address", self.manifest_url))
            })?
            .href();
        let promise = self.promise(&url, RequestCache::Default)?;
        Ok(Asked { entry, model, url, promise })
    }

    /// Receives a file, of exactly the length and the SHA-256 that the manifest says.
    pub async fn receive(&self, asked: Asked<'_>) -> Result<AlignedBytes, Failure> {
        let Asked { entry, model, url, promise } = asked;
        let response = response(&url, promise).await?;
        let Some(body) = response.body() else {
            return Err(FormatError::Truncated { needed: entry.bytes, found: 0 }.into());
        };
        self.report(entry, model, 0);
        // Hashed part by part, so that no task has all of a large file to go through.
        let mut checked = entry.start_check();
        let mut loaded = |part: &[u8], bytes| {
            checked.update(part);
            self.report(entry, model, bytes);
        };
        let file = read(&body, entry.bytes, &url, &mut loaded).await?;
        if !file.starts_with(&MAGIC) {
            return Err(FormatError::Magic.into());
        }
        checked.finish()?;
        Ok(file)
    }

    /// Returns what is behind the failure of a file: a release that was swapped while it was being read, or itself.
    pub async fn explain(&self, failure: Failure, release: &str) -> Failure {
        let by_swap = ["file_missing", "integrity", "blob_magic", "blob_truncated", "blob_length"];
        if !by_swap.contains(&failure.code) {
            return failure;
        }
        match self.manifest().await {
            Ok(now) if now.release != release => Failure::new(
                "release_changed",
                "a new release was published in the meantime; open it again",
            ),
            _ => failure,
        }
    }

    fn promise(&self, url: &str, cache: RequestCache) -> Result<JsValue, Failure> {
        let init = RequestInit::new();
        init.set_cache(cache);
        let global = js_sys::global();
        let fetch =
            match &self.fetch {
                Some(fetch) => fetch.clone(),
                None => Reflect::get(&global, &"fetch".into()).and_then(JsCast::dyn_into).map_err(
                    |_| Failure::new("network", "there is no fetch here; give one in the options"),
                )?,
            };
        fetch.call2(&global, &url.into(), &init).map_err(|e| broken(url, &e))
    }

    fn report(&self, entry: &FileEntry, model: Option<&str>, loaded: usize) {
        let Some(on_progress) = &self.on_progress else { return };
        let progress = Object::new();
        let fields: [(&str, JsValue); 4] = [
            ("file", entry.name.as_str().into()),
            ("kind", entry.kind.as_str().into()),
            ("loaded", (loaded as f64).into()),
            ("total", (entry.bytes as f64).into()),
        ];
        for (name, value) in fields.into_iter().chain(model.map(|model| ("model", model.into()))) {
            // Setting a property of a fresh object cannot fail, and a listener that throws must not stop the load.
            let _ = Reflect::set(&progress, &name.into(), &value);
        }
        let _ = on_progress.call1(&JsValue::UNDEFINED, &progress);
    }
}

/// Waits for the answer to a request.
async fn response(url: &str, promise: JsValue) -> Result<Response, Failure> {
    let response: Response =
        resolved(promise).await.and_then(JsCast::dyn_into).map_err(|e| broken(url, &e))?;
    match response.status() {
        200 => Ok(response),
        404 | 410 => {
            let why =
                format!("{url} does not exist on the server; upload the whole release folder");
            Err(Failure::new("file_missing", why).with("url", url))
        }
        status => {
            let why = format!("the server answered {status} for {url}; try again later");
            Err(Failure::new("http_status", why).with("url", url).with("status", status))
        }
    }
}

/// Returns what gzip decompresses to, by the platform's own decoder, if a stream can be made of it.
fn decompressed(gzip: &[u8]) -> Result<Option<ReadableStream>, Failure> {
    let decoder = DecompressionStream::new("gzip").map_err(|_| {
        Failure::new(
            "unsupported",
            "this platform has no DecompressionStream; use a browser of 2023 or later",
        )
    })?;
    let response = Response::new_with_opt_js_u8_array(Some(&Uint8Array::from(gzip))).ok();
    let body = response.and_then(|response| response.body());
    Ok(body.map(|body| body.pipe_through(decoder.unchecked_ref::<ReadableWritablePair>())))
}

/// Decompresses gzip to exactly `len` bytes with the platform's own decoder. What is done with them begins in another task: a
/// page's thread has its turn between.
pub async fn gunzip(gzip: &[u8], len: u32, broken: FormatError) -> Result<AlignedBytes, Failure> {
    let Some(plain) = decompressed(gzip)? else { return Err(broken.into()) };
    let bytes = read(&plain, u64::from(len), "", &mut |_, _| ()).await.map_err(|failure| {
        match failure.code {
            "network" => broken.into(),
            _ => failure,
        }
    });
    later().await;
    bytes
}

/// Lets the thread do something else.
pub async fn later() {
    let later = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, 0);
    });
    let _ = resolved(later.into()).await; // it is never refused
}

/// Decompresses a visitor's list, which says nowhere how long it is.
pub async fn gunzip_profile(gzip: &[u8]) -> Result<Vec<u8>, Failure> {
    let broken = || Failure::from(crate::Error::from(ProfileError::Invalid("its gzip is broken")));
    let plain = decompressed(gzip)?.ok_or_else(broken)?;
    let reader: ReadableStreamDefaultReader = plain.get_reader().unchecked_into();
    let mut bytes = Vec::new();
    loop {
        let next = resolved(reader.read().into()).await.map_err(|_| broken())?;
        let get = |name: &str| Reflect::get(&next, &name.into()).map_err(|_| broken());
        if get("done")?.is_truthy() {
            return Ok(bytes);
        }
        bytes.extend(get("value")?.unchecked_into::<Uint8Array>().to_vec());
        if bytes.len() > MAX_PROFILE_BYTES {
            let _ = reader.cancel(); // nothing depends on when the decoder stops
            return Err(crate::Error::from(ProfileError::TooLarge).into());
        }
    }
}

/// Reads a stream of exactly `expected` bytes, never more, into one buffer.
async fn read(
    stream: &ReadableStream,
    expected: u64,
    url: &str,
    loaded: &mut dyn FnMut(&[u8], usize),
) -> Result<AlignedBytes, Failure> {
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    let memory =
        || Failure::new("out_of_memory", format!("no memory for a file of {expected} bytes"));
    let mut bytes = AlignedBytes::try_zeroed(expected as usize).ok_or_else(memory)?;
    let mut at = 0;
    loop {
        let next = resolved(reader.read().into()).await.map_err(|e| broken(url, &e))?;
        let get = |name: &str| Reflect::get(&next, &name.into()).map_err(|e| broken(url, &e));
        if get("done")?.is_truthy() {
            break;
        }
        let value = get("value")?;
        let chunk = if value.is_instance_of::<ArrayBuffer>() {
            Uint8Array::new(&value)
        } else {
            value.unchecked_into()
        };
        let end = at + chunk.length() as usize;
        if at == 0 && expected >= 8 && end >= 8 && !url.is_empty() {
            let mut head = [0; 8];
            chunk.subarray(0, 8).copy_to(&mut head);
            if head != MAGIC {
                let _ = reader.cancel(); // nothing depends on when the download stops
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

/// Codes of the client's own checks, which its `fetch` may fail with.
const CHECKS: [&str; 5] =
    ["signature_missing", "signature_invalid", "release_older", "request_invalid", "unsupported"];

fn broken(url: &str, error: &JsValue) -> Failure {
    let text =
        |name: &str| Reflect::get(error, &name.into()).ok().and_then(|value| value.as_string());
    let why = text("message").unwrap_or_default();
    if let Some(code) =
        text("code").and_then(|code| CHECKS.into_iter().find(|&known| known == code))
    {
        return Failure::new(code, why).with("url", url);
    }
    let hint = "offline, a wrong address, or a server without CORS headers for this page";
    Failure::new("network", format!("{url} cannot be fetched: {hint} ({why})")).with("url", url)
}

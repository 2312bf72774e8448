//! Streams into wasm memory: the bodies of files, and the output of the platform's decompressor.
//! Imports `failure`; knows neither addresses nor the engine.

use js_sys::{ArrayBuffer, Function, Promise, Reflect, Uint8Array, WebAssembly};
use wasm_bindgen::convert::TryFromJsValue;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader, ReadableWritablePair, Response};

use super::failure::{JsFailure, invalid};
use crate::code::Code;
use crate::format::{AlignedBytes, FormatError, MAGIC};

#[wasm_bindgen]
extern "C" {
    /// The platform's own decoder, which web-sys has only as an unstable API.
    type DecompressionStream;

    #[wasm_bindgen(constructor, catch)]
    fn new(format: &str) -> Result<DecompressionStream, JsValue>;

    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Function, ms: i32) -> JsValue;
}

/// A whole file in wasm memory. The client looks at it, and then adds it to a recommender.
#[wasm_bindgen]
pub struct ReceivedFile {
    bytes: AlignedBytes,
}

#[wasm_bindgen]
impl ReceivedFile {
    /// Returns the bytes without a copy. The view is empty as soon as the module's memory grows: use
    /// it in the same task.
    #[must_use]
    pub fn view(&self) -> Uint8Array {
        let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        let start = self.bytes.as_ptr() as usize as u32;
        let len = self.bytes.len() as u32;
        Uint8Array::new_with_byte_offset_and_length(&memory.buffer(), start, len)
    }
}

/// Reads a file that JavaScript hands over: a [`ReceivedFile`], or any `Uint8Array`.
pub(super) fn bytes_of(file: JsValue) -> Result<AlignedBytes, JsFailure> {
    let array: Uint8Array = match ReceivedFile::try_from_js_value(file) {
        Ok(received) => return Ok(received.bytes),
        Err(value) => value
            .dyn_into()
            .map_err(|_| invalid("a file is a Uint8Array, or came from Recommender.receive"))?,
    };
    let mut bytes = allocated(array.length())?;
    array.copy_to(&mut bytes);
    Ok(bytes)
}

/// Streams the body of a response, a file of exactly `len` bytes, and reports the bytes so far.
/// Fails with the platform's own error if the connection does.
pub(super) async fn receive(
    response: &Response,
    len: u32,
    on_progress: &Function,
) -> Result<ReceivedFile, JsValue> {
    // A listener that throws must not stop the download.
    let report = |at: usize| drop(on_progress.call1(&JsValue::UNDEFINED, &(at as f64).into()));
    report(0);
    let Some(body) = response.body() else {
        return Err(JsFailure::from(FormatError::Truncated { needed: len.into(), found: 0 }).into());
    };
    let mut check = |bytes: &[u8], whole: bool| {
        // A web page in place of the file is refused before it is downloaded.
        if (whole || bytes.len() >= MAGIC.len()) && !bytes.starts_with(&MAGIC) {
            return Err(FormatError::Magic);
        }
        report(bytes.len());
        Ok(())
    };
    match read(&body, len, &mut check).await {
        Ok(bytes) => Ok(ReceivedFile { bytes }),
        Err(Broken::Stream(error)) => Err(error),
        Err(Broken::File(failure)) => Err(failure.into()),
    }
}

/// Decompresses gzip to exactly `len` bytes with the platform's own decoder. Returns in a new task,
/// so that a page's thread can do other work between.
pub(super) async fn gunzip(
    gzip: &[u8],
    len: u32,
    broken: FormatError,
) -> Result<AlignedBytes, JsFailure> {
    let decoder = DecompressionStream::new("gzip").map_err(|_| {
        let why = "this platform has no DecompressionStream; use a browser of 2023 or later";
        JsFailure::new(Code::Unsupported, why)
    })?;
    let response = Response::new_with_opt_js_u8_array(Some(&Uint8Array::from(gzip))).ok();
    let Some(body) = response.and_then(|response| response.body()) else {
        return Err(broken.into());
    };
    let plain = body.pipe_through(decoder.unchecked_ref::<ReadableWritablePair>());
    let bytes = read(&plain, len, &mut |_, _| Ok(())).await.map_err(|error| match error {
        Broken::Stream(_) => broken.into(),
        Broken::File(failure) => failure,
    });
    next_task().await;
    bytes
}

/// Waits for the next task, so that the thread can do other work.
pub(super) async fn next_task() {
    let timeout = Promise::new(&mut |resolve, _| {
        set_timeout(&resolve, 0);
    });
    let _ = JsFuture::from(timeout).await; // it never rejects
}

/// Why a stream did not give the bytes.
enum Broken {
    /// The platform's own error.
    Stream(JsValue),
    /// The bytes are not those of a file.
    File(JsFailure),
}

impl From<FormatError> for Broken {
    fn from(error: FormatError) -> Self {
        Self::File(error.into())
    }
}

/// Looks at the bytes so far, and is told if they are all.
type Check<'a> = &'a mut dyn FnMut(&[u8], bool) -> Result<(), FormatError>;

/// Reads a stream of exactly `len` bytes into one buffer, and stops it as soon as it is wrong.
async fn read(stream: &ReadableStream, len: u32, check: Check<'_>) -> Result<AlignedBytes, Broken> {
    let mut bytes = allocated(len).map_err(Broken::File)?;
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    match fill(&reader, &mut bytes, check).await {
        Ok(()) => Ok(bytes),
        Err(broken) => {
            if matches!(broken, Broken::File(_)) {
                // Nobody waits for the end of the stream. The future takes the rejection of a
                // stream that fails meanwhile.
                drop(JsFuture::from(reader.cancel()));
            }
            Err(broken)
        }
    }
}

async fn fill(
    reader: &ReadableStreamDefaultReader,
    bytes: &mut [u8],
    check: Check<'_>,
) -> Result<(), Broken> {
    let mut at = 0;
    while let Some(chunk) = next(reader).await.map_err(Broken::Stream)? {
        let (from, end) = (at, at + chunk.length() as usize);
        at = end.min(bytes.len());
        chunk.subarray(0, (at - from) as u32).copy_to(&mut bytes[from..at]);
        check(&bytes[..at], at == bytes.len())?;
        if end > at {
            let expected = bytes.len() as u64;
            return Err(FormatError::TooLong { expected, found: end as u64 }.into());
        }
    }
    if at < bytes.len() {
        let needed = bytes.len() as u64;
        return Err(FormatError::Truncated { needed, found: at as u64 }.into());
    }
    Ok(())
}

/// Returns the next bytes of a stream, or `None` at its end.
async fn next(reader: &ReadableStreamDefaultReader) -> Result<Option<Uint8Array>, JsValue> {
    let next = JsFuture::from(reader.read()).await?;
    if Reflect::get(&next, &"done".into())?.is_truthy() {
        return Ok(None);
    }
    let value = Reflect::get(&next, &"value".into())?;
    Ok(Some(if value.is_instance_of::<ArrayBuffer>() {
        Uint8Array::new(&value)
    } else {
        value.unchecked_into()
    }))
}

fn allocated(len: u32) -> Result<AlignedBytes, JsFailure> {
    AlignedBytes::try_zeroed(len as usize).ok_or_else(|| {
        JsFailure::new(Code::OutOfMemory, format!("no memory for a file of {len} bytes"))
    })
}

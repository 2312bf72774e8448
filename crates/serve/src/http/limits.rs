//! How much a request may hold. These limits also bound the work of an answer.

use super::problem::Problem;
use super::request::Request;
use osusume::Code;

/// Most bytes of a body; ten thousand ids with weights take a third of it.
pub const MAX_BODY_BYTES: usize = 1 << 20;
/// Most bytes of a path with its query.
pub const MAX_ADDRESS_BYTES: usize = 8 << 10;
/// Most bytes of all headers.
pub const MAX_HEADER_BYTES: usize = 16 << 10;
/// Most characters of a title or of a typed text.
pub const MAX_TEXT_CHARS: usize = 400;

/// Refuses a request that is too long, or whose body is compressed.
pub(super) fn check_size(request: &Request) -> Result<(), Problem> {
    if request.path.len() + request.query.len() > MAX_ADDRESS_BYTES {
        let message = format!("the address is longer than {MAX_ADDRESS_BYTES} bytes");
        return Err(Problem::new(Code::AddressTooLong, message));
    }
    let header_bytes = request.headers.iter().map(|(name, value)| name.len() + value.len());
    if header_bytes.sum::<usize>() > MAX_HEADER_BYTES {
        let message = format!("the headers are longer than {MAX_HEADER_BYTES} bytes");
        return Err(Problem::new(Code::HeadersTooLarge, message));
    }
    if request.body.len() > MAX_BODY_BYTES {
        let message = format!("the body is longer than {MAX_BODY_BYTES} bytes");
        return Err(Problem::new(Code::BodyTooLarge, message));
    }
    let encoding = request.header("content-encoding");
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        let message = "request bodies with a content encoding are not supported";
        return Err(Problem::new(Code::EncodingUnsupported, message));
    }
    Ok(())
}

/// Returns the text, or refuses it if it is too long.
pub(crate) fn check_text(text: &str) -> Result<&str, Problem> {
    if text.chars().count() <= MAX_TEXT_CHARS {
        return Ok(text);
    }
    let message = format!("the text is longer than {MAX_TEXT_CHARS} characters");
    Err(Problem::new(Code::TextTooLong, message))
}

//! How much a request may hold. These limits also bound the work of an answer.

use super::problem::Problem;
use super::request::Request;

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
        let hint = "POST /v1/recommend takes long requests";
        return Err(Problem::new(414, "address_too_long", message, hint));
    }
    let header_bytes = request.headers.iter().map(|(name, value)| name.len() + value.len());
    if header_bytes.sum::<usize>() > MAX_HEADER_BYTES {
        let message = format!("the headers are longer than {MAX_HEADER_BYTES} bytes");
        return Err(Problem::new(431, "headers_too_large", message, "send less"));
    }
    if request.body.len() > MAX_BODY_BYTES {
        let message = format!("the body is longer than {MAX_BODY_BYTES} bytes");
        return Err(Problem::new(413, "body_too_large", message, "send less"));
    }
    let encoding = request.header("content-encoding");
    if encoding.is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        let message = "request bodies with a content encoding are not supported";
        let hint = "send the body uncompressed";
        return Err(Problem::new(415, "encoding_unsupported", message, hint));
    }
    Ok(())
}

/// Returns the text, or refuses it if it is too long.
pub(crate) fn check_text(text: &str) -> Result<&str, Problem> {
    if text.chars().count() <= MAX_TEXT_CHARS {
        return Ok(text);
    }
    let message = format!("the text is longer than {MAX_TEXT_CHARS} characters");
    Err(Problem::new(422, "text_too_long", message, "the first words are enough"))
}

//! Percent-encoded paths and query strings to text. Knows no route.

use super::problem::Problem;

/// Returns a path with its percent-encoding decoded, if it is UTF-8 then.
#[must_use]
pub fn decode_path(path: &str) -> Option<String> {
    decode(path, false).ok()
}

/// Returns `text` with its percent-encoding decoded; in a query string, `+` is a space.
pub(super) fn decode(text: &str, is_query: bool) -> Result<String, Problem> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(bytes.next()), digit(bytes.next()));
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(Problem::request(
                        "a % in the address is not followed by two hexadecimal digits",
                    ));
                };
                (high * 16 + low) as u8
            }
            b'+' if is_query => b' ',
            byte => byte,
        });
    }
    String::from_utf8(out).map_err(|_| Problem::request("the decoded address is not UTF-8"))
}

/// The parameters of a query string; each can be taken once.
pub(crate) struct QueryString(Vec<(String, String)>);

impl QueryString {
    /// Parses the parameters. Refuses a repeated name, because either value could be meant.
    pub(super) fn parse(query: &str) -> Result<Self, Problem> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name, true)?;
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(Problem::request(format!("the parameter {name:?} is repeated")));
            }
            parameters.push((name, decode(value, true)?));
        }
        Ok(Self(parameters))
    }

    /// Removes a parameter and returns its value.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Removes the parameter `limit` and returns its value, by default 10.
    pub(super) fn take_limit(&mut self) -> Result<usize, Problem> {
        let Some(text) = self.take("limit") else { return Ok(10) };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let limit = if digits { text.parse().ok() } else { None };
        limit.ok_or_else(|| {
            Problem::request(format!("limit is {text:?}, it must be a whole number"))
        })
    }

    /// Returns the parameters that are left.
    pub(super) fn take_rest(self) -> Vec<(String, String)> {
        self.0
    }

    /// Refuses the request if a parameter is left.
    pub(crate) fn refuse_rest(self) -> Result<(), Problem> {
        self.0.first().map_or(Ok(()), |(name, _)| Err(Problem::unknown_parameter(name)))
    }
}

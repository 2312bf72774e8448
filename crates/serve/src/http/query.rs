//! Paths and query strings to text.

use super::failure::Failure;

/// Returns `text` with its percent-encoding undone; in a query, `+` is a space.
pub(super) fn decode(text: &str, query: bool) -> Result<String, Failure> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(bytes.next()), digit(bytes.next()));
                let (Some(high), Some(low)) = (high, low) else {
                    return Err(Failure::request(
                        "a % in the address is not followed by two hexadecimal digits",
                    ));
                };
                (high * 16 + low) as u8
            }
            b'+' if query => b' ',
            byte => byte,
        });
    }
    String::from_utf8(out)
        .map_err(|_| Failure::request("the address is not UTF-8 once it is decoded"))
}

/// The parameters of a query string, each taken once.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    /// Returns the parameters; a name that stands twice is refused, since either value could be meant.
    pub(super) fn parse(query: &str) -> Result<Self, Failure> {
        let mut out: Vec<(String, String)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = decode(name, true)?;
            if out.iter().any(|(known, _)| *known == name) {
                return Err(Failure::request(format!("the parameter {name:?} stands twice")));
            }
            out.push((name, decode(value, true)?));
        }
        Ok(Self(out))
    }

    /// Takes the parameter out.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1)
    }

    /// Takes `n` out; 10 unless told.
    pub(super) fn n(&mut self) -> Result<usize, Failure> {
        let Some(text) = self.take("n") else { return Ok(10) };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let n = if digits { text.parse().ok() } else { None };
        n.ok_or_else(|| Failure::request(format!("n is {text:?}, it must be a whole number")))
    }

    /// Returns the parameters that nobody took.
    pub(super) fn rest(self) -> Vec<(String, String)> {
        self.0
    }

    /// Refuses parameters that nobody took.
    pub(super) fn done(self) -> Result<(), Failure> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => {
                Err(Failure::request(format!("there is no parameter {name:?} here")))
            }
        }
    }
}

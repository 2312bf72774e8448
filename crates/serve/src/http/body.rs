//! JSON bodies of requests. Knows no route.

use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use super::request::Request;

/// Parses the body, which must be a JSON object: serde would also take an array of its fields.
pub(crate) fn parse_body<T: for<'de> Deserialize<'de>>(request: &Request) -> Result<T, Problem> {
    if request.body.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::request("the body must be a JSON object"));
    }
    serde_json::from_slice(&request.body).or_else(|error| {
        // Some clients write every number with a point; 10.0 is 10.
        let parsed = serde_json::from_slice(&request.body).ok().and_then(|mut value| {
            let changed = to_integers(&mut value);
            changed.then(|| serde_json::from_value(value).ok()).flatten()
        });
        parsed.ok_or_else(|| Problem::request(error.to_string()))
    })
}

/// Turns whole numbers with a point or an exponent into integers. Returns whether there was one.
fn to_integers(value: &mut Value) -> bool {
    match value {
        Value::Number(number) => {
            // Up to 2^53 every whole number is exact.
            let whole =
                number.as_f64().filter(|f| number.is_f64() && f.fract() == 0.0 && f.abs() <= 9e15);
            whole.map(|whole| *value = json!(whole as i64)).is_some()
        }
        Value::Array(values) => {
            values.iter_mut().fold(false, |changed, value| to_integers(value) | changed)
        }
        Value::Object(fields) => {
            fields.values_mut().fold(false, |changed, value| to_integers(value) | changed)
        }
        _ => false,
    }
}

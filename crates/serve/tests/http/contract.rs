//! Checks replies against docs/openapi.json. Panics at a keyword of the file that it does not know.

use std::collections::BTreeSet;

use osusume_serve::http::Reply;
use serde_json::{Map, Value};

/// Keywords that describe a value and restrict nothing.
const NOTES: [&str; 5] = ["default", "description", "example", "format", "summary"];

/// How docs/openapi.json refers to the schemas of request and answer.
const SHAPES: &str = "engine.schema.json#/$defs/";

pub struct Contract {
    pub document: Value,
}

impl Contract {
    pub fn read() -> Self {
        let read = |name: &str| {
            let path = format!("{}/../../docs/{name}", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(path).unwrap()
        };
        // Both files become one document, so that every reference leads into it.
        let text = read("openapi.json").replace(SHAPES, "#/$defs/");
        let mut document: Value = serde_json::from_str(&text).unwrap();
        let mut shapes: Value = serde_json::from_str(&read("engine.schema.json")).unwrap();
        document["$defs"] = shapes["$defs"].take();
        Self { document }
    }

    pub fn schema(&self, name: &str) -> &Value {
        self.resolve(&self.document["components"]["schemas"][name])
    }

    fn paths(&self) -> &Map<String, Value> {
        self.document["paths"].as_object().unwrap()
    }

    /// Every path with its method, sorted.
    pub fn operations(&self) -> Vec<(String, String)> {
        let methods = |(path, item): (&String, &Value)| -> Vec<(String, String)> {
            item.as_object().unwrap().keys().map(|method| (path.clone(), method.clone())).collect()
        };
        let mut all: Vec<_> = self.paths().iter().flat_map(methods).collect();
        all.sort();
        all
    }

    /// Checks that the file documents this reply, and that the reply is as documented.
    pub fn check(&self, method: &str, path: &str, reply: &Reply) -> Result<(), String> {
        let fits = |route: &str| match route.strip_suffix("{id}") {
            Some(start) => path.strip_prefix(start).is_some_and(|rest| !rest.is_empty()),
            None => route == path,
        };
        let item = self.paths().iter().find(|(route, _)| fits(route)).map(|(_, item)| item);
        let lower = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
        let operation = item.and_then(|item| item.get(&lower)).filter(|_| method != lower);
        let Some(operation) = operation else {
            // The introduction of the file documents these for all paths.
            let want: &[u16] = match (item, method) {
                (Some(_), "OPTIONS") => &[204],
                (Some(_), _) => &[405],
                (None, _) => &[404],
            };
            let limits = [413, 414, 415, 431];
            let known = want.contains(&reply.status) || limits.contains(&reply.status);
            return if known {
                Ok(())
            } else {
                Err(format!("{method} {path}: {} is not documented", reply.status))
            };
        };
        let at = format!("{method} {path}: {}", reply.status);
        let response = operation["responses"].get(reply.status.to_string());
        let response = self.resolve(response.ok_or_else(|| format!("{at} is not documented"))?);
        for name in response["headers"].as_object().into_iter().flat_map(Map::keys) {
            let name = name.to_lowercase();
            reply.header(&name).ok_or_else(|| format!("{at}: the header {name} is missing"))?;
        }
        let Some(content) = response.get("content") else {
            return if reply.body.is_empty() {
                Ok(())
            } else {
                Err(format!("{at}: a body where none belongs"))
            };
        };
        let (media, described) = content.as_object().unwrap().iter().next().unwrap();
        if reply.header("content-type") != Some(media) {
            return Err(format!("{at}: the content type is not {media}"));
        }
        if reply.header("content-encoding").is_some() {
            return Ok(());
        }
        let body = serde_json::from_slice(&reply.body).map_err(|e| format!("{at}: {e}"))?;
        self.validate(&described["schema"], &body, "body").map_err(|why| format!("{at}: {why}"))
    }

    /// Status and code of every problem that the file documents.
    pub fn codes(&self) -> BTreeSet<(u16, String)> {
        let operations = self.paths().values().flat_map(|item| item.as_object().unwrap().values());
        let responses =
            operations.flat_map(|operation| operation["responses"].as_object().unwrap());
        let mut codes = BTreeSet::new();
        for (status, response) in responses {
            let problem = &self.resolve(response)["content"]["application/problem+json"]["schema"];
            let listed = problem["allOf"][1]["properties"]["code"]["enum"].as_array();
            for code in listed.into_iter().flatten() {
                codes.insert((status.parse().unwrap(), code.as_str().unwrap().to_owned()));
            }
        }
        codes
    }

    /// Checks the example bodies against their schemas.
    pub fn check_examples(&self) {
        let operations = self.paths().values().flat_map(|item| item.as_object().unwrap().values());
        let bodies = operations.filter_map(|operation| operation.get("requestBody"));
        let mut count = 0;
        for content in bodies.map(|body| &body["content"]["application/json"]) {
            self.validate(&content["schema"], &content["example"], "example").unwrap();
            count += 1;
        }
        assert_eq!(count, 4);
    }

    fn resolve<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        while let Some(to) = value.get("$ref").and_then(Value::as_str) {
            let pointer = to.strip_prefix('#').expect("references lead into the file");
            value = self.document.pointer(pointer).unwrap_or_else(|| panic!("{to} leads nowhere"));
        }
        value
    }

    /// Checks a value against a schema of the file.
    pub fn validate(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let schema = self.resolve(schema).as_object().expect("a schema is an object");
        for (keyword, wanted) in schema {
            let holds = match keyword.as_str() {
                note if NOTES.contains(&note) => true,
                "additionalProperties" => {
                    self.check_others(schema, wanted, value, at)?;
                    true
                }
                keyword => match check_limit(keyword, wanted, value) {
                    Some(holds) => holds,
                    None => self.check_parts(keyword, wanted, value, at)?,
                },
            };
            if !holds {
                return Err(format!("{at} is {value}, against {keyword} {wanted}"));
            }
        }
        Ok(())
    }

    /// Checks a keyword that holds further schemas.
    fn check_parts(
        &self,
        keyword: &str,
        wanted: &Value,
        value: &Value,
        at: &str,
    ) -> Result<bool, String> {
        let schemas = || wanted.as_array().unwrap().iter();
        let fits = |schema: &&Value| self.validate(schema, value, at).is_ok();
        let values = || value.as_array().into_iter().flatten();
        match keyword {
            "prefixItems" => {
                for (schema, value) in schemas().zip(values()) {
                    self.validate(schema, value, &format!("{at}[]"))?;
                }
            }
            "items" => {
                for value in values() {
                    self.validate(wanted, value, &format!("{at}[]"))?;
                }
            }
            "properties" => {
                for (name, schema) in wanted.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        self.validate(schema, value, &format!("{at}.{name}"))?;
                    }
                }
            }
            "anyOf" => return Ok(schemas().any(|schema| fits(&schema))),
            "oneOf" => return Ok(schemas().filter(fits).count() == 1),
            "allOf" => schemas().try_for_each(|schema| self.validate(schema, value, at))?,
            other => panic!("{at}: the keyword {other} is not known here"),
        }
        Ok(true)
    }

    /// Checks the fields that `properties` does not name.
    fn check_others(
        &self,
        schema: &Map<String, Value>,
        wanted: &Value,
        value: &Value,
        at: &str,
    ) -> Result<(), String> {
        let known = |name: &str| schema.get("properties").is_some_and(|p| p.get(name).is_some());
        for (name, value) in value.as_object().into_iter().flatten() {
            if known(name) {
                continue;
            }
            if *wanted == Value::Bool(false) {
                return Err(format!("{at}.{name} is not in the file"));
            }
            self.validate(wanted, value, &format!("{at}.{name}"))?;
        }
        Ok(())
    }
}

/// Checks a keyword without further schemas; `None` if it is not one.
fn check_limit(keyword: &str, wanted: &Value, value: &Value) -> Option<bool> {
    let number = |holds: fn(f64, f64) -> bool| {
        value.as_f64().is_none_or(|value| holds(value, wanted.as_f64().unwrap()))
    };
    let size = |found: Option<usize>, holds: fn(u64, u64) -> bool| {
        found.is_none_or(|found| holds(found as u64, wanted.as_u64().unwrap()))
    };
    let chars = || value.as_str().map(|text| text.chars().count());
    let items = || value.as_array().map(Vec::len);
    Some(match keyword {
        "type" => match wanted {
            Value::Array(names) => names.iter().any(|name| is_type(name.as_str().unwrap(), value)),
            name => is_type(name.as_str().unwrap(), value),
        },
        "const" => value == wanted,
        "enum" => wanted.as_array().unwrap().contains(value),
        "minimum" => number(|value, limit| value >= limit),
        "maximum" => number(|value, limit| value <= limit),
        "exclusiveMinimum" => number(|value, limit| value > limit),
        "minLength" => size(chars(), |found, limit| found >= limit),
        "maxLength" => size(chars(), |found, limit| found <= limit),
        "minItems" => size(items(), |found, limit| found >= limit),
        "maxItems" => size(items(), |found, limit| found <= limit),
        "minProperties" => size(value.as_object().map(Map::len), |found, limit| found >= limit),
        "required" => value.as_object().is_none_or(|fields| {
            let mut names = wanted.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
            names.all(|name| fields.contains_key(name))
        }),
        _ => return None,
    })
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("the type {other} is not known here"),
    }
}

//! A test that docs/engine.schema.json is the schema of the types of request and answer.
//!
//! Imports `request`, `answer` and their limits.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::{Answer, Bound, Id, MAX_WEIGHT, ModelChoice, Request, WeightedItem};

// Readers written by hand decide the JSON form of these types, so their schema is written by hand
// too.

impl JsonSchema for Id {
    fn schema_name() -> Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An item: its number or, if the catalogue has text ids, its key.",
            "oneOf": [
                { "type": "integer", "minimum": 0, "maximum": u32::MAX },
                { "type": "string" },
            ]
        })
    }
}

/// The schema of the values of fields.
pub(super) struct FieldValue;

impl JsonSchema for FieldValue {
    fn schema_name() -> Cow<'static, str> {
        "FieldValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A list of tags, a category, a text, a number, or a day as YYYY-MM-DD.",
            "oneOf": [
                { "type": "array", "items": { "type": "string" } },
                { "type": "string" },
                { "type": "number" },
            ]
        })
    }
}

impl JsonSchema for Bound {
    fn schema_name() -> Cow<'static, str> {
        "Bound".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A bound: a number; of a date, YYYY, YYYY-MM, YYYY-MM-DD or a year.",
            "oneOf": [{ "type": "number" }, { "type": "string" }]
        })
    }
}

impl JsonSchema for WeightedItem {
    fn schema_name() -> Cow<'static, str> {
        "Weighted".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let id = generator.subschema_for::<Id>();
        json_schema!({
            "description": "An item and its weight. An id alone has the weight 1.",
            "oneOf": [id, {
                "type": "object",
                "properties": {
                    "id": id,
                    "weight": {
                        "type": "number",
                        "exclusiveMinimum": 0,
                        "maximum": MAX_WEIGHT,
                        "default": 1
                    }
                },
                "required": ["id"],
                "additionalProperties": false
            }]
        })
    }
}

impl JsonSchema for ModelChoice {
    fn schema_name() -> Cow<'static, str> {
        "ModelChoice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One model by name, or several by weight.",
            "oneOf": [{ "type": "string" }, {
                "type": "object",
                "additionalProperties": {
                    "type": "number",
                    "exclusiveMinimum": 0,
                    "maximum": MAX_WEIGHT
                },
                "minProperties": 1
            }]
        })
    }
}

/// Returns the schema of the shapes that are read and of those that are written.
fn schema() -> Value {
    let mut reads = SchemaSettings::draft2020_12().into_generator();
    reads.subschema_for::<Request>();
    let mut writes = SchemaSettings::draft2020_12().for_serialize().into_generator();
    writes.subschema_for::<Answer<'static>>();
    let mut definitions = reads.take_definitions(false);
    for (name, schema) in writes.take_definitions(false) {
        // A shape that is read and written must have one form.
        let read = definitions.insert(name.clone(), schema.clone());
        assert!(read.is_none_or(|read| read == schema), "{name} is read in another form");
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "osusume: request and answer",
        "description": "The request and the answer of every face. A test makes this file.",
        "$defs": definitions,
        "oneOf": [{ "$ref": "#/$defs/Request" }, { "$ref": "#/$defs/Answer" }],
    })
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/engine.schema.json");
    // The lines of a doc comment are one line of a description.
    let found = serde_json::to_string_pretty(&schema()).unwrap().replace("\\n", " ") + "\n";
    if std::env::var_os("WRITE_SCHEMA").is_some() {
        std::fs::write(path, &found).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == found,
        "docs/engine.schema.json is not that of the types: WRITE_SCHEMA=1 writes it"
    );
}

//! Reads plain JavaScript values into the types of requests and manifests.
//! Imports nothing of the crate.
//!
//! serde-wasm-bindgen's own reader finds the fields of a struct by name. serde derives several
//! times as much code for that as for fields in order, which this reader passes.

use std::fmt;
use std::vec::IntoIter;

use js_sys::{Array, Number, Object, Reflect};
use serde::de::{
    self, Deserialize, DeserializeSeed, Expected, IntoDeserializer, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use wasm_bindgen::{JsCast, JsValue};

/// Reads a value. A field that is undefined counts as missing; `strict` refuses unknown fields.
pub fn read<'de, T: Deserialize<'de>>(value: JsValue, strict: bool) -> Result<T, ReadError> {
    T::deserialize(Reader { value, strict })
}

/// Why a value cannot be read.
#[derive(Debug)]
pub enum ReadError {
    /// The field or element of this number is missing.
    Missing(usize),
    /// Any other reason, as a message.
    Other(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(_) => f.write_str("an element is missing"),
            Self::Other(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self::Other(why.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::Other(format!("expected {wanted}"))
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::Other(match found {
            Unexpected::Unsigned(number) => format!("{number} is out of range"),
            _ => format!("expected {wanted}"),
        })
    }

    fn invalid_length(at: usize, _: &dyn Expected) -> Self {
        Self::Missing(at)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::Other(format!("unknown field \"{name}\"; the fields are {}", known.join(", ")))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::Other(format!("expected one of {}", known.join(", ")))
    }
}

struct Reader {
    value: JsValue,
    strict: bool,
}

impl Reader {
    fn object(&self) -> Result<&Object, ReadError> {
        self.value.dyn_ref().ok_or_else(|| expected("an object"))
    }

    fn whole(&self) -> Option<f64> {
        Number::is_safe_integer(&self.value).then(|| self.value.unchecked_into_f64())
    }

    fn unsigned(&self) -> Result<u64, ReadError> {
        let whole = self.whole().filter(|&whole| whole >= 0.0);
        whole.map(|whole| whole as u64).ok_or_else(|| expected("a whole number, 0 or more"))
    }

    fn number(&self) -> Result<f64, ReadError> {
        self.value.as_f64().ok_or_else(|| expected("a number"))
    }

    fn text(&self) -> Result<String, ReadError> {
        self.value.as_string().ok_or_else(|| expected("a text"))
    }

    /// The elements of an array.
    fn elements(&self) -> Result<Parts, ReadError> {
        let array = self.value.dyn_ref::<Array>().ok_or_else(|| expected("an array"))?;
        Ok(Parts { values: array.to_vec().into_iter(), strict: self.strict, fields: [].iter() })
    }

    /// The names and values of an object, alternately.
    fn pairs(&self) -> Result<Parts, ReadError> {
        let pairs = Object::entries(self.object()?).into_iter();
        let values: Vec<JsValue> =
            pairs.flat_map(|pair| pair.unchecked_into::<Array>().to_vec()).collect();
        Ok(Parts { values: values.into_iter(), strict: self.strict, fields: [].iter() })
    }

    /// The values of these fields.
    fn fields(&self, fields: &'static [&'static str]) -> Result<Parts, ReadError> {
        let object = self.object()?;
        if self.strict {
            for name in Object::keys(object).iter().filter_map(|name| name.as_string()) {
                if !fields.contains(&name.as_str()) {
                    return Err(de::Error::unknown_field(&name, fields));
                }
            }
        }
        let value = |name: &&str| Reflect::get(object, &(*name).into()).unwrap_or_default();
        let values: Vec<JsValue> = fields.iter().map(value).collect();
        Ok(Parts { values: values.into_iter(), strict: self.strict, fields: fields.iter() })
    }
}

fn expected(what: &str) -> ReadError {
    ReadError::Other(format!("expected {what}"))
}

/// The parts of an array or object.
struct Parts {
    values: IntoIter<JsValue>,
    strict: bool,
    /// The names of a struct's fields; empty for arrays and maps. An undefined field is missing.
    fields: std::slice::Iter<'static, &'static str>,
}

impl Parts {
    fn next(&mut self) -> Option<Reader> {
        self.values.next().map(|value| Reader { value, strict: self.strict })
    }
}

impl<'de> de::SeqAccess<'de> for Parts {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let field = self.fields.next();
        match self.next().filter(|part| field.is_none() || !part.value.is_undefined()) {
            Some(part) => seed.deserialize(part).map(Some).map_err(|error| within(field, &error)),
            None => Ok(None),
        }
    }
}

fn within(field: Option<&&str>, error: &ReadError) -> ReadError {
    ReadError::Other(field.map_or_else(|| error.to_string(), |field| format!("{field}: {error}")))
}

impl<'de> de::MapAccess<'de> for Parts {
    type Error = ReadError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, ReadError> {
        self.next().map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ReadError> {
        seed.deserialize(self.next().ok_or(ReadError::Missing(1))?)
    }
}

impl<'de> de::Deserializer<'de> for Reader {
    type Error = ReadError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if let Some(text) = self.value.as_string() {
            visitor.visit_string(text)
        } else if let Some(whole) = self.whole() {
            visitor.visit_i64(whole as i64)
        } else if let Some(number) = self.value.as_f64() {
            visitor.visit_f64(number)
        } else if self.value.is_object() {
            visitor.visit_map(self.pairs()?)
        } else {
            Err(de::Error::invalid_type(Unexpected::Unit, &visitor))
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_bool(self.value.as_bool().ok_or_else(|| expected("true or false"))?)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_u64(self.unsigned()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_u64(self.unsigned()?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_u64(self.unsigned()?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        if self.value.is_null() || self.value.is_undefined() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_seq(self.elements()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_seq(self.elements()?)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        visitor.visit_map(self.pairs()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_seq(self.fields(fields)?).map_err(|error| match error {
            ReadError::Missing(at) => ReadError::Other(format!("{} is missing", fields[at])),
            error @ ReadError::Other(_) => error,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u128 char bytes byte_buf unit unit_struct newtype_struct tuple_struct
        identifier ignored_any
    }
}

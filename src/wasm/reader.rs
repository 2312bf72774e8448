//! Reads plain JavaScript values into the types of requests and manifests.
//!
//! serde-wasm-bindgen's own reader finds the fields of a struct by name, for which serde derives several times the code
//! of taking them in order, as is done here.

use std::fmt;
use std::vec::IntoIter;

use js_sys::{Array, Number, Object, Reflect};
use serde::de::{
    self, Deserialize, DeserializeSeed, Expected, IntoDeserializer, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use wasm_bindgen::{JsCast, JsValue};

/// Reads a value in which what is undefined counts as left out; `strict` refuses fields that a struct does not have.
pub fn read<'de, T: Deserialize<'de>>(value: JsValue, strict: bool) -> Result<T, Wrong> {
    T::deserialize(Reader { value, strict })
}

/// Why a value cannot be read.
#[derive(Debug)]
pub enum Wrong {
    /// The field or element of this number is missing.
    Missing(usize),
    Because(String),
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(_) => f.write_str("an element is missing"),
            Self::Because(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<T: fmt::Display>(why: T) -> Self {
        Self::Because(why.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::Because(format!("expected {wanted}"))
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::Because(match found {
            Unexpected::Unsigned(number) => format!("{number} is out of range"),
            _ => format!("expected {wanted}"),
        })
    }

    fn invalid_length(at: usize, _: &dyn Expected) -> Self {
        Self::Missing(at)
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Self::Because(format!("unknown field \"{name}\"; the fields are {}", known.join(", ")))
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::Because(format!("expected one of {}", known.join(", ")))
    }
}

struct Reader {
    value: JsValue,
    strict: bool,
}

impl Reader {
    fn object(&self) -> Result<&Object, Wrong> {
        self.value.dyn_ref().ok_or_else(|| expected("an object"))
    }

    fn whole(&self) -> Option<f64> {
        Number::is_safe_integer(&self.value).then(|| self.value.unchecked_into_f64())
    }

    fn unsigned(&self) -> Result<u64, Wrong> {
        let whole = self.whole().filter(|&whole| whole >= 0.0);
        whole.map(|whole| whole as u64).ok_or_else(|| expected("a whole number, 0 or more"))
    }

    fn number(&self) -> Result<f64, Wrong> {
        self.value.as_f64().ok_or_else(|| expected("a number"))
    }

    fn text(&self) -> Result<String, Wrong> {
        self.value.as_string().ok_or_else(|| expected("a text"))
    }

    /// The elements of an array.
    fn elements(&self) -> Result<Parts, Wrong> {
        let array = self.value.dyn_ref::<Array>().ok_or_else(|| expected("an array"))?;
        Ok(Parts { values: array.to_vec().into_iter(), strict: self.strict, fields: [].iter() })
    }

    /// The names and values of an object, in turn.
    fn pairs(&self) -> Result<Parts, Wrong> {
        let pairs = Object::entries(self.object()?).into_iter();
        let values: Vec<JsValue> =
            pairs.flat_map(|pair| pair.unchecked_into::<Array>().to_vec()).collect();
        Ok(Parts { values: values.into_iter(), strict: self.strict, fields: [].iter() })
    }

    /// The values of these fields.
    fn fields(&self, fields: &'static [&'static str]) -> Result<Parts, Wrong> {
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

fn expected(what: &str) -> Wrong {
    Wrong::Because(format!("expected {what}"))
}

/// What is inside an array or object.
struct Parts {
    values: IntoIter<JsValue>,
    strict: bool,
    /// The names, of the fields of a struct: those that are undefined are missing.
    fields: std::slice::Iter<'static, &'static str>,
}

impl Parts {
    fn next(&mut self) -> Option<Reader> {
        self.values.next().map(|value| Reader { value, strict: self.strict })
    }
}

impl<'de> de::SeqAccess<'de> for Parts {
    type Error = Wrong;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Wrong> {
        let field = self.fields.next();
        match self.next().filter(|part| field.is_none() || !part.value.is_undefined()) {
            Some(part) => seed.deserialize(part).map(Some).map_err(|wrong| within(field, &wrong)),
            None => Ok(None),
        }
    }
}

fn within(field: Option<&&str>, wrong: &Wrong) -> Wrong {
    Wrong::Because(field.map_or_else(|| wrong.to_string(), |field| format!("{field}: {wrong}")))
}

impl<'de> de::MapAccess<'de> for Parts {
    type Error = Wrong;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Wrong> {
        self.next().map(|name| seed.deserialize(name)).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Wrong> {
        seed.deserialize(self.next().ok_or(Wrong::Missing(1))?)
    }
}

impl<'de> de::Deserializer<'de> for Reader {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if let Some(text) = self.value.as_string() {
            visitor.visit_string(text)
        } else if let Some(whole) = self.whole() {
            visitor.visit_i64(whole as i64)
        } else if self.value.is_object() {
            visitor.visit_map(self.pairs()?)
        } else {
            Err(de::Error::invalid_type(Unexpected::Unit, &visitor))
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_bool(self.value.as_bool().ok_or_else(|| expected("true or false"))?)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u64(self.unsigned()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u64(self.unsigned()?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_u64(self.unsigned()?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_f64(self.number()?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_string(self.text()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        if self.value.is_null() || self.value.is_undefined() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_seq(self.elements()?)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_seq(self.elements()?)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_map(self.pairs()?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_seq(self.fields(fields)?).map_err(|wrong| match wrong {
            Wrong::Missing(at) => Wrong::Because(format!("{} is missing", fields[at])),
            wrong @ Wrong::Because(_) => wrong,
        })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        visitor.visit_enum(self.text()?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u128 char bytes byte_buf unit unit_struct newtype_struct tuple_struct identifier
        ignored_any
    }
}

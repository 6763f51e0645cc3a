//! JSON as this server takes it: nothing twice in an object, and no deeper than it needs to be.
//!
//! serde keeps the last of two equal keys of a map and refuses the second of a struct only where
//! the struct knows the key; what two readers could understand differently is refused here.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep arrays and objects may be nested.
const MAX_DEPTH: usize = 16;

/// Why text is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonError {
    /// No JSON, or JSON of a kind that is refused.
    #[error("malformed JSON: {0}")]
    Malformed(String),
    /// A number that no `f64` can hold.
    #[error("a number is too large: {0}")]
    NumberTooLarge(String),
}

/// Reads one JSON value that is all of `text`.
pub(crate) fn parse(text: &[u8]) -> Result<Value, JsonError> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict { depth: 0 }.deserialize(&mut reader).and_then(|value| {
        reader.end()?;
        Ok(value)
    });
    value.map_err(|error| {
        let message = error.to_string();
        // serde_json calls this a syntax error, with no other mark than its words.
        if message.starts_with("number out of range") {
            JsonError::NumberTooLarge(message)
        } else {
            JsonError::Malformed(message)
        }
    })
}

/// A value at some depth.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("nested deeper than {MAX_DEPTH}")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key {key:?} stands twice")));
            }
            object.insert(key, entries.next_value_seed(inner)?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn malformed(text: &str, why: &str) {
        match parse(text.as_bytes()) {
            Err(JsonError::Malformed(message)) => assert!(message.contains(why), "{message}"),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn plain_json_is_read_as_serde_reads_it() {
        let text = r#"{"a": [1, -2, 0.5, 1e300, "x", null, true], "b": {"a": 1}}"#;
        assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn what_two_readers_could_take_differently_is_refused() {
        malformed(r#"{"a": 1, "a": 2}"#, "stands twice");
        malformed(r#"{"b": {"a": 1, "\u0061": 2}}"#, "stands twice");
        malformed("[1] [2]", "trailing");
        malformed("", "EOF");
        malformed("[NaN]", "expected");
        malformed("[1,]", "trailing comma");
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth| [vec![b'['; depth], vec![b']'; depth]].concat();
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        malformed(std::str::from_utf8(&nested(MAX_DEPTH + 1)).unwrap(), "nested deeper");
        malformed(&"[".repeat(60_000), "nested deeper");
        malformed(&"{\"a\":".repeat(10_000), "nested deeper");
    }

    #[test]
    fn numbers_beyond_f64_are_told_apart() {
        assert!(matches!(parse(b"[1e999]"), Err(JsonError::NumberTooLarge(_))));
        assert!(matches!(parse(b"[-1e999]"), Err(JsonError::NumberTooLarge(_))));
        assert!(parse(b"[1e-999]").is_ok());
    }
}

//! Reading JSON strictly: every key once, no number with a fraction.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::problem::{Place, Problem};

/// Reads a JSON document.
///
/// # Errors
/// The first thing that is wrong, with its place: broken syntax (line and column), a key that stands twice, a number
/// that is not whole. JSON numbers pass through binary floating point in most programs; decimals are strings here.
pub(super) fn read(text: &str) -> Result<Value, Problem> {
    let place = RefCell::new(Place::default());
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Tree(&place).deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    read.map_err(|error| Problem::new(&place.borrow(), error.to_string()))
}

/// Reads a value at a place. The place stays where it is when something is wrong.
struct Tree<'a>(&'a RefCell<Place>);

impl<'de> DeserializeSeed<'de> for Tree<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tree<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(Number::from(value)))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(Number::from(value)))
    }

    #[expect(clippy::disallowed_types, reason = "the signature of the trait; the value is refused unread")]
    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        Err(E::custom(
            "a number with a fraction, an exponent or more than 19 digits: decimals are written as strings, \
             \"0.25\" and not 0.25, so that no program rounds them on the way",
        ))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        loop {
            self.0.borrow_mut().enter_index(values.len());
            let Some(value) = list.next_element_seed(Tree(self.0))? else { break };
            self.0.borrow_mut().leave();
            values.push(value);
        }
        self.0.borrow_mut().leave();
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            self.0.borrow_mut().enter(&key);
            if values.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` stands twice: one of the two would be lost")));
            }
            let value = entries.next_value_seed(Tree(self.0))?;
            self.0.borrow_mut().leave();
            values.insert(key, value);
        }
        Ok(Value::Object(values))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> (String, String) {
        let problem = read(text).unwrap_err();
        (problem.path, problem.message)
    }

    #[test]
    fn says_where_and_what() {
        let (path, message) = refusal(r#"{"terms": [{"rate": "1"}, {"rate": 0.25}]}"#);
        assert_eq!(path, "terms[1].rate");
        assert!(message.contains("decimals are written as strings"), "{message}");
        let (path, message) = refusal(r#"{"a": {"b": 1, "b": 2}}"#);
        assert_eq!(path, "a.b");
        assert!(message.contains("stands twice"), "{message}");
        let (path, message) = refusal("{\"a\": [1,\n 2");
        assert_eq!(path, "a[2]");
        assert!(message.contains("line 2"), "{message}");
        assert!(refusal("{} x").1.contains("trailing"));
        assert!(refusal("1e400").1.contains("number"));
    }

    #[test]
    fn deep_nesting_is_refused_and_not_a_crash() {
        let deep = "[".repeat(100_000);
        assert!(read(&deep).is_err());
    }
}

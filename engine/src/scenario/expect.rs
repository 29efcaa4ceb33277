//! Comparing a result with what a scenario expects of it.

use serde::Serialize;
use serde_json::{Map, Value};

use super::problem::Place;
use super::reader::decimal;

/// A place where the result is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// Where in the result.
    pub path: String,
    /// What was expected.
    pub expected: String,
    /// What there is.
    pub found: String,
}

/// Compares: every key that is expected must be there with an equal value, lists must have as many elements, one for one.
/// Decimals are equal when their values are, `"25"` and `"25.00"`; `null` expects that there is nothing.
pub(super) fn compare(expected: &Value, found: &Value, place: &Place, differences: &mut Vec<Difference>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            for (key, value) in expected {
                let place = place.key(key);
                match (value, found.get(key)) {
                    (Value::Null, None) => {}
                    (value, None) => differ(&place, value, &Value::Null, differences),
                    (value, Some(found)) => compare(value, found, &place, differences),
                }
            }
        }
        (Value::Array(expected), Value::Array(found)) => {
            if expected.len() != found.len() {
                differ(place, &count(expected), &count(found), differences);
            }
            for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
                compare(expected, found, &place.index(index), differences);
            }
        }
        (expected, found) if equal(expected, found) => {}
        (expected, found) => differ(place, expected, found, differences),
    }
}

fn differ(place: &Place, expected: &Value, found: &Value, differences: &mut Vec<Difference>) {
    let path = place.to_string();
    differences.push(Difference { path, expected: short(expected), found: short(found) });
}

fn count(list: &[Value]) -> Value {
    Value::String(format!("{} elements: {}", list.len(), short(&Value::Array(list.to_vec()))))
}

fn short(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        other => {
            let text = other.to_string();
            if text.chars().count() > 400 { text.chars().take(400).chain("…".chars()).collect() } else { text }
        }
    }
}

fn equal(expected: &Value, found: &Value) -> bool {
    if expected == found {
        return true;
    }
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    match (text(expected), text(found)) {
        (Some(expected), Some(found)) => {
            matches!((decimal(&expected), decimal(&found)), (Ok(expected), Ok(found)) if expected == found)
        }
        _ => false,
    }
}

/// Lists whose elements are known by a name become objects with the names as keys: a list of contracts by contract, of
/// accounts by payee. Lists in which a name stands twice stay lists.
pub(super) fn by_name(value: Value) -> Value {
    const NAMES: &[&str] = &["contractId", "advanceId", "partyId", "name", "project"];
    match value {
        Value::Array(list) => {
            let list: Vec<Value> = list.into_iter().map(by_name).collect();
            let known = NAMES.iter().find(|key| {
                let names: Vec<&str> = list.iter().filter_map(|one| one.get(**key)?.as_str()).collect();
                let distinct: std::collections::BTreeSet<&str> = names.iter().copied().collect();
                !list.is_empty() && names.len() == list.len() && distinct.len() == list.len()
            });
            let Some(key) = known else { return Value::Array(list) };
            let mut map = Map::new();
            for one in list {
                let Value::Object(mut one) = one else { continue };
                if let Some(Value::String(name)) = one.shift_remove(*key) {
                    map.insert(name, Value::Object(one));
                }
            }
            Value::Object(map)
        }
        Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, by_name(value))).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn differences(expected: &Value, found: &Value) -> Vec<String> {
        let mut differences = Vec::new();
        compare(expected, found, &Place::default(), &mut differences);
        differences.into_iter().map(|one| format!("{} {} {}", one.path, one.expected, one.found)).collect()
    }

    #[test]
    fn what_is_expected_must_be_there_and_equal() {
        let found = json!({"a": "25.00", "b": [{"c": "x", "d": 1}], "e": {}});
        assert!(differences(&json!({"a": "25", "b": [{"c": "x"}], "z": null}), &found).is_empty());
        assert_eq!(differences(&json!({"a": "25.01"}), &found), ["a 25.01 25.00"]);
        assert_eq!(differences(&json!({"b": []}), &found).len(), 1);
        assert_eq!(differences(&json!({"b": [{"c": "y"}]}), &found), ["b[0].c y x"]);
        assert_eq!(differences(&json!({"q": "1"}), &found), ["q 1 nothing"]);
    }

    #[test]
    fn lists_with_names_become_objects() {
        let list = json!([{"contractId": "deal", "accounts": [{"partyId": "anna", "earned": "1"}]}]);
        assert_eq!(by_name(list), json!({"deal": {"accounts": {"anna": {"earned": "1"}}}}));
        let twice = json!([{"name": "r", "held": "1"}, {"name": "r", "held": "2"}]);
        assert_eq!(by_name(twice.clone()), twice);
    }
}

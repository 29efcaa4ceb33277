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

/// Which key names the elements of a list.
const NAMED: &[(&str, &str)] = &[
    ("contracts", "contractId"),
    ("projects", "project"),
    ("accounts", "partyId"),
    ("waiting", "partyId"),
    ("advances", "advanceId"),
    ("costs", "name"),
];

/// Lists of contracts, projects, accounts, advances and costs become objects with the names as keys; `list` says which
/// list the value is. Where a name stands twice (instalments of an advance) the list stays a list, as all others do.
pub(super) fn by_name(list: &str, value: Value) -> Value {
    match value {
        Value::Array(elements) => {
            let elements: Vec<Value> = elements.into_iter().map(|one| by_name("", one)).collect();
            let key = NAMED.iter().find(|(named, _)| *named == list).map(|(_, key)| *key);
            let names = |key: &str| -> std::collections::BTreeSet<String> {
                elements.iter().filter_map(|one| one.get(key)?.as_str()).map(str::to_owned).collect()
            };
            let Some(key) = key.filter(|key| names(key).len() == elements.len()) else { return Value::Array(elements) };
            let mut map = Map::new();
            for one in elements {
                let Value::Object(mut one) = one else { continue };
                if let Some(Value::String(name)) = one.shift_remove(key) {
                    map.insert(name, Value::Object(one));
                }
            }
            Value::Object(map)
        }
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key.clone(), by_name(&key, value))).collect())
        }
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
        let list = json!([{"contractId": "deal", "accounts": [{"partyId": "anna", "earned": "1"}], "advances": []}]);
        let named = json!({"deal": {"accounts": {"anna": {"earned": "1"}}, "advances": {}}});
        assert_eq!(by_name("contracts", list), named);
        let twice = json!([{"advanceId": "a", "opening": "1"}, {"advanceId": "a", "opening": "2"}]);
        assert_eq!(by_name("advances", twice.clone()), twice);
        let other = json!([{"name": "returns", "partyId": "anna"}]);
        assert_eq!(by_name("reserves", other.clone()), other);
    }
}

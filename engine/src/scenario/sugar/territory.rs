//! Territories.

use kernel::territory::Territory;
use serde_json::{Map, Value, json};

use crate::scenario::problem::Problem;
use crate::scenario::reader::Node;

/// `"US"`, `["US", "EU"]`, `{"except": ["US"]}`, `"world"`, or spelt out with `include`, `exclude`, `includeGroups`,
/// `excludeGroups`. Two capital letters are a country, anything else the name of a territory group.
pub(in crate::scenario) fn set(node: &Node<'_>) -> Result<Value, Problem> {
    let mut set = Map::new();
    match node.value {
        Value::String(world) if world.eq_ignore_ascii_case("world") => {}
        Value::Object(_) => {
            for (key, below) in node.entries()? {
                match key {
                    "except" => put(&mut set, &below, "exclude", "excludeGroups")?,
                    "only" => put(&mut set, &below, "include", "includeGroups")?,
                    "include" | "exclude" | "includeGroups" | "excludeGroups" => {
                        set.insert(key.to_owned(), below.value.clone());
                    }
                    _ => return Err(below.wrong("is not known here; known: only, except")),
                }
            }
        }
        _ => put(&mut set, node, "include", "includeGroups")?,
    }
    Ok(Value::Object(set))
}

fn put(set: &mut Map<String, Value>, node: &Node<'_>, codes: &str, groups: &str) -> Result<(), Problem> {
    for one in node.one_or_more() {
        let name = one.text()?;
        let is_code = name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_uppercase());
        if is_code {
            Territory::parse(name).map_err(|error| one.wrong(error.to_string()))?;
        }
        let list = set.entry(if is_code { codes } else { groups }).or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.push(Value::String(name.to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::scenario::problem::Place;

    fn read(text: &str) -> Result<Value, Problem> {
        set(&Node::new(&serde_json::from_str(text).unwrap(), Place::default()))
    }

    #[test]
    fn short_forms() {
        assert_eq!(read(r#""world""#).unwrap(), json!({}));
        assert_eq!(read(r#""US""#).unwrap(), json!({"include": ["US"]}));
        assert_eq!(read(r#"["US", "Nordics"]"#).unwrap(), json!({"include": ["US"], "includeGroups": ["Nordics"]}));
        assert_eq!(
            read(r#"{"except": ["US", "Nordics"]}"#).unwrap(),
            json!({"exclude": ["US"], "excludeGroups": ["Nordics"]})
        );
        assert!(read(r#""QQ""#).is_err());
        assert!(read(r#"{"excpt": "US"}"#).is_err());
    }
}

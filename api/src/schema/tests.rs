#![allow(clippy::unwrap_used)]

use serde_json::Value;

use super::*;

const INTROSPECTION: &str = "{ __schema { types {
    kind name description
    fields(includeDeprecated: true) { name description args { name description } }
    inputFields { name description }
    enumValues(includeDeprecated: true) { name description }
} } }";

/// Every place of the schema that says nothing about itself.
#[tokio::test]
async fn everything_is_described() {
    let schema = build_schema();
    let answer = schema.execute(INTROSPECTION).await.into_result().unwrap().data.into_json().unwrap();
    let mut silent = Vec::new();
    let mut look = |place: String, described: &Value| {
        if described["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
            silent.push(place);
        }
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    for kind in list(&answer["__schema"]["types"]) {
        let type_name = name(&kind);
        // What the specification itself describes.
        if type_name.starts_with("__") || type_name == "ID" {
            continue;
        }
        look(type_name.clone(), &kind);
        for field in list(&kind["fields"]) {
            let place = format!("{type_name}.{}", name(&field));
            for argument in list(&field["args"]) {
                look(format!("{place}({})", name(&argument)), &argument);
            }
            look(place, &field);
        }
        for member in list(&kind["inputFields"]).iter().chain(&list(&kind["enumValues"])) {
            look(format!("{type_name}.{}", name(member)), member);
        }
    }
    assert!(silent.is_empty(), "without a description:\n{}", silent.join("\n"));
}

#[test]
fn the_schema_prints_the_same_every_time() {
    let text = sdl();
    assert_eq!(text, sdl());
    for part in ["type Query", "type Mutation", "type Subscription", "interface Node"] {
        assert!(text.contains(part), "{part}");
    }
}

/// Codes of user errors are names of the trade, written like all enum values.
#[test]
fn codes_keep_their_spelling() {
    use async_graphql::resolver_utils::EnumType;
    for item in crate::tenancy::TenancyErrorCode::items() {
        assert_eq!(item.name, format!("{:?}", item.value));
    }
}

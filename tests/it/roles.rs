//! The role matrix: every root field of the schema, tried by every role. A new root field changes the snapshot, so
//! nobody can forget to say who may use it.

use std::collections::HashMap;
use std::fmt::Write;

use kernel::permission::Role;
use serde_json::{Value, json};
use tests::{Client, TestApp};

const INTROSPECTION: &str = "{ __schema { queryType { fields { ...F } } mutationType { fields { ...F } } types { kind name enumValues { name } isOneOf inputFields { name defaultValue type { ...T } } fields { name } } } }
fragment F on __Field { name args { name defaultValue type { ...T } } type { ...T } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// Root fields that need nobody to be signed in.
const OPEN: &[&str] = &["signIn", "tokenRefresh", "signOut"];

struct Schema {
    types: HashMap<String, Value>,
}

fn named(kind: &Value) -> &str {
    kind["name"].as_str().unwrap_or_else(|| named(&kind["ofType"]))
}

impl Schema {
    /// The smallest value of a type; ids get the prefix that was asked for at their place.
    fn value(&self, kind: &Value, place: &str, prefixes: &HashMap<String, String>) -> Value {
        match kind["kind"].as_str().unwrap() {
            "NON_NULL" => self.value(&kind["ofType"], place, prefixes),
            "LIST" => json!([self.value(&kind["ofType"], &format!("{place}.0"), prefixes)]),
            "ENUM" => self.types[named(kind)]["enumValues"][0]["name"].clone(),
            "INPUT_OBJECT" => {
                let fields = self.types[named(kind)]["inputFields"].as_array().unwrap();
                let one_of = self.types[named(kind)]["isOneOf"] == json!(true);
                let mut object = serde_json::Map::new();
                for field in fields {
                    let required = field["type"]["kind"] == "NON_NULL" && field["defaultValue"].is_null();
                    let name = field["name"].as_str().unwrap();
                    // One of two ways must be chosen, which the schema cannot say.
                    let chosen = named(kind) == "SuspenseResolveInput" && name == "groupIds";
                    if required || chosen || (one_of && object.is_empty()) {
                        object
                            .insert(name.to_owned(), self.value(&field["type"], &format!("{place}.{name}"), prefixes));
                    }
                }
                Value::Object(object)
            }
            _ => match named(kind) {
                "ID" => {
                    let prefix = prefixes.get(place).map_or("rec", String::as_str);
                    json!(format!("{prefix}_01h455vb4pex5vsknk084sn02q"))
                }
                "Int" => json!(1),
                "Boolean" => json!(false),
                "Decimal" => json!("0.5"),
                "BigInt" => json!("1"),
                "CurrencyCode" => json!("EUR"),
                "TerritoryCode" => json!("DE"),
                "Month" => json!("2026-01"),
                "Date" => json!("2026-01-31"),
                "DateTime" => json!("2026-01-31T00:00:00Z"),
                "Isrc" => json!("QZFAK2600001"),
                "Iswc" => json!("T0345246801"),
                "Upc" => json!("0718752340625"),
                "Ipi" => json!("00123456789"),
                "Isni" => json!("0000000121032683"),
                _ if place.ends_with("contentHash") => json!("0".repeat(64)),
                _ => json!("text"),
            },
        }
    }
}

/// Asks one root field; when an id has the wrong prefix the answer names the right one, and it is asked again.
async fn verdict(schema: &Schema, client: &Client, operation: &str, field: &Value) -> String {
    let name = field["name"].as_str().unwrap();
    let mut prefixes: HashMap<String, String> = HashMap::new();
    let args = field["args"].as_array().unwrap();
    let required: Vec<&Value> =
        args.iter().filter(|arg| arg["type"]["kind"] == "NON_NULL" && arg["defaultValue"].is_null()).collect();
    let kind = schema.types.get(named(&field["type"]));
    let payload = kind
        .and_then(|kind| kind["fields"].as_array())
        .is_some_and(|fields| fields.iter().any(|f| f["name"] == "userErrors"));
    let leaf = kind.is_some_and(|kind| matches!(kind["kind"].as_str(), Some("SCALAR" | "ENUM")));
    let selection = match (leaf, payload) {
        (true, _) => "",
        (_, true) => "{ userErrors { code message path } }",
        _ => "{ __typename }",
    };
    for _ in 0..8 {
        let mut declared = String::new();
        let mut passed = String::new();
        let mut variables = serde_json::Map::new();
        for arg in &required {
            let arg_name = arg["name"].as_str().unwrap();
            write!(declared, "${arg_name}: {} ", type_text(&arg["type"])).unwrap();
            write!(passed, "{arg_name}: ${arg_name} ").unwrap();
            variables.insert(arg_name.to_owned(), schema.value(&arg["type"], arg_name, &prefixes));
        }
        let (declared, passed) = if required.is_empty() {
            (String::new(), String::new())
        } else {
            (format!("({declared})"), format!("({passed})"))
        };
        let document = format!("{operation}{declared} {{ {name}{passed} {selection} }}");
        let answer = client.ask(&document, Value::Object(variables)).await;
        let text = answer.body.to_string();
        if let Some((place, prefix)) = wanted_prefix(&answer.body)
            && prefixes.insert(place, prefix).is_none()
        {
            continue;
        }
        return match answer.error_code() {
            Some("FORBIDDEN") => "-".to_owned(),
            Some("UNAUTHENTICATED") => "sign-in".to_owned(),
            Some("INTERNAL" | "GRAPHQL_VALIDATION_FAILED" | "GRAPHQL_PARSE_FAILED") => panic!("{document}: {text}"),
            _ => "yes".to_owned(),
        };
    }
    panic!("{name}: no ids fit");
}

/// Where an id has the wrong prefix, and which one is expected there.
fn wanted_prefix(body: &Value) -> Option<(String, String)> {
    let top =
        body.pointer("/errors/0").map(|error| (error["message"].clone(), error["extensions"]["inputPath"].clone()));
    let user = body["data"].as_object().and_then(|data| {
        let error = data.values().next()?.pointer("/userErrors/0")?;
        Some((error["message"].clone(), error["path"].clone()))
    });
    let (message, path) = top.or(user)?;
    let prefix = message.as_str()?.split_once("begins with `")?.1.split_once("_`")?.0.to_owned();
    let place: Vec<&str> = path.as_array()?.iter().filter_map(Value::as_str).collect();
    Some((place.join("."), prefix))
}

fn type_text(kind: &Value) -> String {
    match kind["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", type_text(&kind["ofType"])),
        "LIST" => format!("[{}]", type_text(&kind["ofType"])),
        _ => kind["name"].as_str().unwrap().to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_root_field_says_who_may_use_it() {
    let app = TestApp::start_without_worker().await;
    let (_, owner) = app.tenant("matrix").await;
    let party = owner
        .ask(
            "mutation { partyCreate(input: { reference: \"P\", name: \"P\", kind: PERSON }) { party { id } userErrors { code message } } }",
            json!({}),
        )
        .await
        .ok()
        .text("/partyCreate/party/id");
    let introspected = owner.ask(INTROSPECTION, json!({})).await.ok();
    let types = introspected.at("/__schema/types").as_array().unwrap();
    let schema =
        Schema { types: types.iter().map(|kind| (kind["name"].as_str().unwrap().to_owned(), kind.clone())).collect() };
    let mut clients = vec![("NOBODY", Client::anonymous(&app.base))];
    for role in Role::ALL {
        let parties = if *role == Role::RightsHolder { vec![party.clone()] } else { Vec::new() };
        let client = if *role == Role::Owner {
            owner.clone()
        } else {
            app.member(&owner, "matrix", role.as_str(), &parties).await
        };
        clients.push((role.as_str(), client));
    }
    let mut matrix = format!("{:<28}", "field");
    for (role, _) in &clients {
        write!(matrix, "{role:<20}").unwrap();
    }
    for (operation, fields) in [("query", "/__schema/queryType/fields"), ("mutation", "/__schema/mutationType/fields")]
    {
        writeln!(matrix, "\n\n# {operation}").unwrap();
        let mut rows: Vec<&Value> = introspected.at(fields).as_array().unwrap().iter().collect();
        rows.sort_by_key(|field| field["name"].as_str().unwrap().to_owned());
        for field in rows {
            let name = field["name"].as_str().unwrap();
            write!(matrix, "{name:<28}").unwrap();
            for (role, client) in &clients {
                let verdict = verdict(&schema, client, operation, field).await;
                if *role == "NOBODY" {
                    assert_eq!(verdict == "yes", OPEN.contains(&name), "{name} without sign-in: {verdict}");
                }
                write!(matrix, "{verdict:<20}").unwrap();
            }
            matrix.truncate(matrix.trim_end().len());
            matrix.push('\n');
        }
    }
    insta::assert_snapshot!("role_matrix", matrix);
}

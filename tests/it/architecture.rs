//! Who may import whom: read from `cargo metadata`, anything else is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

const ALLOWED: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("migration", &[]),
    ("engine", &["kernel"]),
    ("formats", &["kernel"]),
    ("entity", &["kernel"]),
    ("platform", &["kernel", "entity"]),
    ("domain", &["kernel", "engine", "formats", "entity", "platform"]),
    ("connectors", &["kernel", "domain"]),
    ("api", &["kernel", "domain"]),
];

/// Crates that would let a room reach through a wall.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("kernel", &["sea-orm", "sqlx", "tokio", "axum", "async-graphql"]),
    ("engine", &["sea-orm", "sqlx", "tokio", "axum", "async-graphql"]),
    ("formats", &["sea-orm", "sqlx", "tokio", "axum", "async-graphql"]),
    ("domain", &["axum", "async-graphql"]),
    ("api", &["sea-orm", "sqlx", "entity", "platform"]),
];

#[test]
fn rooms_import_only_what_they_may() {
    let metadata = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let name = |of: &Value| of["name"].as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap();
    let members: BTreeSet<String> = packages.iter().map(name).collect();
    let dependencies: BTreeMap<String, BTreeSet<String>> = packages
        .iter()
        .map(|package| {
            // A dependency for the program itself has no kind; the others are `dev` and `build`.
            let normal = package["dependencies"].as_array().unwrap().iter().filter(|one| one["kind"].is_null());
            (name(package), normal.map(name).collect())
        })
        .collect();
    let mut wrong = Vec::new();
    for (name, allowed) in ALLOWED {
        for dependency in &dependencies[*name] {
            if members.contains(dependency) && !allowed.contains(&dependency.as_str()) {
                wrong.push(format!("{name} imports {dependency}"));
            }
        }
    }
    for (name, forbidden) in FORBIDDEN {
        for dependency in dependencies[*name].iter().filter(|one| forbidden.contains(&one.as_str())) {
            wrong.push(format!("{name} imports {dependency}"));
        }
    }
    for name in members.iter().filter(|name| !["server", "tests"].contains(&name.as_str())) {
        assert!(ALLOWED.iter().any(|(known, _)| known == name), "{name} has no import rule");
    }
    assert!(wrong.is_empty(), "walls are broken: {}", wrong.join(", "));
}

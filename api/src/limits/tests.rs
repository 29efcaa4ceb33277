#![allow(clippy::unwrap_used)]

use async_graphql::{Request, Variables};
use serde_json::json;

use super::*;

fn measure(query: &str) -> Measure {
    measure_with(query, json!({}))
}

fn measure_with(query: &str, variables: serde_json::Value) -> Measure {
    let document = async_graphql::parser::parse_query(query).unwrap();
    Measure::of(&document, &Variables::from_json(variables))
}

/// The limit that a document breaks.
fn broken(query: &str) -> String {
    match admit(&mut Request::new(query)) {
        Err(Refusal::TooMuch(failure)) => {
            assert_eq!(failure.code(), "QUERY_TOO_COMPLEX");
            failure.message().to_owned()
        }
        Err(Refusal::Malformed(error)) => format!("malformed: {error}"),
        Ok(measure) => format!("admitted: {measure:?}"),
    }
}

#[test]
fn lists_multiply_what_stands_inside() {
    assert_eq!(measure("{ viewer { id } }").complexity, 2);
    // 1 + 10 × (nodes 1 + id 1)
    assert_eq!(measure("{ xs(first: 10) { nodes { id } } }").complexity, 21);
    assert_eq!(measure("{ xs { nodes { id } } }").complexity, 51);
    assert_eq!(measure("{ xs(last: 5) { edges { node { id } } } }").complexity, 16);
    assert_eq!(measure_with("query($n: Int) { xs(first: $n) { nodes { id } } }", json!({"n": 10})).complexity, 21);
    assert_eq!(measure("query($n: Int = 10) { xs(first: $n) { nodes { id } } }").complexity, 21);
    // What is out of bounds is refused later, and is no way to look cheap or dear.
    assert_eq!(measure("{ xs(first: 0) { nodes { id } } }").complexity, 3);
    assert_eq!(measure("{ xs(first: 100000) { nodes { id } } }").complexity, 201);
    assert_eq!(measure("{ xs(first: -1) { nodes { id } } }").complexity, 51);
    assert_eq!(measure(r#"{ nodes(ids: ["a", "b", "c"]) { id } }"#).complexity, 4);
    assert_eq!(measure("mutation { a { id } b { id } }").complexity, 104);
}

#[test]
fn fragments_count_wherever_they_are_spread() {
    let once = "{ a { ...F } } fragment F on X { b { c } }";
    let twice = "{ a { ...F } d { ...F } } fragment F on X { b { c } }";
    assert_eq!(measure(once).complexity, 4);
    assert_eq!(measure(twice).complexity, 8);
    assert_eq!(measure(once).depth, 3);
    // A cycle ends; validation names it.
    assert!(measure("{ ...F } fragment F on Query { a { ...F } }").complexity < 10);
}

#[test]
fn every_limit_is_held() {
    let deep = |levels: usize| format!("{}{}", "{ a ".repeat(levels), "}".repeat(levels));
    assert!(broken(&deep(12)).starts_with("admitted"));
    assert!(broken(&deep(13)).contains("12 levels"));
    let aliases = |count: usize| {
        let fields: String = (0..count).map(|n| format!("x{n}: b ")).collect();
        format!("{{ a {{ {fields} }} }}")
    };
    assert!(broken(&aliases(30)).starts_with("admitted"));
    assert!(broken(&aliases(31)).contains("30 aliases"));
    let roots = |kind: &str, count: usize| {
        let fields: String = (0..count).map(|n| format!("f{n} ")).collect();
        format!("{kind} {{ {fields} }}")
    };
    assert!(broken(&roots("query", 10)).starts_with("admitted"));
    assert!(broken(&roots("query", 11)).contains("10 root fields"));
    assert!(broken(&roots("mutation", 10)).starts_with("admitted"));
    assert!(broken(&roots("mutation", 11)).contains("10 mutations"));
    assert!(broken("{ a(first: 100) { nodes { b(first: 100) { nodes { c } } } } }").contains("5000 points"));
    let long = |names: usize| format!("{{ {} }}", "a ".repeat(names));
    assert!(broken(&long(999)).contains("1000 tokens"));
    // Root fields behind a fragment are root fields.
    let hidden =
        format!("query {{ ...F }} fragment F on Query {{ {} }}", (0..11).map(|n| format!("f{n} ")).collect::<String>());
    assert!(broken(&hidden).contains("10 root fields"));
}

#[test]
fn a_fragment_bomb_is_refused_and_not_unfolded() {
    let mut bomb = "{ a { ...F0 } } ".to_owned();
    for n in 0..60 {
        bomb.push_str(&format!("fragment F{n} on X {{ ...F{m} ...F{m} }} ", m = n + 1));
    }
    bomb.push_str("fragment F60 on X { b }");
    assert!(broken(&bomb).contains("points"));
}

#[test]
fn tools_may_introspect() {
    let types = "kind name ofType { ".repeat(9) + "name" + &" }".repeat(9);
    let query = format!("{{ __schema {{ types {{ fields {{ args {{ type {{ {types} }} }} }} }} }} }}");
    assert!(broken(&query).starts_with("admitted"), "{}", broken(&query));
    let bomb = format!("{{ __schema {{ types {}name{} }} }}", "{ possibleTypes ".repeat(30), "}".repeat(30));
    assert!(!broken(&bomb).starts_with("admitted"));
}

#[test]
fn nonsense_is_malformed() {
    assert!(broken("{").starts_with("malformed"));
    assert!(broken("").starts_with("malformed"));
}

//! Searching whatever the case and the accents.

use serde_json::{Value, json};
use tests::{CONTRACTS, Label, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn search_folds_case_and_accents() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "search").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    let find = |field: &'static str, shown: &'static str, text: &'static str| {
        let document =
            format!("query($s: String!) {{ {field}(first: 20, filter: {{ search: $s }}) {{ nodes {{ {shown} }} }} }}");
        let label = &label;
        async move {
            let answer = label.manager.ask(&document, json!({ "s": text })).await.ok();
            let nodes = answer.at(&format!("/{field}/nodes")).as_array().unwrap().clone();
            nodes.iter().map(|node| node[shown].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    for text in ["Ätherwell", "atherwell", "ANNA Ä", "äTHER"] {
        assert_eq!(find("parties", "name", text).await, ["Anna Ätherwell"], "{text}");
    }
    assert_eq!(find("parties", "reference", "p-boco").await, ["P-BOCO"]);
    assert_eq!(find("recordings", "title", "FIRST light").await, ["First Light"]);
    assert_eq!(find("recordings", "isrc", "quiet tésters").await.len(), 2);
    assert_eq!(find("contracts", "number", "the QUIET").await, ["T-1"]);
    // What is special in a pattern stands for itself.
    for text in ["%", "_", "\\"] {
        assert!(find("parties", "name", text).await.is_empty(), "{text}");
    }
    let all =
        label.manager.ask("{ parties(first: 20, filter: { search: \"  \" }) { nodes { id } } }", Value::Null).await;
    assert_eq!(all.ok().at("/parties/nodes").as_array().map(Vec::len), Some(5));
}

//! A tenant's own layouts: proposed from a file, corrected, previewed, kept, and read with; and the provider directory.

use serde_json::{Value, json};
use tests::{Label, TestApp};

const MAPPING: &str = "provider title header columns { column field } delimiter encoding decimalMark thousands parentheses symbols dateForms currency platform revenueType";

/// Two sales for 1,234.50 and 0.25 EUR in a form that nobody has described: decimal comma, no currency column.
const STATEMENT: &str = "Monat;Kanal;Land;Titel;ISRC;Anzahl;Betrag\n\
    03/2026;Tonhaus;DE;Tide;QZFAK2600001;12;1.234,50\n\
    03/2026;Tonhaus;AT;Tide;QZFAK2600001;3;0,25\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_nobody_has_described_becomes_a_layout_and_is_read() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "ownlayout").await;
    let refused = label.report("tonhaus.csv", STATEMENT.as_bytes().to_vec()).await;
    assert_eq!(refused["failure"]["code"], "LAYOUT_UNKNOWN", "{refused}");

    let upload = label.owner.upload("tonhaus.csv", STATEMENT.as_bytes().to_vec()).await;
    let document = format!(
        "query($id: ID!) {{ reportLayoutProposal(uploadId: $id) {{ columns {{ column field confidence reason }} remarks mapping {{ {MAPPING} }} preview {{ rows bad amounts {{ currency amount }} }} }} }}"
    );
    let proposal = label.owner.ask(&document, json!({ "id": upload })).await.ok();
    let proposal = proposal.at("/reportLayoutProposal").clone();
    assert!(proposal["remarks"].to_string().contains("currency"), "{proposal}");
    assert_eq!(proposal["preview"]["amounts"], json!([{ "currency": "XXX", "amount": "1234.75" }]), "{proposal}");

    let mut mapping = proposal["mapping"].clone();
    mapping["provider"] = json!("Tonhaus");
    mapping["title"] = json!("Tonhaus monthly");
    mapping["currency"] = json!("EUR");
    let preview = "query($id: ID!, $mapping: LayoutMappingInput!) { reportLayoutPreview(uploadId: $id, mapping: $mapping) { lines { line isrc saleTo amount currency } rows bad } }";
    let shown = label.owner.ask(preview, json!({ "id": upload, "mapping": mapping })).await.ok();
    assert_eq!(
        shown.at("/reportLayoutPreview/lines/0"),
        &json!({ "line": "2", "isrc": "QZFAK2600001", "saleTo": "2026-03-31", "amount": "1234.50", "currency": "EUR" })
    );

    let save = "mutation($input: ReportLayoutSaveInput!) { reportLayoutSave(input: $input) { layout { id key version isActive } userErrors { code message } } }";
    let first = label.owner.ask(save, json!({ "input": { "mapping": mapping } })).await.ok();
    assert_eq!(first.at("/reportLayoutSave/layout/key"), "own-tonhaus-monthly", "{:?}", first.body);
    let second =
        label.owner.ask(save, json!({ "input": { "key": "own-tonhaus-monthly", "mapping": mapping } })).await.ok();
    assert_eq!(second.at("/reportLayoutSave/layout/version"), &json!(2));

    // A file that failed may come again: now it is read.
    let report = label.report("tonhaus.csv", STATEMENT.as_bytes().to_vec()).await;
    assert_eq!(report["state"], "IMPORTED", "{report}");
    assert_eq!(report["totals"][0]["total"], "1234.75", "{report}");

    let (_, stranger) = app.tenant("layoutstranger").await;
    let theirs = stranger.ask("{ ownLayouts { key } }", Value::Null).await.ok();
    assert_eq!(theirs.at("/ownLayouts"), &json!([]));
    let retire = "mutation($input: ReportLayoutRetireInput!) { reportLayoutRetire(input: $input) { layout { isActive } userErrors { code } } }";
    let id = second.text("/reportLayoutSave/layout/id");
    let answer = stranger.ask(retire, json!({ "input": { "layoutId": id } })).await;
    assert_eq!(answer.user_error("reportLayoutRetire"), Some("LAYOUT_UNKNOWN"), "{:?}", answer.body);
    let own = label.owner.ask("{ ownLayouts { version isActive } }", Value::Null).await.ok();
    assert_eq!(
        own.at("/ownLayouts"),
        &json!([{ "version": 2, "isActive": true }, { "version": 1, "isActive": false }]),
        "nothing of it changed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mapping_without_amounts_is_refused() {
    let app = TestApp::start_without_worker().await;
    let (_, owner) = app.tenant("badlayout").await;
    let mapping = json!({ "provider": "X", "title": "Y", "header": ["A", "B", "C"], "columns": [{ "column": "A", "field": "TITLE" }] });
    let save = "mutation($input: ReportLayoutSaveInput!) { reportLayoutSave(input: $input) { layout { id } userErrors { code message } } }";
    let answer = owner.ask(save, json!({ "input": { "mapping": mapping } })).await;
    assert_eq!(answer.user_error("reportLayoutSave"), Some("LAYOUT_INVALID"), "{:?}", answer.body);
    let own = owner.ask("{ ownLayouts { key } }", Value::Null).await.ok();
    assert_eq!(own.at("/ownLayouts"), &json!([]), "nothing was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_directory_takes_names_of_ones_own() {
    let app = TestApp::start_without_worker().await;
    let (_, owner) = app.tenant("directory").await;
    let all = owner.ask("{ reportProviders { key kind home } }", Value::Null).await.ok();
    assert!(all.at("/reportProviders").as_array().unwrap().len() >= 150);
    let change = "mutation($input: ReportProviderOverrideInput!) { reportProviderOverride(input: $input) { provider { name aliases isOverridden } userErrors { code } } }";
    let input = json!({ "input": { "key": "spotify", "name": "Spotify (Nordics)", "aliases": ["SPOT-N"] } });
    let changed = owner.ask(change, input).await.ok();
    assert_eq!(changed.at("/reportProviderOverride/provider/name"), "Spotify (Nordics)");
    let found = owner.ask("{ reportProviders(search: \"spot-n\") { key isOverridden } }", Value::Null).await.ok();
    assert_eq!(found.at("/reportProviders"), &json!([{ "key": "spotify", "isOverridden": true }]));
    let unknown = owner.ask(change, json!({ "input": { "key": "nobody" } })).await;
    assert_eq!(unknown.user_error("reportProviderOverride"), Some("PROVIDER_UNKNOWN"));
    let (_, stranger) = app.tenant("directorystranger").await;
    let theirs = stranger.ask("{ reportProviders(search: \"spot-n\") { key } }", Value::Null).await.ok();
    assert_eq!(theirs.at("/reportProviders"), &json!([]));
}

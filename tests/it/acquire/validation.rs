//! Reports held against what is expected of their source, and the report about it.

use serde_json::{Value, json};
use tests::{Label, STREAMS, TestApp, spotify};

use super::{Source, stage};

/// Imports a report of a source and gives it with its checks.
async fn import(label: &Label, source: &str, name: &str, rows: &[(&str, &str, u32, &str)]) -> Value {
    let upload = label.manager.upload(name, spotify(rows)).await;
    let answer = label
        .manager
        .ask(
            "mutation($i: RevenueReportImportInput!) { revenueReportImport(input: $i) { report { id } operation { id } userErrors { code message path } } }",
            json!({ "i": { "uploadId": upload, "accountingMonth": "2026-01", "sourceId": source, "idempotencyKey": name } }),
        )
        .await
        .ok();
    let ended = label.manager.wait(&answer.text("/revenueReportImport/operation/id")).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    label
        .manager
        .ask(
            "query($id: ID!) { revenueReport(id: $id) { id operation { stages { step number state fileCount rowCount note } }
               validation { warningCount findings { kind severity subject expected found message details } territories { territory rowCount units amount { amount currency } } } } }",
            json!({ "id": answer.text("/revenueReportImport/report/id") }),
        )
        .await
        .ok()
        .at("/revenueReport")
        .clone()
}

fn warnings(report: &Value) -> Vec<(String, String)> {
    let findings = report["validation"]["findings"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    findings
        .iter()
        .filter(|finding| finding["severity"] == "WARNING")
        .map(|finding| (text(&finding["kind"]), text(&finding["subject"])))
        .collect()
}

async fn open_alerts(label: &Label) -> Vec<Value> {
    let alerts = label.manager.ask("{ sourceAlerts { nodes { kind message } } }", json!({})).await.ok();
    alerts.at("/sourceAlerts/nodes").as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unusual_report_says_what_is_unusual() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "validation").await;
    let source = Source::create(&label, json!({ "name": "by hand", "method": { "upload": {} } })).await;

    let first = import(&label, &source.id, "one.tsv", STREAMS).await;
    assert_eq!(first["validation"]["warningCount"], 0, "{first}");
    assert_eq!(first["validation"]["findings"][0]["kind"], "NO_HISTORY", "{first}");
    // Largest first: DE 400.00 of 1000 units in one line.
    assert_eq!(
        first["validation"]["territories"][0],
        json!({ "territory": "DE", "rowCount": "1", "units": "1000", "amount": { "amount": "400.00", "currency": "EUR" } })
    );

    let mut second = STREAMS.to_vec();
    second[0].3 = "410.00";
    let second = import(&label, &source.id, "two.tsv", &second).await;
    assert_eq!(warnings(&second), [], "{second}");
    assert!(open_alerts(&label).await.is_empty());

    // One line instead of four (2 to 6 are usual), 1.00 EUR instead of about 512.58, three territories and one item gone.
    let third = import(&label, &source.id, "three.tsv", &[("QZFAK2600002", "DE", 1, "1.00")]).await;
    let expected = [
        ("TERRITORY_MISSING", "FR"),
        ("TERRITORY_MISSING", "SE"),
        ("TERRITORY_MISSING", "US"),
        ("ROW_COUNT", ""),
        ("AMOUNT", "EUR"),
        ("ITEMS_MISSING", ""),
    ]
    .map(|(kind, subject)| (kind.to_owned(), subject.to_owned()));
    assert_eq!(warnings(&third), expected, "{third}");
    let findings = third["validation"]["findings"].as_array().unwrap();
    let of = |kind: &str| findings.iter().find(|finding| finding["kind"] == kind).unwrap();
    assert_eq!((&of("ROW_COUNT")["expected"], &of("ROW_COUNT")["found"]), (&json!("2 to 6"), &json!("1")));
    assert_eq!(of("ITEMS_MISSING")["details"], json!(["First Light (QZFAK2600001)"]));
    assert_eq!(stage(&json!({ "operation": third["operation"] }), "ENHANCED_VALIDATION")["note"], "6 warnings");
    let alerts = open_alerts(&label).await;
    assert_eq!(alerts[0]["kind"], "REPORT_UNUSUAL", "{alerts:?}");
    assert!(alerts[0]["message"].as_str().unwrap().contains("three.tsv"), "{alerts:?}");

    // What somebody states goes before history, and a usual report ends the alert.
    let set = "mutation($i: SourceExpectationSetInput!) { sourceExpectationSet(input: $i) { source { expectation { version territories rowsTo history } } userErrors { code message path } } }";
    let input = json!({
        "sourceId": source.id, "expectedVersion": 0, "territories": ["DE"], "currencies": ["EUR"], "rowsFrom": "1", "rowsTo": "2",
        "amountTolerance": "100", "isItemWatch": false,
    });
    let answer = label.manager.ask(set, json!({ "i": input })).await.ok();
    assert_eq!(answer.at("/sourceExpectationSet/source/expectation/version"), &json!(1));
    let stale = label.manager.ask(set, json!({ "i": input })).await;
    assert_eq!(stale.user_error("sourceExpectationSet"), Some("STALE_VERSION"), "{}", stale.body);
    let mut wrong = input.clone();
    wrong["territories"] = json!(["XX"]);
    let wrong = label.manager.ask(set, json!({ "i": wrong })).await;
    assert_eq!(wrong.user_error("sourceExpectationSet"), Some("EXPECTATION_INVALID"), "{}", wrong.body);
    let fourth = import(&label, &source.id, "four.tsv", &[("QZFAK2600002", "DE", 1, "2.00")]).await;
    assert_eq!(warnings(&fourth), [], "{fourth}");
    assert!(open_alerts(&label).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_validation_report_is_written_as_csv_and_pdf() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "papers").await;
    let source = Source::create(&label, json!({ "name": "=by hand", "method": { "upload": {} } })).await;
    let report = import(&label, &source.id, "january.tsv", STREAMS).await;
    let export = "mutation($i: ReportValidationExportInput!) { reportValidationExport(input: $i) { document { fileName byteSize url } userErrors { code message path } } }";
    let mut bodies = Vec::new();
    for form in ["CSV", "PDF"] {
        let input = json!({ "i": { "reportId": report["id"], "form": form } });
        let answer = label.manager.ask(export, input).await.ok();
        let document = answer.at("/reportValidationExport/document").clone();
        assert_eq!(document["fileName"], format!("january validation.{}", form.to_lowercase()));
        let body = reqwest::get(document["url"].as_str().unwrap()).await.unwrap().bytes().await.unwrap();
        assert_eq!(document["byteSize"], body.len().to_string());
        bodies.push(body);
    }
    let csv = String::from_utf8(bodies[0].to_vec()).unwrap();
    // 400 + 100.000000000000000000000000000001 + 0.333333333333333333 + 7.25, and the digits beyond 18 places apart.
    for line in [
        "totals,file,EUR,,,,507.583333333333333333000000000001,,,",
        "totals,posted,EUR,,,,500.333333333333333333,,,",
        "totals,suspense,EUR,,,,7.25,,,",
        "totals,cut,EUR,,,,0.000000000000000000000000000001,,,",
        "rows,Rows,,,4,,,,,",
        "report,Source,,,,,,,,'=by hand",
        "territories,FR,EUR,,1,10,7.25,,,",
    ] {
        assert!(csv.lines().any(|known| known == line), "{line}\n{csv}");
    }
    assert!(bodies[1].starts_with(b"%PDF-1.7"));

    let (_, stranger) = app.tenant("stranger").await;
    let foreign = stranger.ask(export, json!({ "i": { "reportId": report["id"], "form": "CSV" } })).await;
    assert_eq!(foreign.user_error("reportValidationExport"), Some("NOT_FOUND"), "{}", foreign.body);
}

//! Rows that could not be read: kept as they are, mended by a person, then by the rule that was made of it.

use serde_json::{Value, json};
use tests::{Label, TestApp, spotify};

const REPAIR: &str = "mutation($i: RevenueReportRepairInput!) { revenueReportRepair(input: $i) { operation { id } userErrors { code message path } } }";

async fn shown(label: &Label, id: &Value) -> Value {
    let query = "query($id: ID!) { revenueReport(id: $id) { state postedCount errorCount
        totals { total posted skipped } errors(first: 10) { nodes { lineNo columnName found proposal code raw } }
        repairs { lineNo state message postedInId ruleId madeBy cells { column was value } } } }";
    label.manager.ask(query, json!({ "id": id })).await.ok().at("/revenueReport").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_is_mended_posted_and_remembered_for_later_files() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "mend").await;
    let rows =
        [("QZFAK2600001", "DE", 1, "1.00"), ("QZFAK2600001", "US", 1, "1.234,56"), ("QZFAK2600001", "SE", 1, "n/a")];
    let report = label.report("spotify_2026-01.tsv", spotify(&rows)).await;
    assert_eq!(report["errorCount"], "2", "{report}");
    let before = shown(&label, &report["id"]).await;
    let error = &before["errors"]["nodes"][0];
    assert_eq!(
        (&error["columnName"], &error["found"], &error["proposal"]),
        (&json!("Payable"), &json!("1.234,56"), &json!("1234.56"))
    );
    // What nobody can tell is not proposed.
    assert_eq!(before["errors"]["nodes"][1]["proposal"], Value::Null);

    // The proposal is taken; the other row is given another text that is no number either.
    let column = 14;
    let fix = |line: &str, value: &str| json!({ "lineNo": line, "cells": [{ "column": column, "value": value }] });
    let input =
        json!({ "reportId": report["id"], "rows": [fix("5", "1234.56"), fix("6", "unknown")], "remember": true });
    let answer = label.manager.ask(REPAIR, json!({ "i": input })).await.ok();
    let ended = label.manager.wait(&answer.text("/revenueReportRepair/operation/id")).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let after = shown(&label, &report["id"]).await;
    let repairs = after["repairs"].as_array().unwrap();
    assert_eq!(
        (&repairs[0]["state"], &repairs[0]["cells"][0]["was"]),
        (&json!("POSTED"), &json!("1.234,56")),
        "{after}"
    );
    assert_eq!(repairs[1]["state"], "REFUSED");
    assert!(repairs[1]["message"].as_str().unwrap().contains("unknown"), "{after}");
    // The imported report is as it was; the mended row is in one of its own.
    assert_eq!((&after["postedCount"], &after["errorCount"]), (&json!("1"), &json!("2")));
    let mended = shown(&label, &repairs[0]["postedInId"]).await;
    assert_eq!((&mended["state"], &mended["totals"][0]["posted"]), (&json!("IMPORTED"), &json!("1234.56")), "{mended}");
    let proof = label
        .manager
        .ask("{ conservation(from: \"2026-01\", to: \"2026-12\") { moneyIn waiting holds } }", json!({}))
        .await
        .ok();
    // 1.00 and 1234.56.
    assert_eq!(proof.at("/conservation/0"), &json!({ "moneyIn": "1235.56", "waiting": "1235.56", "holds": true }));
    // A row is mended once; the other may be tried again, a line that is no bad row may not.
    let twice = json!({ "reportId": report["id"], "rows": [fix("5", "9.00")] });
    assert_eq!(
        label.manager.ask(REPAIR, json!({ "i": twice })).await.user_error("revenueReportRepair"),
        Some("REPAIR_EXISTS")
    );
    let good = json!({ "reportId": report["id"], "rows": [fix("4", "9.00")] });
    assert_eq!(
        label.manager.ask(REPAIR, json!({ "i": good })).await.user_error("revenueReportRepair"),
        Some("ROW_UNKNOWN")
    );

    // The next file of the source has the same text: the rule reads it, and says so.
    let next = String::from_utf8(spotify(&[("QZFAK2600002", "DE", 1, "2.00"), ("QZFAK2600002", "US", 1, "1.234,56")]))
        .unwrap()
        .replace("2026-01-", "2026-02-")
        .replace("2026-02-31", "2026-02-28");
    let next = label.report("spotify_2026-02.tsv", next.into_bytes()).await;
    assert_eq!(
        (&next["state"], &next["errorCount"], &next["totals"][0]["posted"]),
        (&json!("IMPORTED"), &json!("0"), &json!("1236.56")),
        "{next}"
    );
    let next = shown(&label, &next["id"]).await;
    assert_eq!(next["repairs"][0]["cells"], json!([{ "column": 14, "was": "1.234,56", "value": "1234.56" }]), "{next}");
    assert!(next["repairs"][0]["ruleId"].is_string());
    let rules = label.manager.ask("{ repairRules { id column found value isActive usedCount } }", json!({})).await.ok();
    assert_eq!(rules.at("/repairRules/0/usedCount"), "1", "{}", rules.body);
    let retire = "mutation($i: RepairRuleRetireInput!) { repairRuleRetire(input: $i) { rule { isActive } userErrors { code } } }";
    let retired = label.manager.ask(retire, json!({ "i": { "ruleId": rules.at("/repairRules/0/id") } })).await.ok();
    assert_eq!(retired.at("/repairRuleRetire/rule/isActive"), false);
}

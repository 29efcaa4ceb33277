//! The same money twice: files issued again, exports that overlap; and suspense that the catalogue catches up with.

use serde_json::{Value, json};
use tests::{Label, TestApp, spotify};

const DECIDE: &str = "mutation($i: RevenueReportDecideInput!) { revenueReportDecide(input: $i) { report { id state } operation { id } userErrors { code message } } }";
const FIELDS: &str =
    "id state kind decision excludedCount rowCount postedCount suspenseCount skippedCount ofReport { id }
    totals { total posted suspense skipped } skips { reason rowCount amount }
    duplicates { kind lineCount newUses oldUses sameUses amounts { currency amount } report { id } }";

async fn shown(label: &Label, id: &str) -> Value {
    let query = format!("query($id: ID!) {{ revenueReport(id: $id) {{ {FIELDS} }} }}");
    label.manager.ask(&query, json!({ "id": id })).await.ok().at("/revenueReport").clone()
}

async fn decide(label: &Label, id: &str, decision: &str) -> Value {
    let answer = label.manager.ask(DECIDE, json!({ "i": { "reportId": id, "decision": decision } })).await.ok();
    assert_eq!(answer.at("/revenueReportDecide/userErrors"), &json!([]), "{}", answer.body);
    if let Some(operation) = answer.at("/revenueReportDecide/operation/id").as_str() {
        let ended = label.manager.wait(operation).await;
        assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    }
    shown(label, id).await
}

async fn all(label: &Label) -> Vec<Value> {
    let query = format!("{{ revenueReports(first: 50) {{ nodes {{ {FIELDS} }} }} }}");
    let answer = label.manager.ask(&query, json!({})).await.ok();
    answer.at("/revenueReports/nodes").as_array().unwrap().clone()
}

/// What came in, per the proof over the month, and whether the proof holds.
async fn proof(label: &Label) -> (String, String, bool) {
    let answer = label
        .manager
        .ask("{ conservation(from: \"2026-01\", to: \"2026-12\") { moneyIn suspense waiting holds } }", json!({}))
        .await
        .ok();
    let row = answer.at("/conservation/0");
    (
        row["moneyIn"].as_str().unwrap().to_owned(),
        row["suspense"].as_str().unwrap().to_owned(),
        row["holds"].as_bool().unwrap(),
    )
}

const FIRST: &[(&str, &str, u32, &str)] = &[
    ("QZFAK2600001", "DE", 1000, "400.00"),
    ("QZFAK2600001", "US", 500, "100.00"),
    ("QZFAK2600002", "SE", 300, "0.50"),
    ("QZFAK2609999", "FR", 10, "7.25"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_file_issued_again_waits_and_replaces_the_earlier_one() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "again").await;
    let old = label.report("spotify_2026-01.tsv", spotify(FIRST)).await;
    assert_eq!(old["state"], "IMPORTED", "{old}");
    // The provider corrects one amount: 400 becomes 390.
    let mut rows = FIRST.to_vec();
    rows[0] = ("QZFAK2600001", "DE", 975, "390.00");
    let new = label.report("spotify_2026-01_corrected.tsv", spotify(&rows)).await;
    assert_eq!(new["state"], "HELD", "{new}");
    let id = new["id"].as_str().unwrap();
    let held = shown(&label, id).await;
    let repeats = &held["duplicates"][0];
    assert_eq!((&repeats["kind"], &repeats["report"]["id"]), (&json!("REISSUE"), &old["id"]), "{held}");
    // Three of the four lines are the same: 100 + 0.50 + 7.25.
    assert_eq!((&repeats["lineCount"], &repeats["amounts"][0]["amount"]), (&json!("3"), &json!("107.75")));
    assert_eq!(
        (&repeats["newUses"], &repeats["oldUses"], &repeats["sameUses"]),
        (&json!("4"), &json!("4"), &json!("4"))
    );
    // Nothing of it is booked: 400 + 100 + 0.50 + 7.25.
    assert_eq!(proof(&label).await, ("507.75".to_owned(), "7.25".to_owned(), true));
    // The same bytes are the same report, held or not.
    assert_eq!(label.report("copy.tsv", spotify(&rows)).await["isDuplicate"], true);

    let new = decide(&label, id, "REPLACE").await;
    assert_eq!(
        (&new["state"], &new["decision"], &new["excludedCount"]),
        (&json!("IMPORTED"), &json!("REPLACE"), &json!("0"))
    );
    let reports = all(&label).await;
    let back = reports.iter().find(|report| report["kind"] == "REVERSAL").unwrap();
    assert_eq!(back["ofReport"]["id"], old["id"]);
    assert_eq!(back["totals"][0]["total"], "-507.75", "{back}");
    assert_eq!((&back["totals"][0]["posted"], &back["totals"][0]["suspense"]), (&json!("-500.50"), &json!("-7.25")));
    // The earlier report is as it was; together they are the new file: 507.75 − 507.75 + 497.75.
    assert_eq!(shown(&label, old["id"].as_str().unwrap()).await["totals"][0]["total"], "507.75");
    assert_eq!(proof(&label).await, ("497.75".to_owned(), "7.25".to_owned(), true));
    // Only the new file's group is open.
    let open = label
        .manager
        .ask("{ suspenseGroups(first: 10) { nodes { amount { amount } report { id } } } }", json!({}))
        .await
        .ok();
    assert_eq!(open.at("/suspenseGroups/nodes").as_array().unwrap().len(), 1, "{}", open.body);
    assert_eq!(open.at("/suspenseGroups/nodes/0/report/id"), &json!(id));
    // What is decided is not decided twice.
    let again = label.manager.ask(DECIDE, json!({ "i": { "reportId": id, "decision": "ADD" } })).await;
    assert_eq!(again.user_error("revenueReportDecide"), Some("REPORT_NOT_HELD"), "{}", again.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_an_overlapping_export_are_left_out_and_twins_are_kept() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "overlap").await;
    // Two twins in one file are two sales: 3 × 1.50.
    let twin = ("QZFAK2600001", "DE", 1, "1.50");
    let other = |days: &str, rows: &[(&str, &str, u32, &str)]| {
        String::from_utf8(spotify(rows)).unwrap().replace("2026-01-31", days).into_bytes()
    };
    let first = label.report("a.tsv", other("2026-01-31", &[twin, twin, ("QZFAK2600002", "SE", 2, "3.00")])).await;
    assert_eq!((&first["state"], &first["totals"][0]["posted"]), (&json!("IMPORTED"), &json!("6.00")), "{first}");
    // Another file of the month has the three lines of one twin, and mostly other uses.
    let mut rows = vec![twin, twin, twin];
    let more: Vec<String> = (0..8).map(|n| format!("QZFAK26000{n:02}")).collect();
    for isrc in &more {
        rows.push((isrc, "NO", 1, "1.00"));
    }
    let second = label.report("b.tsv", other("2026-01-31", &rows)).await;
    assert_eq!(second["state"], "HELD", "{second}");
    let id = second["id"].as_str().unwrap();
    let held = shown(&label, id).await;
    // Of the nine uses of the second file one is in the first: that is another scope.
    assert_eq!(held["duplicates"][0]["kind"], "OVERLAP", "{held}");
    assert_eq!(
        (&held["duplicates"][0]["lineCount"], &held["duplicates"][0]["amounts"][0]["amount"]),
        (&json!("2"), &json!("3"))
    );
    let done = decide(&label, id, "SKIP_DUPLICATES").await;
    // 3 × 1.50 + 8 = 12.50 in the file; two twins are known: 3.00 are skipped.
    assert_eq!(
        (&done["state"], &done["excludedCount"], &done["skippedCount"]),
        (&json!("IMPORTED"), &json!("2"), &json!("2")),
        "{done}"
    );
    let total = &done["totals"][0];
    assert_eq!((&total["total"], &total["skipped"]), (&json!("12.50"), &json!("3.00")), "{done}");
    assert_eq!(done["skips"][0]["reason"], "DUPLICATE_LINE");
    // 6.00 + 12.50, of which 3.00 twice.
    let (money_in, _, holds) = proof(&label).await;
    assert_eq!((money_in.as_str(), holds), ("18.5", true));
    // A third file is added as it is, a fourth is not taken.
    let third = label.report("c.tsv", other("2026-01-31", &[twin])).await;
    assert_eq!(third["state"], "HELD");
    assert_eq!(decide(&label, third["id"].as_str().unwrap(), "DISCARD").await["state"], "DISCARDED");
    assert_eq!(proof(&label).await.0, "18.5");
    assert_eq!(decide(&label, third["id"].as_str().unwrap(), "ADD").await["state"], "IMPORTED");
    assert_eq!(proof(&label).await.0, "20");
}

#[tokio::test(flavor = "multi_thread")]
async fn suspense_is_counted_aged_and_matched_again_when_the_catalogue_grows() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "rematch").await;
    label.report("spotify_2026-01.tsv", spotify(FIRST)).await;
    let ageing = label
        .manager
        .ask("{ suspenseAgeing { reason source estimatedOwner groupCount amount amountTo30Days amountOver90Days oldestDays } }", json!({}))
        .await
        .ok();
    let row = ageing.at("/suspenseAgeing/0");
    assert_eq!(
        (&row["reason"], &row["amount"], &row["amountTo30Days"]),
        (&json!("NO_ITEM"), &json!("7.25"), &json!("7.25"))
    );
    // The artist has the name of a rights holder.
    assert_eq!(row["estimatedOwner"], "The Quiet Testers", "{}", ageing.body);
    let source = row["source"].as_str().unwrap();
    let preview = label
        .manager
        .ask(
            "query($s: String!) { suspensePreview(source: $s, sourceKey: \"isrc:QZFAK2609999\") { groupCount rowCount units canRemember amounts { currency amount } } }",
            json!({ "s": source }),
        )
        .await
        .ok();
    let amounts = json!([{ "currency": "EUR", "amount": "7.25" }]);
    assert_eq!(
        preview.at("/suspensePreview"),
        &json!({ "groupCount": "1", "rowCount": "1", "units": "10", "canRemember": true, "amounts": amounts })
    );
    label
        .import(
            "RECORDINGS",
            "more.csv",
            "isrc,title,version,artist,duration,organisation\nQZFAK2609999,Third Rail,,The Quiet Testers,180,\n",
        )
        .await;
    for attempt in 0.. {
        let answer = label
            .manager
            .ask("{ suspenseGroups(first: 10, filter: { isResolved: true }) { nodes { item { id } } } }", json!({}))
            .await
            .ok();
        if answer.at("/suspenseGroups/nodes").as_array().unwrap().len() == 1 {
            break;
        }
        assert!(attempt < 100, "not matched again: {}", answer.body);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

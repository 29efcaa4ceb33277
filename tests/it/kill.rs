//! The worker dies at random points of import and calculation; what is there in the end is what an undisturbed
//! worker leaves.

use std::time::Duration;

use kernel::ids::TenantId;
use platform::db::sql;
use rand::{Rng, SeedableRng};
use sea_orm::ConnectionTrait;
use serde_json::json;
use tests::{CONTRACTS, Label, TestApp, spotify};

const ROWS: usize = 30_000;
const KILLS: usize = 10;

fn big_report() -> Vec<u8> {
    let amounts: Vec<String> = (0..ROWS).map(|row| format!("0.{:09}", row * 7 + 1)).collect();
    let rows: Vec<(&str, &str, u32, &str)> = amounts
        .iter()
        .enumerate()
        .map(|(row, amount)| {
            let isrc = if row % 100 == 0 { "QZFAK2609999" } else { "QZFAK2600001" };
            (isrc, ["DE", "US", "SE"][row % 3], 1, amount.as_str())
        })
        .collect();
    spotify(&rows)
}

async fn scalar(app: &TestApp, tenant: TenantId, query: &str) -> String {
    let tx = app.core.db.tenant(&app.context(tenant)).await.unwrap();
    let row = tx.query_one_raw(sql(query, [tenant.uuid().into()])).await.unwrap().unwrap();
    row.try_get_by_index::<Option<String>>(0).unwrap().unwrap_or_default()
}

/// Everything of an import that does not carry an id of its own.
async fn digest_of_lines(app: &TestApp, tenant: TenantId) -> String {
    scalar(
        app,
        tenant,
        "SELECT count(*)::text || ' ' || sum(amount)::text || ' ' || md5(string_agg(line_no || territory || currency || amount::text || units || source_key || (item_id IS NULL), ',' ORDER BY line_no))
         FROM revenue_line WHERE tenant_id = $1",
    )
    .await
}

/// Everything of a calculation: the digest the run itself reports, and the rows.
async fn digest_of_run(app: &TestApp, tenant: TenantId) -> String {
    scalar(
        app,
        tenant,
        "SELECT count(*)::text || ' ' || sum(source_amount)::text || ' ' || sum(amount)::text || ' ' ||
                md5(string_agg(report_line_no || ' ' || split_ix || ' ' || amount::text, ',' ORDER BY report_line_no, split_ix))
         FROM royalty_line WHERE tenant_id = $1",
    )
    .await
}

/// Lets the worker live for a random moment and kills it, again and again; then lets one finish.
async fn disturb(app: &mut TestApp, seed: u64, longest: u64) {
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    for _ in 0..KILLS {
        app.start_worker();
        tokio::time::sleep(Duration::from_millis(random.random_range(1..longest))).await;
        app.kill_worker().await;
    }
    app.start_worker();
}

async fn one(slug: &str, kill: bool) -> (String, String) {
    let mut app = TestApp::start().await;
    let label = Label::create(&app, slug).await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    if kill {
        app.kill_worker().await;
    }
    let upload = label.manager.upload("spotify_2026-01.tsv", big_report()).await;
    let answer = label
        .manager
        .ask(
            "mutation($i: RevenueReportImportInput!) { revenueReportImport(input: $i) { operation { id } userErrors { code message } } }",
            json!({ "i": { "uploadId": upload, "accountingMonth": "2026-01", "idempotencyKey": "import" } }),
        )
        .await
        .ok();
    if kill {
        disturb(&mut app, 1, 400).await;
    }
    let ended = label.manager.wait(&answer.text("/revenueReportImport/operation/id")).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let lines = digest_of_lines(&app, label.tenant_id).await;

    if kill {
        app.kill_worker().await;
    }
    let answer = label
        .manager
        .ask(
            "mutation($i: CalculationRunCreateInput!) { calculationRunCreate(input: $i) { run { id } operation { id } userErrors { code message } } }",
            json!({ "i": { "accountingMonth": "2026-01", "idempotencyKey": "run" } }),
        )
        .await
        .ok();
    if kill {
        disturb(&mut app, 2, 400).await;
    }
    let ended = label.manager.wait(&answer.text("/calculationRunCreate/operation/id")).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    (lines, digest_of_run(&app, label.tenant_id).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_loses_nothing_and_doubles_nothing() {
    let (lines, royalties) = one("calm", false).await;
    assert!(lines.starts_with(&format!("{ROWS} ")), "{lines}");
    assert!(!royalties.is_empty());
    let (killed_lines, killed_royalties) = one("killed", true).await;
    assert_eq!(killed_lines, lines, "the import of a killed worker differs");
    assert_eq!(killed_royalties, royalties, "the calculation of a killed worker differs");
}

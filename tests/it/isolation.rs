//! Two tenants, every tenant table: what one wrote, the other can neither see nor change, as the application role.

use kernel::ids::TenantId;
use platform::db::sql;
use sea_orm::ConnectionTrait;
use serde_json::json;
use sqlx::{Connection, PgConnection, Row};
use tests::{CONTRACTS, Label, STREAMS, TestApp, spotify};

#[tokio::test(flavor = "multi_thread")]
async fn no_table_shows_another_tenants_rows() {
    let app = TestApp::start().await;
    let one = Label::create(&app, "first").await;
    one.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    one.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
    sources(&one).await;
    let (other, _) = app.tenant("second").await;

    let mut owner = PgConnection::connect(&app.urls.owner).await.unwrap();
    let tables: Vec<String> = sqlx::query(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND relrowsecurity AND NOT relispartition ORDER BY 1",
    )
    .fetch_all(&mut owner)
    .await
    .unwrap()
    .iter()
    .map(|row| row.get(0))
    .collect();
    let mut filled = 0;
    for table in &tables {
        let mine = count(&app, one.tenant_id, table, one.tenant_id).await;
        if mine > 0 {
            filled += 1;
        }
        assert_eq!(count(&app, other, table, one.tenant_id).await, 0, "{table} shows another tenant's rows");
        let tx = app.core.db.tenant(&app.context(other)).await.unwrap();
        let update = format!("UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = $1");
        if let Ok(done) = tx.execute_raw(sql(&update, [one.tenant_id.uuid().into()])).await {
            assert_eq!(done.rows_affected(), 0, "{table} lets another tenant change rows");
        }
        drop(tx);
        let tx = app.core.db.tenant(&app.context(other)).await.unwrap();
        let delete = format!("DELETE FROM {table} WHERE tenant_id = $1");
        if let Ok(done) = tx.execute_raw(sql(&delete, [one.tenant_id.uuid().into()])).await {
            assert_eq!(done.rows_affected(), 0, "{table} lets another tenant delete rows");
        }
    }
    for table in OF_SOURCES {
        assert!(tables.iter().any(|known| known == table), "{table} is not protected");
        assert!(count(&app, one.tenant_id, table, one.tenant_id).await > 0, "{table} has no row to be kept apart");
    }
    assert!(filled >= 35, "the test proves little: only {filled} of {} tables had rows", tables.len());
}

/// Tables of collection that the test fills.
const OF_SOURCES: [&str; 12] = [
    "data_key",
    "source",
    "source_secret",
    "source_run",
    "source_alert",
    "source_expectation",
    "operation_stage",
    "report_territory",
    "report_items",
    "report_finding",
    "control_total",
    "control_total_report",
];

/// A source with a credential, a run that fails, what is expected of it, and a payment for the label's report.
async fn sources(label: &Label) {
    let manager = &label.manager;
    let create = "mutation($i: SourceCreateInput!) { sourceCreate(input: $i) { source { id version } userErrors { code message } } }";
    let sftp =
        json!({ "host": "127.0.0.1", "port": 1, "userName": "u", "hostKeys": [format!("SHA256:{}", "A".repeat(43))] });
    let input = json!({
        "name": "nobody", "provider": "Spotify", "method": { "sftp": sftp }, "maxAttempts": 1,
        "credentials": [{ "name": "PASSWORD", "value": "secret" }],
    });
    let source = manager.ask(create, json!({ "i": input })).await.ok().at("/sourceCreate/source").clone();
    let enable =
        "mutation($i: SourceTurnInput!) { sourceEnable(input: $i) { source { id } userErrors { code message } } }";
    manager.ask(enable, json!({ "i": { "id": source["id"], "expectedVersion": 1 } })).await.ok();
    let collect = "mutation($i: SourceCollectInput!) { sourceCollect(input: $i) { operation { id } userErrors { code message } } }";
    let run = manager.ask(collect, json!({ "i": { "id": source["id"], "idempotencyKey": "c" } })).await.ok();
    assert_eq!(manager.wait(&run.text("/sourceCollect/operation/id")).await["state"], "FAILED");
    let expect = "mutation($i: SourceExpectationSetInput!) { sourceExpectationSet(input: $i) { source { id } userErrors { code message } } }";
    manager.ask(expect, json!({ "i": { "sourceId": source["id"], "expectedVersion": 0 } })).await.ok();
    let reports = manager.ask("{ revenueReports(first: 1) { nodes { id } } }", json!({})).await.ok();
    let pay = "mutation($i: ControlTotalCreateInput!) { controlTotalCreate(input: $i) { controlTotal { id } userErrors { code message } } }";
    let input = json!({
        "payer": "Spotify", "reference": "P-1", "currency": "EUR", "amount": "1", "idempotencyKey": "p",
        "reportIds": [reports.at("/revenueReports/nodes/0/id")],
    });
    manager.ask(pay, json!({ "i": input })).await.ok();
}

async fn count(app: &TestApp, seen_by: TenantId, table: &str, of: TenantId) -> i64 {
    let tx = app.core.db.tenant(&app.context(seen_by)).await.unwrap();
    let query = format!("SELECT count(*) FROM {table} WHERE tenant_id = $1");
    let row = tx.query_one_raw(sql(&query, [of.uuid().into()])).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_tenant_nothing_is_readable_or_writable() {
    let app = TestApp::start_without_worker().await;
    app.tenant("alone").await;
    let mut connection = PgConnection::connect(&app.urls.app).await.unwrap();
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM tenant").fetch_one(&mut connection).await.unwrap();
    assert_eq!(rows, 0, "a session without a tenant sees tenants");
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM member").fetch_one(&mut connection).await.unwrap();
    assert_eq!(rows, 0, "a session without a tenant sees members");
    let insert = sqlx::query(
        "INSERT INTO organisation VALUES (gen_random_uuid(), gen_random_uuid(), null, 'LABEL', 'x', 1, now())",
    );
    assert!(insert.execute(&mut connection).await.is_err(), "a session without a tenant can write");
}

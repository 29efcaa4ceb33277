//! Two tenants, every tenant table: what one wrote, the other can neither see nor change, as the application role.

use kernel::ids::TenantId;
use platform::db::sql;
use sea_orm::ConnectionTrait;
use sqlx::{Connection, PgConnection, Row};
use tests::{CONTRACTS, Label, STREAMS, TestApp, spotify};

#[tokio::test(flavor = "multi_thread")]
async fn no_table_shows_another_tenants_rows() {
    let app = TestApp::start().await;
    let one = Label::create(&app, "first").await;
    one.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    one.report("spotify_2026-01.tsv", spotify(STREAMS)).await;
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
    assert!(filled >= 20, "the test proves little: only {filled} of {} tables had rows", tables.len());
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

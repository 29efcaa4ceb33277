//! What the database itself promises, read from its catalogue.

use migration as _;
use sqlx::{Connection, PgConnection, Row};
use tests::private_database;

/// Tables that are not tenant data, each for a reason.
const GLOBAL: &[&str] = &["login", "refresh_token", "signing_key", "seal_key", "_sqlx_migrations"];

async fn connect() -> PgConnection {
    PgConnection::connect(&private_database().await.owner).await.unwrap()
}

async fn names(connection: &mut PgConnection, query: &'static str) -> Vec<String> {
    sqlx::query(query).fetch_all(connection).await.unwrap().iter().map(|row| row.get::<String, _>(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tenant_table_is_behind_forced_row_security() {
    let mut connection = connect().await;
    sqlx::query("SELECT app.ensure_month('2026-01-01')").execute(&mut connection).await.unwrap();
    let bare = names(
        &mut connection,
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT (relrowsecurity AND relforcerowsecurity)",
    )
    .await;
    let unexpected: Vec<_> = bare.iter().filter(|name| !GLOBAL.contains(&name.as_str())).collect();
    assert!(unexpected.is_empty(), "without forced row security: {unexpected:?}");

    let half = names(
        &mut connection,
        "SELECT c.relname::text FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND relrowsecurity AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'tenant'
             AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL AND p.polroles = '{0}')",
    )
    .await;
    assert!(half.is_empty(), "policies without USING or WITH CHECK: {half:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_led_by_the_tenant() {
    let mut connection = connect().await;
    let wrong = names(
        &mut connection,
        "SELECT c.conrelid::regclass::text || '.' || c.conname
         FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
         WHERE t.relnamespace = 'public'::regnamespace AND t.relrowsecurity AND c.contype IN ('p', 'u', 'f', 'x')
           AND a.attname <> 'tenant_id' AND NOT (t.relname = 'tenant' AND c.contype = 'u')",
    )
    .await;
    assert!(wrong.is_empty(), "constraints that do not begin with the tenant: {wrong:?}");
    let wrong = names(
        &mut connection,
        "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
         JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]
         WHERE t.relnamespace = 'public'::regnamespace AND t.relrowsecurity AND a.attname <> 'tenant_id'
           AND t.relname NOT IN ('tenant', 'outbox')",
    )
    .await;
    assert!(wrong.is_empty(), "indexes that do not begin with the tenant: {wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_own_nothing_and_bypass_nothing() {
    let mut connection = connect().await;
    let strong = names(
        &mut connection,
        "SELECT rolname::text FROM pg_roles WHERE rolname IN ('tunemantra_app', 'tunemantra_worker', 'tunemantra_system',
         'tunemantra_readonly') AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)",
    )
    .await;
    assert!(strong.is_empty(), "too strong: {strong:?}");
    let owned = names(
        &mut connection,
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
         AND pg_get_userbyid(relowner) <> 'tunemantra_owner'",
    )
    .await;
    assert!(owned.is_empty(), "not the owner's: {owned:?}");
    let bulk = names(
        &mut connection,
        "SELECT table_name || ' ' || privilege_type FROM information_schema.role_table_grants
         WHERE grantee = 'tunemantra_bulk' AND table_schema = 'public' ORDER BY 1",
    )
    .await;
    assert_eq!(bulk, ["calculation_suspense INSERT", "revenue_line INSERT", "royalty_line INSERT"]);
    let partitions = names(
        &mut connection,
        "SELECT g.table_name || ' ' || g.grantee FROM information_schema.role_table_grants g
         JOIN pg_class c ON c.relname = g.table_name AND c.relispartition
         WHERE g.grantee LIKE 'tunemantra%' AND g.grantee <> 'tunemantra_owner'",
    )
    .await;
    assert!(partitions.is_empty(), "partitions with grants of their own: {partitions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_are_exact_types() {
    let mut connection = connect().await;
    let loose = names(
        &mut connection,
        "SELECT table_name || '.' || column_name FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type IN ('real', 'double precision', 'money', 'timestamp without time zone')",
    )
    .await;
    assert!(loose.is_empty(), "inexact columns: {loose:?}");
}

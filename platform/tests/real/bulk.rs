//! Binary COPY: what arrives is what was sent, or nothing.

use chrono::{DateTime, NaiveDate};
use kernel::ids::TenantId;
use platform::db::{CopyBuffer, CopyRow};
use rust_decimal::Decimal;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use crate::support::{connect, database, job};

const TABLES: &str = "
    CREATE TABLE fact (
        tenant_id uuid NOT NULL, line_no bigint NOT NULL, month date NOT NULL, units int, flag boolean, kind smallint,
        code char(3), title text, amount numeric, at timestamptz, note jsonb, hash bytea,
        PRIMARY KEY (tenant_id, line_no));
    ALTER TABLE fact ENABLE ROW LEVEL SECURITY;
    ALTER TABLE fact FORCE ROW LEVEL SECURITY;
    GRANT INSERT ON fact TO tunemantra_bulk;
    CREATE TABLE secret (n int);";

const COLUMNS: &[&str] =
    &["tenant_id", "line_no", "month", "units", "flag", "kind", "code", "title", "amount", "at", "note", "hash"];

fn put(row: &mut CopyRow<'_>, tenant: Uuid, line: i64, amount: Decimal) {
    row.put_uuid(tenant);
    row.put_i64(line);
    row.put_date(NaiveDate::from_ymd_opt(1999, 12, 31).unwrap());
    row.put_opt((line % 2 == 0).then_some(-7), CopyRow::put_i32);
    row.put_bool(true);
    row.put_i16(-2);
    row.put_str("EUR");
    row.put_str("Ünïcode\0 🎵");
    row.put_decimal(amount);
    row.put_timestamp(DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap());
    row.put_json(r#"{"a": 1}"#);
    row.put_bytes(&[0, 255]);
}

#[tokio::test]
async fn every_type_arrives_as_it_was_sent() {
    let urls = database(TABLES).await;
    let db = connect(&urls).await;
    let tenant = TenantId::new();
    let amounts: Vec<Decimal> = [
        "0",
        "1",
        "-1",
        "0.5",
        "-0.000000000001",
        "12345.6789",
        "10000",
        "100000000.0001",
        "0.00",
        "79228162514264337593543950335",
        "-7.9228162514264337593543950335",
        "0.0000000000000000000000000001",
        "18446744073709551616",
        "9999999999999999.9999",
    ]
    .iter()
    .map(|text| text.parse().unwrap())
    .collect();

    let mut tx = db.bulk(&job(tenant)).await.unwrap();
    let mut copy = tx.copy_in("fact", COLUMNS).await.unwrap();
    let (first, second) = amounts.split_at(5);
    for (line, amount) in first.iter().enumerate() {
        copy.row(|row| put(row, tenant.uuid(), line as i64, *amount)).await.unwrap();
    }
    let mut elsewhere = CopyBuffer::new(COLUMNS.len());
    for (line, amount) in second.iter().enumerate() {
        elsewhere.row(|row| put(row, tenant.uuid(), (first.len() + line) as i64, *amount));
    }
    copy.send(elsewhere).await.unwrap();
    assert_eq!(copy.finish().await.unwrap(), amounts.len() as u64);
    tx.commit().await.unwrap();

    let admin = tokio::task::spawn_blocking(crate::support::admin_url).await.unwrap();
    let name = urls.owner.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let mut admin = PgConnection::connect(&admin.replace("/postgres?", &format!("/{name}?"))).await.unwrap();
    let texts: Vec<String> =
        sqlx::query_scalar("SELECT amount::text FROM fact ORDER BY line_no").fetch_all(&mut admin).await.unwrap();
    assert_eq!(texts, amounts.iter().map(ToString::to_string).collect::<Vec<_>>());
    let rest: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT concat_ws('|', tenant_id, month, units, flag, kind, code, title, extract(epoch FROM at), note, hash)
         FROM fact WHERE line_no < 2 ORDER BY 1",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let common = |units: &str| {
        format!("{}|1999-12-31|{units}t|-2|EUR|Ünïcode 🎵|1700000000.123456|{{\"a\": 1}}|\\x00ff", tenant.uuid())
    };
    assert_eq!(rest, [common("-7|"), common("")]);
}

#[tokio::test]
async fn a_copy_is_all_or_nothing() {
    let db = connect(&database(TABLES).await).await;
    let tenant = TenantId::new();
    let ctx = job(tenant);

    // The last row breaks the primary key.
    let mut tx = db.bulk(&ctx).await.unwrap();
    let mut copy = tx.copy_in("fact", COLUMNS).await.unwrap();
    for line in [1, 2, 1] {
        copy.row(|row| put(row, tenant.uuid(), line, Decimal::ONE)).await.unwrap();
    }
    assert_eq!(copy.finish().await.unwrap_err().code(), "ALREADY_EXISTS");
    assert!(tx.commit().await.is_err());

    // Broken off.
    let mut tx = db.bulk(&ctx).await.unwrap();
    let mut copy = tx.copy_in("fact", COLUMNS).await.unwrap();
    copy.row(|row| put(row, tenant.uuid(), 1, Decimal::ONE)).await.unwrap();
    drop(copy);
    assert!(tx.commit().await.is_err());

    // A row with a missing column.
    let mut tx = db.bulk(&ctx).await.unwrap();
    let mut copy = tx.copy_in("fact", COLUMNS).await.unwrap();
    copy.row(|row| row.put_null()).await.unwrap();
    assert!(copy.finish().await.is_err());
    drop(tx);

    // The same lines go in afterwards, many of them, and the pool still works.
    for start in [0_i64, 50_000] {
        let mut tx = db.bulk(&ctx).await.unwrap();
        let mut copy = tx.copy_in("fact", COLUMNS).await.unwrap();
        for line in start..start + 50_000 {
            copy.row(|row| put(row, tenant.uuid(), line, Decimal::ONE)).await.unwrap();
        }
        assert_eq!(copy.finish().await.unwrap(), 50_000);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn the_bulk_role_reaches_nothing_else() {
    let db = connect(&database(TABLES).await).await;
    let mut tx = db.bulk(&job(TenantId::new())).await.unwrap();
    assert!(tx.copy_in("secret", &["n"]).await.is_err());
}

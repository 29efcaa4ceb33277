//! The outbox: rows written in the transaction of the change, so that there is no change without its event and
//! no event without its change.

use chrono::{DateTime, Utc};
use kernel::failure::Failure;
use kernel::ids::TenantId;
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::Event;
use crate::db::{OrFail, SystemTx, TenantTx, sql};

/// Writes an event. Listeners are poked when the transaction commits, once, however many events it wrote.
///
/// # Errors
/// Database failures.
pub async fn write(tx: &TenantTx, topic: &str, payload: &serde_json::Value) -> Result<(), Failure> {
    let statement = sql(
        "INSERT INTO outbox (tenant_id, topic, payload, created_at) VALUES ($1, $2, $3, $4)",
        [tx.tenant_id().uuid().into(), topic.into(), payload.clone().into(), tx.now().into()],
    );
    tx.execute_raw(statement).await.or_fail()?;
    tx.poke_outbox();
    Ok(())
}

/// A place in the commit-safe order of the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct OutboxPosition {
    /// The writing transaction.
    pub xid: i64,
    /// The row.
    pub id: i64,
}

/// An event with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Where to go on after it.
    pub position: OutboxPosition,
    /// The event.
    pub event: Event,
}

/// The next events after a position, for consumers that must not lose one (deliveries, read models).
///
/// Row numbers become visible out of order: a slow transaction's row may appear below one already read. So
/// only rows of transactions older than the oldest one still running are given out, in the order of
/// transactions.
///
/// # Errors
/// Database failures.
pub async fn read_settled(tx: &SystemTx, after: OutboxPosition, limit: u64) -> Result<Vec<OutboxRow>, Failure> {
    let statement = sql(
        "SELECT tenant_id, id, topic, payload, created_at, xid::text::bigint AS xid
         FROM outbox
         WHERE (xid, id) > ($1::text::xid8, $2) AND xid < pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY outbox.xid, id LIMIT $3",
        [
            Value::from(after.xid.to_string()),
            Value::from(after.id),
            Value::from(i64::try_from(limit).unwrap_or(i64::MAX)),
        ],
    );
    let rows = tx.query_all_raw(statement).await.or_fail()?;
    rows.iter().map(read).collect::<Result<_, _>>().or_fail()
}

/// Reads one row of the columns above.
pub(super) fn read(row: &QueryResult) -> Result<OutboxRow, sea_orm::DbErr> {
    let id = row.try_get("", "id")?;
    Ok(OutboxRow {
        position: OutboxPosition { xid: row.try_get("", "xid")?, id },
        event: Event {
            tenant_id: TenantId::from(row.try_get::<uuid::Uuid>("", "tenant_id")?),
            id,
            topic: row.try_get("", "topic")?,
            payload: row.try_get("", "payload")?,
            created_at: row.try_get("", "created_at")?,
        },
    })
}

/// Deletes events that every consumer has read by now.
///
/// # Errors
/// Database failures.
pub async fn prune(tx: &SystemTx, before: DateTime<Utc>) -> Result<u64, Failure> {
    let statement = sql("DELETE FROM outbox WHERE created_at < $1", [before.into()]);
    Ok(tx.execute_raw(statement).await.or_fail()?.rows_affected())
}

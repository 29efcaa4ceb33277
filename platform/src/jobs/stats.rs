//! How the queue is doing, for metrics and readiness.

use kernel::failure::Failure;
use sea_orm::{ConnectionTrait, FromQueryResult};

use super::SCHEMA;
use crate::db::{OrFail, SystemTx, sql};

/// Numbers of the queue at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, FromQueryResult)]
pub struct QueueStats {
    /// Jobs that could run now.
    pub ready: i64,
    /// Jobs that wait for their time.
    pub scheduled: i64,
    /// Jobs at work.
    pub running: i64,
    /// Jobs that were given up.
    pub dead: i64,
    /// Seconds the oldest ready job has been waiting; 0 when none waits.
    pub oldest_ready_seconds: i64,
}

/// Counts the queue.
///
/// # Errors
/// Database failures.
pub async fn queue_stats(tx: &SystemTx) -> Result<QueueStats, Failure> {
    let text = format!(
        "SELECT count(*) FILTER (WHERE is_available AND run_at <= now()) AS ready,
                count(*) FILTER (WHERE is_available AND run_at > now()) AS scheduled,
                count(*) FILTER (WHERE locked_at IS NOT NULL) AS running,
                count(*) FILTER (WHERE locked_at IS NULL AND attempts >= max_attempts) AS dead,
                coalesce(extract(epoch FROM now() - min(run_at)
                         FILTER (WHERE is_available AND run_at <= now()))::bigint, 0) AS oldest_ready_seconds
         FROM {SCHEMA}._private_jobs"
    );
    let row = tx.query_one_raw(sql(text, [])).await.or_fail()?;
    let stats = row.map(|row| QueueStats::from_query_result(&row, "")).transpose().or_fail()?;
    Ok(stats.unwrap_or_default())
}

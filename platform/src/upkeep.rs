//! What a system does for itself, by the calendar: partitions ahead of time, a short outbox, sealed audit entries,
//! and gauges that somebody has to read.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::failure::Failure;
use kernel::ids::TenantId;
use kernel::period::Month;
use sea_orm::ConnectionTrait as _;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::audit;
use crate::db::{Db, OrFail, ensure_month_partitions, sql};
use crate::events::outbox;
use crate::jobs::{JobFailure, JobPayload, JobRegistry, SystemJob, queue_stats};
use crate::telemetry::metrics;

/// Months of partitions that exist ahead of the present one.
const MONTHS_AHEAD: usize = 2;
/// How long events stay readable.
const OUTBOX_DAYS: i64 = 3;
/// How often gauges are read.
const SAMPLE: Duration = Duration::from_secs(15);

/// Makes the fact tables' partitions of the coming months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakePartitions {}

impl JobPayload for MakePartitions {
    const NAME: &'static str = "upkeep_partitions";
}

/// Removes events that everybody has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PruneOutbox {}

impl JobPayload for PruneOutbox {
    const NAME: &'static str = "upkeep_outbox";
}

/// Chains the new audit entries of every tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealAudit {}

impl JobPayload for SealAudit {
    const NAME: &'static str = "upkeep_audit";
}

/// Adds the upkeep to a program's jobs.
#[must_use]
pub fn jobs(registry: JobRegistry) -> JobRegistry {
    registry
        .on_system(|job, _: MakePartitions| make_partitions(job))
        .on_system(|job, _: PruneOutbox| prune_outbox(job))
        .on_system(|job, _: SealAudit| seal_audit(job))
        .cron("10 2 * * *", &MakePartitions {})
        .cron("25 * * * *", &PruneOutbox {})
        .cron("* * * * *", &SealAudit {})
}

async fn make_partitions(job: SystemJob) -> Result<(), JobFailure> {
    let present = Month::of(job.now.date_naive());
    let months: Vec<Month> =
        std::iter::successors(Some(present), |month| Some(month.next())).take(1 + MONTHS_AHEAD).collect();
    ensure_month_partitions(&job.db, &months).await?;
    Ok(())
}

async fn prune_outbox(job: SystemJob) -> Result<(), JobFailure> {
    let tx = job.db.system("prune the outbox").await?;
    let gone = outbox::prune(&tx, job.now - TimeDelta::days(OUTBOX_DAYS)).await?;
    tx.commit().await?;
    tracing::debug!(events = gone, "old events removed");
    Ok(())
}

/// One tenant's trouble does not keep the others' entries from being sealed.
async fn seal_audit(job: SystemJob) -> Result<(), JobFailure> {
    let mut trouble = None;
    for tenant in tenants(&job.db).await? {
        if job.shutdown.is_cancelled() {
            break;
        }
        let sealed = async {
            let tx = job.db.tenant(&job.context(tenant, SealAudit::NAME)).await?;
            audit::seal(&tx).await?;
            tx.commit().await
        };
        if let Err(failure) = sealed.await {
            tracing::warn!(%tenant, %failure, "audit entries were not sealed");
            trouble = Some(failure);
        }
    }
    trouble.map_or(Ok(()), |failure| Err(JobFailure::Retry(failure)))
}

async fn tenants(db: &Db) -> Result<Vec<TenantId>, Failure> {
    let tx = db.system("list tenants for upkeep").await?;
    let rows = tx.query_all_raw(sql("SELECT tenant_id FROM tenant ORDER BY tenant_id", [])).await.or_fail()?;
    tx.rollback().await?;
    rows.iter().map(|row| row.try_get::<Uuid>("", "tenant_id").map(TenantId::from)).collect::<Result<_, _>>().or_fail()
}

/// Reads the gauges of pools and queue until `shutdown`. One per process.
pub async fn sample(db: Db, shutdown: CancellationToken) {
    loop {
        for pool in db.pool_use() {
            metrics().pool_use(pool);
        }
        match queue(&db).await {
            Ok(stats) => metrics().queue(stats),
            Err(failure) => tracing::debug!(%failure, "the queue could not be counted"),
        }
        tokio::select! {
            () = tokio::time::sleep(SAMPLE) => {}
            () = shutdown.cancelled() => return,
        }
    }
}

async fn queue(db: &Db) -> Result<crate::jobs::QueueStats, Failure> {
    let tx = db.system("count the queue").await?;
    let stats = queue_stats(&tx).await?;
    tx.rollback().await?;
    Ok(stats)
}

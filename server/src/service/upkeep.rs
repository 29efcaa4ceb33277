//! What the house does for itself: partitions made ahead, the audit trail sealed, old events pruned, figures taken.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::Core;
use domain::sealing::{self, DataKeys};
use domain::tenancy;
use kernel::context::{Actor, OpContext};
use kernel::failure::Outcome;
use kernel::ids::TenantId;
use kernel::period::Month;
use kernel::permission::PermissionSet;
use platform::audit;
use platform::db::{Db, ensure_month_partitions};
use platform::events::outbox;
use platform::jobs::{JobFailure, JobPayload, JobRegistry, SystemJob, queue_stats};
use platform::telemetry::metrics;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::stop::Stop;

/// Months that have their partitions before anybody needs them, the present one included.
const MONTHS_AHEAD: usize = 3;
/// How long events are kept: longer than any consumer may be away.
const EVENTS_KEPT: TimeDelta = TimeDelta::days(7);
/// How often figures of pools and queue are taken.
const FIGURES: Duration = Duration::from_secs(15);

macro_rules! chores {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default, Serialize, Deserialize)]
        struct $name {}

        impl JobPayload for $name {
            const NAME: &'static str = $text;
        }
    )*};
}

chores! {
    /// Makes the partitions of the coming months.
    Partitions = "upkeep:partitions";
    /// Chains new entries of the audit trail.
    Seal = "upkeep:audit-seal";
    /// Deletes old events.
    Prune = "upkeep:outbox-prune";
    /// Removes files whose time of retention has passed.
    Retire = "upkeep:retention";
    /// Changes the keys of secrets: data keys under a new master key, values under a new data key.
    Rekey = "upkeep:keys";
}

/// Adds the chores to the jobs and to the calendar.
pub fn register(registry: JobRegistry, core: &Core) -> JobRegistry {
    let (core, keeper, holder) = (core.clone(), core.clone(), core.clone());
    registry
        .on_system(|job: SystemJob, _: Partitions| async move { Ok(partitions_ahead(&job.db, job.now).await?) })
        .on_system(move |job: SystemJob, _: Seal| {
            let core = core.clone();
            async move { for_each_tenant(&core, Seal::NAME, job.now, seal).await }
        })
        .on_system(|job: SystemJob, _: Prune| async move { Ok(prune(&job).await?) })
        .on_system(move |job: SystemJob, _: Retire| {
            let core = keeper.clone();
            async move { for_each_tenant(&core, Retire::NAME, job.now, retire).await }
        })
        .on_system(move |job: SystemJob, _: Rekey| {
            let core = holder.clone();
            async move { for_each_tenant(&core, Rekey::NAME, job.now, rekey).await }
        })
        .cron("20 2 * * *", &Partitions {})
        .cron("50 2 * * *", &Rekey {})
        .cron("10 4 * * *", &Retire {})
        .cron("*/5 * * * *", &Seal {})
        .cron("40 3 * * *", &Prune {})
}

/// Makes the partitions of this month and the next ones.
///
/// # Errors
/// Database failures.
pub async fn partitions_ahead(db: &Db, now: DateTime<Utc>) -> Outcome<()> {
    let months: Vec<Month> = std::iter::successors(Some(Month::of(now.date_naive())), |month| Some(month.next()))
        .take(MONTHS_AHEAD)
        .collect();
    ensure_month_partitions(db, &months).await
}

/// Does a chore tenant by tenant: one that fails does not hold up the others.
async fn for_each_tenant<Fut: Future<Output = Outcome<()>>>(
    core: &Core,
    name: &str,
    now: DateTime<Utc>,
    chore: impl Fn(Core, OpContext) -> Fut,
) -> Result<(), JobFailure> {
    let mut failed = None;
    for tenant in tenancy::tenants(core).await? {
        if let Err(failure) = chore(core.clone(), context(tenant.id, name, now)).await {
            tracing::warn!(tenant = %tenant.id, chore = name, %failure, "a chore failed");
            failed = Some(failure);
        }
    }
    failed.map_or(Ok(()), |failure| Err(JobFailure::Retry(failure)))
}

fn context(tenant_id: TenantId, name: &str, now: DateTime<Utc>) -> OpContext {
    OpContext {
        tenant_id,
        actor: Actor::Job { name: name.to_owned(), on_behalf_of: None },
        permissions: PermissionSet::of(&[]),
        party_scope: None,
        request_id: "calendar".to_owned(),
        now,
    }
}

async fn seal(core: Core, ctx: OpContext) -> Outcome<()> {
    let tx = core.db.tenant(&ctx).await?;
    audit::seal(&tx).await?;
    tx.commit().await
}

async fn retire(core: Core, ctx: OpContext) -> Outcome<()> {
    let files = domain::collection::retire_files(&ctx, &core).await?;
    tracing::debug!(tenant = %ctx.tenant_id, files, "files were removed after their retention");
    Ok(())
}

async fn rekey(core: Core, ctx: OpContext) -> Outcome<()> {
    let renewed = sealing::renew(&ctx, &core, DataKeys::Old).await?;
    tracing::debug!(tenant = %ctx.tenant_id, ?renewed, "keys of secrets were looked after");
    Ok(())
}

async fn prune(job: &SystemJob) -> Outcome<()> {
    let tx = job.db.system("pruning events").await?;
    let deleted = outbox::prune(&tx, job.now - EVENTS_KEPT).await?;
    tx.commit().await?;
    tracing::debug!(deleted, "old events were pruned");
    Ok(())
}

/// Takes the figures of pools and queue until the token is cancelled.
pub fn figures(db: Db, stopping: CancellationToken) -> JoinHandle<Result<(), Stop>> {
    tokio::spawn(async move {
        let mut clock = tokio::time::interval(FIGURES);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return Ok(()),
                _ = clock.tick() => {}
            }
            for pool in db.pool_use() {
                metrics().pool_use(pool);
            }
            if let Err(failure) = take_queue(&db).await {
                tracing::debug!(%failure, "the queue's figures could not be taken");
            }
        }
    })
}

async fn take_queue(db: &Db) -> Outcome<()> {
    let tx = db.system("queue figures").await?;
    metrics().queue(queue_stats(&tx).await?);
    tx.rollback().await
}

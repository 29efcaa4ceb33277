//! The calendar of sources: runs that are due, and reports that did not come.

use chrono::{DateTime, Utc};
use entity::source::{Column, Entity, Model};
use kernel::context::{Actor, OpContext};
use kernel::failure::Outcome;
use kernel::ids::TenantId;
use kernel::permission::PermissionSet;
use platform::db::{OrFail, TenantTx};
use platform::jobs::{JobFailure, JobPayload, JobRegistry, SystemJob};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};

use super::model::{Cause, Source};
use super::run::raise;
use super::{schedule, start};
use crate::{Core, tenancy};

/// Starts what is due.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct SourcesDue {}

impl JobPayload for SourcesDue {
    const NAME: &'static str = "source:due";
}

pub(super) fn register(registry: JobRegistry, core: &Core) -> JobRegistry {
    let core = core.clone();
    registry
        .on_system(move |job: SystemJob, _: SourcesDue| {
            let core = core.clone();
            async move { run_due(&core, job.now).await.map(|_| ()).map_err(JobFailure::Retry) }
        })
        .cron("* * * * *", &SourcesDue {})
}

/// Starts the runs whose time has come and raises alerts for reports that did not come. Says how many runs were started.
///
/// One tenant's trouble does not hold up the others.
///
/// # Errors
/// The last tenant's failure, when one failed.
pub async fn run_due(core: &Core, now: DateTime<Utc>) -> Outcome<usize> {
    let mut started = 0;
    let mut failed = None;
    for tenant in tenancy::tenants(core).await? {
        match due(core, tenant.id, now).await {
            Ok(count) => started += count,
            Err(failure) => {
                tracing::warn!(tenant = %tenant.id, %failure, "due sources could not be started");
                failed = Some(failure);
            }
        }
    }
    failed.map_or(Ok(started), Err)
}

async fn due(core: &Core, tenant_id: TenantId, now: DateTime<Utc>) -> Outcome<usize> {
    let ctx = OpContext {
        tenant_id,
        actor: Actor::Job { name: SourcesDue::NAME.to_owned(), on_behalf_of: None },
        permissions: PermissionSet::EMPTY,
        party_scope: None,
        request_id: "calendar".to_owned(),
        now,
    };
    let tx = core.db.tenant(&ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant_id.uuid()))
        .filter(Condition::any().add(Column::NextRunAt.lte(now)).add(Column::NextDeadlineAt.lte(now)))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(&tx)
        .await
        .or_fail()?;
    if rows.is_empty() {
        return tx.rollback().await.map(|()| 0);
    }
    let mut started = 0;
    for row in rows {
        if row.next_run_at.is_some_and(|moment| moment <= now) && collect(&tx, &ctx, row.clone()).await? {
            started += 1;
        }
        if row.next_deadline_at.is_some_and(|moment| moment <= now) {
            look_out(&tx, &ctx, row).await?;
        }
    }
    tx.commit().await?;
    Ok(started)
}

/// Starts a run unless one is under way, and sets the next moment. Moments that were missed are made up for once.
async fn collect(tx: &TenantTx, ctx: &OpContext, row: Model) -> Outcome<bool> {
    let source = Source::try_from(row)?;
    let busy = entity::source_run::Entity::find()
        .filter(entity::source_run::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(entity::source_run::Column::SourceId.eq(source.id.uuid()))
        .filter(entity::source_run::Column::State.eq("RUNNING"))
        .filter(entity::source_run::Column::Cause.is_in([Cause::Manual.as_str(), Cause::Schedule.as_str()]))
        .one(tx)
        .await
        .or_fail()?
        .is_some();
    if !busy {
        start::begin(tx, ctx, &source, Cause::Schedule).await?;
    }
    let next = match &source.schedule {
        Some(text) => Some(schedule::next(text, &source.time_zone, "schedule", ctx.now)?),
        None => None,
    };
    set(tx, &source, Column::NextRunAt, next).await?;
    Ok(!busy)
}

/// Raises an alert when no new file has come since the deadline before this one.
async fn look_out(tx: &TenantTx, ctx: &OpContext, row: Model) -> Outcome<()> {
    let deadline = row.next_deadline_at.unwrap_or(ctx.now);
    let source = Source::try_from(row)?;
    let Some(text) = &source.deadline else { return set(tx, &source, Column::NextDeadlineAt, None).await };
    let since = schedule::previous(text, &source.time_zone, deadline).unwrap_or(source.created_at);
    if source.last_file_at.is_none_or(|last| last <= since) {
        let last = source.last_file_at.map_or_else(|| "never".to_owned(), |last| last.format("%Y-%m-%d").to_string());
        let message = format!(
            "No new report of {} has come by {}; the last one came: {last}. Ask the provider, or look at the last runs.",
            source.provider,
            deadline.format("%Y-%m-%d %H:%M UTC"),
        );
        raise(tx, source.id, "REPORT_MISSING", &message, ctx.now).await?;
    }
    let next = schedule::next(text, &source.time_zone, "deadline", ctx.now)?;
    set(tx, &source, Column::NextDeadlineAt, Some(next)).await
}

async fn set(tx: &TenantTx, source: &Source, column: Column, moment: Option<DateTime<Utc>>) -> Outcome<()> {
    Entity::update_many()
        .col_expr(column, Expr::value(moment))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(source.id.uuid()))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

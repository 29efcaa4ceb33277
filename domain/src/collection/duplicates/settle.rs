//! Books what was decided: earlier reports are taken back, the held one comes in; one transaction shows all of it.

use std::collections::HashMap;

use entity::revenue_report::{Column, Entity, Model};
use entity::suspense_group;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OperationId, ReportId, SuspenseId};
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, ensure_month_partitions, sql};
use platform::events::outbox;
use platform::jobs::{Job, JobFailure, JobPayload, JobRegistry};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::super::import::{lines_exist, passes};
use super::super::model::ReportState;
use super::super::recount::recount;
use super::super::rematch;
use super::super::report::{find as find_report, first_open_month};
use super::find;
use super::lines::{self, Derived, Written};
use super::model::{DuplicateKind, ReportDecision};
use super::totals;
use crate::Core;
use crate::operations;

/// Rows of one `INSERT`.
const CHUNK: usize = 1_000;

/// The job that books what was decided about a held report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SettleReport {
    /// The report.
    pub report_id: ReportId,
    /// The operation that stands for the job.
    pub operation_id: OperationId,
}

impl JobPayload for SettleReport {
    const NAME: &'static str = "report.settle";
}

/// Registers the job.
pub(in crate::collection) fn register(registry: JobRegistry, core: &Core) -> JobRegistry {
    let core = core.clone();
    registry.on::<SettleReport, _, _>(move |job: Job, payload| {
        let core = core.clone();
        async move { run(&core, &job, payload).await }
    })
}

async fn run(core: &Core, job: &Job, payload: SettleReport) -> Result<(), JobFailure> {
    match attempt(core, &job.ctx, &payload).await {
        Ok(()) => Ok(()),
        Err(failure) if passes(&failure) && !job.is_last_attempt() => Err(JobFailure::Retry(failure)),
        Err(failure) => {
            undo(core, &job.ctx, &payload, &failure).await.map_err(JobFailure::Retry)?;
            Err(JobFailure::GiveUp(failure))
        }
    }
}

async fn attempt(core: &Core, ctx: &OpContext, payload: &SettleReport) -> Outcome<()> {
    let tx = core.db.tenant_read(ctx).await?;
    let report = find_report(&tx, payload.report_id).await?;
    let report = report.ok_or_else(|| Failure::internal("a report to settle does not exist"))?;
    let Some(decision) = report.decision.as_deref().and_then(ReportDecision::from_name) else { return Ok(()) };
    if report.state != ReportState::Importing.as_str() {
        return Ok(());
    }
    let reversals = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::OperationId.eq(payload.operation_id.uuid()))
        .filter(Column::Kind.eq("REVERSAL"))
        .order_by_asc(Column::Id)
        .all(&tx)
        .await
        .or_fail()?;
    drop(tx);
    operations::start(core, ctx, payload.operation_id).await?;
    let mut taken = Vec::with_capacity(reversals.len());
    for reversal in reversals {
        let derived = prepare(core, ctx, &reversal).await?;
        let written = lines::write(core, ctx, &derived).await?;
        taken.push((reversal, derived, written));
    }
    let month = bring_in(core, ctx, &report).await?;

    let now = (core.clock)();
    let tx = core.db.tenant(ctx).await?;
    tx.execute_raw(sql("SET LOCAL statement_timeout = '15min'", [])).await.or_fail()?;
    for (reversal, derived, written) in &taken {
        show_reversal(&tx, reversal, derived, written, now).await?;
    }
    if decision != ReportDecision::Add {
        let back: Vec<Uuid> = taken.iter().filter_map(|(reversal, ..)| reversal.of_report_id).collect();
        let others = find::of(&tx, &[payload.report_id]).await?;
        let others = others
            .iter()
            .filter(|one| decision == ReportDecision::SkipDuplicates || one.kind == DuplicateKind::Overlap);
        let others: Vec<Uuid> = others.map(|one| one.other_id.uuid()).filter(|id| !back.contains(id)).collect();
        find::exclude(&tx, payload.report_id, month, &others).await?;
        totals::leave_out(&tx, payload.report_id, month).await?;
    }
    show_report(&tx, payload, month, now).await?;
    recount(&tx, report.operation_id.into(), now).await?;
    outbox::write(&tx, "report.imported", &json!({ "reportId": payload.report_id.to_string() })).await?;
    rematch::enqueue(&tx).await?;
    operations::finish(&tx, payload.operation_id, now).await?;
    tx.commit().await
}

/// What a reversal is made of, with the ids of its withdrawn groups.
async fn prepare(core: &Core, ctx: &OpContext, reversal: &Model) -> Outcome<Derived> {
    let of = reversal.of_report_id.ok_or_else(|| Failure::internal("a reversal of nothing"))?;
    let tx = core.db.tenant(ctx).await?;
    let known = Month::of(reversal.accounting_month);
    let written = lines_exist(&tx, reversal.id.into(), known).await?;
    let month = if written { known } else { first_open_month(&tx, known).await? };
    let of = find_report(&tx, of.into()).await?.ok_or_else(|| Failure::internal("a report vanished"))?;
    let groups = withdrawn(&tx, of.id).await?;
    move_to(&tx, reversal.id, month).await?;
    tx.commit().await?;
    ensure_month_partitions(&core.db, &[month]).await?;
    Ok(Derived {
        from: of.id.into(),
        from_month: Month::of(of.accounting_month),
        to: reversal.id.into(),
        to_month: month,
        negate: true,
        groups: groups.iter().map(|group| (group.id, other_side(group.id))).collect(),
        written,
    })
}

async fn withdrawn(tx: &TenantTx, report: Uuid) -> Outcome<Vec<suspense_group::Model>> {
    suspense_group::Entity::find()
        .filter(suspense_group::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(suspense_group::Column::ReportId.eq(report))
        .filter(suspense_group::Column::State.eq("WITHDRAWN"))
        .all(tx)
        .await
        .or_fail()
}

/// The group that takes a group back: it follows from it, so that a second attempt finds the same.
fn other_side(group: Uuid) -> Uuid {
    let mut bytes = *group.as_bytes();
    let hash = blake3::hash(&bytes);
    // Its time stays, so that it sorts by age as all ids do.
    bytes[6..].copy_from_slice(&hash.as_bytes()[..10]);
    SuspenseId(uuid::Builder::from_custom_bytes(bytes).into_uuid()).uuid()
}

async fn move_to(tx: &TenantTx, report: Uuid, month: Month) -> Outcome<()> {
    Entity::update_many()
        .col_expr(Column::AccountingMonth, Expr::value(month.first_day()))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(report))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

/// The open month that the held lines are in. When theirs was closed while they waited, they are written once more.
async fn bring_in(core: &Core, ctx: &OpContext, report: &Model) -> Outcome<Month> {
    let held = Month::of(report.accounting_month);
    let tx = core.db.tenant_read(ctx).await?;
    let month = first_open_month(&tx, held).await?;
    let written = lines_exist(&tx, report.id.into(), month).await?;
    drop(tx);
    if month != held && !written {
        ensure_month_partitions(&core.db, &[month]).await?;
        let derived = Derived {
            from: report.id.into(),
            from_month: held,
            to: report.id.into(),
            to_month: month,
            negate: false,
            groups: HashMap::new(),
            written: false,
        };
        lines::write(core, ctx, &derived).await?;
    }
    Ok(month)
}

/// The totals of what is taken back are those of the earlier report with the opposite sign; what a person has assigned
/// to an item since is posted, where it was waiting. The constraint on totals holds it together.
async fn show_reversal(
    tx: &TenantTx,
    reversal: &Model,
    derived: &Derived,
    written: &Written,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let sums: Vec<serde_json::Value> = written
        .sums
        .iter()
        .map(|(currency, sums)| {
            json!({ "currency": currency, "posted": sums.posted, "suspense": sums.suspense, "units": sums.units })
        })
        .collect();
    tx.execute_raw(sql(
        "INSERT INTO report_total (tenant_id, report_id, currency, total, posted, suspense, skipped, cut, units)
         SELECT $1, $2, t.currency, coalesce(w.posted, 0) + coalesce(w.suspense, 0) - t.cut, coalesce(w.posted, 0),
                coalesce(w.suspense, 0), 0, -t.cut, coalesce(w.units, 0)
           FROM report_total t
           LEFT JOIN jsonb_to_recordset($4) AS w (currency text, posted numeric, suspense numeric, units bigint)
                  ON w.currency = t.currency
          WHERE t.tenant_id = $1 AND t.report_id = $3",
        [tenant.into(), reversal.id.into(), derived.from.uuid().into(), serde_json::Value::Array(sums).into()],
    ))
    .await
    .or_fail()?;
    let groups: Vec<suspense_group::ActiveModel> = withdrawn(tx, derived.from.uuid())
        .await?
        .into_iter()
        .filter(|group| group.row_count > 0)
        .map(|group| {
            let back = suspense_group::Model {
                id: other_side(group.id),
                report_id: reversal.id,
                amount: -group.amount,
                unit_count: group.unit_count.saturating_neg(),
                created_at: now,
                ..group
            };
            back.into_active_model().reset_all()
        })
        .collect();
    for chunk in groups.chunks(CHUNK) {
        suspense_group::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
    }
    let units = written.sums.values().fold(0_i64, |units, sums| units.saturating_add(sums.units));
    let rows = written.posted_rows.saturating_add(written.suspense_rows);
    Entity::update_many()
        .col_expr(Column::State, Expr::value(ReportState::Imported.as_str()))
        .col_expr(Column::RowCount, Expr::value(rows))
        .col_expr(Column::PostedCount, Expr::value(written.posted_rows))
        .col_expr(Column::SuspenseCount, Expr::value(written.suspense_rows))
        .col_expr(Column::UnitCount, Expr::value(units))
        .col_expr(Column::ImportedAt, Expr::value(now))
        .filter(Column::TenantId.eq(tenant))
        .filter(Column::Id.eq(reversal.id))
        .exec(tx)
        .await
        .or_fail()?;
    totals::post(tx, reversal.id.into(), derived.to_month).await
}

async fn show_report(
    tx: &TenantTx,
    payload: &SettleReport,
    month: Month,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome<()> {
    tx.execute_raw(sql(
        "UPDATE suspense_group SET state = 'OPEN' WHERE tenant_id = $1 AND report_id = $2 AND state = 'HELD'",
        [tx.tenant_id().uuid().into(), payload.report_id.uuid().into()],
    ))
    .await
    .or_fail()?;
    Entity::update_many()
        .col_expr(Column::State, Expr::value(ReportState::Imported.as_str()))
        .col_expr(Column::AccountingMonth, Expr::value(month.first_day()))
        .col_expr(Column::ImportedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(payload.report_id.uuid()))
        .exec(tx)
        .await
        .or_fail()?;
    totals::post(tx, payload.report_id, month).await
}

/// A decision that cannot be booked is no decision: the report is held again, and nothing is withdrawn.
/// Makes the report a held one again: it can be decided anew.
pub(in crate::collection) async fn undo(
    core: &Core,
    ctx: &OpContext,
    payload: &SettleReport,
    failure: &Failure,
) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    let tenant = ctx.tenant_id.uuid();
    for statement in [
        "UPDATE suspense_group g SET state = 'OPEN' FROM revenue_report r
          WHERE g.tenant_id = $1 AND r.tenant_id = $1 AND r.operation_id = $2 AND r.kind = 'REVERSAL'
            AND r.state = 'IMPORTING' AND g.report_id = r.of_report_id AND g.state = 'WITHDRAWN' AND g.row_count > 0",
        "UPDATE revenue_report SET state = 'FAILED', failure_code = 'NOT_SETTLED',
                failure_message = 'The decision could not be booked.'
          WHERE tenant_id = $1 AND operation_id = $2 AND kind = 'REVERSAL' AND state = 'IMPORTING'",
    ] {
        let values = [tenant.into(), payload.operation_id.uuid().into()];
        tx.execute_raw(sql(statement, values)).await.or_fail()?;
    }
    tx.execute_raw(sql(
        "UPDATE revenue_report SET state = 'HELD', decision = NULL, decided_by = NULL, decided_at = NULL
          WHERE tenant_id = $1 AND id = $2 AND state = 'IMPORTING'",
        [tenant.into(), payload.report_id.uuid().into()],
    ))
    .await
    .or_fail()?;
    operations::fail(&tx, payload.operation_id, (core.clock)(), failure).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_side_of_a_group_follows_from_it_and_is_as_old() {
        let group = SuspenseId::new().uuid();
        assert_eq!(other_side(group), other_side(group));
        assert_ne!(other_side(group), group);
        assert_eq!(other_side(group).as_bytes()[..6], group.as_bytes()[..6]);
    }
}

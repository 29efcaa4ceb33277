//! A person decides about a held report.

use entity::revenue_report::{Column, Entity, Model};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OperationId, ReportId};
use kernel::period::Month;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use platform::jobs::{self, JobOptions};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use serde_json::json;
use uuid::Uuid;

use super::super::model::{ReportState, RevenueReport};
use super::super::report::{find, first_open_month};
use super::find;
use super::model::{DuplicateKind, ReportDecision};
use super::settle::SettleReport;
use crate::Core;
use crate::operations;

/// The answer to a decision.
#[derive(Debug, Clone)]
pub struct Decided {
    /// The report.
    pub report: RevenueReport,
    /// The work that follows; none when nothing is booked.
    pub operation_id: Option<OperationId>,
}

/// Decides what becomes of a held report. What was reported is never touched: a report that is replaced is taken back by
/// one of its own, with the opposite sign, in the first open month.
///
/// # Errors
/// `REPORT_UNKNOWN`, `REPORT_NOT_HELD`, `DECISION_UNFIT`, `FORBIDDEN`; database failures.
pub async fn report_decide(ctx: &OpContext, core: &Core, id: ReportId, decision: ReportDecision) -> Outcome<Decided> {
    ctx.require(Permission::ReportManage)?;
    let tx = core.db.tenant(ctx).await?;
    let row = Entity::find_by_id((ctx.tenant_id.uuid(), id.uuid())).lock_exclusive().one(&tx).await.or_fail()?;
    let row =
        row.ok_or_else(|| Failure::not_found("REPORT_UNKNOWN", "There is no such report.").at(["input", "reportId"]))?;
    if ![ReportState::Held.as_str(), ReportState::Discarded.as_str()].contains(&row.state.as_str()) {
        let message = "The report does not wait for a decision.";
        return Err(Failure::conflict("REPORT_NOT_HELD", message).at(["input", "reportId"]));
    }
    let found = find::of(&tx, &[id]).await?;
    let again: Vec<ReportId> =
        found.iter().filter(|one| one.kind == DuplicateKind::Reissue).map(|one| one.other_id).collect();
    if decision == ReportDecision::Replace && again.is_empty() {
        let message = "The file is no new issue of another: its lines can be skipped or added.";
        return Err(Failure::refused("DECISION_UNFIT", message).at(["input", "decision"]));
    }
    let operation_id = if decision == ReportDecision::Discard {
        None
    } else {
        let operation_id = operations::create(&tx, "report.settle", Some(id.to_string())).await?;
        if decision == ReportDecision::Replace {
            for other in again {
                take_back(&tx, ctx, other, operation_id).await?;
            }
        }
        let options = JobOptions { job_key: Some(format!("report.settle:{id}")), ..JobOptions::default() };
        jobs::enqueue(&tx, &SettleReport { report_id: id, operation_id }, options).await?;
        Some(operation_id)
    };
    let state = if operation_id.is_some() { ReportState::Importing } else { ReportState::Discarded };
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::Decision, Expr::value(decision.as_str()))
        .col_expr(Column::DecidedBy, Expr::value(ctx.actor.label()))
        .col_expr(Column::DecidedAt, Expr::value(ctx.now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(&tx)
        .await
        .or_fail()?;
    let change = Change {
        action: "report.decide",
        entity_kind: "REVENUE_REPORT",
        entity_id: id.uuid(),
        before: Some(json!({ "state": row.state, "decision": row.decision })),
        after: Some(json!({ "state": state.as_str(), "decision": decision.as_str() })),
    };
    audit::record(&tx, ctx, change).await?;
    let event = json!({ "reportId": id.to_string(), "decision": decision.as_str() });
    outbox::write(&tx, "report.decided", &event).await?;
    let row = find(&tx, id).await?.ok_or_else(|| Failure::internal("a report vanished"))?;
    tx.commit().await?;
    Ok(Decided { report: row.into(), operation_id })
}

/// Makes the reports that take an earlier one back, and with it the rows of it that were mended since. What waits in
/// suspense is withdrawn at once, so that nobody decides about it in the meantime.
async fn take_back(tx: &TenantTx, ctx: &OpContext, id: ReportId, operation_id: OperationId) -> Outcome<()> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::State.eq(ReportState::Imported.as_str()))
        .filter(Column::Id.eq(id.uuid()).or(Column::OfReportId.eq(id.uuid()).and(Column::Kind.eq("REPAIR"))))
        .lock_exclusive()
        .all(tx)
        .await
        .or_fail()?;
    for row in rows {
        tx.execute_raw(sql(
            "UPDATE suspense_group SET state = 'WITHDRAWN' WHERE tenant_id = $1 AND report_id = $2 AND state = 'OPEN'",
            [tx.tenant_id().uuid().into(), row.id.into()],
        ))
        .await
        .or_fail()?;
        reversal(tx, ctx, row, operation_id).await?;
    }
    Ok(())
}

async fn reversal(tx: &TenantTx, ctx: &OpContext, of: Model, operation_id: OperationId) -> Outcome<Uuid> {
    let id = ReportId::new();
    let of_id = ReportId(of.id).to_string();
    let month = first_open_month(tx, Month::of(of.accounting_month)).await?;
    // A report is taken back once: its reversal has the identity that follows from it.
    let hash = blake3::hash(format!("reversal of {}", of.id).as_bytes());
    let row = Model {
        id: id.uuid(),
        operation_id: operation_id.uuid(),
        content_hash: hash.as_bytes().to_vec(),
        byte_size: 0,
        state: ReportState::Importing.as_str().to_owned(),
        accounting_month: month.first_day(),
        row_count: 0,
        posted_count: 0,
        suspense_count: 0,
        skipped_count: 0,
        error_count: 0,
        unit_count: 0,
        calculated_run_id: None,
        version: 1,
        received_by: ctx.actor.label(),
        received_at: ctx.now,
        imported_at: None,
        // The file is the earlier report's, and goes when that one's goes.
        file_removed_at: Some(ctx.now),
        kind: "REVERSAL".to_owned(),
        of_report_id: Some(of.id),
        decision: None,
        decided_by: None,
        decided_at: None,
        excluded_count: 0,
        ..of
    };
    Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await.or_fail_on(&[(
        "revenue_report_content",
        "REPORT_NOT_HELD",
        "The earlier report is being taken back already.",
    )])?;
    let change = Change {
        action: "report.reverse",
        entity_kind: "REVENUE_REPORT",
        entity_id: id.uuid(),
        before: None,
        after: Some(json!({ "ofReport": of_id, "accountingMonth": month })),
    };
    audit::record(tx, ctx, change).await?;
    Ok(id.uuid())
}

//! The second person's decision, and throwing a run away.

use entity::calculation_run::{Column, Entity};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::RunId;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::exceptions;
use super::model::{Run, RunState, stale, unknown};
use super::read::find;
use crate::{Core, collection, operations, settings};

/// Approves a calculated run. Whoever made it cannot.
///
/// # Errors
/// `RUN_NOT_CALCULATED`, `RUN_BLOCKED` while a blocking exception is open, `CONTROL_TOTAL_DIFFERS` while a payment for the
/// month's reports differs from them beyond its tolerance, `SECOND_PERSON_REQUIRED`,
/// `APPROVER_NOT_ADMITTED`, `STALE_VERSION`, `NOT_FOUND`, `FORBIDDEN`; database failures.
pub async fn run_approve(ctx: &OpContext, core: &Core, id: RunId, expected_version: i32) -> Outcome<Run> {
    ctx.require(Permission::RunApprove)?;
    let member = ctx.member()?;
    let tx = core.db.tenant(ctx).await?;
    let run = find(&tx, id).await?.ok_or_else(unknown)?;
    settings::require_approver(&tx, ctx, &settings::RUN_APPROVER, None).await?;
    run.check_approval(member, expected_version)?;
    exceptions::require_resolved(&tx, id).await?;
    collection::require_reconciled(&tx, run.month).await?;
    let columns = vec![
        (Column::State, Expr::value(RunState::Approved.as_str())),
        (Column::ApprovedBy, Expr::value(member.uuid())),
        (Column::ApprovedAt, Expr::value(ctx.now)),
    ];
    let approved = change(&tx, ctx, &run, "run.approve", columns).await?;
    tx.commit().await?;
    Ok(approved)
}

/// Throws a run away: its month can be calculated again. A run at work stops at its next safe point.
///
/// # Errors
/// `RUN_FINAL`, `STALE_VERSION`, `NOT_FOUND`, `FORBIDDEN`; database failures.
pub async fn run_discard(ctx: &OpContext, core: &Core, id: RunId, expected_version: i32) -> Outcome<Run> {
    ctx.require(Permission::RunManage)?;
    let tx = core.db.tenant(ctx).await?;
    let run = find(&tx, id).await?.ok_or_else(unknown)?;
    run.check_discarding(expected_version)?;
    let discarded = discard(&tx, ctx, &run).await?;
    tx.commit().await?;
    Ok(discarded)
}

/// Throws a run away that has not ended.
pub(super) async fn discard(tx: &TenantTx, ctx: &OpContext, run: &Run) -> Outcome<Run> {
    let columns = vec![(Column::State, Expr::value(RunState::Discarded.as_str()))];
    let discarded = change(tx, ctx, run, "run.discard", columns).await?;
    let reason = Failure::conflict("OPERATION_CANCELLED", "The run was discarded.");
    operations::fail(tx, run.operation_id, ctx.now, &reason).await?;
    Ok(discarded)
}

/// Changes the run, unless somebody else has since; writes audit and event.
pub(super) async fn change(
    tx: &TenantTx,
    ctx: &OpContext,
    run: &Run,
    action: &str,
    columns: Vec<(Column, SimpleExpr)>,
) -> Outcome<Run> {
    let mut update = Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(run.id.uuid()))
        .filter(Column::State.eq(run.state.as_str()))
        .filter(Column::Version.eq(run.version));
    for (column, value) in columns {
        update = update.col_expr(column, value);
    }
    if update.exec(tx).await.or_fail()?.rows_affected == 0 {
        return Err(stale());
    }
    let changed = find(tx, run.id).await?.ok_or_else(|| Failure::internal("a run vanished"))?;
    audit::record(
        tx,
        ctx,
        Change {
            action,
            entity_kind: "CALCULATION_RUN",
            entity_id: run.id.uuid(),
            before: Some(json!({ "state": run.state.as_str() })),
            after: Some(json!({ "state": changed.state.as_str() })),
        },
    )
    .await?;
    outbox::write(tx, action, &json!({ "runId": run.id.to_string(), "state": changed.state.as_str() })).await?;
    Ok(changed)
}

//! Storing exceptions, and dealing with them.

use entity::run_exception::{ActiveModel, Column, Entity};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{MemberId, RunExceptionId, RunId};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::model::{ExceptionState, Finding, RunException};
use crate::Core;

/// Rows of one `INSERT`.
const CHUNK: usize = 2_000;
/// Most characters of a note.
const NOTE_CHARS: usize = 2_000;

/// Stores what was found in a run.
pub(in crate::calculation) async fn store(tx: &TenantTx, run: RunId, found: Vec<Finding>) -> Outcome<()> {
    let rows: Vec<ActiveModel> = found
        .into_iter()
        .map(|one| ActiveModel {
            tenant_id: Set(tx.tenant_id().uuid()),
            id: Set(RunExceptionId::new().uuid()),
            run_id: Set(run.uuid()),
            code: Set(one.code.as_str().to_owned()),
            severity: Set(one.code.severity().as_str().to_owned()),
            is_blocking: Set(one.code.is_blocking()),
            contract_id: Set(one.contract.map(|id| id.uuid())),
            party_id: Set(one.party.map(|id| id.uuid())),
            currency: Set(one.currency.map(|currency| currency.code().to_owned())),
            row_count: Set(one.row_count),
            amount: Set(one.amount),
            message: Set(one.message),
            state: Set(ExceptionState::Open.as_str().to_owned()),
            assigned_to: Set(None),
            note: Set(None),
            resolved_by: Set(None),
            resolved_at: Set(None),
            version: Set(1),
            created_at: Set(tx.now()),
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}

/// Refuses a run with a blocking exception that nobody has dealt with.
pub(in crate::calculation) async fn require_resolved(tx: &TenantTx, run: RunId) -> Outcome<()> {
    let open = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::RunId.eq(run.uuid()))
        .filter(Column::IsBlocking.eq(true))
        .filter(Column::State.eq(ExceptionState::Open.as_str()))
        .count(tx)
        .await
        .or_fail()?;
    if open == 0 {
        return Ok(());
    }
    let message =
        format!("{open} exceptions of the run block its approval: resolve each with a note, or discard the run.");
    Err(Failure::refused("RUN_BLOCKED", message).at(["input", "id"]))
}

async fn find(tx: &TenantTx, id: RunExceptionId) -> Outcome<RunException> {
    let row = Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?;
    let row = row.map(RunException::try_from).transpose()?;
    row.ok_or_else(|| Failure::not_found("NOT_FOUND", "There is no such exception.").at(["input", "id"]))
}

/// Gives an exception to somebody to deal with; `None` takes it back.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `EXCEPTION_RESOLVED`, `REFERENCE_INVALID` for a member that does not exist;
/// `FORBIDDEN`; database failures.
pub async fn exception_assign(
    ctx: &OpContext,
    core: &Core,
    id: RunExceptionId,
    expected: i32,
    member: Option<MemberId>,
) -> Outcome<RunException> {
    ctx.require(Permission::RunManage)?;
    let columns = vec![(Column::AssignedTo, Expr::value(member.map(|member| member.uuid())))];
    let what = json!({ "assignedTo": member.map(|member| member.to_string()) });
    change(ctx, core, id, expected, "run_exception.assign", columns, what).await
}

/// Says what was found out about an exception. It is dealt with then, and does not block its run any more.
///
/// # Errors
/// `NOTE_MISSING`, `NOT_FOUND`, `STALE_VERSION`, `EXCEPTION_RESOLVED`; `FORBIDDEN`; database failures.
pub async fn exception_resolve(
    ctx: &OpContext,
    core: &Core,
    id: RunExceptionId,
    expected: i32,
    note: &str,
) -> Outcome<RunException> {
    ctx.require(Permission::RunManage)?;
    let note = note.trim();
    if note.is_empty() || note.chars().count() > NOTE_CHARS {
        let message = format!("Say in 1 to {NOTE_CHARS} characters what was found out.");
        return Err(Failure::refused("NOTE_MISSING", message).at(["input", "note"]));
    }
    let columns = vec![
        (Column::State, Expr::value(ExceptionState::Resolved.as_str())),
        (Column::Note, Expr::value(note)),
        (Column::ResolvedBy, Expr::value(ctx.actor.label())),
        (Column::ResolvedAt, Expr::value(ctx.now)),
    ];
    change(ctx, core, id, expected, "run_exception.resolve", columns, json!({ "note": note })).await
}

async fn change(
    ctx: &OpContext,
    core: &Core,
    id: RunExceptionId,
    expected: i32,
    action: &'static str,
    columns: Vec<(Column, SimpleExpr)>,
    what: serde_json::Value,
) -> Outcome<RunException> {
    let tx = core.db.tenant(ctx).await?;
    let before = find(&tx, id).await?;
    if before.state == ExceptionState::Resolved {
        let message = "The exception is resolved already: its note stays as it is.";
        return Err(Failure::refused("EXCEPTION_RESOLVED", message).at(["input", "id"]));
    }
    let mut update = Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Version.eq(expected));
    for (column, value) in columns {
        update = update.col_expr(column, value);
    }
    if update.exec(&tx).await.or_fail()?.rows_affected == 0 {
        let message = "Somebody changed the exception since you read it: read it again.";
        return Err(Failure::conflict("STALE_VERSION", message).at(["input", "expectedVersion"]));
    }
    let after = find(&tx, id).await?;
    audit::record(
        &tx,
        ctx,
        Change { action, entity_kind: "RUN_EXCEPTION", entity_id: id.uuid(), before: None, after: Some(what) },
    )
    .await?;
    let told = json!({ "exceptionId": id.to_string(), "runId": after.run_id.to_string() });
    outbox::write(&tx, action, &told).await?;
    tx.commit().await?;
    Ok(after)
}

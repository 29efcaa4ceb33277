//! Asking for a run.

use entity::{accounting_month, calculation_run};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::RunId;
use kernel::period::Month;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use platform::jobs::{self, JobOptions};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use serde_json::json;

use super::approval::discard;
use super::jobs::CalculateRun;
use super::model::{Run, RunMode, RunState};
use super::read::{find, replayed};
use crate::{Core, operations};

/// What a run is asked for with.
#[derive(Debug, Clone, Serialize)]
pub struct NewRun {
    /// The accounting month to report.
    pub month: Month,
    /// How it selects, and what becomes of the month.
    pub mode: RunMode,
    /// The client's key: asking again with it gives the same run.
    #[serde(skip)]
    pub idempotency_key: String,
}

/// A run, and whether it was there before.
#[derive(Debug, Clone)]
pub struct RunCreated {
    /// The run.
    pub run: Run,
    /// Whether an earlier request with the same key made it.
    pub is_replay: bool,
}

const MUTATION: &str = "calculationRunCreate";

/// Asks for a run over an accounting month. A worker computes it. A recalculation throws the month's run away that is
/// not final, in the same transaction.
///
/// # Errors
/// `MONTH_CLOSED` (the recalculation of a closed month is a proposal:
/// [`simulation_create`](super::simulation_create)); `RUN_EXISTS` when the month has a run that is not final;
/// `NOTHING_TO_REPLACE` for a recalculation without one; `IDEMPOTENCY_KEY_REUSED`,
/// `IDEMPOTENCY_KEY_INVALID`; `FORBIDDEN`; database failures.
pub async fn run_create(ctx: &OpContext, core: &Core, input: NewRun) -> Outcome<RunCreated> {
    ctx.require(Permission::RunManage)?;
    let member = ctx.member()?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(result) = idempotency::begin(&tx, &input.idempotency_key, MUTATION, &hash).await? {
        return Ok(RunCreated { run: replayed(&tx, &result).await?, is_replay: true });
    }
    refuse_closed(&tx, input.month).await?;
    let replaced = if input.mode == RunMode::Recalculation { replaced(&tx, ctx, input.month).await? } else { None };
    let id = RunId::new();
    let operation_id = operations::create(&tx, "run.calculate", Some(id.to_string())).await?;
    calculation_run::Entity::insert(calculation_run::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        operation_id: Set(operation_id.uuid()),
        accounting_month: Set(input.month.first_day()),
        mode: Set(input.mode.as_str().to_owned()),
        replaces_id: Set(replaced.map(|id| id.uuid())),
        state: Set(RunState::Queued.as_str().to_owned()),
        created_by: Set(member.uuid()),
        created_at: Set(ctx.now),
        line_count: Set(0),
        royalty_line_count: Set(0),
        suspense_count: Set(0),
        version: Set(1),
        ..Default::default()
    })
    .exec_without_returning(&tx)
    .await
    .or_fail_on(&[(
        "calculation_run_one",
        "RUN_EXISTS",
        "This month has a calculation run that is not final. Discard it, or ask for a recalculation in its place.",
    )])
    .map_err(|failure| failure.at(["input", "accountingMonth"]))?;
    let job = CalculateRun { run_id: id, operation_id };
    jobs::enqueue(&tx, &job, JobOptions { queue: Some("calculation".to_owned()), ..JobOptions::default() }).await?;
    audit::record(
        &tx,
        ctx,
        Change {
            action: "run.create",
            entity_kind: "CALCULATION_RUN",
            entity_id: id.uuid(),
            before: None,
            after: Some(json!({ "accountingMonth": input.month, "mode": input.mode })),
        },
    )
    .await?;
    outbox::write(&tx, "run.created", &json!({ "runId": id.to_string() })).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "runId": id.to_string() })).await?;
    let run = find(&tx, id).await?.ok_or_else(|| Failure::internal("a run vanished"))?;
    tx.commit().await?;
    Ok(RunCreated { run, is_replay: false })
}

/// Throws the run away that is not final, and tells which it was.
async fn replaced(tx: &TenantTx, ctx: &OpContext, month: Month) -> Outcome<Option<RunId>> {
    use entity::calculation_run::{Column, Entity};
    let ended = [RunState::Finalised, RunState::Failed, RunState::Discarded].map(RunState::as_str);
    let row = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::AccountingMonth.eq(month.first_day()))
        .filter(Column::State.is_not_in(ended))
        .one(tx)
        .await
        .or_fail()?;
    let Some(row) = row else {
        let message = format!("{month} has no run that is not final: ask for a batch.");
        return Err(Failure::refused("NOTHING_TO_REPLACE", message).at(["input", "accountingMonth"]));
    };
    let run = Run::try_from(row)?;
    discard(tx, ctx, &run).await?;
    Ok(Some(run.id))
}

/// Nothing is added to a month that is closed.
pub(super) async fn refuse_closed(tx: &TenantTx, month: Month) -> Outcome<()> {
    let row =
        accounting_month::Entity::find_by_id((tx.tenant_id().uuid(), month.first_day())).one(tx).await.or_fail()?;
    match row {
        Some(row) if row.state == "CLOSED" => {
            Err(Failure::refused("MONTH_CLOSED", format!("The accounting month {month} is closed."))
                .at(["input", "accountingMonth"]))
        }
        _ => Ok(()),
    }
}

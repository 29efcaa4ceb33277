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
use sea_orm::EntityTrait;
use serde::Serialize;
use serde_json::json;

use super::jobs::CalculateRun;
use super::model::{Run, RunState};
use super::read::{find, replayed};
use crate::{Core, operations};

/// What a run is asked for with.
#[derive(Debug, Clone, Serialize)]
pub struct NewRun {
    /// The accounting month to report.
    pub month: Month,
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

/// Asks for a run over an accounting month. A worker computes it.
///
/// # Errors
/// `MONTH_CLOSED`; `RUN_EXISTS` when the month has a run already; `IDEMPOTENCY_KEY_REUSED`,
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
    let id = RunId::new();
    let operation_id = operations::create(&tx, "run.calculate", Some(id.to_string())).await?;
    calculation_run::Entity::insert(calculation_run::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        operation_id: Set(operation_id.uuid()),
        accounting_month: Set(input.month.first_day()),
        mode: Set("BATCH".to_owned()),
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
        "This month has a calculation run already. Discard it before you ask for another.",
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
            after: Some(json!({ "accountingMonth": input.month })),
        },
    )
    .await?;
    outbox::write(&tx, "run.created", &json!({ "runId": id.to_string() })).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "runId": id.to_string() })).await?;
    let run = find(&tx, id).await?.ok_or_else(|| Failure::internal("a run vanished"))?;
    tx.commit().await?;
    Ok(RunCreated { run, is_replay: false })
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

//! Runs asked for.

use entity::source_run::{ActiveModel, Entity};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{SourceId, SourceRunId};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::idempotency::{self, Claim};
use platform::jobs::{self, JobOptions};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde::Serialize;
use serde_json::json;

use super::model::{Cause, RunState, Source, SourceRun, SourceState};
use super::read::{find, unknown};
use super::{CollectSource, credentials};
use crate::{Core, operations};

/// A collection to be started now.
#[derive(Debug, Clone, Serialize)]
pub struct CollectRequest {
    /// From where.
    pub source_id: SourceId,
    /// Makes a repeated request the same request.
    pub idempotency_key: String,
}

/// A run that was started.
#[derive(Debug, Clone)]
pub struct Started {
    /// The run.
    pub run: SourceRun,
    /// Whether the same request was answered before.
    pub is_replay: bool,
}

/// Collects from a source now, whatever its schedule says.
///
/// # Errors
/// `NOT_FOUND`, `SOURCE_DISABLED`, `SOURCE_BUSY`, `SOURCE_NOT_PULLED`, `CREDENTIAL_MISSING`, `IDEMPOTENCY_KEY_REUSED`,
/// `FORBIDDEN`; database failures.
pub async fn source_collect(ctx: &OpContext, core: &Core, input: CollectRequest) -> Outcome<Started> {
    ctx.require(Permission::SourceManage)?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(stored) = idempotency::begin(&tx, &input.idempotency_key, "sourceCollect", &hash).await? {
        let id: Option<SourceRunId> = stored["runId"].as_str().and_then(|text| text.parse().ok());
        let id = id.ok_or_else(|| Failure::internal("a replayed run without an id"))?;
        return Ok(Started { run: run(&tx, id).await?, is_replay: true });
    }
    let source = find(&tx, input.source_id).await?.ok_or_else(unknown)?;
    if source.state == SourceState::Disabled {
        let message = "The source is disabled: enable it first.";
        return Err(Failure::refused("SOURCE_DISABLED", message).at(["input", "id"]));
    }
    pulled(&source)?;
    credentials::require_complete(&tx, source.id, &source.method).await?;
    let run = begin(&tx, ctx, &source, Cause::Manual).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "runId": run.id.to_string() })).await?;
    tx.commit().await?;
    Ok(Started { run, is_replay: false })
}

/// Tests whether the source can be reached, lets us in, and shows files. Nothing is fetched. It need not be enabled.
///
/// # Errors
/// `NOT_FOUND`, `SOURCE_NOT_PULLED`, `CREDENTIAL_MISSING`, `FORBIDDEN`; database failures.
pub async fn source_test(ctx: &OpContext, core: &Core, id: SourceId) -> Outcome<SourceRun> {
    ctx.require(Permission::SourceManage)?;
    let tx = core.db.tenant(ctx).await?;
    let source = find(&tx, id).await?.ok_or_else(unknown)?;
    pulled(&source)?;
    credentials::require_complete(&tx, id, &source.method).await?;
    let run = begin(&tx, ctx, &source, Cause::Test).await?;
    tx.commit().await?;
    Ok(run)
}

fn pulled(source: &Source) -> Outcome<()> {
    if source.method.is_pull() {
        return Ok(());
    }
    let message = "Reports of this source come by themselves (upload, webhook): there is nothing to fetch from.";
    Err(Failure::refused("SOURCE_NOT_PULLED", message).at(["input", "id"]))
}

async fn run(tx: &TenantTx, id: SourceRunId) -> Outcome<SourceRun> {
    let row = Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?;
    row.map(Into::into).ok_or_else(|| Failure::internal("a run vanished"))
}

/// Writes the run, its operation and its job in the caller's transaction.
///
/// # Errors
/// `SOURCE_BUSY` when another run of the source is under way; database failures.
pub(super) async fn begin(tx: &TenantTx, ctx: &OpContext, source: &Source, cause: Cause) -> Outcome<SourceRun> {
    let id = SourceRunId::new();
    let kind = if cause == Cause::Test { "source.test" } else { "source.collect" };
    let operation_id = operations::create(tx, kind, Some(source.id.to_string())).await?;
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        source_id: Set(source.id.uuid()),
        operation_id: Set(operation_id.uuid()),
        cause: Set(cause.as_str().to_owned()),
        state: Set(RunState::Running.as_str().to_owned()),
        found_count: Set(0),
        fetched_count: Set(0),
        duplicate_count: Set(0),
        refused_count: Set(0),
        failure_code: Set(None),
        failure_message: Set(None),
        started_at: Set(ctx.now),
        finished_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx).await.or_fail_on(&[(
        "source_run_alone",
        "SOURCE_BUSY",
        "The source is being collected from at this moment: wait for that run, or cancel it.",
    )])?;
    let payload = CollectSource { run_id: id, source_id: source.id, operation_id };
    // A test answers at once, whatever it finds.
    let attempts = if cause == Cause::Test { 1 } else { source.max_attempts };
    let options = JobOptions {
        job_key: Some(format!("source.collect:{id}")),
        max_attempts: Some(attempts),
        ..JobOptions::default()
    };
    jobs::enqueue(tx, &payload, options).await?;
    let after = json!({ "runId": id.to_string(), "cause": cause.as_str() });
    let change =
        Change { action: kind, entity_kind: "SOURCE", entity_id: source.id.uuid(), before: None, after: Some(after) };
    audit::record(tx, ctx, change).await?;
    run(tx, id).await
}

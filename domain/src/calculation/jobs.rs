//! The jobs of a run, and what happens when they fail.

use std::sync::Arc;

use entity::calculation_run::Column;
use kernel::context::OpContext;
use kernel::failure::{Failure, FailureKind, Outcome};
use kernel::ids::{OperationId, RunId};
use platform::db::{TenantTx, ensure_month_partitions};
use platform::jobs::{DeadJob, Job, JobFailure, JobPayload, JobRegistry};
use sea_orm::sea_query::Expr;
use serde::{Deserialize, Serialize};

use super::approval::change;
use super::compute::{self, Task};
use super::input::{self, Inputs};
use super::model::{Run, RunState};
use super::read::find;
use super::{close, finalise, simulation};
use crate::operations::Progress;
use crate::rights::snapshot;
use crate::{Core, operations};

/// Computes a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CalculateRun {
    /// The run.
    pub run_id: RunId,
    /// What a person sees of it.
    pub operation_id: OperationId,
}

impl JobPayload for CalculateRun {
    const NAME: &'static str = "run.calculate";
}

/// Posts an approved run and closes its month.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FinaliseRun {
    /// The run.
    pub run_id: RunId,
    /// What a person sees of it.
    pub operation_id: OperationId,
}

impl JobPayload for FinaliseRun {
    const NAME: &'static str = "run.finalise";
}

/// Adds the jobs of runs to the program's.
#[must_use]
pub fn register(registry: JobRegistry, core: Core) -> JobRegistry {
    let finaliser = core.clone();
    let registry = simulation::register(registry, core.clone());
    registry
        .on(move |job: Job, payload: CalculateRun| {
            let core = core.clone();
            async move {
                let outcome = calculate(&core, &job, &payload).await;
                settle(&core, &job, payload.run_id, payload.operation_id, outcome, true).await
            }
        })
        .on(move |job: Job, payload: FinaliseRun| {
            let core = finaliser.clone();
            async move {
                let outcome = finalise::post(&core, &job.ctx, &payload).await;
                settle(&core, &job, payload.run_id, payload.operation_id, outcome, false).await
            }
        })
}

/// Ends the run of a job that died without a word of its own (a panic in its last attempt). Jobs of others are left
/// alone.
///
/// # Errors
/// Database failures.
pub async fn job_died(core: &Core, dead: &DeadJob) -> Outcome<()> {
    let Some(ctx) = &dead.ctx else { return Ok(()) };
    if dead.name == simulation::ComputeSimulation::NAME {
        let payload = simulation::ComputeSimulation::deserialize(&dead.payload)
            .map_err(|error| Failure::internal(format!("payload of {}: {error}", dead.name)))?;
        return simulation::end_of_job(core, ctx, &payload, dead.failure.failure()).await;
    }
    let calculates = dead.name == CalculateRun::NAME;
    if !calculates && dead.name != FinaliseRun::NAME {
        return Ok(());
    }
    // Both payloads have the same fields.
    let payload = CalculateRun::deserialize(&dead.payload)
        .map_err(|error| Failure::internal(format!("payload of {}: {error}", dead.name)))?;
    give_up(core, ctx, payload.run_id, payload.operation_id, dead.failure.failure(), calculates).await
}

/// Says to the queue what to do next, and to people what has become of the run.
async fn settle(
    core: &Core,
    job: &Job,
    run: RunId,
    operation: OperationId,
    outcome: Outcome<()>,
    calculates: bool,
) -> Result<(), JobFailure> {
    let Err(failure) = outcome else { return Ok(()) };
    if passes(&failure) && !job.is_last_attempt() {
        return Err(JobFailure::Retry(failure));
    }
    give_up(core, &job.ctx, run, operation, &failure, calculates).await?;
    if failure.code() == "OPERATION_CANCELLED" { Ok(()) } else { Err(JobFailure::GiveUp(failure)) }
}

/// Whether the next attempt may get further. Rows that exist and versions that have moved mean that an earlier attempt,
/// believed dead, has just got to its end: the next one finds what it left.
pub(super) fn passes(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Unavailable | FailureKind::Limited | FailureKind::Internal)
        || matches!(failure.code(), "ALREADY_EXISTS" | "STALE_VERSION")
}

/// A run that cannot be computed has failed, or is discarded when somebody stopped it; one that cannot be finalised
/// stays approved. Its operation says why.
async fn give_up(
    core: &Core,
    ctx: &OpContext,
    id: RunId,
    operation: OperationId,
    failure: &Failure,
    calculates: bool,
) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    if let Some(run) = find(&tx, id).await?
        && calculates
        && matches!(run.state, RunState::Queued | RunState::Calculating)
    {
        end(&tx, ctx, &run, failure).await?;
    }
    operations::fail(&tx, operation, (core.clock)(), failure).await?;
    tx.commit().await
}

async fn end(tx: &TenantTx, ctx: &OpContext, run: &Run, failure: &Failure) -> Outcome<()> {
    let cancelled = failure.code() == "OPERATION_CANCELLED";
    let (state, action) = if cancelled { (RunState::Discarded, "run.discard") } else { (RunState::Failed, "run.fail") };
    let columns = vec![
        (Column::State, Expr::value(state.as_str())),
        (Column::FailureCode, Expr::value(failure.code())),
        (Column::FailureMessage, Expr::value(failure.message())),
    ];
    change(tx, ctx, run, action, columns).await?;
    Ok(())
}

async fn calculate(core: &Core, job: &Job, payload: &CalculateRun) -> Outcome<()> {
    let ctx = &job.ctx;
    let run = load(core, ctx, payload.run_id).await?;
    if !matches!(run.state, RunState::Queued | RunState::Calculating) {
        // An earlier attempt got to the end, or somebody threw the run away.
        return Ok(());
    }
    operations::start(core, ctx, payload.operation_id).await?;
    let mut progress = Progress::new(core.clone(), ctx.clone(), payload.operation_id);
    progress.stage("Recording the rules", None, "documents").await?;
    let inputs = inputs(core, ctx, &run).await?;
    let rules = close::compile(core, ctx, &inputs).await?.rules;
    let task = Task {
        core,
        ctx,
        run: run.id,
        month: run.month,
        rules: Arc::clone(&rules),
        selection: &inputs.reports,
        shutdown: job.shutdown.clone(),
    };
    ensure_month_partitions(&core.db, &[run.month]).await?;
    progress.stage("Calculating", Some(inputs.reports.lines), "lines").await?;
    let tx = core.db.tenant_read(ctx).await?;
    let written = input::lines_written(&tx, run.month, run.id).await?;
    tx.rollback().await?;
    let computed = if written {
        compute::compute_again(&task, &mut progress).await?
    } else {
        let (computed, bulk) = compute::compute_and_copy(&task, &mut progress).await?;
        if load(core, ctx, run.id).await?.state != RunState::Calculating {
            return Err(Failure::conflict("OPERATION_CANCELLED", "The run was discarded."));
        }
        bulk.commit().await?;
        computed
    };
    progress.stage("Closing the accounts", None, "accounts").await?;
    close::save(core, ctx, payload, &inputs, &rules, computed).await
}

async fn load(core: &Core, ctx: &OpContext, id: RunId) -> Outcome<Run> {
    let tx = core.db.tenant_read(ctx).await?;
    find(&tx, id).await?.ok_or_else(super::model::unknown)
}

/// The recorded inputs; the first attempt records them, through one unchanging view of the data.
async fn inputs(core: &Core, ctx: &OpContext, run: &Run) -> Outcome<Inputs> {
    let view = core.db.tenant_snapshot(ctx).await?;
    if let Some(inputs) = input::recorded(&view, run.id).await? {
        return Ok(inputs);
    }
    let reports = input::select(&view, run.month).await?;
    let rights = snapshot::read(&view, run.month, &reports.days()).await?;
    view.rollback().await?;
    let inputs = Inputs { rules: rights.rules, rates: rights.rates, opening: rights.opening, reports };
    let tx = core.db.tenant(ctx).await?;
    let current = find(&tx, run.id).await?.ok_or_else(super::model::unknown)?;
    let digest = input::record(&tx, run.id, &inputs).await?;
    let columns = vec![
        (Column::State, Expr::value(RunState::Calculating.as_str())),
        (Column::InputDigest, Expr::value(digest.to_vec())),
    ];
    change(&tx, ctx, &current, "run.calculating", columns).await?;
    tx.commit().await?;
    Ok(inputs)
}

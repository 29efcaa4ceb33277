//! Asking for runs, approving, finalising and discarding them.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::calculation::{self, NewRun, RunCreated, RunFinalise};
use domain::operations as long_work;
use kernel::failure::{Failure, Outcome};

use super::run::{CalculationMode, CalculationRun};
use crate::frame;
use crate::frame::ids;
use crate::frame::scalars::Month;
use crate::operations::Operation;
use crate::{payload, user_errors};

user_errors! {
    CalculationUserError, CalculationErrorCode, "calculation",
    MONTH_CLOSED => "The accounting month is closed.",
    RUN_EXISTS => "The month has a calculation run that is not final.",
    NOTHING_TO_REPLACE => "The month has no run that a recalculation could replace.",
    SIMULATION_NOT_COMPUTED => "Only a computed recalculation can be decided on.",
    RUN_NOT_CALCULATED => "Only a calculated run can be approved.",
    APPROVER_NOT_ADMITTED => "The configuration lets only an owner approve this.",
    RUN_BLOCKED => "A blocking exception of the run is open.",
    CONTROL_TOTAL_DIFFERS => "A payment differs from the reports it is for by more than its tolerance.",
    REASON_MISSING => "The reason is empty or too long.",
    AMOUNT_INVALID => "The amount is zero, or has too many decimal places for its currency.",
    OVERRIDE_DECIDED => "The correction is approved or rejected already.",
    EXCEPTION_RESOLVED => "The exception is resolved already.",
    NOTE_MISSING => "The note is empty or too long.",
    SECOND_PERSON_REQUIRED => "Who made a run cannot approve it.",
    RUN_NOT_APPROVED => "Only an approved run can be finalised.",
    RUN_FINAL => "The run has ended: it is finalised or discarded.",
    IDEMPOTENCY_KEY_INVALID => "An idempotency key has 1 to 200 characters.",
}

/// What to calculate.
#[derive(InputObject)]
pub struct CalculationRunCreateInput {
    /// The accounting month. It must be open and have no run that is alive.
    accounting_month: Month,
    /// How it selects, and what becomes of the month.
    #[graphql(default_with = "CalculationMode::Batch")]
    mode: CalculationMode,
    /// Your key for this request: sent again, it gives the same run and starts nothing.
    idempotency_key: String,
}

/// Which run to approve.
#[derive(InputObject)]
pub struct CalculationRunApproveInput {
    /// The run.
    id: ID,
    /// Its `version` when you read it.
    expected_version: i32,
}

/// Which run to throw away.
#[derive(InputObject)]
pub struct CalculationRunDiscardInput {
    /// The run.
    id: ID,
    /// Its `version` when you read it.
    expected_version: i32,
}

/// Which run to finalise.
#[derive(InputObject)]
pub struct CalculationRunFinaliseInput {
    /// The run.
    id: ID,
    /// Its `version` when you read it.
    expected_version: i32,
    /// Your key for this request: sent again, it changes nothing.
    idempotency_key: String,
}

/// What `calculationRunCreate` answers.
#[derive(SimpleObject)]
pub struct CalculationRunCreatePayload {
    /// The run; null when it was refused.
    run: Option<CalculationRun>,
    /// The long work that computes it.
    operation: Option<Operation>,
    /// Whether an earlier request with the same key made it.
    is_replay: bool,
    /// What was refused; empty when it was done.
    user_errors: Vec<CalculationUserError>,
}

/// What `calculationRunFinalise` answers.
#[derive(SimpleObject)]
pub struct CalculationRunFinalisePayload {
    /// The run, still approved until the work is done; null when it was refused.
    run: Option<CalculationRun>,
    /// The long work that posts it.
    operation: Option<Operation>,
    /// What was refused; empty when it was done.
    user_errors: Vec<CalculationUserError>,
}

payload! {
    /// What `calculationRunApprove` answers.
    CalculationRunApprovePayload(CalculationUserError) {
        /// The run, now approved; null when it was refused.
        run: CalculationRun,
    }
}

payload! {
    /// What `calculationRunDiscard` answers.
    CalculationRunDiscardPayload(CalculationUserError) {
        /// The run, now discarded; null when it was refused.
        run: CalculationRun,
    }
}

/// The operation of a run that was just asked for.
async fn operation(
    ctx: &kernel::context::OpContext,
    core: &domain::Core,
    run: &calculation::Run,
) -> Outcome<long_work::Operation> {
    let found = long_work::get(ctx, core, run.operation_id).await?;
    found.ok_or_else(|| Failure::internal(format!("run {} without its operation", run.id)))
}

/// Changing runs.
#[derive(Default)]
pub struct CalculationMutation;

#[Object]
impl CalculationMutation {
    /// Asks for the royalties of an accounting month. A worker computes them; watch the operation. Requires: RUN_MANAGE.
    async fn calculation_run_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What to calculate.")] input: CalculationRunCreateInput,
    ) -> Result<CalculationRunCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let new = NewRun {
                month: input.accounting_month.into(),
                mode: input.mode.into(),
                idempotency_key: input.idempotency_key,
            };
            let created = calculation::run_create(&ctx, &core, new).await?;
            let operation = operation(&ctx, &core, &created.run).await?;
            Ok((created, operation))
        })
        .await;
        let (done, user_errors) = CalculationUserError::split(outcome)?;
        let is_replay = done.as_ref().is_some_and(|(RunCreated { is_replay, .. }, _)| *is_replay);
        let (run, operation) = done.map(|(created, operation)| (created.run.into(), operation.into())).unzip();
        Ok(CalculationRunCreatePayload { run, operation, is_replay, user_errors })
    }

    /// Approves a calculated run. Whoever asked for it cannot. Requires: RUN_APPROVE.
    async fn calculation_run_approve(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which run.")] input: CalculationRunApproveInput,
    ) -> Result<CalculationRunApprovePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            calculation::run_approve(&ctx, &core, id, input.expected_version).await
        })
        .await;
        CalculationRunApprovePayload::of(outcome)
    }

    /// Posts an approved run to the ledger and closes its month, for good. A worker does it; watch the operation.
    /// Requires: RUN_APPROVE.
    async fn calculation_run_finalise(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which run.")] input: CalculationRunFinaliseInput,
    ) -> Result<CalculationRunFinalisePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            let finalise =
                RunFinalise { id, expected_version: input.expected_version, idempotency_key: input.idempotency_key };
            let run = calculation::run_finalise(&ctx, &core, finalise).await?;
            let operation = operation(&ctx, &core, &run).await?;
            Ok((run, operation))
        })
        .await;
        let (done, user_errors) = CalculationUserError::split(outcome)?;
        let (run, operation) = done.map(|(run, operation)| (run.into(), operation.into())).unzip();
        Ok(CalculationRunFinalisePayload { run, operation, user_errors })
    }

    /// Throws a run away, so that its month can be calculated again. What is finalised cannot be. Requires: RUN_MANAGE.
    async fn calculation_run_discard(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which run.")] input: CalculationRunDiscardInput,
    ) -> Result<CalculationRunDiscardPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            calculation::run_discard(&ctx, &core, id, input.expected_version).await
        })
        .await;
        CalculationRunDiscardPayload::of(outcome)
    }
}

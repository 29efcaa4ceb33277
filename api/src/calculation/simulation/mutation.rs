//! Asking for simulations and recalculations.

use async_graphql::{Context, Object, Result, SimpleObject};
use domain::calculation::{self, NewSimulation, SimulationCreated};
use domain::operations as long_work;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};

use super::input::{RecalculationCreateInput, SimulationCreateInput};
use super::types::Simulation;
use crate::frame;
use crate::operations::Operation;
use crate::rights::RightsUserError;

/// What `simulationCreate` and `recalculationCreate` answer.
#[derive(SimpleObject)]
pub struct SimulationCreatePayload {
    /// The simulation; null when it was refused.
    simulation: Option<Simulation>,
    /// The long work that computes it.
    operation: Option<Operation>,
    /// Whether an earlier request with the same key made it.
    is_replay: bool,
    /// What was refused; empty when it was done.
    user_errors: Vec<RightsUserError>,
}

async fn create(
    ctx: &OpContext,
    core: &domain::Core,
    new: NewSimulation,
) -> Outcome<(SimulationCreated, long_work::Operation)> {
    let created = calculation::simulation_create(ctx, core, new).await?;
    let operation = long_work::get(ctx, core, created.simulation.operation_id).await?;
    Ok((created, operation.ok_or_else(|| Failure::internal("a simulation without its operation"))?))
}

fn payload(outcome: Outcome<(SimulationCreated, long_work::Operation)>) -> Result<SimulationCreatePayload> {
    let (done, user_errors) = RightsUserError::split(outcome)?;
    let is_replay = done.as_ref().is_some_and(|(created, _)| created.is_replay);
    let (simulation, operation) =
        done.map(|(created, operation)| (created.simulation.into(), operation.into())).unzip();
    Ok(SimulationCreatePayload { simulation, operation, is_replay, user_errors })
}

/// Asking what would be.
#[derive(Default)]
pub struct SimulationMutation;

#[Object]
impl SimulationMutation {
    /// Computes the finalised runs of a span of months with other contract versions or exchange rates beside what they
    /// really were, and keeps the difference. Nothing is posted and nothing is changed. A worker computes it; watch the
    /// operation. Requires: RUN_MANAGE.
    async fn simulation_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What to compute.")] input: SimulationCreateInput,
    ) -> Result<SimulationCreatePayload> {
        payload(frame::run(gql, |ctx, core| async move { create(&ctx, &core, input.checked()?).await }).await)
    }

    /// Computes the finalised runs of a span of months with the rules and rates as they are now. What is closed stays as
    /// it is: the difference is a proposal. A worker computes it; watch the operation. Requires: RUN_MANAGE.
    async fn recalculation_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which months.")] input: RecalculationCreateInput,
    ) -> Result<SimulationCreatePayload> {
        payload(frame::run(gql, |ctx, core| async move { create(&ctx, &core, input.into()).await }).await)
    }
}

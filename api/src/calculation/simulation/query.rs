//! Reading simulations.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::calculation;
use kernel::ids::SimulationId;

use super::types::{Simulation, SimulationKind};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;

/// Which simulations.
#[derive(InputObject, Default)]
pub struct SimulationFilter {
    /// Only of this kind.
    kind: Option<SimulationKind>,
}

/// Simulations and recalculations.
#[derive(Default)]
pub struct SimulationQuery;

#[Object]
impl SimulationQuery {
    /// One simulation or recalculation. Null when there is no such thing here. Requires: RUN_READ.
    async fn simulation(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<Simulation>> {
        frame::read(gql, |ctx, core| async move {
            let id: SimulationId = ids::parse(&id, ["id"])?;
            Ok(calculation::simulation(&ctx, &core, id).await?.map(Into::into))
        })
        .await
    }

    /// Simulations and recalculations, newest first. Requires: RUN_READ.
    async fn simulations(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<SimulationFilter>,
    ) -> Result<List<Simulation>> {
        frame::read(gql, |ctx, core| async move {
            let filter = calculation::SimulationFilter { kind: filter.and_then(|filter| filter.kind).map(Into::into) };
            let rows = calculation::simulations(&ctx, &core, filter, page(first, after, last, before)?).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }
}

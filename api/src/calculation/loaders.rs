//! Batch loading of what belongs to runs and royalty lines.

use std::collections::HashMap;
use std::sync::Arc;

use domain::Core;
use domain::calculation::{self, CurrencyDiff, RoyaltyLineKey, RunTotal, WaitingReason};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::{RunId, SimulationId};

use crate::frame::loader::Batch;

/// Runs by id.
pub struct Runs;

impl Batch for Runs {
    type Key = RunId;
    type Value = calculation::Run;

    async fn load(ctx: &OpContext, core: &Core, keys: &[RunId]) -> Outcome<HashMap<RunId, Self::Value>> {
        Ok(calculation::runs_of(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Totals by run.
pub struct Totals;

impl Batch for Totals {
    type Key = RunId;
    type Value = Vec<RunTotal>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[RunId]) -> Outcome<HashMap<RunId, Self::Value>> {
        let mut found: HashMap<RunId, Self::Value> = HashMap::new();
        for row in calculation::run_totals(ctx, core, keys).await? {
            found.entry(row.run_id).or_default().push(row);
        }
        Ok(found)
    }
}

/// What waits, by run.
pub struct Exceptions;

impl Batch for Exceptions {
    type Key = RunId;
    type Value = Vec<WaitingReason>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[RunId]) -> Outcome<HashMap<RunId, Self::Value>> {
        let mut found: HashMap<RunId, Self::Value> = HashMap::new();
        for row in calculation::run_exceptions(ctx, core, keys).await? {
            found.entry(row.run_id).or_default().push(row);
        }
        Ok(found)
    }
}

/// Derivations by royalty line.
pub struct Explanations;

impl Batch for Explanations {
    type Key = RoyaltyLineKey;
    type Value = Arc<calculation::derivation::Explanation>;

    async fn load(
        ctx: &OpContext,
        core: &Core,
        keys: &[RoyaltyLineKey],
    ) -> Outcome<HashMap<RoyaltyLineKey, Self::Value>> {
        let rows = calculation::explanations(ctx, core, keys).await?;
        Ok(rows.into_iter().map(|row| (row.key, row.explanation)).collect())
    }
}

/// Where money goes otherwise, by simulation.
pub struct CurrencyDiffs;

impl Batch for CurrencyDiffs {
    type Key = SimulationId;
    type Value = Vec<CurrencyDiff>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[SimulationId]) -> Outcome<HashMap<SimulationId, Self::Value>> {
        let mut found: HashMap<SimulationId, Self::Value> = HashMap::new();
        for (id, row) in calculation::currency_diffs(ctx, core, keys).await? {
            found.entry(id).or_default().push(row);
        }
        Ok(found)
    }
}

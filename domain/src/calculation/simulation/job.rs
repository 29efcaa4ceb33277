//! The job of a simulation.

use std::collections::BTreeMap;

use engine::model::{Rate, Rates, Rules};
use entity::simulation::{Column, Entity};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OperationId, SimulationId};
use platform::db::{OrFail, TenantTx};
use platform::jobs::{Job, JobFailure, JobPayload, JobRegistry};
use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::compare::Largest;
use super::compute::{Differences, Drift, LINES_KEPT, Pair, Side};
use super::diffs;
use super::model::{Changes, Simulation, SimulationBasis, SimulationState, unknown};
use super::read::{finalised_between, find};
use crate::calculation::compute::start;
use crate::calculation::input::{self, Inputs};
use crate::calculation::{close, jobs};
use crate::operations::Progress;
use crate::rights::snapshot;
use crate::{Core, operations};

/// Computes a simulation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ComputeSimulation {
    /// The simulation.
    pub simulation_id: SimulationId,
    /// What a person sees of it.
    pub operation_id: OperationId,
}

impl JobPayload for ComputeSimulation {
    const NAME: &'static str = "simulation.compute";
}

/// Adds the job of simulations to the program's.
pub(in crate::calculation) fn register(registry: JobRegistry, core: Core) -> JobRegistry {
    registry.on(move |job: Job, payload: ComputeSimulation| {
        let core = core.clone();
        async move {
            let Err(failure) = compute(&core, &job, &payload).await else { return Ok(()) };
            if jobs::passes(&failure) && !job.is_last_attempt() {
                return Err(JobFailure::Retry(failure));
            }
            end_of_job(&core, &job.ctx, &payload, &failure).await?;
            if failure.code() == "OPERATION_CANCELLED" { Ok(()) } else { Err(JobFailure::GiveUp(failure)) }
        }
    })
}

/// A simulation whose job ended without a result has failed.
pub(in crate::calculation) async fn end_of_job(
    core: &Core,
    ctx: &OpContext,
    payload: &ComputeSimulation,
    failure: &Failure,
) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    if let Some(simulation) = find(&tx, payload.simulation_id).await?
        && matches!(simulation.state, SimulationState::Queued | SimulationState::Computing)
    {
        let columns = vec![
            (Column::State, Expr::value(SimulationState::Failed.as_str())),
            (Column::FailureCode, Expr::value(failure.code())),
            (Column::FailureMessage, Expr::value(failure.message())),
        ];
        change(&tx, &simulation, columns).await?;
    }
    operations::fail(&tx, payload.operation_id, (core.clock)(), failure).await?;
    tx.commit().await
}

/// Changes a simulation, unless somebody else has since.
pub(super) async fn change(
    tx: &TenantTx,
    simulation: &Simulation,
    columns: Vec<(Column, SimpleExpr)>,
) -> Outcome<Simulation> {
    let mut update = Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(simulation.id.uuid()))
        .filter(Column::Version.eq(simulation.version));
    for (column, value) in columns {
        update = update.col_expr(column, value);
    }
    if update.exec(tx).await.or_fail()?.rows_affected == 0 {
        let message = "The simulation was changed since you read it. Read it again.";
        return Err(Failure::conflict("STALE_VERSION", message).at(["input", "expectedVersion"]));
    }
    find(tx, simulation.id).await?.ok_or_else(unknown)
}

async fn compute(core: &Core, job: &Job, payload: &ComputeSimulation) -> Outcome<()> {
    let ctx = &job.ctx;
    let tx = core.db.tenant_read(ctx).await?;
    let simulation = find(&tx, payload.simulation_id).await?.ok_or_else(unknown)?;
    let runs = finalised_between(&tx, simulation.from, simulation.to).await?;
    tx.rollback().await?;
    if !matches!(simulation.state, SimulationState::Queued | SimulationState::Computing) {
        return Ok(());
    }
    operations::start(core, ctx, payload.operation_id).await?;
    let mut progress = Progress::new(core.clone(), ctx.clone(), payload.operation_id);
    let lines: i64 = runs.iter().map(|run| run.line_count).sum();
    progress.stage("Comparing", Some(lines), "lines").await?;
    let mut differences = Differences::new();
    let mut drift = Drift::default();
    let mut done: i64 = 0;
    for run in &runs {
        let view = core.db.tenant_snapshot(ctx).await?;
        let recorded = input::recorded(&view, run.id)
            .await?
            .ok_or_else(|| Failure::internal(format!("run {} has no recorded inputs", run.id)))?;
        let (rules, rates) = other(&view, &simulation.changes, &recorded).await?;
        view.rollback().await?;
        let opening = drift.apply(&recorded.opening)?;
        let before = close::compile(core, ctx, &recorded).await?.rules;
        let other = Inputs { rules, rates, opening: opening.clone(), reports: recorded.reports.clone() };
        let after = close::compile(core, ctx, &other).await?.rules;
        let pair = Pair {
            before: Side::new(before, &recorded.reports)?,
            after: Side::new(after, &recorded.reports)?,
            largest: Largest::new(LINES_KEPT),
        };
        let (handles, mut made) = start(core, ctx, &recorded.reports, pair);
        while let Some(count) = made.recv().await {
            if job.shutdown.is_cancelled() {
                let message = "The worker is stopping; the simulation goes on with the next one.";
                return Err(Failure::unavailable("SHUTTING_DOWN", message));
            }
            done = done.saturating_add(i64::try_from(count).unwrap_or(i64::MAX));
            progress.done(done).await?;
        }
        let pair = handles.finish().await?;
        let (closed, other_closed) = (pair.before.close(&recorded.opening)?, pair.after.close(&opening)?);
        drift.note(&recorded.opening, &closed, &other_closed)?;
        differences.add(pair, &closed, &other_closed)?;
    }
    differences.only_differences();
    save(core, ctx, payload, runs.len(), done, &differences).await
}

/// The rules and rates of the other side.
async fn other(view: &TenantTx, changes: &Changes, recorded: &Inputs) -> Outcome<(Rules, Rates)> {
    let (mut rules, mut rates) = match changes.basis {
        SimulationBasis::Recorded => (recorded.rules.clone(), recorded.rates.clone()),
        SimulationBasis::Current => {
            let now = snapshot::read(view, recorded.reports.month, &recorded.reports.days()).await?;
            (now.rules, now.rates)
        }
    };
    for change in &changes.contracts {
        change.apply(&mut rules);
    }
    rates.rates = replaced(rates.rates, &changes.rates);
    Ok((rules, rates))
}

/// The rates, each replaced by the one of its pair and day among the others.
fn replaced(rates: Vec<Rate>, others: &[Rate]) -> Vec<Rate> {
    let mut all: BTreeMap<(Currency, Currency, chrono::NaiveDate), Rate> = BTreeMap::new();
    for rate in rates.into_iter().chain(others.iter().cloned()) {
        all.insert((rate.base, rate.quote, rate.date), rate);
    }
    all.into_values().collect()
}

async fn save(
    core: &Core,
    ctx: &OpContext,
    payload: &ComputeSimulation,
    runs: usize,
    lines: i64,
    differences: &Differences,
) -> Outcome<()> {
    let now = (core.clock)();
    let tx = core.db.tenant(ctx).await?;
    let simulation = find(&tx, payload.simulation_id).await?.ok_or_else(unknown)?;
    if !matches!(simulation.state, SimulationState::Queued | SimulationState::Computing) {
        // An attempt believed dead got to its end.
        return Ok(());
    }
    diffs::insert(&tx, simulation.id, differences).await?;
    let count = |number: u64| i64::try_from(number).map_err(|_| Failure::internal("too many lines"));
    let columns = vec![
        (Column::State, Expr::value(SimulationState::Computed.as_str())),
        (Column::RunCount, Expr::value(i32::try_from(runs).unwrap_or(i32::MAX))),
        (Column::LineCount, Expr::value(lines)),
        (Column::ChangedLineCount, Expr::value(count(differences.largest.lines())?)),
        (Column::ComputedAt, Expr::value(now)),
    ];
    change(&tx, &simulation, columns).await?;
    operations::finish(&tx, payload.operation_id, now).await?;
    tx.commit().await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use kernel::ids::RateId;
    use rust_decimal::Decimal;

    #[test]
    fn a_rate_takes_the_place_of_the_one_of_its_pair_and_day() {
        let rate = |day: u32, rate: i64| Rate {
            id: RateId::new(),
            base: Currency::parse("EUR").unwrap(),
            quote: Currency::parse("USD").unwrap(),
            date: chrono::NaiveDate::from_ymd_opt(2026, 1, day).unwrap(),
            rate: Decimal::new(rate, 2),
            source: "ECB".to_owned(),
        };
        let all = replaced(vec![rate(30, 108), rate(31, 109)], &[rate(31, 200), rate(29, 107)]);
        let shown: Vec<_> = all.iter().map(|one| (one.date.to_string(), one.rate)).collect();
        let expected = [("2026-01-29", 107), ("2026-01-30", 108), ("2026-01-31", 200)];
        assert_eq!(shown, expected.map(|(day, rate)| (day.to_owned(), Decimal::new(rate, 2))));
    }
}

//! `replay`: a run, computed again from what it recorded.

use domain::calculation::{self, RunFilter, RunState};
use domain::tenancy;
use kernel::context::OpContext;
use kernel::ids::RunId;
use kernel::page::PageRequest;

use super::admin::operator;
use crate::cli::Replay;
use crate::say;
use crate::service::base::Base;
use crate::stop::Stop;

/// Runs listed at once.
const PAGE: usize = 100;

/// Computes runs again and says how they compare.
///
/// # Errors
/// When a run is not as it is stored; it has been told by then. When a run does not exist, or the database cannot be
/// used.
pub async fn replay(flags: Replay) -> Result<(), Stop> {
    let wanted = flags
        .runs
        .iter()
        .map(|id| id.parse::<RunId>().map_err(|error| Stop::wrong_use(format!("`{id}` is not a run's id: {error}"))))
        .collect::<Result<Vec<_>, _>>()?;
    let base = Base::open(&flags.settings.load()?, platform::postgres::Durability::Full).await?;
    let compared = compare(&base, &wanted).await;
    base.close().await?;
    match compared? {
        0 => Ok(()),
        1 => Err(Stop::failed("one run is not what its inputs give")),
        several => Err(Stop::failed(format!("{several} runs are not what their inputs give"))),
    }
}

/// How many runs differ.
async fn compare(base: &Base, wanted: &[RunId]) -> Result<usize, Stop> {
    let mut differing = 0;
    let mut missing = wanted.to_vec();
    for tenant in tenancy::tenants(&base.core).await? {
        let ctx = operator(tenant.id, "replay");
        let runs = if wanted.is_empty() { computed(base, &ctx).await? } else { known(base, &ctx, wanted).await? };
        for run in runs {
            missing.retain(|id| *id != run);
            differing += usize::from(!one(base, &ctx, &tenant.slug, run).await?);
        }
    }
    match missing.first() {
        Some(id) => Err(Stop::wrong_use(format!("there is no run {id}"))),
        None => Ok(differing),
    }
}

/// Those of the runs that are this tenant's.
async fn known(base: &Base, ctx: &OpContext, wanted: &[RunId]) -> Result<Vec<RunId>, Stop> {
    Ok(calculation::runs_of(ctx, &base.core, wanted).await?.into_iter().map(|run| run.id).collect())
}

/// Every run with a result, the oldest first.
async fn computed(base: &Base, ctx: &OpContext) -> Result<Vec<RunId>, Stop> {
    let mut found = Vec::new();
    for state in [RunState::Finalised, RunState::Approved, RunState::Calculated] {
        let mut after = None;
        loop {
            let page = PageRequest { size: PAGE as u64, after, before: None, from_end: false };
            let filter = RunFilter { state: Some(state), month: None };
            let runs = calculation::runs(ctx, &base.core, filter, page).await?;
            found.extend(runs.rows.iter().map(|run| run.id));
            let last = runs.rows.last().map(|run| run.id.uuid());
            after = last.filter(|_| runs.has_next).map(|id| kernel::page::Cursor { value: String::new(), id });
            if after.is_none() {
                break;
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Whether a run is what its inputs give.
async fn one(base: &Base, ctx: &OpContext, tenant: &str, id: RunId) -> Result<bool, Stop> {
    let watch = platform::clock::stopwatch();
    let replay = calculation::replay(ctx, &base.core, id, |_| ()).await?;
    let what = format!("{id}  {tenant} {}", replay.run.month);
    let Some(difference) = &replay.difference else {
        let (lines, royalties) = (replay.lines, replay.royalty_lines);
        let seconds = watch.elapsed().as_secs_f64();
        say::line(format_args!(
            "{what}: byte-identical ({lines} lines, {royalties} royalty lines compared in {seconds:.1} s)"
        ));
        return Ok(true);
    };
    say::line(format_args!("{what}: DIFFERENT"));
    say::line(format_args!("  first difference  {}", difference.what));
    say::line(format_args!("  stored            {}", difference.stored));
    say::line(format_args!("  computed          {}", difference.computed));
    Ok(false)
}

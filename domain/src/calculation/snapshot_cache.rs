//! Compiled rules of runs that somebody is looking at. A run's recorded inputs never change, so neither does this.

use std::sync::{Mutex, PoisonError};

use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::RunId;
use platform::db::TenantTx;

use super::close::{self, Ready};
use super::input;
use crate::Core;

/// How many runs are kept ready. Whoever explains a statement asks about one run again and again.
const RUNS: usize = 4;

/// The latest first. Run ids are unique over all tenants, and who may see a run is decided before it is asked for.
static READY: Mutex<Vec<(RunId, Ready)>> = Mutex::new(Vec::new());

/// The rules a run was computed with.
///
/// # Errors
/// `INTERNAL` when the run has no recorded inputs or they were changed; database failures.
pub(super) async fn rules_of(ctx: &OpContext, core: &Core, tx: &TenantTx, run: RunId) -> Outcome<Ready> {
    if let Some(rules) = ready(run) {
        return Ok(rules);
    }
    let inputs = input::recorded(tx, run)
        .await?
        .ok_or_else(|| Failure::internal(format!("run {run} has no recorded inputs")))?;
    let rules = close::compile(core, ctx, &inputs).await?;
    let mut kept = READY.lock().unwrap_or_else(PoisonError::into_inner);
    kept.retain(|(known, _)| *known != run);
    kept.insert(0, (run, rules.clone()));
    kept.truncate(RUNS);
    Ok(rules)
}

fn ready(run: RunId) -> Option<Ready> {
    let mut kept = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let position = kept.iter().position(|(known, _)| *known == run)?;
    let found = kept.remove(position);
    let rules = found.1.clone();
    kept.insert(0, found);
    Some(rules)
}

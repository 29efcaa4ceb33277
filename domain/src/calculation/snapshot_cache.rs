//! Compiled rules of runs that somebody is looking at. A run's recorded inputs never change, so neither does this.

use std::sync::{Arc, Mutex, PoisonError};

use engine::CompiledRules;
use kernel::failure::{Failure, Outcome};
use kernel::ids::RunId;
use platform::db::TenantTx;

use super::{close, input};

/// How many runs are kept ready. Whoever explains a statement asks about one run again and again.
const RUNS: usize = 4;

/// The latest first. Run ids are unique over all tenants, and who may see a run is decided before it is asked for.
static READY: Mutex<Vec<(RunId, Arc<CompiledRules>)>> = Mutex::new(Vec::new());

/// The rules a run was computed with.
///
/// # Errors
/// `INTERNAL` when the run has no recorded inputs or they were changed; database failures.
pub(super) async fn rules_of(tx: &TenantTx, run: RunId) -> Outcome<Arc<CompiledRules>> {
    if let Some(rules) = ready(run) {
        return Ok(rules);
    }
    let inputs = input::recorded(tx, run)
        .await?
        .ok_or_else(|| Failure::internal(format!("run {run} has no recorded inputs")))?;
    let rules = close::compile(&inputs).await?;
    let mut kept = READY.lock().unwrap_or_else(PoisonError::into_inner);
    kept.retain(|(known, _)| *known != run);
    kept.insert(0, (run, Arc::clone(&rules)));
    kept.truncate(RUNS);
    Ok(rules)
}

fn ready(run: RunId) -> Option<Arc<CompiledRules>> {
    let mut kept = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let position = kept.iter().position(|(known, _)| *known == run)?;
    let found = kept.remove(position);
    let rules = Arc::clone(&found.1);
    kept.insert(0, found);
    Some(rules)
}

//! The worker with every job of the program.

use std::sync::Arc;

use connectors::ecb::Ecb;
use connectors::{Connectors, Outbound};
use domain::Core;
use domain::{bulk, calculation, collection, operations, payments, reference, statements};
use kernel::failure::Outcome;
use kernel::ids::OperationId;
use platform::config::{PrivateAddresses, Settings};
use platform::jobs::{DeadJob, JobRegistry, WorkerSettings, run_worker};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::upkeep;
use crate::stop::Stop;

/// Starts working off the queue until the token is cancelled.
pub fn start(
    core: &Core,
    settings: &Settings,
    exclusive: bool,
    stopping: CancellationToken,
) -> JoinHandle<Result<(), Stop>> {
    let registry = registry(core, settings);
    let db = core.db.clone();
    let settings = WorkerSettings { concurrency: settings.worker_concurrency, exclusive };
    tokio::spawn(async move { Ok(run_worker(registry, db, settings, stopping).await?) })
}

/// Every job, who handles it, and the calendar.
pub fn registry(core: &Core, settings: &Settings) -> JobRegistry {
    let outbound = Outbound { private_addresses: settings.private_addresses == PrivateAddresses::Allow };
    let registry = collection::register(JobRegistry::new(), core);
    let registry = collection::sources::register(registry, core, Arc::new(Connectors::new(outbound)));
    let registry = bulk::register(registry, core);
    let registry = calculation::register(registry, core.clone());
    let registry = statements::register(registry, core);
    let registry = payments::register(registry, core);
    let registry = reference::register(registry, core, Arc::new(Ecb::new(&settings.ecb_url)));
    let core = core.clone();
    upkeep::register(registry, &core).on_dead(move |dead| {
        let core = core.clone();
        async move { died(&core, &dead).await }
    })
}

/// Nobody waits for an operation whose job has died (a panic in its last attempt): it has failed, and says why.
async fn died(core: &Core, dead: &DeadJob) -> Outcome<()> {
    calculation::job_died(core, dead).await?;
    collection::job_died(core, dead).await?;
    statements::job_died(core, dead).await?;
    let Some(ctx) = &dead.ctx else { return Ok(()) };
    let named = ["operation_id", "operationId"].iter().find_map(|key| dead.payload.get(key)).cloned();
    let Some(id) = named.and_then(|id| serde_json::from_value::<OperationId>(id).ok()) else { return Ok(()) };
    let tx = core.db.tenant(ctx).await?;
    // An operation that has ended stays as it is.
    operations::fail(&tx, id, (core.clock)(), dead.failure.failure()).await?;
    tx.commit().await
}

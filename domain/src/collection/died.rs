//! What a job of collection leaves open when it dies without a word of its own: a panic in its last attempt.

use kernel::failure::{Failure, Outcome};
use platform::jobs::{DeadJob, JobPayload};
use serde::de::DeserializeOwned;

use super::duplicates::{self, SettleReport};
use super::import::{self, ImportReport};
use super::repairs::{self, RepairRows};
use super::sources;
use crate::Core;

/// Ends what the job had begun, as the job itself would have: the report has failed, a held one is held again, rows are not
/// mended, the source is free. Jobs of others are left alone.
///
/// # Errors
/// Database failures.
pub async fn job_died(core: &Core, dead: &DeadJob) -> Outcome<()> {
    let Some(ctx) = &dead.ctx else { return Ok(()) };
    let failure = dead.failure.failure();
    match dead.name {
        ImportReport::NAME => import::refuse(core, ctx, &payload(dead)?, failure).await,
        SettleReport::NAME => duplicates::undo(core, ctx, &payload(dead)?, failure).await,
        RepairRows::NAME => repairs::give_up(core, ctx, &payload(dead)?, failure).await,
        _ => sources::job_died(core, dead).await,
    }
}

fn payload<P: DeserializeOwned>(dead: &DeadJob) -> Outcome<P> {
    P::deserialize(&dead.payload).map_err(|error| Failure::internal(format!("payload of {}: {error}", dead.name)))
}

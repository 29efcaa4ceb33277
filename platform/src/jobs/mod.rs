//! Background work: jobs that begin to exist with the transaction that caused them, over `graphile_worker`.
//!
//! A job carries its tenant, the member behind it, the request id, the trace and a versioned payload of ids.
//! It may run more than once (a worker can be killed between doing and saying so), so handlers are idempotent.
//! A handler says [`JobFailure::Retry`] or [`JobFailure::GiveUp`]; jobs of a killed worker are taken over
//! within [`worker::TAKEOVER`].

mod enqueue;
mod envelope;
mod failure;
mod install;
mod registry;
mod run;
mod stats;
pub mod worker;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use enqueue::{JobOptions, enqueue, enqueue_system};
pub use failure::JobFailure;
pub use install::install_queue;
pub use registry::{DeadJob, Job, JobRegistry, SystemJob};
pub use stats::{QueueStats, queue_stats};
pub use worker::{WorkerSettings, run_worker};

/// The database schema of the queue.
pub(crate) const SCHEMA: &str = "graphile_worker";

/// What a job is about: ids, not data. Old payloads must stay readable for as long as jobs may wait.
pub trait JobPayload: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The type's name in the queue: letters, digits, `_`, `-`, `:`, `/`, starting with a letter.
    const NAME: &'static str;
    /// Raised when the payload's shape changes.
    const VERSION: u32 = 1;
}

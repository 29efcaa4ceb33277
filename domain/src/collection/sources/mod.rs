//! Where reports come from: sources, how they are fetched, what was seen there, and when to worry.
//!
//! A [`Source`] says provider, method and schedule. Its credentials are sealed ([`platform::secrets`]). A run goes
//! through the ten steps of collection as stages of one operation; what it has fetched is in a ledger of seen files, so
//! a run that is taken up again goes on where the last one stopped, and nothing is fetched twice.
//!
//! How a method works is an adapter behind the port [`Collector`], outside of this crate.

mod calendar;
mod change;
mod credentials;
mod files;
mod glob;
pub mod method;
mod model;
mod port;
mod read;
mod remittance;
mod run;
mod schedule;
mod start;
mod transfer;
mod webhook;

pub use calendar::run_due;
pub use change::{
    NewSource, SourceChange, source_change, source_create, source_credentials_set, source_disable, source_enable,
};
pub use credentials::SEALED;
pub use glob::matches as name_matches;
pub use method::Method;
pub use model::{
    Cause, CredentialName, FileState, RunState, Source, SourceAlert, SourceFile, SourceFilter, SourceRun, SourceState,
};
pub use platform::secrets::Secret;
pub use port::{Access, Collector, Credentials, Fetched, RemoteFile, Session};
pub(super) use read::must_exist;
pub use read::{
    runs_by_id, source, source_alerts, source_credentials, source_files, source_runs, sources, sources_by_id,
};
pub use remittance::{Remittance, source_remittances};
pub(super) use run::job_died;
pub use run::{CollectSource, register};
pub(super) use run::{came_by_hand, judged};
pub use start::{CollectRequest, Started, source_collect, source_test};
pub use webhook::{Call, Taken, webhook_receive};

//! Calculation runs: from the lines of an accounting month to royalties that can be explained to the last digit.
//!
//! A run goes through five hands. A person asks for it ([`run_create`]); a job computes it from a recorded snapshot
//! of rules, rates and open balances; a second person approves it ([`run_approve`]); a job posts it to the ledger and
//! closes the month ([`run_finalise`]). Until then it can be thrown away ([`run_discard`]).
//!
//! What the job computes depends on the recorded inputs and on nothing else. Being killed at any point loses nothing
//! and doubles nothing: royalty lines are written in one transaction or not at all, and everything else in the
//! transaction that shows the run as calculated, so a new attempt only looks at what is there and does the rest.

mod approval;
mod close;
mod compute;
mod create;
mod cube;
mod explanation;
mod finalise;
mod input;
mod jobs;
mod lines;
mod model;
mod read;
mod report;
mod royalty;
mod snapshot_cache;

pub use approval::{run_approve, run_discard};
pub(crate) use cube::{CubeRow, Narrowed, Share, line_numbers, royalty_cube};
pub(crate) use royalty::load as royalty_lines_by_number;
pub use create::{NewRun, RunCreated, run_create};
pub use explanation::{Explained, explanations};
pub use finalise::{RunFinalise, run_finalise};
pub use jobs::{CalculateRun, FinaliseRun, job_died, register};
pub use model::{Run, RunMode, RunState, WaitingReason};
pub use read::{
    AccountingMonth, MonthState, RunAccount, RunFilter, RunTotal, accounting_months, run, run_accounts, run_exceptions,
    run_totals, runs, runs_of,
};
pub use report::{GroupBy, ReportFilter, RoyaltyReport, RoyaltyReportRow, royalty_report};
pub use royalty::{ReportLine, RoyaltyFilter, RoyaltyLine, RoyaltyLineKey, royalty_line, royalty_lines};

/// The parts of a derivation.
pub mod derivation {
    pub use engine::explain::{Explanation, Input, InputName, Reference, Step, StepCode, Value};
}

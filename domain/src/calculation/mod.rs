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
mod exceptions;
mod explanation;
mod finalise;
mod input;
mod jobs;
mod lines;
mod model;
mod overrides;
mod preview;
mod read;
mod replay;
mod replay_sums;
mod report;
mod royalty;
mod simulation;
mod snapshot_cache;

pub use approval::{run_approve, run_discard};
pub use create::{NewRun, RunCreated, run_create};
pub(crate) use cube::{CubeRow, LinePlace, Narrowed, line_places, royalty_cube};
pub use exceptions::{
    ExceptionCode, ExceptionFilter, ExceptionState, RunException, Severity, exception_assign, exception_resolve,
    exceptions, exceptions_of,
};
pub use explanation::{Explained, explanations};
pub use finalise::{RunFinalise, run_finalise};
pub(crate) use input::opened_json;
pub use jobs::{CalculateRun, FinaliseRun, job_died, register};
pub use model::{Run, RunMode, RunState, WaitingReason};
pub use overrides::{NewOverride, OverrideState, RoyaltyOverride, override_decide, override_propose, overrides};
pub use preview::{Preview, PreviewLine, PreviewRoyalty, royalty_preview};
pub use read::{
    AccountingMonth, MonthState, RunAccount, RunFilter, RunTotal, accounting_months, run, run_accounts, run_exceptions,
    run_totals, runs, runs_of,
};
pub use replay::{Difference, Replay, replay};
pub use report::{GroupBy, ReportFilter, RoyaltyReport, RoyaltyReportRow, royalty_report};
pub(crate) use royalty::load as royalty_lines_by_number;
pub use royalty::{ReportLine, RoyaltyFilter, RoyaltyLine, RoyaltyLineKey, royalty_line, royalty_lines};
pub use simulation::{
    AccountDiff, Changes, ComputeSimulation, CurrencyDiff, ItemDiff, LineDiff, NewSimulation, Simulation,
    SimulationBasis, SimulationCreated, SimulationFilter, SimulationKind, SimulationState, VersionChange,
    account_diffs, currency_diffs, item_diffs, line_diffs, simulation, simulation_create, simulations, simulations_of,
};

/// The parts of a derivation.
pub mod derivation {
    pub use engine::explain::{Explanation, Input, InputName, Reference, Step, StepCode, Value};
}

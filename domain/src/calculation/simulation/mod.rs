//! Simulations: other rules or rates against real history, computed side by side with what really was.
//!
//! A simulation takes the recorded inputs of finalised runs, changes them, computes the same lines with both, and keeps
//! only the difference: per payee and contract, per item, per currency, and the report lines that changed most. It posts
//! nothing and changes nothing that a run, a statement or the ledger knows.
//!
//! A recalculation of closed months is a simulation with the rules and rates as they are now. What it finds is a
//! proposal: when a second person accepts it, the differences become corrections of the payees' accounts, in an open
//! month, each of which refers to it.

mod compare;
mod compute;
mod create;
mod diffs;
mod job;
mod model;
mod read;

pub use create::{NewSimulation, SimulationCreated, VersionChange, simulation_create};
pub use diffs::{AccountDiff, CurrencyDiff, ItemDiff, LineDiff, account_diffs, currency_diffs, item_diffs, line_diffs};
pub use job::ComputeSimulation;
pub(super) use job::{end_of_job, register};
pub use model::{Changes, Simulation, SimulationBasis, SimulationFilter, SimulationKind, SimulationState};
pub use read::{simulation, simulations, simulations_of};

//! Scenarios: the engine on one self-contained file, in names that people write.
//!
//! A scenario says what is in the catalogue, what the contracts say, which rates hold, what earlier periods left and
//! what the reports brought; [`compute`] answers with royalties, balances, conservation, exceptions and, on demand, the
//! derivation of every amount. No database, no clock: the same file gives the same bytes. `docs/scenarios.md` is the
//! manual, `docs/scenario.schema.json` the form.

mod catalogue;
mod expect;
mod file;
mod json;
mod names;
mod period;
mod problem;
mod rates;
mod reader;
mod result;
mod run;
mod sugar;
mod text;

pub use expect::Difference;
pub use problem::Problem;
pub use result::{Computation, Conservation, Exception, PeriodResult, Royalty};

/// Computes a scenario from its JSON text; `explain` asks for the derivation of every amount.
///
/// # Errors
/// Everything that is wrong with it, each with the JSON path and what to do.
pub fn compute(text: &str, explain: bool) -> Result<Computation, Vec<Problem>> {
    run::run(&file::read(text)?, explain)
}

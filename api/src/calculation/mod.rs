//! Calculation runs, royalties and their derivations in the schema.

mod explanation;
mod loaders;
mod mutation;
mod query;
mod royalty;
mod run;

pub use mutation::CalculationMutation;
pub use query::CalculationQuery;
pub use royalty::RoyaltyLine;
pub use run::CalculationRun;

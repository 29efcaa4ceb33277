//! Simulations and recalculations in the schema.

mod input;
mod mutation;
mod query;
mod types;

pub use mutation::SimulationMutation;
pub use query::SimulationQuery;

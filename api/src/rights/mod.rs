//! Contracts in the schema.

mod input;
mod loaders;
mod mutation;
mod query;
mod types;

pub use loaders::ContractBatch;
pub use mutation::RightsMutation;
pub use query::RightsQuery;
pub use types::Contract;

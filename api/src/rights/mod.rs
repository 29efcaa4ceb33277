//! Contracts in the schema.

use async_graphql::MergedObject;

mod conditions;
mod deductions;
mod documents;
mod input;
mod loaders;
mod models;
mod mutation;
mod query;
mod shared;
mod types;
mod waterfall;

pub use input::ContractVersionInput;
pub use loaders::ContractBatch;
pub use mutation::RightsUserError;
pub use types::Contract;

/// Reading contracts and what they share.
#[derive(MergedObject, Default)]
pub struct RightsQueries(query::RightsQuery, shared::SharedRuleQuery);

/// Changing contracts and what they share.
#[derive(MergedObject, Default)]
pub struct RightsMutations(mutation::RightsMutation, shared::SharedRuleMutation);

//! Long work in the schema.

mod mutation;
mod query;
mod types;

pub use mutation::OperationsMutation;
pub use query::OperationsQuery;
pub use types::Operation;

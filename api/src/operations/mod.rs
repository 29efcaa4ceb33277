//! Long work in the schema.

mod loaders;
mod mutation;
mod query;
mod subscription;
mod types;

pub use mutation::OperationsMutation;
pub use query::OperationsQuery;
pub use subscription::OperationsSubscription;
pub use types::Operation;

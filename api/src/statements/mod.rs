//! Royalty statements in the schema.

mod drill;
mod loaders;
mod mutation;
mod proof;
mod query;
mod types;

pub use loaders::Statements;
pub use mutation::StatementsMutation;
pub use query::StatementsQuery;
pub use types::{Statement, StatementBatch};

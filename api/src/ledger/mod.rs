//! The ledger in the schema.

mod query;
mod types;

pub use query::LedgerQuery;
pub use types::LedgerAccount;

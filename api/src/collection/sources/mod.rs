//! Where reports come from, in the schema.

mod input;
mod loaders;
mod method;
mod mutation;
mod query;
mod types;

pub use mutation::SourceMutation;
pub use query::SourceQuery;
pub use types::Source;

//! Payments in the schema.

mod loaders;
mod mutation;
mod query;
mod types;

pub use mutation::PaymentsMutation;
pub use query::PaymentsQuery;
pub use types::{Payment, PaymentBatch};

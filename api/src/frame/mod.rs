//! The frame every context of the schema stands in: who asks, how use cases are called, how failures are told,
//! how lists, ids and values look.
//!
//! Resolvers hold no logic: they read the input, call one use case of `domain`, and shape the answer.

pub mod connection;
pub mod errors;
pub mod ids;
pub mod loader;
pub mod payload;
pub mod run;
pub mod scalars;
pub mod session;
pub mod trade;

pub use run::{read, run};

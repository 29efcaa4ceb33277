//! The engine from the outside: worked cases, refusals, explanations, properties.
#![allow(missing_docs, clippy::unwrap_used)]

mod audit;
mod bad_input;
mod cases;
mod closing;
mod explanations;
mod models;
mod mutations;
mod orderly;
mod period;
mod properties;
mod refusals;
mod scenarios;
mod schema;
mod world;

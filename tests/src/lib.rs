//! The test bench: a real PostgreSQL, a private database per test, the real API on a loopback port, a real
//! worker, and clients that sign in like anybody else.
//!
//! Everything connects as the application roles, so that row security is tested and not bypassed.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a broken bench should stop the test where it broke")]

mod app;
mod client;
mod cluster;
mod world;

pub use app::{PASSWORD, TestApp};
pub use client::{Answer, Client};
pub use cluster::{admin_url, private_database};
pub use world::{CONTRACTS, Label, PARTIES, RECORDINGS, STREAMS, spotify};

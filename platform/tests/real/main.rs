//! The platform against a real PostgreSQL server, which it starts itself.
#![allow(clippy::unwrap_used, missing_docs)]

mod bulk;
mod cluster;
mod database;
mod events;
mod jobs;
mod support;
mod telemetry;
mod trail;
mod upkeep;

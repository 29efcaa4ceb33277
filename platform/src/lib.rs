//! The input/output base under the use cases: database transactions, jobs, events, idempotency, audit,
//! files, configuration, telemetry and the embedded PostgreSQL server. It knows tenants, but no royalties.

pub mod audit;
pub mod clock;
pub mod config;
pub mod db;
pub mod events;
pub mod idempotency;
pub mod jobs;
pub mod postgres;
pub mod secrets;
pub mod storage;
pub mod telemetry;
pub mod upkeep;

//! The demonstration: an invented pair of tenants with a catalogue, contracts and provider files.

pub mod run;
pub mod world;

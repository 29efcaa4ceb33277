//! Adapters to the outside: they implement the ports of `domain`: exchange rates, and how providers' reports are fetched.
//!
//! One file per method. Those of tenants connect through [`net`], which refuses addresses that a tenant must not reach.

mod collect;
mod database;
pub mod ecb;
mod edi;
mod hook;
mod http;
mod mail;
pub mod net;
mod period;
mod portal;
mod rest;
mod s3;
mod sftp;
mod soap;

pub use collect::Connectors;
pub use net::Outbound;

/// The store does not take what is fetched: its own failure is told in place of this one.
pub(crate) fn sink(error: std::io::Error) -> kernel::failure::Failure {
    kernel::failure::Failure::unavailable("STORAGE_UNAVAILABLE", "The file could not be kept.").because(error)
}

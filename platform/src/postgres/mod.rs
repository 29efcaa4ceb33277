//! A private PostgreSQL server, for everybody who just wants to start the program.
//!
//! [`Cluster::start`] finds the server's programs, makes a cluster once, starts it on a free loopback port with
//! a generated password, and keeps it running until [`Cluster::stop`]. Whatever was killed before — the program,
//! the server, or a first start half-way — the next start puts it right:
//!
//! - a lock file keeps a second program out of the folder; whoever holds it owns whatever server runs there;
//! - a server whose program is killed shuts down by itself; one that was left over all the same is stopped by
//!   the next start, and a stale pid file is removed;
//! - a cluster is made beside its place and moved there when it is complete;
//! - a server that dies under a running program is started again on the same port.

mod account;
mod binaries;
mod cluster;
mod error;
mod leash;
mod leftover;
mod lock;
mod place;
mod provision;
mod server;

pub use cluster::{Cluster, ClusterOptions, Durability};
pub use error::ClusterError;
pub use provision::{RolePasswords, clone_database, drop_database, provision};

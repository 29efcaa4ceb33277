//! Secrets: generated ones in files, and other people's in the database, encrypted per field.
//!
//! A value (a password of a provider, a bank account) is sealed with AES-256-GCM under a data key of its tenant. The
//! data key is stored wrapped by a master key from outside the database ([`MasterKeys`]). Tenant, table, column and row
//! are authenticated with the value: moved elsewhere, it does not open. Every opening leaves an audit entry.

mod cipher;
mod generated;
mod master;
mod rotation;
mod value;
mod vault;

pub use generated::{generate, load_or_create, write_private};
pub use master::{LocalMasterKeys, MasterKeys};
pub use rotation::{SealedField, SealedTable};
pub use value::Secret;
pub use vault::{Place, Vault};

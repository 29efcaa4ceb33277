//! Sealing a published batch, and proving that nothing was changed since.

mod keys;
mod proof;
mod write;

pub use keys::{SealKeyView, seal_keys};
pub use proof::{Check, CheckKind, Verification, proofs_of, statement_of_file, verify};
pub(super) use write::{key, seal};

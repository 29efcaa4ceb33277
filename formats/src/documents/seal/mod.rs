//! Sealing published statements: what lets anybody prove later, without the database, that a file is the one that was
//! published.
//!
//! ```text
//! files of a statement ── hashes ──> leaf ─┐
//!                     another statement's ─┴─ Merkle tree ──> root ─┐
//!                        seal of the tenant's batch before this one ─┴─> seal ── signed (Ed25519)
//! ```
//!
//! A [`Proof`] is one small JSON file per statement: its leaf, the way from the leaf to the root, the seal, and the
//! public key. [`Proof::check`] needs nothing else.

mod merkle;
mod proof;
mod statement;

pub use merkle::{Hash, Tree, root_from_path};
pub use proof::{Proof, ProofError, Verified};
pub use statement::{Seal, SealKey, SealedFile, SealedStatement, chain_anchor};

//! That a statement is as it was published: proofs to take away, and checks on the spot.

use async_graphql::{Enum, Result, SimpleObject};
use chrono::{DateTime as Instant, Utc};
use domain::statements as royalty;
use kernel::failure::{Failure, Outcome};

use super::types::hex;
use crate::frame::scalars::{BigInt, DateTime};

/// The proof that a statement is in a sealed batch. With it anybody can check a file offline: `tunemantra verify FILE`
/// reads the document saved beside the file.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementProof {
    /// The whole proof as JSON; save it as `fileName` beside the statement's files.
    document: String,
    /// The name to save it under.
    file_name: String,
    /// The statement's place in the batch, from 0.
    position: BigInt,
    /// How many statements the batch has.
    leaves: BigInt,
    /// The neighbours on the way from the statement to the root, the lowest first, in hexadecimal.
    path: Vec<String>,
    /// The root of the batch's Merkle tree, in hexadecimal.
    root: String,
    /// The number of the seal in the tenant's chain, from 1.
    sequence: BigInt,
    /// The hash of the seal before it, in hexadecimal.
    previous: String,
    /// When it was sealed.
    sealed_at: DateTime,
    /// The Ed25519 signature of the seal, in hexadecimal.
    signature: String,
    /// The public key that signed, in hexadecimal.
    public_key: String,
}

impl TryFrom<royalty::Proof> for StatementProof {
    type Error = Failure;

    fn try_from(proof: royalty::Proof) -> Outcome<Self> {
        let document = proof.to_json().map_err(|error| Failure::internal(error.to_string()))?;
        let sealed_at: Instant<Utc> = Instant::from_timestamp_micros(proof.seal.sealed_at_micros)
            .ok_or_else(|| Failure::internal("a seal without a time"))?;
        let count = |number: u64| BigInt::from(i64::try_from(number).unwrap_or(i64::MAX));
        Ok(Self {
            document,
            file_name: format!("{}.proof.json", proof.statement.number),
            position: count(proof.position),
            leaves: count(proof.seal.leaves),
            path: proof.path.iter().map(|hash| hex(hash)).collect(),
            root: hex(&proof.seal.root),
            sequence: count(proof.seal.sequence),
            previous: hex(&proof.seal.previous),
            sealed_at: sealed_at.into(),
            signature: hex(&proof.signature),
            public_key: hex(&proof.public_key),
        })
    }
}

/// What is checked of a published statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "royalty::CheckKind")]
pub enum StatementCheckKind {
    /// The content adds up and has its recorded hash.
    Content,
    /// The stored files have their recorded hashes.
    Files,
    /// Rendering the content again gives the stored bytes.
    Regenerated,
    /// Statement and files are in the sealed tree of their batch.
    Inclusion,
    /// The seal carries the signature of its key.
    Signature,
    /// The seal hangs on the tenant's seal before it, which is unchanged.
    Chain,
}

/// One check.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementCheck {
    /// What was checked.
    kind: StatementCheckKind,
    /// Whether it holds.
    holds: bool,
    /// What does not hold; null when it holds.
    fault: Option<String>,
}

/// A published statement checked from its content to the chain of seals.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementVerification {
    /// Whether everything holds.
    holds: bool,
    /// Every check.
    checks: Vec<StatementCheck>,
}

impl From<royalty::Verification> for StatementVerification {
    fn from(found: royalty::Verification) -> Self {
        let holds = found.holds();
        let check = |check: royalty::Check| StatementCheck {
            kind: check.kind.into(),
            holds: check.fault.is_none(),
            fault: check.fault,
        };
        Self { holds, checks: found.checks.into_iter().map(check).collect() }
    }
}

/// A public key that signs seals of statements. Keep it elsewhere: who checks a proof against it cannot be deceived by a
/// forger's own key.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementSealKey {
    /// Its name in seals.
    name: String,
    /// Ed25519, 32 bytes in hexadecimal.
    public_key: String,
    /// Since when it signs.
    created_at: DateTime,
}

impl From<royalty::SealKeyView> for StatementSealKey {
    fn from(key: royalty::SealKeyView) -> Self {
        Self { name: key.name, public_key: hex(&key.public), created_at: key.created_at.into() }
    }
}

/// Reads 64 hexadecimal digits.
pub(super) fn hash(text: &str) -> Result<royalty::Hash, Failure> {
    let digits = text.trim();
    let wrong = || {
        Failure::refused("BAD_USER_INPUT", "A BLAKE3 hash is written with 64 hexadecimal digits.").at(["contentHash"])
    };
    if digits.len() != 64 || !digits.is_ascii() {
        return Err(wrong());
    }
    let mut hash = royalty::Hash::default();
    for (at, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).map_err(|_| wrong())?;
    }
    Ok(hash)
}

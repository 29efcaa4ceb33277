//! What is sealed, and the seal.

use std::fmt;

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::merkle::{self, Hash};

/// One form of a statement as it was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedFile {
    /// `PDF`, `XLSX` or `CSV`.
    pub form: String,
    /// Its name.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// BLAKE3 of its bytes.
    #[serde(with = "hex_hash")]
    pub blake3: Hash,
}

/// A statement as the tree sees it: its content and all of its files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedStatement {
    /// TypeID of the statement (`stm_…`).
    pub id: String,
    /// Its number.
    pub number: String,
    /// The content hash, see [`crate::documents::content_hash`].
    #[serde(with = "hex_hash")]
    pub content: Hash,
    /// Its files, ordered by form.
    pub files: Vec<SealedFile>,
}

impl SealedStatement {
    /// Its leaf: over the kind of thing, then every field with its length, so that no two statements look alike.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        let mut content = b"tunemantra statement leaf v1\n".to_vec();
        let mut field = |bytes: &[u8]| {
            content.extend(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            content.extend(bytes);
        };
        field(self.id.as_bytes());
        field(self.number.as_bytes());
        field(&self.content);
        for file in &self.files {
            field(file.form.as_bytes());
            field(file.name.as_bytes());
            field(&file.bytes.to_be_bytes());
            field(&file.blake3);
        }
        merkle::leaf(&content)
    }
}

/// The seal of one batch, hanging on the seal of the tenant's batch before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// TypeID of the tenant.
    pub tenant: String,
    /// TypeID of the batch.
    pub batch: String,
    /// 1 for the tenant's first seal, then one more each.
    pub sequence: u64,
    /// Statements in the batch.
    pub leaves: u64,
    /// The root of their tree.
    #[serde(with = "hex_hash")]
    pub root: Hash,
    /// The hash of the seal before it; [`chain_anchor`] for the first.
    #[serde(with = "hex_hash")]
    pub previous: Hash,
    /// When it was sealed, in microseconds since 1970.
    pub sealed_at_micros: i64,
    /// The name of the key that signs.
    pub key: String,
}

impl Seal {
    /// What is hashed and signed: a line per field, which anybody can write down again.
    #[must_use]
    pub fn text(&self) -> String {
        let hex = |hash: &Hash| blake3::Hash::from_bytes(*hash).to_hex();
        format!(
            "tunemantra statement seal v1\ntenant {}\nbatch {}\nsequence {}\nleaves {}\nroot {}\nprevious {}\n\
             sealed_at_micros {}\nkey {}\n",
            self.tenant,
            self.batch,
            self.sequence,
            self.leaves,
            hex(&self.root),
            hex(&self.previous),
            self.sealed_at_micros,
            self.key
        )
    }

    /// What the next seal hangs on.
    #[must_use]
    pub fn hash(&self) -> Hash {
        *blake3::hash(self.text().as_bytes()).as_bytes()
    }
}

/// What the first seal of a tenant hangs on: no tenant's chain can be passed off as another's.
#[must_use]
pub fn chain_anchor(tenant: &str) -> Hash {
    blake3::derive_key("tunemantra statement seal chain v1", tenant.as_bytes())
}

/// A key that signs seals.
pub struct SealKey(SigningKey);

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey({})", self.name())
    }
}

impl SealKey {
    /// The key of a seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// Its name: the first 16 hexadecimal digits of the BLAKE3 hash of the public half.
    #[must_use]
    pub fn name(&self) -> String {
        key_name(&self.public())
    }

    /// Signs a seal.
    #[must_use]
    pub fn sign(&self, seal: &Seal) -> [u8; 64] {
        self.0.sign(seal.text().as_bytes()).to_bytes()
    }
}

/// The name of a public key.
pub(super) fn key_name(public: &[u8; 32]) -> String {
    blake3::hash(public).to_hex().chars().take(16).collect()
}

/// Whether the key signed this seal. Weak keys and malleable signatures are refused.
pub(super) fn is_signed(seal: &Seal, public: &[u8; 32], signature: &[u8; 64]) -> bool {
    VerifyingKey::from_bytes(public)
        .is_ok_and(|key| key.verify_strict(seal.text().as_bytes(), &Signature::from_bytes(signature)).is_ok())
}

/// Hashes as 64 hexadecimal digits.
pub(super) mod hex_hash {
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    use super::Hash;

    pub(in super::super) fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&blake3::Hash::from_bytes(*hash).to_hex())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        blake3::Hash::from_hex(&text).map(Into::into).map_err(de::Error::custom)
    }
}

//! The proof that goes with a statement, and checking a file against it.

use serde::{Deserialize, Serialize};

use super::merkle::{Hash, root_from_path};
use super::statement::{Seal, SealKey, SealedFile, SealedStatement, hex_hash, is_signed, key_name};

/// The version of the file.
const FORMAT: &str = "tunemantra statement proof v1";

/// Everything needed to check a file of a statement offline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The version of the file.
    format: String,
    /// The statement.
    pub statement: SealedStatement,
    /// Its place in the batch, from 0.
    pub position: u64,
    /// The neighbours on the way to the root, the lowest first.
    #[serde(with = "hex_path")]
    pub path: Vec<Hash>,
    /// The batch's seal.
    pub seal: Seal,
    /// The Ed25519 signature of the seal's text.
    #[serde(with = "hex_signature")]
    pub signature: [u8; 64],
    /// The public key that made it.
    #[serde(with = "hex_hash")]
    pub public_key: Hash,
}

/// Why a file is not proven.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The proof is no proof.
    #[error("not a proof of a statement: {0}")]
    Unreadable(String),
    /// The file is none of the statement's.
    #[error(
        "the file (BLAKE3 {hash}, {bytes} bytes) is none of those that were published as statement {number}: a byte was changed, or it belongs to another statement"
    )]
    OtherFile {
        /// The file's hash.
        hash: String,
        /// The file's size.
        bytes: u64,
        /// The statement's number.
        number: String,
    },
    /// The statement is not in the sealed batch.
    #[error("statement {number} is not in batch {batch}: its place and path do not lead to the sealed root")]
    NotInBatch {
        /// The statement's number.
        number: String,
        /// The batch.
        batch: String,
    },
    /// The seal was not signed by the key in the proof.
    #[error("the seal of batch {batch} was not signed by key {key}: seal or signature were changed")]
    BadSignature {
        /// The batch.
        batch: String,
        /// The key's name.
        key: String,
    },
    /// The seal was signed by a key that is not the expected one.
    #[error("the seal was signed by key {found}, not by the expected key {expected}")]
    OtherKey {
        /// The key that was expected.
        expected: String,
        /// The key in the proof.
        found: String,
    },
}

/// A proven file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified<'a> {
    /// The statement.
    pub statement: &'a SealedStatement,
    /// The file of it.
    pub file: &'a SealedFile,
    /// The seal it stands under.
    pub seal: &'a Seal,
}

impl Proof {
    /// Puts a proof together.
    #[must_use]
    pub fn new(
        statement: SealedStatement,
        (position, path): (u64, Vec<Hash>),
        seal: Seal,
        signature: [u8; 64],
        public_key: Hash,
    ) -> Self {
        Self { format: FORMAT.to_owned(), statement, position, path, seal, signature, public_key }
    }

    /// Signs a seal and puts the proof together.
    #[must_use]
    pub fn signed(statement: SealedStatement, place: (u64, Vec<Hash>), seal: Seal, key: &SealKey) -> Self {
        let signature = key.sign(&seal);
        Self::new(statement, place, seal, signature, key.public())
    }

    /// Reads a proof.
    ///
    /// # Errors
    /// [`ProofError::Unreadable`] with the place.
    pub fn parse(json: &[u8]) -> Result<Self, ProofError> {
        let proof: Self = serde_json::from_slice(json).map_err(|error| ProofError::Unreadable(error.to_string()))?;
        if proof.format != FORMAT {
            return Err(ProofError::Unreadable(format!("its format is `{}`, not `{FORMAT}`", proof.format)));
        }
        Ok(proof)
    }

    /// The proof as JSON, a line per field.
    ///
    /// # Errors
    /// None that can be met: texts, numbers and hashes are JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// Checks the statement against the seal, and the seal against the key: all but the file.
    ///
    /// # Errors
    /// [`ProofError`] for the first link of the chain that does not hold.
    pub fn check_seal(&self, expected: Option<&Hash>) -> Result<(), ProofError> {
        let found = key_name(&self.public_key);
        if let Some(expected) = expected.filter(|expected| **expected != self.public_key) {
            return Err(ProofError::OtherKey { expected: key_name(expected), found });
        }
        if self.seal.key != found {
            return Err(ProofError::OtherKey { expected: self.seal.key.clone(), found });
        }
        let leads_to = root_from_path(self.statement.leaf(), self.position, self.seal.leaves, &self.path);
        if leads_to != Some(self.seal.root) {
            let (number, batch) = (self.statement.number.clone(), self.seal.batch.clone());
            return Err(ProofError::NotInBatch { number, batch });
        }
        if !is_signed(&self.seal, &self.public_key, &self.signature) {
            return Err(ProofError::BadSignature { batch: self.seal.batch.clone(), key: found });
        }
        Ok(())
    }

    /// Checks a file. `expected` is the issuer's public key as the checker knows it from elsewhere; without it the
    /// proof shows only that file, statement and seal belong together.
    ///
    /// # Errors
    /// [`ProofError`] for the first link of the chain that does not hold.
    pub fn check(&self, file: &[u8], expected: Option<&Hash>) -> Result<Verified<'_>, ProofError> {
        self.check_seal(expected)?;
        let (hash, bytes) = (blake3::hash(file), u64::try_from(file.len()).unwrap_or(u64::MAX));
        let is_it = |one: &&SealedFile| one.blake3 == *hash.as_bytes() && one.bytes == bytes;
        match self.statement.files.iter().find(is_it) {
            Some(file) => Ok(Verified { statement: &self.statement, file, seal: &self.seal }),
            None => {
                let (hash, number) = (hash.to_hex().to_string(), self.statement.number.clone());
                Err(ProofError::OtherFile { hash, bytes, number })
            }
        }
    }
}

/// A path as hexadecimal digits.
mod hex_path {
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    use super::Hash;

    pub(super) fn serialize<S: Serializer>(path: &[Hash], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(path.iter().map(|hash| blake3::Hash::from_bytes(*hash).to_hex().to_string()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Hash>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        let hash = |text: &String| blake3::Hash::from_hex(text).map(Into::into).map_err(de::Error::custom);
        texts.iter().map(hash).collect()
    }
}

/// A signature as 128 hexadecimal digits.
mod hex_signature {
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(signature: &[u8; 64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(signature))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 64], D::Error> {
        let mut signature = [0; 64];
        hex::decode_to_slice(String::deserialize(deserializer)?, &mut signature).map_err(de::Error::custom)?;
        Ok(signature)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::merkle::Tree;
    use super::super::statement::chain_anchor;
    use super::*;

    const PDF: &[u8] = b"%PDF-1.7 what was published";

    fn key() -> SealKey {
        SealKey::from_seed(&[7; 32])
    }

    fn statement(index: u64) -> SealedStatement {
        let file = |form: &str, bytes: &[u8]| SealedFile {
            form: form.into(),
            name: format!("AUR-2026-01-{index:06}.{}", form.to_lowercase()),
            bytes: bytes.len() as u64,
            blake3: *blake3::hash(bytes).as_bytes(),
        };
        SealedStatement {
            id: format!("stm_{index}"),
            number: format!("AUR-2026-01-{index:06}"),
            content: [u8::try_from(index).unwrap(); 32],
            files: vec![file("CSV", b"section,label"), file("PDF", PDF)],
        }
    }

    fn proof() -> Proof {
        let statements: Vec<SealedStatement> = (0..5).map(statement).collect();
        let tree = Tree::new(statements.iter().map(SealedStatement::leaf).collect()).unwrap();
        let seal = Seal {
            tenant: "ten_1".into(),
            batch: "stb_1".into(),
            sequence: 1,
            leaves: 5,
            root: tree.root(),
            previous: chain_anchor("ten_1"),
            sealed_at_micros: 1_767_225_600_000_000,
            key: key().name(),
        };
        Proof::signed(statements[3].clone(), (3, tree.path(3)), seal, &key())
    }

    #[test]
    fn a_published_file_is_proven_and_the_proof_survives_its_json() {
        let proof = Proof::parse(proof().to_json().unwrap().as_bytes()).unwrap();
        let verified = proof.check(PDF, Some(&key().public())).unwrap();
        assert_eq!((verified.file.form.as_str(), verified.statement.number.as_str()), ("PDF", "AUR-2026-01-000003"));
        assert_eq!(proof, super::tests::proof());
    }

    #[test]
    fn every_changed_byte_of_the_file_is_found() {
        let proof = proof();
        for at in 0..PDF.len() {
            let mut bytes = PDF.to_vec();
            bytes[at] ^= 1;
            assert!(matches!(proof.check(&bytes, None), Err(ProofError::OtherFile { .. })), "{at}");
        }
        assert!(matches!(proof.check(&PDF[1..], None), Err(ProofError::OtherFile { .. })));
    }

    #[test]
    fn every_changed_part_of_the_proof_is_found() {
        type Change = fn(&mut Proof);
        let changes: [(&str, Change); 10] = [
            ("number", |p| p.statement.number.push('1')),
            ("content", |p| p.statement.content[0] ^= 1),
            ("file", |p| p.statement.files[1].blake3[0] ^= 1),
            ("position", |p| p.position = 2),
            ("path", |p| p.path[0][0] ^= 1),
            ("root", |p| p.seal.root[0] ^= 1),
            ("previous", |p| p.seal.previous[0] ^= 1),
            ("sequence", |p| p.seal.sequence = 2),
            ("time", |p| p.seal.sealed_at_micros += 1),
            ("signature", |p| p.signature[0] ^= 1),
        ];
        for (name, change) in changes {
            let mut bent = proof();
            change(&mut bent);
            assert!(bent.check(PDF, None).is_err(), "{name}");
        }
    }

    #[test]
    fn a_forger_with_a_key_of_his_own_is_found_by_who_knows_the_key() {
        let forger = SealKey::from_seed(&[8; 32]);
        let mut seal = proof().seal;
        seal.key = forger.name();
        let forged = Proof::signed(proof().statement, (3, proof().path), seal, &forger);
        assert!(forged.check(PDF, None).is_ok(), "it holds together in itself");
        assert!(matches!(forged.check(PDF, Some(&key().public())), Err(ProofError::OtherKey { .. })));
    }

    #[test]
    fn what_is_no_proof_is_refused_with_the_place() {
        let refused = |json: &str| Proof::parse(json.as_bytes()).unwrap_err().to_string();
        assert!(refused("{").contains("line 1"));
        let json = proof().to_json().unwrap();
        assert!(refused(&json.replace("proof v1", "proof v9")).contains("proof v9"));
        assert!(refused(&json.replace("\"position\"", "\"place\"")).contains("place"));
    }
}

//! A digest of a closed period.

use super::Closing;

impl Closing {
    /// BLAKE3 over the closing as canonical JSON: fields in their fixed order, lists sorted, money with the places of
    /// its currency, exact amounts without trailing zeros. A period that is closed again from the same inputs has the
    /// same digest.
    ///
    /// # Errors
    /// Only what `serde_json` reports, which nothing in a closing can cause.
    pub fn digest(&self) -> Result<[u8; 32], serde_json::Error> {
        let mut hasher = blake3::Hasher::new();
        serde_json::to_writer(&mut hasher, self)?;
        Ok(*hasher.finalize().as_bytes())
    }
}

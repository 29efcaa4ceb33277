//! The keys that wrap the tenants' data keys. They come from outside the database.

use async_trait::async_trait;
use kernel::failure::{Failure, Outcome};
use zeroize::Zeroizing;

use super::cipher::{self, KEY_LEN, Key};

/// Where master keys live: in this process, or in a key management service that wraps and unwraps.
#[async_trait]
pub trait MasterKeys: Send + Sync {
    /// The name of the key that wraps from now on.
    fn current(&self) -> &str;

    /// Wraps a data key with the current master key. `place` must be given again to unwrap.
    async fn wrap(&self, data_key: &[u8; KEY_LEN], place: &[u8]) -> Outcome<Vec<u8>>;

    /// Unwraps a data key that the named master key has wrapped.
    async fn unwrap(&self, master: &str, wrapped: &[u8], place: &[u8]) -> Outcome<Zeroizing<[u8; KEY_LEN]>>;
}

/// Master keys from the settings or a file: the first wraps, all of them unwrap.
pub struct LocalMasterKeys {
    first: (String, Key),
    others: Vec<(String, Key)>,
}

impl LocalMasterKeys {
    /// Reads keys of 32 bytes in hexadecimal, separated by commas or white space. To change the master key, put the new
    /// one in front and keep the old one until the data keys are wrapped anew.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when there is none or one has another form; the message never shows the text.
    pub fn parse(text: &str) -> Outcome<Self> {
        let mut keys = text
            .split([',', ' ', '\n', '\r', '\t'])
            .filter(|part| !part.is_empty())
            .map(key)
            .collect::<Outcome<Vec<_>>>()?
            .into_iter();
        let first = keys.next().ok_or_else(|| invalid("no key is given"))?;
        Ok(Self { first, others: keys.collect() })
    }

    fn find(&self, name: &str) -> Option<&Key> {
        std::iter::once(&self.first).chain(&self.others).find(|(known, _)| known == name).map(|(_, key)| key)
    }
}

fn invalid(what: &str) -> Failure {
    Failure::refused(
        "CONFIG_INVALID",
        format!(
            "`master_key` cannot be used: {what}; a key is 64 hexadecimal digits, such as `openssl rand -hex 32` gives"
        ),
    )
}

/// A key and its name, which follows from it: the same key has the same name in every process.
fn key(text: &str) -> Outcome<(String, Key)> {
    let mut bytes: Key = Zeroizing::new([0; KEY_LEN]);
    hex::decode_to_slice(text, &mut bytes[..]).map_err(|_| invalid("a key has another form"))?;
    let name = blake3::derive_key("tunemantra master key name", &bytes[..]);
    Ok((hex::encode(&name[..8]), bytes))
}

#[async_trait]
impl MasterKeys for LocalMasterKeys {
    fn current(&self) -> &str {
        &self.first.0
    }

    async fn wrap(&self, data_key: &[u8; KEY_LEN], place: &[u8]) -> Outcome<Vec<u8>> {
        cipher::seal(&self.first.1, place, data_key).map_err(|error| Failure::internal(error.to_string()))
    }

    async fn unwrap(&self, master: &str, wrapped: &[u8], place: &[u8]) -> Outcome<Zeroizing<[u8; KEY_LEN]>> {
        let key = self
            .find(master)
            .ok_or_else(|| Failure::internal(format!("the master key {master} is not among the configured ones")))?;
        let plain = cipher::open(key, place, wrapped).map_err(|error| Failure::internal(error.to_string()))?;
        let bytes: [u8; KEY_LEN] =
            plain[..].try_into().map_err(|_| Failure::internal("a data key of another length"))?;
        Ok(Zeroizing::new(bytes))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const OLD: &str = "0101010101010101010101010101010101010101010101010101010101010101";
    const NEW: &str = "0202020202020202020202020202020202020202020202020202020202020202";

    #[tokio::test]
    async fn the_first_key_wraps_and_all_unwrap() {
        let before = LocalMasterKeys::parse(OLD).unwrap();
        let wrapped = before.wrap(&[7; KEY_LEN], b"place").await.unwrap();
        let after = LocalMasterKeys::parse(&format!("{NEW},\n{OLD}\n")).unwrap();
        assert_ne!(after.current(), before.current());
        assert_eq!(*after.unwrap(before.current(), &wrapped, b"place").await.unwrap(), [7; KEY_LEN]);
        assert!(after.unwrap(before.current(), &wrapped, b"elsewhere").await.is_err());
        let without = LocalMasterKeys::parse(NEW).unwrap();
        assert!(without.unwrap(before.current(), &wrapped, b"place").await.is_err());
    }

    #[test]
    fn a_wrong_key_is_refused_without_showing_it() {
        for text in ["", "  ", "canary", &OLD[1..]] {
            let failure = LocalMasterKeys::parse(text).err().unwrap();
            assert_eq!(failure.code(), "CONFIG_INVALID");
            assert!(!failure.to_string().contains("canary"));
        }
    }
}

//! The store itself.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use futures::stream::BoxStream;
use futures::{StreamExt as _, TryStreamExt as _};
use kernel::failure::Failure;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, WriteMultipart};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::grant::{Grant, Purpose, Signer};

/// Bytes read from an upload at a time.
const READ_BYTES: usize = 256 * 1024;

/// Where files are kept. Cheap to clone.
#[derive(Clone)]
pub struct Storage {
    store: Arc<dyn ObjectStore>,
    root: Path,
    signer: Signer,
}

/// What was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Its size.
    pub bytes: u64,
    /// Its BLAKE3 hash: the content's identity.
    pub blake3: [u8; 32],
}

impl Storage {
    /// Opens the store of a URL: `file:///folder` (made when missing), `memory:///`, or an object store the
    /// program was built with. `secret` signs the short-lived addresses.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when the URL cannot be used.
    pub fn open(url: &str, secret: &[u8]) -> Result<Self, Failure> {
        let invalid = |error: &dyn std::fmt::Display| {
            Failure::refused("CONFIG_INVALID", format!("`storage_url` ({url}) cannot be used: {error}"))
        };
        let parsed = url::Url::parse(url).map_err(|error| invalid(&error))?;
        if let Ok(folder) = parsed.to_file_path()
            && parsed.scheme() == "file"
        {
            std::fs::create_dir_all(&folder).map_err(|error| invalid(&error))?;
        }
        let (store, root) = object_store::parse_url(&parsed).map_err(|error| invalid(&error))?;
        Ok(Self { store: Arc::from(store), root, signer: Signer::new(secret) })
    }

    /// Stores small content (up to a few megabytes). An existing file of this key is replaced.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<Stored, Failure> {
        let stored = Stored { bytes: bytes.len() as u64, blake3: *blake3::hash(&bytes).as_bytes() };
        self.store.put(&self.path(key)?, bytes.into()).await.map_err(unavailable)?;
        Ok(stored)
    }

    /// Stores content of any size as it arrives, in constant memory. Nothing is kept of what was refused or
    /// broke off.
    ///
    /// # Errors
    /// `UPLOAD_TOO_LARGE` beyond the limit, `UPLOAD_BROKEN` when the sender breaks off, `STORAGE_UNAVAILABLE`.
    pub async fn put_stream(
        &self,
        key: &str,
        mut reader: impl AsyncRead + Send + Unpin,
        limit_bytes: u64,
    ) -> Result<Stored, Failure> {
        let upload = self.store.put_multipart(&self.path(key)?).await.map_err(unavailable)?;
        let mut writer = WriteMultipart::new(upload);
        match copy(&mut reader, &mut writer, limit_bytes).await {
            Ok(stored) => {
                writer.finish().await.map_err(unavailable)?;
                Ok(stored)
            }
            Err(failure) => {
                if let Err(error) = writer.abort().await {
                    tracing::warn!(%error, "the rest of a refused upload could not be removed");
                }
                Err(failure)
            }
        }
    }

    /// Reads the whole file.
    ///
    /// # Errors
    /// `FILE_NOT_FOUND`, `STORAGE_UNAVAILABLE`.
    pub async fn get(&self, key: &str) -> Result<Bytes, Failure> {
        let found = self.store.get(&self.path(key)?).await.map_err(unavailable)?;
        found.bytes().await.map_err(unavailable)
    }

    /// Reads the file piece by piece.
    ///
    /// # Errors
    /// `FILE_NOT_FOUND`, `STORAGE_UNAVAILABLE`; later errors come through the stream.
    pub async fn get_stream(&self, key: &str) -> Result<BoxStream<'static, std::io::Result<Bytes>>, Failure> {
        let found = self.store.get(&self.path(key)?).await.map_err(unavailable)?;
        Ok(found.into_stream().map_err(std::io::Error::other).boxed())
    }

    /// The file's size in bytes; none when there is no such file.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn size(&self, key: &str) -> Result<Option<u64>, Failure> {
        match self.store.head(&self.path(key)?).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Removes the file; removing what is not there is fine.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn delete(&self, key: &str) -> Result<(), Failure> {
        match self.store.delete(&self.path(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// A token for one file, for a short time.
    ///
    /// # Errors
    /// `INTERNAL` when the grant cannot be written down.
    pub fn sign(&self, grant: &Grant) -> Result<String, Failure> {
        self.signer.sign(grant)
    }

    /// What a token allows.
    ///
    /// # Errors
    /// `LINK_INVALID`, `LINK_EXPIRED`.
    pub fn verify(&self, token: &str, purpose: Purpose, now: DateTime<Utc>) -> Result<Grant, Failure> {
        self.signer.verify(token, purpose, now)
    }

    /// Keys are made by the program; one that leaves the store's root is a mistake or an attack.
    fn path(&self, key: &str) -> Result<Path, Failure> {
        let relative = Path::parse(key).map_err(|error| Failure::internal(format!("file key `{key}`: {error}")))?;
        Ok(self.root.parts().chain(relative.parts()).collect())
    }
}

async fn copy(
    reader: &mut (impl AsyncRead + Send + Unpin),
    writer: &mut WriteMultipart,
    limit_bytes: u64,
) -> Result<Stored, Failure> {
    let mut hasher = blake3::Hasher::new();
    let mut bytes = 0_u64;
    let mut buffer = BytesMut::with_capacity(READ_BYTES);
    loop {
        buffer.reserve(READ_BYTES);
        let read = reader
            .read_buf(&mut buffer)
            .await
            .map_err(|error| Failure::refused("UPLOAD_BROKEN", "The upload broke off.").because(error))?;
        if read == 0 {
            return Ok(Stored { bytes, blake3: *hasher.finalize().as_bytes() });
        }
        bytes += read as u64;
        if bytes > limit_bytes {
            return Err(Failure::refused("UPLOAD_TOO_LARGE", format!("The file is larger than {limit_bytes} bytes.")));
        }
        hasher.update(&buffer);
        // Not more than a few parts in flight, whatever the sender's speed.
        writer.wait_for_capacity(4).await.map_err(unavailable)?;
        writer.put(buffer.split().freeze());
    }
}

fn unavailable(error: object_store::Error) -> Failure {
    match error {
        object_store::Error::NotFound { .. } => Failure::not_found("FILE_NOT_FOUND", "There is no such file."),
        other => Failure::unavailable("STORAGE_UNAVAILABLE", "The file store cannot be reached for the moment.")
            .because(other),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn storage() -> (tempfile::TempDir, Storage) {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file://{}/files", folder.path().display());
        let storage = Storage::open(&url, b"secret").unwrap();
        (folder, storage)
    }

    #[tokio::test]
    async fn content_survives_the_way_through() {
        let (_folder, storage) = storage();
        let content: Vec<u8> = (0..9_000_000_u32).map(|n| n as u8).collect();
        let stored = storage.put_stream("a/b.bin", content.as_slice(), 10_000_000).await.unwrap();
        assert_eq!(stored.bytes, 9_000_000);
        assert_eq!(stored.blake3, *blake3::hash(&content).as_bytes());
        assert_eq!(storage.size("a/b.bin").await.unwrap(), Some(9_000_000));
        assert_eq!(storage.get("a/b.bin").await.unwrap(), content);
        let streamed: Vec<Bytes> = storage.get_stream("a/b.bin").await.unwrap().try_collect().await.unwrap();
        assert_eq!(streamed.concat(), content);
        storage.delete("a/b.bin").await.unwrap();
        storage.delete("a/b.bin").await.unwrap();
        assert_eq!(storage.get("a/b.bin").await.unwrap_err().code(), "FILE_NOT_FOUND");
    }

    #[tokio::test]
    async fn too_much_leaves_nothing() {
        let (_folder, storage) = storage();
        let content = vec![7_u8; 1_000];
        let refused = storage.put_stream("big", content.as_slice(), 999).await.unwrap_err();
        assert_eq!(refused.code(), "UPLOAD_TOO_LARGE");
        assert_eq!(storage.size("big").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_key_stays_inside() {
        let (_folder, storage) = storage();
        assert!(storage.put("../outside", Bytes::from_static(b"x")).await.is_err());
    }
}

//! The port: how a method reaches a provider. Adapters implement it outside of this crate.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::failure::{Failure, Outcome};
use platform::secrets::Secret;
use serde_json::Value as Json;
use tokio::io::AsyncWrite;

use super::method::Method;
use super::model::CredentialName;

/// Credentials in clear, for the time of one connection.
#[derive(Debug, Clone, Default)]
pub struct Credentials(BTreeMap<CredentialName, Secret>);

impl Credentials {
    /// Adds one.
    pub fn insert(&mut self, name: CredentialName, secret: Secret) {
        self.0.insert(name, secret);
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, name: CredentialName) -> Option<&Secret> {
        self.0.get(&name)
    }

    /// One that the method cannot do without.
    ///
    /// # Errors
    /// `CREDENTIAL_MISSING`.
    pub fn need(&self, name: CredentialName) -> Outcome<&Secret> {
        self.get(name).ok_or_else(|| {
            let message = format!("The source lacks the credential {}: set it first.", name.as_str());
            Failure::refused("CREDENTIAL_MISSING", message)
        })
    }
}

/// What a connection needs.
#[derive(Debug, Clone)]
pub struct Access {
    /// How, with its settings.
    pub method: Method,
    /// With which credentials.
    pub credentials: Credentials,
    /// How far an ordered source was read; none at the first time.
    pub position: Option<Json>,
    /// The instant of the run: periods are reckoned from it.
    pub now: DateTime<Utc>,
}

/// Something at the provider that may be new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteFile {
    /// Where it is: a path, an address, a message part. The same thing has the same key tomorrow.
    pub key: String,
    /// What tells a changed one from the same: size and time, an entity tag. Empty when the key says it all.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Its size, when the provider says so.
    pub size: Option<u64>,
}

/// What fetching has brought beside the bytes.
#[derive(Debug, Clone, Default)]
pub struct Fetched {
    /// Nothing was new after all: no file is kept.
    pub is_empty: bool,
    /// The name that came with the content, when it is better than the listed one.
    pub file_name: Option<String>,
    /// How far an ordered source is read now; kept together with the file.
    pub position: Option<Json>,
}

/// Connects to providers.
///
/// Failures say whether another try can help: `Unavailable` and `Limited` are tried again, `Refused` is not.
#[async_trait]
pub trait Collector: Send + Sync {
    /// Reaches the provider and signs in.
    async fn connect(&self, access: Access) -> Outcome<Box<dyn Session>>;
}

/// An open connection.
#[async_trait]
pub trait Session: Send {
    /// What is there, new or not, in the order in which it is to be imported.
    async fn list(&mut self) -> Outcome<Vec<RemoteFile>>;

    /// Brings the bytes of one file.
    async fn fetch(&mut self, file: &RemoteFile, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<Fetched>;

    /// Credentials that the provider has replaced, to be kept at once.
    fn renewed(&mut self) -> Vec<(CredentialName, Secret)> {
        Vec::new()
    }

    /// Says good-bye. What was fetched is safe whether it works or not.
    async fn close(&mut self) {}
}

//! The settings, typed.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::db::PoolSizes;
use crate::telemetry::LogFormat;

/// Every setting of the program. The fields are the keys of [`super::CONFIG_KEYS`], where they are explained.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the table of keys explains each field")]
pub struct Settings {
    pub data_dir: PathBuf,
    pub listen: SocketAddr,
    pub management_listen: SocketAddr,
    pub trusted_proxies: Option<String>,
    pub public_url: Option<String>,
    pub storage_url: Option<String>,
    pub storage_secret: Option<String>,
    pub master_key: Option<String>,
    pub master_key_file: Option<PathBuf>,
    pub private_addresses: PrivateAddresses,
    pub database_url: Option<String>,
    pub database_url_owner: Option<String>,
    pub database_url_app: Option<String>,
    pub database_url_worker: Option<String>,
    pub database_url_system: Option<String>,
    pub database_url_bulk: Option<String>,
    pub database_url_readonly: Option<String>,
    pub database_name: String,
    pub postgres_bin: Option<PathBuf>,
    pub pool_app: u32,
    pub pool_worker: u32,
    pub pool_system: u32,
    pub pool_bulk: u32,
    pub worker_concurrency: usize,
    pub ecb_url: String,
    pub access_token_seconds: u64,
    pub log: String,
    pub log_format: LogFormat,
    pub otlp_endpoint: Option<String>,
}

/// Whether the program may connect to this machine and to private networks when a tenant's settings say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrivateAddresses {
    /// A tenant could reach what only the installation should.
    Refuse,
    /// The installation belongs to one house, or runs on somebody's own machine.
    Allow,
}

impl Settings {
    /// Where clients reach the API, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", self.listen),
        }
    }

    /// The networks of `trusted_proxies`, one text each.
    pub fn trusted_proxies(&self) -> impl Iterator<Item = &str> {
        let listed = self.trusted_proxies.as_deref().unwrap_or_default();
        listed.split(',').map(str::trim).filter(|text| !text.is_empty())
    }

    /// Most connections per role.
    #[must_use]
    pub const fn pool_sizes(&self) -> PoolSizes {
        PoolSizes { app: self.pool_app, worker: self.pool_worker, system: self.pool_system, bulk: self.pool_bulk }
    }

    /// Life of an access token.
    #[must_use]
    pub const fn access_token_life(&self) -> Duration {
        Duration::from_secs(self.access_token_seconds)
    }
}

/// Secrets are left out.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("data_dir", &self.data_dir)
            .field("listen", &self.listen)
            .field("management_listen", &self.management_listen)
            .finish_non_exhaustive()
    }
}

//! What every part stands on: the database with a schema that fits, the file store, the clock.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::Core;
use platform::config::Settings;
use platform::db::{DatabaseUrls, Db};
use platform::postgres::Durability;
use platform::secrets::{LocalMasterKeys, Vault};
use platform::storage::Storage;

use super::database::Database;
use crate::stop::Stop;

/// How long connections in use are waited for.
const CLOSING: Duration = Duration::from_secs(1);

/// The open base.
pub struct Base {
    /// What use cases stand on.
    pub core: Core,
    database: Database,
}

impl Base {
    /// Opens everything.
    ///
    /// # Errors
    /// When the database or the file store cannot be used, or a role is unsafe.
    pub async fn open(settings: &Settings, durability: Durability) -> Result<Self, Stop> {
        let database = Database::open(settings, durability).await?;
        match Self::core(settings, &database).await {
            Ok(core) => Ok(Self { core, database }),
            Err(stop) => {
                // The server is not left running behind an error; the error is what people should see.
                drop(database.close().await);
                Err(stop)
            }
        }
    }

    async fn core(settings: &Settings, database: &Database) -> Result<Core, Stop> {
        let storage = storage(settings)?;
        let vault = Vault::new(Arc::new(master_keys(settings)?));
        database.fit().await?;
        let db = Db::connect(&database.urls, settings.pool_sizes()).await?;
        Ok(Core { db, storage, vault, clock: Arc::new(platform::clock::now), public_url: settings.public_url() })
    }

    /// Whether the database is the private one, which nobody else uses.
    pub const fn is_private(&self) -> bool {
        self.database.is_private()
    }

    /// The addresses of the database.
    pub const fn urls(&self) -> &DatabaseUrls {
        &self.database.urls
    }

    /// Closes the connections and ends the private server.
    ///
    /// # Errors
    /// When the server does not end.
    pub async fn close(self) -> Result<(), Stop> {
        if tokio::time::timeout(CLOSING, self.core.db.close()).await.is_err() {
            tracing::warn!("connections in use were not waited for any longer");
        }
        self.database.close().await
    }
}

/// The file store of the settings; by default the folder `files` in the data folder, with a secret kept beside it.
fn storage(settings: &Settings) -> Result<Storage, Stop> {
    let own = settings.storage_url.is_none() || settings.storage_secret.is_none();
    if own {
        fs::create_dir_all(&settings.data_dir).map_err(|error| at(&settings.data_dir, &error))?;
    }
    let url = match &settings.storage_url {
        Some(url) => url.clone(),
        None => {
            let folder =
                settings.data_dir.canonicalize().map_err(|error| at(&settings.data_dir, &error))?.join("files");
            url::Url::from_file_path(&folder)
                .map_err(|()| Stop::wrong_use(format!("{} cannot be a folder for files", folder.display())))?
                .into()
        }
    };
    let secret = match &settings.storage_secret {
        Some(secret) => secret.clone(),
        None => {
            let path = settings.data_dir.join("storage-secret");
            platform::secrets::load_or_create(&path).map_err(|error| at(&path, &error))?
        }
    };
    Ok(Storage::open(&url, secret.as_bytes())?)
}

/// The master keys of the settings; by default one that is generated into the data folder.
fn master_keys(settings: &Settings) -> Result<LocalMasterKeys, Stop> {
    let text = match (&settings.master_key, &settings.master_key_file) {
        (Some(_), Some(_)) => {
            return Err(Stop::wrong_use("give `master_key` or `master_key_file`, not both"));
        }
        (Some(key), None) => key.clone(),
        (None, Some(path)) => fs::read_to_string(path).map_err(|error| at(path, &error))?,
        (None, None) => {
            fs::create_dir_all(&settings.data_dir).map_err(|error| at(&settings.data_dir, &error))?;
            let path = settings.data_dir.join("master-key");
            platform::secrets::load_or_create(&path).map_err(|error| at(&path, &error))?
        }
    };
    Ok(LocalMasterKeys::parse(&text)?)
}

fn at(path: &Path, error: &std::io::Error) -> Stop {
    Stop::failed(format!("{}: {error}", path.display()))
}

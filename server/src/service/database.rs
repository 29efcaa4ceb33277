//! Getting to the database: a private one, one on a server where we are the administrator, or roles somebody made.

use std::fs;

use platform::config::{DatabaseChoice, Settings};
use platform::db::DatabaseUrls;
use platform::postgres::{Cluster, ClusterOptions, Durability, RolePasswords, provision};

use crate::stop::Stop;

/// Where the passwords of an administered server are kept, in the data folder.
const PASSWORDS: &str = "role-passwords.json";

/// A database with its addresses, and the private server when there is one.
pub struct Database {
    /// An address per role.
    pub urls: DatabaseUrls,
    cluster: Option<Cluster>,
    /// Whether schema and roles are ours to make.
    ours: bool,
}

impl Database {
    /// Starts the private server, or prepares roles and database on an administered one, or takes the addresses.
    ///
    /// # Errors
    /// When the server cannot be started or reached; contradictory settings.
    pub async fn open(settings: &Settings, durability: Durability) -> Result<Self, Stop> {
        let name = &settings.database_name;
        match settings.database()? {
            DatabaseChoice::Private => {
                let cluster = Cluster::start(ClusterOptions {
                    data_dir: settings.data_dir.clone(),
                    postgres_bin: settings.postgres_bin.clone(),
                    durability,
                })
                .await?;
                if let Some(notice) = cluster.notice() {
                    tracing::info!("{notice}");
                }
                let urls = cluster.provision(name).await?;
                Ok(Self { urls, cluster: Some(cluster), ours: true })
            }
            DatabaseChoice::Administered(admin) => {
                fs::create_dir_all(&settings.data_dir)?;
                let passwords = RolePasswords::load_or_create(&settings.data_dir.join(PASSWORDS))?;
                let urls = provision(&admin, name, &passwords).await?;
                Ok(Self { urls, cluster: None, ours: true })
            }
            DatabaseChoice::Roles(urls) => Ok(Self { urls, cluster: None, ours: false }),
        }
    }

    /// Whether this is the private server, which nobody else uses.
    pub const fn is_private(&self) -> bool {
        self.cluster.is_some()
    }

    /// Brings the schema up to date and says how many files were new.
    ///
    /// # Errors
    /// When the owner's address is missing or a file cannot be applied.
    pub async fn bring_up_to_date(&self) -> Result<usize, Stop> {
        if self.urls.owner.is_empty() {
            return Err(Stop::wrong_use("the schema belongs to its owner: give `database_url_owner`"));
        }
        bring_up_to_date(&self.urls.owner).await
    }

    /// Makes sure that the schema fits the program: by migrating where that is ours to do, else by looking.
    ///
    /// # Errors
    /// When it does not fit.
    pub async fn fit(&self) -> Result<(), Stop> {
        if self.ours {
            let files = self.bring_up_to_date().await?;
            if files > 0 {
                tracing::info!(files, "the schema was brought up to date");
            }
            return Ok(());
        }
        if self.urls.owner.is_empty() {
            // The serving roles cannot see the list of files; `migrate` runs before this program is started.
            return Ok(());
        }
        let (applied, all) = migration::status(&self.urls.owner).await?;
        if applied < all {
            return Err(Stop::failed(format!(
                "the schema is older than the program ({applied} of {all} files applied): run `tunemantra migrate` first"
            )));
        }
        Ok(())
    }

    /// Ends the private server, if there is one.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn close(self) -> Result<(), Stop> {
        match self.cluster {
            Some(cluster) => Ok(cluster.stop().await?),
            None => Ok(()),
        }
    }
}

/// Brings schema and queue of the owner's database up to date and says how many files were new.
///
/// # Errors
/// When the address is not the owner's or a file cannot be applied.
pub async fn bring_up_to_date(owner: &str) -> Result<usize, Stop> {
    let files = migration::migrate(owner).await?;
    platform::jobs::install_queue(owner).await?;
    Ok(files)
}

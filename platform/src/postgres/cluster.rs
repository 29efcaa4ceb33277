//! The private server as the program holds it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::account::Account;
use super::binaries::Binaries;
use super::error::ClusterError;
use super::leftover;
use super::lock::FolderLock;
use super::place::Place;
use super::provision::{RolePasswords, provision};
use super::server::{Running, Server};
use crate::db::DatabaseUrls;
use crate::secrets;

/// Pause before a server that died is started again.
const RESTART_PAUSE: Duration = Duration::from_millis(200);

/// What an acknowledged commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The machine losing power.
    Full,
    /// The server being killed, but not the machine: for tests, several times faster.
    Scratch,
}

/// How to run the private server.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The data folder; made when missing.
    pub data_dir: PathBuf,
    /// The folder of PostgreSQL's programs; searched for when none.
    pub postgres_bin: Option<PathBuf>,
    /// What a commit survives.
    pub durability: Durability,
}

/// A running private server. [`Cluster::stop`] ends it in good order; dropping it asks it to end.
pub struct Cluster {
    admin_url: String,
    notice: Option<String>,
    passwords: RolePasswords,
    stopping: CancellationToken,
    pid: Arc<AtomicI32>,
    keeper: Option<JoinHandle<Result<(), ClusterError>>>,
    // Last, so that the folder is let go of after everything else.
    _lock: FolderLock,
}

impl Cluster {
    /// Starts the server of a data folder, making whatever is missing.
    ///
    /// # Errors
    /// [`ClusterError`], each saying what to do.
    pub async fn start(options: ClusterOptions) -> Result<Self, ClusterError> {
        let data_dir = folder(&options.data_dir)?;
        let lock = FolderLock::take(&data_dir)?;
        let binaries = Binaries::find(options.postgres_bin.as_deref())?;
        let account = Account::choose()?;
        let place = Place::decide(&data_dir, &account, options.durability).await?;
        let password_file = data_dir.join("admin-password");
        let password = secrets::load_or_create(&password_file).map_err(ClusterError::at(&password_file))?;
        let passwords = RolePasswords::load_or_create(&data_dir.join("role-passwords.json"))?;
        let server = Server {
            binaries,
            account,
            cluster: place.cluster,
            log: data_dir.join("postgres.log"),
            durability: options.durability,
        };
        server.init(&password)?;
        let running = server.start(&password, None).await?;
        let port = running.port;
        let admin_url = Server::admin_url(port, &password);
        let pid = Arc::new(AtomicI32::new(running.pid()));
        let stopping = CancellationToken::new();
        let keeper = Keeper { server, password, port, pid: Arc::clone(&pid), stopping: stopping.clone() };
        Ok(Self {
            admin_url,
            notice: place.notice,
            passwords,
            stopping,
            pid,
            keeper: Some(tokio::spawn(keeper.keep(running))),
            _lock: lock,
        })
    }

    /// The administrator's address, on the database `postgres`.
    #[must_use]
    pub fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// Where the database lies and why, when that is not in the data folder: show it to the person.
    #[must_use]
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Makes roles and a database when they are missing, and gives the addresses. The passwords stay in the
    /// data folder.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn provision(&self, database: &str) -> Result<DatabaseUrls, ClusterError> {
        provision(&self.admin_url, database, &self.passwords).await
    }

    /// Ends the server and waits until everything is on disk.
    ///
    /// # Errors
    /// [`ClusterError::LeftoverStays`] when it does not end.
    pub async fn stop(mut self) -> Result<(), ClusterError> {
        self.stopping.cancel();
        match self.keeper.take() {
            // A keeper that panicked cannot have stopped the server; dropping self asks it to end.
            Some(keeper) => keeper.await.unwrap_or(Ok(())),
            None => Ok(()),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.take() {
            keeper.abort();
            signal_end(self.pid.load(Ordering::Relaxed));
        }
    }
}

/// Watches the server: starts it again when it dies, ends it when asked.
struct Keeper {
    server: Server,
    password: String,
    port: u16,
    pid: Arc<AtomicI32>,
    stopping: CancellationToken,
}

impl Keeper {
    async fn keep(self, mut running: Running) -> Result<(), ClusterError> {
        loop {
            tokio::select! {
                () = self.stopping.cancelled() => {
                    let pid = running.pid();
                    // Collected at the same time: a child that nobody waits for never quite ends.
                    let (ended, _) = tokio::join!(leftover::end(pid), running.child.wait());
                    return ended;
                }
                status = running.child.wait() => {
                    tracing::error!(?status, "PostgreSQL ended unexpectedly; starting it again");
                    self.pid.store(0, Ordering::Relaxed);
                }
            }
            tokio::select! {
                () = self.stopping.cancelled() => return leftover::stop(&self.server.cluster).await,
                started = self.restart() => running = started,
            }
            self.pid.store(running.pid(), Ordering::Relaxed);
        }
    }

    async fn restart(&self) -> Running {
        loop {
            tokio::time::sleep(RESTART_PAUSE).await;
            match self.server.start(&self.password, Some(self.port)).await {
                Ok(running) => {
                    tracing::info!("PostgreSQL runs again");
                    return running;
                }
                Err(error) => tracing::error!(%error, "PostgreSQL could not be started again; trying on"),
            }
        }
    }
}

fn signal_end(pid: i32) {
    if pid > 1 {
        // Gone already is as good.
        let _ = kill(Pid::from_raw(pid), Signal::SIGINT);
    }
}

fn folder(path: &Path) -> Result<PathBuf, ClusterError> {
    fs::create_dir_all(path).map_err(ClusterError::at(path))?;
    path.canonicalize().map_err(ClusterError::at(path))
}

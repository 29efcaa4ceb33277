//! The server process: made once, started, watched, stopped.

use std::fs::{self, File, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::process::Child;

use super::account::Account;
use super::binaries::Binaries;
use super::cluster::Durability;
use super::error::ClusterError;
use super::leash::Leash;
use super::leftover;

/// The cluster's administrator.
pub(super) const ADMIN: &str = "tunemantra_admin";
/// How long a server may replay its log before it must accept connections.
const START_PATIENCE: Duration = Duration::from_secs(600);
const STEP: Duration = Duration::from_millis(50);
/// A server that ends at once is started this often: its last run's processes may need a moment to go.
const START_ATTEMPTS: u32 = 5;

/// What it takes to run the server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) binaries: Binaries,
    pub(super) account: Account,
    pub(super) cluster: PathBuf,
    pub(super) log: PathBuf,
    pub(super) durability: Durability,
}

/// A server that runs, tied to this process.
pub(super) struct Running {
    pub(super) child: Child,
    pub(super) port: u16,
    _leash: Option<Leash>,
}

impl Running {
    /// 0 when the process has ended.
    pub(super) fn pid(&self) -> i32 {
        process_id(&self.child)
    }
}

/// Settings of the server: a laptop's memory, bulk loading, one machine (no replication).
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_directories", ""),
    ("max_connections", "100"),
    ("shared_buffers", "256MB"),
    ("effective_cache_size", "1GB"),
    ("work_mem", "16MB"),
    ("maintenance_work_mem", "128MB"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "4GB"),
    ("min_wal_size", "256MB"),
    ("wal_compression", "on"),
    ("wal_buffers", "16MB"),
    ("checkpoint_timeout", "15min"),
    ("random_page_cost", "1.1"),
    ("jit", "off"),
    ("password_encryption", "scram-sha-256"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_destination", "stderr"),
    ("logging_collector", "off"),
    ("log_min_messages", "warning"),
    ("log_statement", "none"),
];
/// What an acknowledged commit rests on.
const DURABLE: &[(&str, &str)] = &[("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on")];
/// For data that may be lost with the machine, but not with the server: tests.
const SCRATCH: &[(&str, &str)] = &[("fsync", "off"), ("full_page_writes", "off"), ("synchronous_commit", "on")];

impl Server {
    /// Makes the cluster when there is none. It is made beside its place and moved there when complete, so that
    /// being killed in the middle leaves nothing half done.
    pub(super) fn init(&self, password: &str) -> Result<(), ClusterError> {
        if super::place::is_cluster(&self.cluster) {
            return Ok(());
        }
        let unfinished = self.cluster.with_extension("new");
        let password_file = self.cluster.with_extension("password");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(ClusterError::at(&unfinished))?;
        }
        crate::secrets::write_private(&password_file, password.as_bytes()).map_err(ClusterError::at(&password_file))?;
        self.account.own(&password_file)?;

        let mut result = Ok(());
        // `C.UTF-8` sorts by code point everywhere in the same way; a system without it has `C`.
        for locale in ["C.UTF-8", "C"] {
            result = self.initdb(&unfinished, &password_file, locale);
            if result.is_ok() {
                break;
            }
        }
        fs::remove_file(&password_file).map_err(ClusterError::at(&password_file))?;
        result?;
        fs::rename(&unfinished, &self.cluster).map_err(ClusterError::at(&self.cluster))
    }

    fn initdb(&self, folder: &Path, password_file: &Path, locale: &str) -> Result<(), ClusterError> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(ClusterError::at(folder))?;
        }
        fs::create_dir(folder).map_err(ClusterError::at(folder))?;
        self.account.own(folder)?;
        let mut command = Command::new(self.binaries.initdb());
        command
            .arg("--pgdata")
            .arg(folder)
            .arg("--pwfile")
            .arg(password_file)
            .args(["--username", ADMIN, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", locale])
            .arg("--no-instructions")
            .current_dir(folder.parent().unwrap_or(folder));
        if self.durability == Durability::Scratch {
            command.arg("--no-sync");
        }
        self.account.apply(&mut command);
        let output = command.output().map_err(ClusterError::at(&self.binaries.initdb()))?;
        if output.status.success() {
            return Ok(());
        }
        let said = [output.stdout, output.stderr].concat();
        Err(ClusterError::Init { path: folder.to_path_buf(), output: String::from_utf8_lossy(&said).into_owned() })
    }

    /// Starts the server and waits until it takes connections. Without a `port` a free one is picked.
    pub(super) async fn start(&self, password: &str, port: Option<u16>) -> Result<Running, ClusterError> {
        for attempt in 1..=START_ATTEMPTS {
            leftover::stop(&self.cluster).await?;
            let port = match port {
                Some(port) => port,
                None => free_port().map_err(ClusterError::at(&self.cluster))?,
            };
            let child = self.spawn(port)?;
            let leash = Leash::tie(process_id(&child), &self.account);
            let mut running = Running { child, port, _leash: leash };
            if self.accepts(&mut running.child, port, password).await? {
                return Ok(running);
            }
            tracing::warn!(attempt, "PostgreSQL ended while starting; trying again");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Err(ClusterError::Start { log: self.log.clone(), tail: tail(&self.log) })
    }

    /// The administrator's address.
    pub(super) fn admin_url(port: u16, password: &str) -> String {
        // The password is hexadecimal, so nothing needs escaping. No TLS on the loopback interface.
        format!("postgres://{ADMIN}:{password}@127.0.0.1:{port}/postgres?sslmode=disable")
    }

    fn spawn(&self, port: u16) -> Result<Child, ClusterError> {
        let log = self.open_log()?;
        let errors = log.try_clone().map_err(ClusterError::at(&self.log))?;
        let mut command = Command::new(self.binaries.postgres());
        command.arg("-D").arg(&self.cluster).current_dir(&self.cluster).arg("-c").arg(format!("port={port}"));
        let durability = match self.durability {
            Durability::Full => DURABLE,
            Durability::Scratch => SCRATCH,
        };
        for (name, value) in SETTINGS.iter().chain(durability) {
            command.arg("-c").arg(format!("{name}={value}"));
        }
        command.stdin(Stdio::null()).stdout(log).stderr(errors);
        self.account.apply(&mut command);
        tokio::process::Command::from(command).spawn().map_err(ClusterError::at(&self.binaries.postgres()))
    }

    /// Whether the server takes connections before it ends.
    async fn accepts(&self, child: &mut Child, port: u16, password: &str) -> Result<bool, ClusterError> {
        let options = PgConnectOptions::from_str(&Self::admin_url(port, password))?.disable_statement_logging();
        let mut waited = Duration::ZERO;
        while waited < START_PATIENCE {
            if child.try_wait().map_err(ClusterError::at(&self.cluster))?.is_some() {
                return Ok(false);
            }
            match options.connect().await {
                Ok(connection) => {
                    connection.close().await?;
                    return Ok(true);
                }
                // Not listening yet, or still replaying its log.
                Err(sqlx::Error::Io(_)) => {}
                Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("57P03") => {}
                Err(error) => {
                    let _ = child.start_kill();
                    return Err(error.into());
                }
            }
            tokio::time::sleep(STEP).await;
            waited += STEP;
        }
        let _ = child.start_kill();
        Ok(false)
    }

    /// The log of the last start is kept beside the present one.
    fn open_log(&self) -> Result<File, ClusterError> {
        let large = fs::metadata(&self.log).is_ok_and(|meta| meta.len() > 10 * 1024 * 1024);
        if large {
            fs::rename(&self.log, self.log.with_extension("log.1")).map_err(ClusterError::at(&self.log))?;
        }
        OpenOptions::new().create(true).append(true).open(&self.log).map_err(ClusterError::at(&self.log))
    }
}

fn process_id(child: &Child) -> i32 {
    child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or(0)
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

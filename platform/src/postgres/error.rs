//! What can go wrong, in words that say what to do.

use std::path::{Path, PathBuf};

/// Why there is no private server.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// PostgreSQL is not installed.
    #[error(
        "PostgreSQL's server programs were not found (looked in {looked_in}).\n\
         Install them (Debian and Ubuntu: `apt-get install postgresql`; Fedora: `dnf install postgresql-server`; \
         macOS: `brew install postgresql@17`), or name their folder with `postgres_bin`, or give the address of \
         a running server with `DATABASE_URL`."
    )]
    NotInstalled {
        /// The places that were searched.
        looked_in: String,
    },
    /// Only older versions are installed.
    #[error(
        "PostgreSQL {version} in {} is too old: TuneMantra needs PostgreSQL 15 or newer. \
         Install a newer one, or name its folder with `postgres_bin`.",
        folder.display()
    )]
    TooOld {
        /// The version found.
        version: u32,
        /// Where.
        folder: PathBuf,
    },
    /// The server of a given address is older than what we need.
    #[error("the server is PostgreSQL {0}: TuneMantra needs PostgreSQL 15 or newer")]
    ServerTooOld(u32),
    /// Another program uses the folder.
    #[error("another TuneMantra{} uses the data folder {}: stop it, or give another folder with `data_dir`", owner.as_ref().map(|pid| format!(" (process {pid})")).unwrap_or_default(), folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
        /// The other program's process id, when it is known.
        owner: Option<String>,
    },
    /// Running as root, and nobody to run the server as.
    #[error(
        "PostgreSQL refuses to run as root, and there is neither an account `postgres` nor `nobody` to run it as: \
         run TuneMantra as an ordinary user"
    )]
    NoAccount,
    /// A file or folder could not be used.
    #[error("{}: {problem}", path.display())]
    Path {
        /// Which.
        path: PathBuf,
        /// What happened.
        problem: std::io::Error,
    },
    /// `initdb` failed.
    #[error("the database cluster could not be made in {}:\n{output}", path.display())]
    Init {
        /// Where.
        path: PathBuf,
        /// What `initdb` said.
        output: String,
    },
    /// The server ends again and again.
    #[error("PostgreSQL does not start; the end of its log ({}):\n{tail}", log.display())]
    Start {
        /// The log file.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// A server of an earlier run does not stop.
    #[error("a PostgreSQL server of an earlier run (process {0}) does not stop")]
    LeftoverStays(i32),
    /// A statement of the set-up failed.
    #[error("setting up the database: {0}")]
    Database(#[from] sqlx::Error),
    /// A database name that needs quoting.
    #[error("`{0}` cannot be a database name: use small letters, digits and underscores")]
    BadName(String),
    /// An address that cannot be read.
    #[error("the database address cannot be read: {0}")]
    BadAddress(String),
}

impl ClusterError {
    /// For `map_err` of file operations.
    pub(super) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |problem| Self::Path { path, problem }
    }
}

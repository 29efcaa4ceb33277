//! Where the cluster lies: in the data folder, unless the server's account cannot get there.

use std::fs;
use std::path::{Path, PathBuf};

use super::account::Account;
use super::cluster::Durability;
use super::error::ClusterError;
use super::leftover;
use super::lock::FolderLock;

/// Where clusters go whose data folder the server's account cannot reach.
const ELSEWHERE: &str = "/var/lib/tunemantra";

/// Marks a cluster made for tests, and holds the path of its data folder.
const SCRATCH_MARK: &str = "scratch";

/// The cluster's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The cluster folder (PostgreSQL's data directory).
    pub(super) cluster: PathBuf,
    /// Says where and why, when it is not in the data folder.
    pub(super) notice: Option<String>,
}

impl Place {
    /// Finds or decides the place. The decision is noted in the data folder, so that a changed mode does not
    /// move the program to an empty database.
    pub(super) async fn decide(
        data_dir: &Path,
        account: &Account,
        durability: Durability,
    ) -> Result<Self, ClusterError> {
        let note = data_dir.join("cluster-place");
        if let Ok(text) = fs::read_to_string(&note) {
            let cluster = PathBuf::from(text.trim_end_matches('\n'));
            if is_cluster(&cluster) {
                let notice =
                    (!cluster.starts_with(data_dir)).then(|| format!("the database lies in {}", cluster.display()));
                return Ok(Self { cluster, notice });
            }
        }
        let place = match account.closed_way(data_dir) {
            None => Self { cluster: data_dir.join("cluster"), notice: None },
            Some(closed) => {
                let cluster = elsewhere(data_dir, account, durability).await?;
                let notice = format!(
                    "PostgreSQL runs as {} and cannot pass through {}; the database lies in {} instead",
                    account.name(),
                    closed.display(),
                    cluster.display()
                );
                Self { cluster, notice: Some(notice) }
            }
        };
        let text = format!("{}\n", place.cluster.display());
        crate::secrets::write_private(&note, text.as_bytes()).map_err(ClusterError::at(&note))?;
        Ok(place)
    }
}

/// Whether a complete cluster lies there.
pub(super) fn is_cluster(path: &Path) -> bool {
    path.join("PG_VERSION").is_file()
}

async fn elsewhere(data_dir: &Path, account: &Account, durability: Durability) -> Result<PathBuf, ClusterError> {
    let digest = blake3::hash(data_dir.as_os_str().as_encoded_bytes()).to_hex();
    let parent = Path::new(ELSEWHERE).join(&digest.as_str()[..16]);
    fs::create_dir_all(&parent).map_err(ClusterError::at(&parent))?;
    account.own(&parent)?;
    if durability == Durability::Scratch {
        sweep_scratch(data_dir).await?;
        let mark = parent.join(SCRATCH_MARK);
        fs::write(&mark, data_dir.as_os_str().as_encoded_bytes()).map_err(ClusterError::at(&mark))?;
    }
    let cluster = parent.join("cluster");
    if is_cluster(&cluster) {
        // Its data folder, and with it the passwords, were deleted. It is kept once, then replaced.
        leftover::stop(&cluster).await?;
        let replaced = parent.join("replaced");
        if replaced.exists() {
            fs::remove_dir_all(&replaced).map_err(ClusterError::at(&replaced))?;
        }
        fs::rename(&cluster, &replaced).map_err(ClusterError::at(&cluster))?;
    }
    Ok(cluster)
}

/// Tests cannot always clean up after themselves. Removes their clusters whose data folder is gone or not in use.
async fn sweep_scratch(data_dir: &Path) -> Result<(), ClusterError> {
    let Ok(entries) = fs::read_dir(ELSEWHERE) else { return Ok(()) };
    for entry in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let Ok(text) = fs::read_to_string(entry.join(SCRATCH_MARK)) else { continue };
        let used = Path::new(&text) == data_dir
            || matches!(FolderLock::take(Path::new(&text)), Err(ClusterError::InUse { .. }));
        if !used {
            leftover::stop(&entry.join("cluster")).await?;
            // Another test process may be sweeping as well.
            let _ = fs::remove_dir_all(&entry);
        }
    }
    Ok(())
}

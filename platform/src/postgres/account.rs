//! Who the server runs as, and which folders that account can reach.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User, geteuid};

use super::error::ClusterError;

/// The account of the server. PostgreSQL refuses to run as root, so root drops to an unprivileged one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Account {
    /// Whoever runs the program.
    Same,
    /// Somebody else, because root runs the program.
    Other {
        /// Its name, for messages.
        name: String,
        /// Its user.
        uid: Uid,
        /// Its group.
        gid: Gid,
    },
}

impl Account {
    /// `postgres` if it exists, else `nobody`, when root runs the program.
    pub(super) fn choose() -> Result<Self, ClusterError> {
        if !geteuid().is_root() {
            return Ok(Self::Same);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .filter(|user| !user.uid.is_root())
            .map(|user| Self::Other { name: user.name, uid: user.uid, gid: user.gid })
            .ok_or(ClusterError::NoAccount)
    }

    /// Makes a command run as this account, in a process group of its own: an interrupt typed at the terminal
    /// is for the program, which then stops the server in its own time.
    pub(super) fn apply(&self, command: &mut Command) {
        use std::os::unix::process::CommandExt as _;
        command.process_group(0);
        if let Self::Other { uid, gid, .. } = self {
            // Supplementary groups are dropped by the standard library along with root.
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
    }

    /// Gives a file or folder to the account.
    pub(super) fn own(&self, path: &Path) -> Result<(), ClusterError> {
        match self {
            Self::Same => Ok(()),
            Self::Other { uid, gid, .. } => {
                chown(path, Some(uid.as_raw()), Some(gid.as_raw())).map_err(ClusterError::at(path))
            }
        }
    }

    /// The first folder on the way to `path` (itself included) that the account may not pass through.
    pub(super) fn closed_way(&self, path: &Path) -> Option<std::path::PathBuf> {
        let Self::Other { uid, gid, .. } = self else { return None };
        let mut way: Vec<&Path> = path.ancestors().collect();
        way.reverse();
        way.into_iter()
            .find(|folder| {
                std::fs::metadata(folder)
                    .is_ok_and(|meta| !may_pass(meta.mode(), meta.uid() == uid.as_raw(), meta.gid() == gid.as_raw()))
            })
            .map(Path::to_path_buf)
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Same => "the same account",
            Self::Other { name, .. } => name,
        }
    }
}

/// Whether the mode lets somebody pass: only the first class that fits counts.
const fn may_pass(mode: u32, is_owner: bool, in_group: bool) -> bool {
    let bit = if is_owner {
        0o100
    } else if in_group {
        0o010
    } else {
        0o001
    };
    mode & bit != 0
}

#[cfg(test)]
mod tests {
    use super::may_pass;

    #[test]
    fn the_first_class_that_fits_decides() {
        assert!(may_pass(0o755, false, false));
        assert!(!may_pass(0o700, false, false));
        assert!(may_pass(0o700, true, false));
        assert!(may_pass(0o710, false, true));
        assert!(!may_pass(0o701, false, true), "a group without rights is not 'others'");
    }
}

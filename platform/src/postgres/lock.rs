//! One program per data folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use super::error::ClusterError;

/// Held for as long as the program uses the folder; the system lets go of it when the program dies.
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    pub(super) fn take(folder: &Path) -> Result<Self, ClusterError> {
        let path = folder.join("lock");
        let at = || ClusterError::at(&path);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(at())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let owner = file.read_to_string(&mut owner).is_ok().then(|| owner.trim().to_owned());
                let owner = owner.filter(|pid| !pid.is_empty());
                return Err(ClusterError::InUse { folder: folder.to_path_buf(), owner });
            }
            Err(TryLockError::Error(problem)) => return Err(at()(problem)),
        }
        // Only for the message of whoever comes second.
        file.set_len(0).map_err(at())?;
        file.rewind().map_err(at())?;
        write!(file, "{}", std::process::id()).map_err(at())?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_and_told_who_was_first() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        let message = FolderLock::take(folder.path()).map(|_| ()).unwrap_err().to_string();
        assert!(message.contains(&std::process::id().to_string()), "{message}");
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }
}

//! Finding PostgreSQL's server programs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::ClusterError;

/// The oldest version we run on.
const OLDEST: u32 = crate::db::OLDEST_MAJOR as u32;

/// A folder with `initdb` and `postgres` that are new enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The configured folder, or the first good one of the usual places.
    pub(super) fn find(configured: Option<&Path>) -> Result<Self, ClusterError> {
        let candidates = match configured {
            Some(folder) => vec![folder.to_path_buf()],
            None => usual_places(),
        };
        let mut too_old = None;
        for folder in &candidates {
            match version_in(folder) {
                Some(version) if version >= OLDEST => return Ok(Self { folder: folder.clone() }),
                Some(version) => too_old = too_old.or(Some(ClusterError::TooOld { version, folder: folder.clone() })),
                None => {}
            }
        }
        Err(too_old.unwrap_or_else(|| ClusterError::NotInstalled {
            looked_in: candidates.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", "),
        }))
    }

    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }
}

/// What `pg_config` says, then where Debian, Red Hat and Homebrew put it, newest version first. The search path
/// is not asked for `postgres`: a stray copy there does not find its own libraries and templates.
fn usual_places() -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = pg_config_folder().into_iter().collect();
    for (parent, inside) in [
        ("/usr/lib/postgresql", "bin"),
        ("/opt/homebrew/opt", "bin"),
        ("/usr/local/opt", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "bin"),
        ("/usr", "bin"),
        ("/usr/local", "bin"),
    ] {
        places.extend(versioned(Path::new(parent)).into_iter().map(|folder| folder.join(inside)));
    }
    places.dedup();
    places
}

fn pg_config_folder() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let folder = text.trim();
    (output.status.success() && !folder.is_empty()).then(|| PathBuf::from(folder))
}

/// Folders such as `15`, `postgresql@17`, `pgsql-16` in `parent`, newest first; unversioned ones last.
fn versioned(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    let mut found: Vec<(u32, PathBuf)> = entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = ["postgresql@", "pgsql-", ""].iter().find_map(|prefix| {
                name.strip_prefix(prefix).and_then(|rest| rest.split('.').next()?.parse::<u32>().ok())
            });
            let unversioned = matches!(name.as_str(), "postgresql" | "pgsql").then_some(0);
            Some((version.or(unversioned)?, entry.path()))
        })
        .collect();
    found.sort_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The major version of the programs in the folder; none when one of them is missing or does not run.
fn version_in(folder: &Path) -> Option<u32> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    parse_version(&String::from_utf8_lossy(&output.stdout))
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `… 18beta1`.
fn parse_version(text: &str) -> Option<u32> {
    let number = text.split("(PostgreSQL)").nth(1)?.trim_start();
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn fake(version: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in ["initdb", "postgres"] {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    #[test]
    fn versions_are_read() {
        assert_eq!(parse_version("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(parse_version("bash: postgres: not found"), None);
    }

    #[test]
    fn an_old_server_is_refused_by_name() {
        let folder = fake("14.9");
        let message = Binaries::find(Some(folder.path())).unwrap_err().to_string();
        assert!(message.contains("PostgreSQL 14") && message.contains("15 or newer"), "{message}");
    }

    #[test]
    fn a_missing_server_says_what_to_install() {
        let folder = tempfile::tempdir().unwrap();
        let message = Binaries::find(Some(folder.path())).unwrap_err().to_string();
        assert!(message.contains("apt-get install postgresql"), "{message}");
    }

    #[test]
    fn the_newest_version_comes_first() {
        let parent = tempfile::tempdir().unwrap();
        for name in ["9.6", "15", "postgresql@17", "other", "postgresql"] {
            std::fs::create_dir(parent.path().join(name)).unwrap();
        }
        let names: Vec<_> =
            versioned(parent.path()).iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["postgresql@17", "15", "9.6", "postgresql"]);
    }
}

//! From a folder of an SFTP server.

use kernel::failure::Finding;
use serde::{Deserialize, Serialize};

use super::check::Check;

/// A folder of an SFTP server. Signs in with `PASSWORD`, or with `PRIVATE_KEY` (and `PASSPHRASE`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SftpMethod {
    /// The server.
    pub host: String,
    /// Its port, 22 by default.
    #[serde(default = "ssh_port")]
    pub port: u16,
    /// Who signs in.
    pub user_name: String,
    /// Fingerprints that the server's key may have (`SHA256:…`, as `ssh-keygen -lf` shows them). Two during a change of
    /// key. Any other key is refused.
    pub host_keys: Vec<String>,
    /// The folder; the one after sign-in when empty.
    #[serde(default)]
    pub folder: String,
    /// Which files, `*.tsv, *.csv.gz`; all when empty.
    #[serde(default)]
    pub pattern: String,
    /// Whether folders inside are looked into, eight levels deep.
    #[serde(default)]
    pub is_recursive: bool,
    /// Files that were changed less than this many seconds ago are left for the next run: they may still be written.
    #[serde(default)]
    pub settle_seconds: u32,
}

const fn ssh_port() -> u16 {
    22
}

impl SftpMethod {
    pub(super) fn check(&self, check: Check) -> Vec<Finding> {
        let fine = |key: &String| {
            key.strip_prefix("SHA256:").is_some_and(|rest| {
                rest.len() == 43 && rest.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
            })
        };
        check
            .host("host", &self.host)
            .port("port", self.port)
            .text("userName", &self.user_name)
            .that(
                (1..=4).contains(&self.host_keys.len()) && self.host_keys.iter().all(fine),
                "hostKeys",
                "Give one to four fingerprints such as `SHA256:` and 43 characters; ask the provider for them, or see what \
                 the connection test reports.",
            )
            .that(!self.folder.contains('\0'), "folder", "A folder has no NUL in it.")
            .done()
    }
}

//! The server ends with the program, even when the program is killed and cannot say goodbye.
//!
//! A shell waits for the end of its input, which only this process holds open: when the process is gone, however
//! it went, the system closes the pipe, the shell wakes up and asks the server to shut down.

use std::process::{Child, Command, Stdio};

use super::account::Account;

/// The waiting shell. Dropping it without ending the program takes the leash off.
pub(super) struct Leash {
    shell: Child,
}

impl Leash {
    /// Ties a server to this process. Without a shell the server runs untied: the next start finds it.
    pub(super) fn tie(server: i32, account: &Account) -> Option<Self> {
        if server <= 1 {
            return None;
        }
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "read -r _; kill -INT \"$0\"", &server.to_string()])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        account.apply(&mut command);
        match command.spawn() {
            Ok(shell) => Some(Self { shell }),
            Err(error) => {
                tracing::debug!(%error, "no shell to end the server should this program be killed");
                None
            }
        }
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        // Before the pipe closes, so that it cannot signal a number that belongs to somebody else by then.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

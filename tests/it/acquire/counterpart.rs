//! Programs that stand for a provider: started for one test, ended with it.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running program, killed when it goes out of scope.
pub struct Program {
    child: Child,
}

impl Program {
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child }
    }

    /// Waits until somebody listens on a port of this machine.
    pub async fn listening(&mut self, port: u16) {
        for _ in 0..600 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the counterpart ended with {status} before it listened on {port}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nobody listens on port {port}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that is free at this moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A program of the system, also where Debian keeps those of its services. The test fails without it and says what
/// installs it.
#[allow(clippy::disallowed_methods, reason = "where the machine keeps its programs is no setting of ours")]
pub fn find(name: &str) -> PathBuf {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/lib/dovecot", "/usr/lib/openssh"])
        .map(|folder| PathBuf::from(folder).join(name))
        .find(|path| path.is_file())
        .unwrap_or_else(|| panic!("`{name}` is not installed; `scripts/setup.sh test` installs it"))
}

/// A provider's service on this machine, for one test.
pub async fn serve(router: axum::Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    base
}

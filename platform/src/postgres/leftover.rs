//! A server that an earlier, killed program left behind.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::error::ClusterError;

/// How long a fast shutdown may take: it writes everything that is still in memory.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the harder ways may take.
const LITTLE_PATIENCE: Duration = Duration::from_secs(10);
const STEP: Duration = Duration::from_millis(50);

/// Stops whatever server still runs on this cluster and removes a stale pid file. The caller holds the folder's
/// lock, so nobody else can have started it on purpose.
pub(super) async fn stop(cluster: &Path) -> Result<(), ClusterError> {
    let pid_file = cluster.join("postmaster.pid");
    let Ok(text) = std::fs::read_to_string(&pid_file) else { return Ok(()) };
    let pid = text.lines().next().and_then(|line| line.trim().parse::<i32>().ok()).unwrap_or(0);
    if pid > 1 && is_server_of(pid, cluster) {
        tracing::warn!(pid, "a PostgreSQL server of an earlier run is still there; stopping it");
        end(pid).await?;
    }
    // The file of a server that was killed. Its number may by now belong to somebody else, which would make
    // PostgreSQL refuse to start.
    match std::fs::remove_file(&pid_file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(ClusterError::at(&pid_file)(error)),
        _ => Ok(()),
    }
}

/// Fast shutdown, then immediate, then by force: each is safe for the data, the later ones make the next start
/// replay the log.
pub(super) async fn end(pid: i32) -> Result<(), ClusterError> {
    // 0 would mean our own process group, 1 the system's first process.
    if pid <= 1 {
        return Ok(());
    }
    for (signal, patience) in
        [(Signal::SIGINT, PATIENCE), (Signal::SIGQUIT, LITTLE_PATIENCE), (Signal::SIGKILL, LITTLE_PATIENCE)]
    {
        if kill(Pid::from_raw(pid), signal) == Err(Errno::ESRCH) {
            return Ok(());
        }
        let mut waited = Duration::ZERO;
        while waited < patience {
            tokio::time::sleep(STEP).await;
            waited += STEP;
            if !runs(pid) {
                return Ok(());
            }
        }
    }
    Err(ClusterError::LeftoverStays(pid))
}

fn runs(pid: i32) -> bool {
    if kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH) {
        return false;
    }
    // A process that has ended but was not yet collected by its parent is no server any more.
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')),
        Err(_) => !Path::new("/proc/self").exists(),
    }
}

/// Whether the process is a PostgreSQL server on this cluster: it works inside its data directory. Process
/// numbers are used again, so the number alone proves nothing.
fn is_server_of(pid: i32, cluster: &Path) -> bool {
    if let Ok(folder) = std::fs::read_link(format!("/proc/{pid}/cwd")) {
        return folder == cluster || folder.canonicalize().ok() == cluster.canonicalize().ok();
    }
    if Path::new("/proc/self").exists() {
        return false;
    }
    // Elsewhere than on Linux the command line has to do; we start the server with its folder in it.
    let Ok(output) = Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output() else { return false };
    let line = String::from_utf8_lossy(&output.stdout);
    line.contains("postgres") && line.contains(&cluster.display().to_string())
}

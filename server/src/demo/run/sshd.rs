//! A provider's SFTP server for the demonstration: OpenSSH's own, on this machine, with keys and a folder of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

/// Where distributions keep programs of services, and others.
const FOLDERS: [&str; 6] =
    ["/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/sbin", "/opt/homebrew/bin"];

/// A running server; it ends with this value.
pub struct Sshd {
    /// Where it listens.
    pub port: u16,
    /// The fingerprint of its key.
    pub host_key: String,
    /// The private key that is let in.
    pub private_key: String,
    /// Who signs in.
    pub user: String,
    /// The folder that is collected from.
    pub files: PathBuf,
    child: Child,
}

fn program(name: &str) -> Result<PathBuf, String> {
    FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(name))
        .find(|path| path.is_file())
        .ok_or_else(|| format!("OpenSSH's `{name}` is not installed (Debian: openssh-server, openssh-client)"))
}

async fn output(command: &mut Command) -> Result<String, String> {
    let done = command.stdin(Stdio::null()).output().await.map_err(|error| error.to_string())?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).trim().to_owned());
    }
    Err(String::from_utf8_lossy(&done.stderr).trim().to_owned())
}

async fn key(keygen: &Path, path: &Path) -> Result<(), String> {
    if path.is_file() {
        return Ok(());
    }
    output(Command::new(keygen).args(["-q", "-t", "ed25519", "-N", "", "-C", "demo", "-f"]).arg(path)).await.map(|_| ())
}

impl Sshd {
    /// Starts one in a folder. The reason is for a person when it cannot.
    pub async fn start(folder: &Path) -> Result<Self, String> {
        let (sshd, keygen) = (program("sshd")?, program("ssh-keygen")?);
        let said = |error: std::io::Error| error.to_string();
        std::fs::create_dir_all(folder.join("files")).map_err(said)?;
        let folder = folder.canonicalize().map_err(said)?;
        let at = |name: &str| folder.join(name);
        key(&keygen, &at("host")).await?;
        key(&keygen, &at("client")).await?;
        std::fs::copy(at("client.pub"), at("authorized")).map_err(said)?;
        let port = TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr()).map_err(said)?.port();
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nPidFile none\nAuthorizedKeysFile {}\nStrictModes no\nUsePAM no\n\
             PasswordAuthentication no\nPermitRootLogin prohibit-password\nSubsystem sftp internal-sftp\nForceCommand internal-sftp\n",
            at("host").display(),
            at("authorized").display(),
        );
        std::fs::write(at("config"), config).map_err(said)?;
        // As root the server wants a folder to lock itself into; for others this fails and is not needed.
        drop(std::fs::create_dir_all("/run/sshd"));
        let child = Command::new(sshd)
            .args(["-D", "-f"])
            .arg(at("config"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(said)?;
        let shown = output(Command::new(&keygen).arg("-lf").arg(at("host.pub"))).await?;
        let mut server = Self {
            port,
            host_key: shown.split(' ').nth(1).unwrap_or_default().to_owned(),
            private_key: std::fs::read_to_string(at("client")).map_err(said)?,
            user: output(Command::new("id").arg("-un")).await?,
            files: at("files"),
            child,
        };
        server.listening().await?;
        Ok(server)
    }

    async fn listening(&mut self) -> Result<(), String> {
        for _ in 0..100 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("OpenSSH's server ended at once ({status})"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("OpenSSH's server does not listen".to_owned())
    }
}

//! OpenSSH's server with a configuration, keys and a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::counterpart::{Program, find, free_port};

pub struct Sshd {
    pub port: u16,
    /// The folder that files are put into.
    pub files: PathBuf,
    /// The private key that is let in.
    pub private_key: String,
    /// The fingerprint of the server's key.
    pub host_key: String,
    /// Who signs in.
    pub user: String,
    folder: tempfile::TempDir,
    _program: Program,
}

fn keygen(path: &Path, passphrase: &str) {
    let done = Command::new(find("ssh-keygen"))
        .args(["-q", "-t", "ed25519", "-N", passphrase, "-C", "test", "-f"])
        .arg(path)
        .stdin(Stdio::null())
        .status()
        .unwrap();
    assert!(done.success());
}

fn fingerprint(path: &Path) -> String {
    let out = Command::new(find("ssh-keygen")).args(["-lf"]).arg(path).output().unwrap();
    String::from_utf8(out.stdout).unwrap().split(' ').nth(1).unwrap().to_owned()
}

impl Sshd {
    /// Starts a server that lets one key in, which has this passphrase.
    pub async fn start(passphrase: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("tunemantra-sshd-").tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        keygen(&at("host"), "");
        keygen(&at("client"), passphrase);
        std::fs::copy(at("client.pub"), at("authorized")).unwrap();
        std::fs::create_dir(at("files")).unwrap();
        let port = free_port();
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {host}\nPidFile {pid}\nAuthorizedKeysFile {keys}\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n",
            host = at("host").display(),
            pid = at("pid").display(),
            keys = at("authorized").display(),
        );
        std::fs::write(at("config"), config).unwrap();
        // As root the server wants a folder to lock itself into.
        let _ = std::fs::create_dir_all("/run/sshd");
        let mut command = Command::new(find("sshd"));
        command.args(["-D", "-e", "-f"]).arg(at("config")).stdout(Stdio::null()).stderr(Stdio::null());
        let mut program = Program::start(&mut command);
        program.listening(port).await;
        let user = Command::new("id").arg("-un").output().unwrap();
        Self {
            port,
            files: at("files"),
            private_key: std::fs::read_to_string(at("client")).unwrap(),
            host_key: fingerprint(&at("host")),
            user: String::from_utf8(user.stdout).unwrap().trim().to_owned(),
            folder,
            _program: program,
        }
    }

    pub fn put(&self, name: &str, bytes: &[u8]) {
        let path = self.files.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// A key that the server does not know, and the fingerprint of it.
    pub fn stranger(&self) -> (String, String) {
        let path = self.folder.path().join("stranger");
        if !path.exists() {
            keygen(&path, "");
        }
        (std::fs::read_to_string(&path).unwrap(), fingerprint(&path))
    }
}

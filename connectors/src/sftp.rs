//! Files of an SFTP server.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::collection::sources::method::SftpMethod;
use domain::collection::sources::{Access, CredentialName, Fetched, RemoteFile, Session, name_matches};
use kernel::failure::{Failure, Outcome};
use russh::client::{self, AuthResult, Handle};
use russh::keys::{HashAlg, PrivateKeyWithHashAlg, PublicKeyOrCertificate, decode_secret_key};
use russh_sftp::client::SftpSession;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::net::{Outbound, unreachable};

/// How long the server may say nothing.
const SILENCE: Duration = Duration::from_secs(60);
/// How long key exchange and sign-in may take.
const SIGN_IN: Duration = Duration::from_secs(30);
/// How deep folders are looked into.
const DEPTH: usize = 8;
/// Entries that are looked at, in all.
const ENTRIES: usize = 100_000;
/// Bytes read at a time.
const CHUNK: usize = 128 * 1024;

/// Lets the pinned keys pass and remembers which key was shown.
struct Pinned {
    wanted: Vec<String>,
    shown: Arc<Mutex<Option<String>>>,
}

impl client::Handler for Pinned {
    type Error = russh::Error;

    async fn check_server_key(&mut self, server: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = server else { return Ok(false) };
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let known = self.wanted.contains(&fingerprint);
        *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
        Ok(known)
    }
}

pub(crate) struct SftpFiles {
    method: SftpMethod,
    now: i64,
    sftp: SftpSession,
    // The connection lives as long as this does.
    ssh: Handle<Pinned>,
}

/// Connects, checks the server's key, signs in.
pub(crate) async fn connect(out: &Outbound, method: &SftpMethod, access: &Access) -> Outcome<SftpFiles> {
    let stream = out.connect(&method.host, method.port).await?;
    let config = Arc::new(client::Config { inactivity_timeout: Some(SILENCE), ..client::Config::default() });
    let shown = Arc::new(Mutex::new(None));
    let pinned = Pinned { wanted: method.host_keys.clone(), shown: shown.clone() };
    let away = |error: &dyn std::fmt::Display| unreachable(&method.host, method.port, error);
    let joined = tokio::time::timeout(SIGN_IN, client::connect_stream(config, stream, pinned)).await;
    let mut ssh = match joined {
        Ok(Ok(ssh)) => ssh,
        Ok(Err(russh::Error::UnknownKey)) => {
            let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
            return Err(Failure::refused(
                "SOURCE_HOST_KEY_UNKNOWN",
                format!(
                    "The server `{}` shows the key {}, which the source does not know. Ask the provider whether the key has \
                     changed, and add it if so: anything else may be somebody in between.",
                    method.host,
                    shown.as_deref().unwrap_or("(a certificate)"),
                ),
            ));
        }
        Ok(Err(error)) => return Err(away(&error)),
        Err(_) => return Err(away(&"key exchange takes too long")),
    };
    let signed_in = tokio::time::timeout(SIGN_IN, sign_in(&mut ssh, method, access)).await;
    signed_in.map_err(|_| away(&"sign-in takes too long"))??;
    let channel = ssh.channel_open_session().await.map_err(|error| away(&error))?;
    channel.request_subsystem(true, "sftp").await.map_err(|error| away(&error))?;
    let sftp = SftpSession::new(channel.into_stream()).await.map_err(|error| away(&error))?;
    sftp.set_timeout(SILENCE.as_secs());
    Ok(SftpFiles { method: method.clone(), now: access.now.timestamp(), sftp, ssh })
}

async fn sign_in(ssh: &mut Handle<Pinned>, method: &SftpMethod, access: &Access) -> Outcome<()> {
    let away = |error: russh::Error| unreachable(&method.host, method.port, &error);
    let user = method.user_name.as_str();
    let answer = match access.credentials.get(CredentialName::PrivateKey) {
        Some(text) => {
            let passphrase = access.credentials.get(CredentialName::Passphrase).map(|secret| secret.expose());
            // The cause may quote the key: it is not told.
            let key = decode_secret_key(text.expose(), passphrase).map_err(|_| {
                Failure::refused(
                    "CREDENTIAL_INVALID",
                    "The private key cannot be read: give it in OpenSSH or PEM form, with its passphrase if it has one.",
                )
            })?;
            let hash = ssh.best_supported_rsa_hash().await.map_err(away)?.flatten();
            ssh.authenticate_publickey(user, PrivateKeyWithHashAlg::new(Arc::new(key), hash)).await.map_err(away)?
        }
        None => {
            let password = access.credentials.need(CredentialName::Password)?;
            ssh.authenticate_password(user, password.expose()).await.map_err(away)?
        }
    };
    match answer {
        AuthResult::Success => Ok(()),
        AuthResult::Failure { .. } => Err(Failure::refused(
            "SOURCE_SIGN_IN_REFUSED",
            format!("The server `{}` does not let `{user}` in with these credentials.", method.host),
        )),
    }
}

impl SftpFiles {
    fn failed(&self, what: &str, error: &russh_sftp::client::error::Error) -> Failure {
        use russh_sftp::client::error::Error;
        use russh_sftp::protocol::StatusCode;
        match error {
            Error::Status(status) if status.status_code == StatusCode::NoSuchFile => {
                Failure::refused("SOURCE_PATH_MISSING", format!("The server has no `{what}`."))
            }
            Error::Status(status) if status.status_code == StatusCode::PermissionDenied => {
                Failure::refused("SOURCE_PATH_FORBIDDEN", format!("The server does not let us read `{what}`."))
            }
            other => unreachable(&self.method.host, self.method.port, other),
        }
    }

    async fn folder(&self, folder: &str, depth: usize, seen: &mut usize, found: &mut Vec<RemoteFile>) -> Outcome<()> {
        let entries = self.sftp.read_dir(folder).await.map_err(|error| self.failed(folder, &error))?;
        for entry in entries {
            *seen += 1;
            if *seen > ENTRIES {
                let message = format!("More than {ENTRIES} files are there: name a folder further down.");
                return Err(Failure::refused("SOURCE_TOO_MANY_FILES", message));
            }
            let (name, about) = (entry.file_name(), entry.metadata());
            // A server chooses its names: none may lead out of the folder.
            if name.contains(['/', '\0']) || name.starts_with('.') {
                continue;
            }
            let path = if folder == "." { name.clone() } else { format!("{}/{name}", folder.trim_end_matches('/')) };
            if entry.file_type().is_dir() {
                if self.method.is_recursive && depth < DEPTH {
                    Box::pin(self.folder(&path, depth + 1, seen, found)).await?;
                }
                continue;
            }
            let changed = about.mtime.unwrap_or_default();
            let settled = i64::from(changed) + i64::from(self.method.settle_seconds) <= self.now;
            if entry.file_type().is_file() && settled && name_matches(&self.method.pattern, &name) {
                let size = about.size;
                let version = format!("{}@{changed}", size.unwrap_or_default());
                found.push(RemoteFile { key: path, version, name, size });
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Session for SftpFiles {
    async fn list(&mut self) -> Outcome<Vec<RemoteFile>> {
        let folder = if self.method.folder.is_empty() { "." } else { self.method.folder.as_str() };
        let mut found = Vec::new();
        self.folder(folder, 1, &mut 0, &mut found).await?;
        found.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(found)
    }

    async fn fetch(&mut self, file: &RemoteFile, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<Fetched> {
        let mut from = self.sftp.open(file.key.as_str()).await.map_err(|error| self.failed(&file.key, &error))?;
        let mut chunk = vec![0_u8; CHUNK];
        loop {
            let read = from.read(&mut chunk).await.map_err(|error| {
                Failure::unavailable("SOURCE_TRANSFER_BROKEN", format!("`{}` broke off: {error}.", file.key))
            })?;
            if read == 0 {
                return Ok(Fetched::default());
            }
            into.write_all(&chunk[..read]).await.map_err(crate::sink)?;
        }
    }

    async fn close(&mut self) {
        let _ = self.sftp.close().await;
        let _ = self.ssh.disconnect(russh::Disconnect::ByApplication, "", "en").await;
    }
}

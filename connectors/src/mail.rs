//! Attachments in a mailbox, over IMAP.

use std::time::Duration;

use async_imap::types::Fetch;
use async_imap::{Client, Session as Imap};
use async_trait::async_trait;
use domain::collection::sources::method::MailMethod;
use domain::collection::sources::{Access, CredentialName, Fetched, RemoteFile, Session, name_matches};
use futures::TryStreamExt;
use kernel::failure::{Failure, Outcome};
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use crate::http::secure;
use crate::net::{Outbound, unreachable};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(120);
/// Messages that are looked at, newest first.
const MESSAGES: usize = 500;
/// The largest message that is read: it is held in memory.
const MESSAGE_BYTES: u32 = 64 * 1024 * 1024;

/// A connection, encrypted or not.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Stream for S {}

pub(crate) struct Mailbox {
    method: MailMethod,
    imap: Imap<Box<dyn Stream>>,
    /// Tells this folder from another one that once had the same name.
    validity: u32,
}

/// Connects, signs in and opens the folder for reading only.
pub(crate) async fn connect(out: &Outbound, method: &MailMethod, access: &Access) -> Outcome<Mailbox> {
    let password = access.credentials.need(CredentialName::Password)?;
    let stream = out.connect(&method.host, method.port).await?;
    let stream: Box<dyn Stream> =
        if method.is_encrypted { Box::new(secure(&method.host, method.port, stream).await?) } else { Box::new(stream) };
    let away = |error: &dyn std::fmt::Display| unreachable(&method.host, method.port, error);
    let opening = async {
        let mut client = Client::new(stream);
        client.read_response().await.map_err(|error| away(&error))?;
        let mut imap = client.login(&method.user_name, password.expose()).await.map_err(|(error, _)| match error {
            async_imap::error::Error::No(_) => Failure::refused(
                "SOURCE_SIGN_IN_REFUSED",
                format!("The mail server `{}` does not let `{}` in.", method.host, method.user_name),
            ),
            other => away(&other),
        })?;
        let folder = imap.examine(&method.folder).await.map_err(|error| match error {
            async_imap::error::Error::No(_) => {
                Failure::refused("SOURCE_PATH_MISSING", format!("The mailbox has no folder `{}`.", method.folder))
            }
            other => away(&other),
        })?;
        Ok(Mailbox { method: method.clone(), imap, validity: folder.uid_validity.unwrap_or_default() })
    };
    tokio::time::timeout(PATIENCE, opening).await.map_err(|_| away(&"the mail server is too slow"))?
}

/// An attachment that could be a report.
struct Attachment {
    index: usize,
    name: String,
}

impl Mailbox {
    fn away(&self, error: &dyn std::fmt::Display) -> Failure {
        unreachable(&self.method.host, self.method.port, error)
    }

    async fn fetched(&mut self, uids: &str, what: &str) -> Outcome<Vec<Fetch>> {
        let (host, port) = (self.method.host.clone(), self.method.port);
        let reading = async { self.imap.uid_fetch(uids, what).await?.try_collect::<Vec<Fetch>>().await };
        match tokio::time::timeout(PATIENCE, reading).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(unreachable(&host, port, &error)),
            Err(_) => Err(unreachable(&host, port, &"the mail server is too slow")),
        }
    }

    /// The attachments of a message from somebody who is listened to.
    fn attachments(&self, message: &Message<'_>) -> Vec<Attachment> {
        let sender = message.from().and_then(|from| from.first()).and_then(|from| from.address()).unwrap_or_default();
        if !self.method.trusts(sender) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (index, part) in message.attachments().enumerate() {
            let name = part.attachment_name().unwrap_or_default();
            if !name.is_empty() && name_matches(&self.method.pattern, name) {
                found.push(Attachment { index, name: name.to_owned() });
            }
        }
        found
    }

    async fn message(&mut self, uid: u32) -> Outcome<Vec<u8>> {
        let found = self.fetched(&uid.to_string(), "BODY.PEEK[]").await?;
        let body = found.iter().find(|one| one.uid == Some(uid)).and_then(Fetch::body).map(<[u8]>::to_vec);
        body.ok_or_else(|| {
            Failure::unavailable("SOURCE_TRANSFER_BROKEN", "A message went away while it was being read.")
        })
    }
}

#[async_trait]
impl Session for Mailbox {
    async fn list(&mut self) -> Outcome<Vec<RemoteFile>> {
        let mut query = String::from("UNDELETED");
        if !self.method.subject.is_empty() {
            query.push_str(&format!(" SUBJECT \"{}\"", self.method.subject));
        }
        let searched = tokio::time::timeout(PATIENCE, self.imap.uid_search(&query)).await;
        let searched = searched.map_err(|_| self.away(&"the mail server is too slow"))?;
        let mut uids: Vec<u32> = searched.map_err(|error| self.away(&error))?.into_iter().collect();
        uids.sort_unstable_by(|a, b| b.cmp(a));
        uids.truncate(MESSAGES);
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        // First who wrote what of which size, then the messages that matter, one at a time.
        let set = uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let heads = self.fetched(&set, "(RFC822.SIZE BODY.PEEK[HEADER.FIELDS (FROM)])").await?;
        let mut wanted: Vec<u32> = heads
            .iter()
            .filter(|head| head.size.is_none_or(|size| size <= MESSAGE_BYTES))
            .filter(|head| {
                let message = head.header().and_then(|header| MessageParser::default().parse(header));
                let sender = message.as_ref().and_then(|message| message.from()?.first()?.address());
                sender.is_some_and(|sender| self.method.trusts(sender))
            })
            .filter_map(|head| head.uid)
            .collect();
        wanted.sort_unstable();
        let mut found = Vec::new();
        for uid in wanted {
            let raw = self.message(uid).await?;
            let Some(message) = MessageParser::default().parse(&raw) else { continue };
            for attachment in self.attachments(&message) {
                let key = format!("{}/{uid}/{}/{}", self.validity, attachment.index, attachment.name);
                found.push(RemoteFile { key, version: String::new(), name: attachment.name, size: None });
            }
        }
        Ok(found)
    }

    async fn fetch(&mut self, file: &RemoteFile, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<Fetched> {
        let mut parts = file.key.splitn(4, '/').skip(1).map(str::parse::<u32>);
        let (Some(Ok(uid)), Some(Ok(index))) = (parts.next(), parts.next()) else {
            return Err(Failure::internal("an attachment without a place"));
        };
        let raw = self.message(uid).await?;
        let bytes = MessageParser::default().parse(&raw).and_then(|message| {
            let part = message.attachment(index)?;
            Some(match &part.body {
                PartType::Text(text) | PartType::Html(text) => text.as_bytes().to_vec(),
                PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes.to_vec(),
                _ => part.contents().to_vec(),
            })
        });
        let bytes = bytes.ok_or_else(|| Failure::refused("SOURCE_ANSWER_INVALID", "A message lost its attachment."))?;
        into.write_all(&bytes).await.map_err(crate::sink)?;
        Ok(Fetched::default())
    }

    async fn close(&mut self) {
        let _ = tokio::time::timeout(Duration::from_secs(5), self.imap.logout()).await;
    }
}

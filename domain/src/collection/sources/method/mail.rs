//! From a mailbox.

use kernel::failure::Finding;
use serde::{Deserialize, Serialize};

use super::check::Check;

/// Attachments of messages in a mailbox (IMAP). Signs in with `PASSWORD`. Messages are read and left as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MailMethod {
    /// The server.
    pub host: String,
    /// Its port, 993 by default.
    #[serde(default = "imaps")]
    pub port: u16,
    /// Whether the connection is encrypted from its beginning. Without it the password goes over the wire in clear.
    #[serde(default = "yes")]
    pub is_encrypted: bool,
    /// Who signs in.
    pub user_name: String,
    /// The folder, `INBOX` by default.
    #[serde(default = "inbox")]
    pub folder: String,
    /// Senders whose messages are read: addresses, or domains that begin with `@`.
    pub senders: Vec<String>,
    /// A text that the subject contains; any when empty.
    #[serde(default)]
    pub subject: String,
    /// Which attachments; all when empty.
    #[serde(default)]
    pub pattern: String,
}

const fn imaps() -> u16 {
    993
}

const fn yes() -> bool {
    true
}

fn inbox() -> String {
    "INBOX".to_owned()
}

impl MailMethod {
    /// Whether a sender is one of those that are listened to.
    #[must_use]
    pub fn trusts(&self, address: &str) -> bool {
        let address = address.trim().to_lowercase();
        self.senders
            .iter()
            .map(|sender| sender.trim().to_lowercase())
            .any(|sender| if sender.starts_with('@') { address.ends_with(&sender) } else { address == sender })
    }

    pub(super) fn check(&self, check: Check) -> Vec<Finding> {
        let quotable = |text: &str| !text.contains(['"', '\\']) && !text.contains(char::is_control);
        check
            .host("host", &self.host)
            .port("port", self.port)
            .text("userName", &self.user_name)
            .text("folder", &self.folder)
            .that(quotable(&self.folder), "folder", "A folder has no quotes and no backslash in it.")
            .that(
                !self.senders.is_empty() && self.senders.iter().all(|sender| sender.trim().contains('@')),
                "senders",
                "Name the senders whose attachments are taken: addresses, or domains such as @provider.example.",
            )
            .that(quotable(&self.subject), "subject", "A subject has no quotes and no backslash in it.")
            .done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_senders_are_listened_to() {
        let method = MailMethod {
            host: "mail.example".to_owned(),
            port: 993,
            is_encrypted: true,
            user_name: "reports".to_owned(),
            folder: inbox(),
            senders: vec!["Reports@Provider.example".to_owned(), "@other.example".to_owned()],
            subject: String::new(),
            pattern: String::new(),
        };
        assert!(method.trusts("reports@provider.EXAMPLE"));
        assert!(method.trusts("anyone@other.example"));
        assert!(!method.trusts("anyone@provider.example"));
        assert!(!method.trusts("anyone@another.example"));
    }
}

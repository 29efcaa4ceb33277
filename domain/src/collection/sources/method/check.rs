//! Checks that methods share.

use kernel::failure::Finding;
use kernel::limits::{NAME_CHARS, URL_CHARS};

use super::wrong;

/// Collects what is wrong with the settings of one method.
pub(super) struct Check {
    method: &'static str,
    found: Vec<Finding>,
}

impl Check {
    pub(super) const fn new(method: &'static str) -> Self {
        Self { method, found: Vec::new() }
    }

    pub(super) fn that(mut self, fine: bool, field: &str, message: impl Into<String>) -> Self {
        if !fine {
            self.found.push(wrong(self.method, field, message));
        }
        self
    }

    /// A text that must be there.
    pub(super) fn text(self, field: &str, text: &str) -> Self {
        let length = text.trim().chars().count();
        let message = format!("Give 1 to {NAME_CHARS} characters without control characters.");
        self.that((1..=NAME_CHARS).contains(&length) && !text.contains(char::is_control), field, message)
    }

    /// A host name or an address.
    pub(super) fn host(self, field: &str, host: &str) -> Self {
        let fine = !host.is_empty()
            && host.len() <= 253
            && host.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'));
        self.that(fine, field, format!("`{host}` is no host name: give a name or an address, without scheme and port."))
    }

    pub(super) fn port(self, field: &str, port: u16) -> Self {
        self.that(port > 0, field, "A port is 1 to 65535.")
    }

    /// An address of the web. Templates may stand in it.
    pub(super) fn url(self, field: &str, url: &str) -> Self {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let fine = !host.is_empty()
            && !host.contains('@')
            && url.chars().count() <= URL_CHARS
            && !url.contains(|c: char| c.is_control() || c.is_whitespace());
        let message = "Give an address that begins with https:// (or http://), without a user name in it.";
        self.that(fine, field, message)
    }

    pub(super) fn done(self) -> Vec<Finding> {
        self.found
    }
}

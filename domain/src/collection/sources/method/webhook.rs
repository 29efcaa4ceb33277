//! The provider calls us.

use kernel::failure::Finding;
use serde::{Deserialize, Serialize};

use super::check::Check;

/// How calls are signed. The signature is made over the raw body, with `SIGNING_SECRET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WebhookScheme {
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64>` over `id.timestamp.body` (Standard Webhooks).
    StandardWebhooks,
    /// One header `t=<seconds>,v1=<hex>` over `timestamp.body`, HMAC-SHA256.
    TimestampedHex,
}

/// What a call carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum WebhookContent {
    /// The body is the report.
    Report,
    /// The body is JSON that says where the report can be fetched.
    Link,
}

/// Calls from the provider, each with a signature and an id of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookMethod {
    /// How calls are signed.
    pub scheme: WebhookScheme,
    /// What they carry.
    pub content: WebhookContent,
    /// The header with the signature, for `TIMESTAMPED_HEX`.
    #[serde(default)]
    pub signature_header: Option<String>,
    /// The header with the id of the event, for `TIMESTAMPED_HEX`.
    #[serde(default)]
    pub id_header: Option<String>,
    /// How old or how far ahead a call's time may be, in seconds.
    #[serde(default = "five_minutes")]
    pub tolerance_seconds: u32,
    /// Where in the JSON the address of the report stands, as a JSON pointer (`/data/url`), for `LINK`.
    #[serde(default)]
    pub url_pointer: Option<String>,
    /// Where in the JSON the name of the file stands.
    #[serde(default)]
    pub name_pointer: Option<String>,
    /// Hosts that a report may be fetched from, for `LINK`: the caller must not choose them.
    #[serde(default)]
    pub hosts: Vec<String>,
}

const fn five_minutes() -> u32 {
    300
}

impl WebhookMethod {
    pub(super) fn check(&self, check: Check) -> Vec<Finding> {
        let header = |name: &Option<String>| {
            name.as_ref().is_some_and(|name| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            })
        };
        let hex = self.scheme == WebhookScheme::TimestampedHex;
        let link = self.content == WebhookContent::Link;
        check
            .that((1..=3600).contains(&self.tolerance_seconds), "toleranceSeconds", "Give 1 to 3600 seconds.")
            .that(!hex || header(&self.signature_header), "signatureHeader", "Give the header with the signature.")
            .that(!hex || header(&self.id_header), "idHeader", "Give the header with the id of the event.")
            .that(
                !link || self.url_pointer.as_ref().is_some_and(|pointer| pointer.starts_with('/')),
                "urlPointer",
                "Say where the address stands in the JSON, such as `/data/url`.",
            )
            .that(!link || !self.hosts.is_empty(), "hosts", "Name the hosts that reports may be fetched from.")
            .done()
    }
}

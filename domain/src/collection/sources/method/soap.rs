//! From a SOAP service.

use kernel::failure::Finding;
use serde::{Deserialize, Serialize};

use super::check::Check;

/// The version of the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SoapVersion {
    /// SOAP 1.1: `text/xml` with a `SOAPAction` header.
    #[default]
    V11,
    /// SOAP 1.2: `application/soap+xml`.
    V12,
}

/// A SOAP service that is asked for one report per month. With a `userName`, a WS-Security user name token with
/// `PASSWORD` is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SoapMethod {
    /// Where the service is.
    pub url: String,
    /// The version of the envelope.
    #[serde(default)]
    pub version: SoapVersion,
    /// The action.
    #[serde(default)]
    pub action: String,
    /// What is inside the body, as XML. `{period}`, `{from}`, `{to}` stand for `2026-01`, `2026-01-01`, `2026-01-31`.
    pub body: String,
    /// How many full months back are asked for.
    pub months: u32,
    /// The local name of the element whose text is the report.
    pub report_element: String,
    /// Whether that text is base64.
    #[serde(default)]
    pub is_base64: bool,
    /// The local name of the element with the name of the file.
    #[serde(default)]
    pub name_element: Option<String>,
    /// Who signs in.
    #[serde(default)]
    pub user_name: Option<String>,
}

fn local_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

impl SoapMethod {
    pub(super) fn check(&self, check: Check) -> Vec<Finding> {
        check
            .url("url", &self.url)
            .that((1..=24).contains(&self.months), "months", "Ask for 1 to 24 months back.")
            .that(
                self.body.len() <= 64 * 1024 && self.body.trim_start().starts_with('<') && !self.body.contains("<!"),
                "body",
                "Give the XML that goes inside the body: an element, without a document type or comments.",
            )
            .that(local_name(&self.report_element), "reportElement", "Give the local name of an element.")
            .that(
                self.name_element.as_ref().is_none_or(|name| local_name(name)),
                "nameElement",
                "Give the local name of an element.",
            )
            .done()
    }
}

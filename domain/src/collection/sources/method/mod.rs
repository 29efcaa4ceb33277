//! How reports are fetched: one kind of settings per method, all of them data, none of them secret.

mod check;
mod database;
mod edi;
mod mail;
mod object_store;
mod portal;
mod rest;
mod sftp;
mod soap;
mod upload;
mod webhook;

use kernel::failure::{Failure, Finding, Outcome};
use serde::{Deserialize, Serialize};

pub use database::{DatabaseKind, DatabaseMethod, WATERMARK};
pub use edi::{DsrPart, EdiMethod, EdiStandard, dsr_part};
pub use mail::MailMethod;
pub use object_store::ObjectStoreMethod;
pub use portal::{PortalAction, PortalMethod, PortalStep};
pub use rest::{RestAuth, RestJobs, RestList, RestMethod, RestPaging, RestSignIn};
pub use sftp::SftpMethod;
pub use soap::{SoapMethod, SoapVersion};
pub use upload::UploadMethod;
pub use webhook::{WebhookContent, WebhookMethod, WebhookScheme};

use super::model::CredentialName;
use check::Check;

macro_rules! methods {
    ($($(#[$doc:meta])* $name:ident($kind:ident) = $text:literal, $field:literal;)*) => {
        /// How reports are fetched, with the settings of the method.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        #[allow(clippy::large_enum_variant, reason = "settings are few and short-lived")]
        pub enum Method { $($(#[$doc])* #[serde(rename = $text)] $name($kind),)* }

        impl Method {
            /// The name in data.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$name(_) => $text,)* }
            }

            /// Checks the settings.
            ///
            /// # Errors
            /// `SOURCE_METHOD_INVALID`: every finding, with its place below `input.method`.
            pub fn check(&self) -> Outcome<()> {
                let findings = match self { $(Self::$name(method) => method.check(Check::new($field)),)* };
                if findings.is_empty() { Ok(()) } else { Err(Failure::findings(findings)) }
            }
        }
    };
}

methods! {
    /// By hand.
    Upload(UploadMethod) = "UPLOAD", "upload";
    /// From a folder of an SFTP server.
    Sftp(SftpMethod) = "SFTP", "sftp";
    /// From an interface over HTTP.
    Rest(RestMethod) = "REST", "rest";
    /// From a SOAP service.
    Soap(SoapMethod) = "SOAP", "soap";
    /// From a portal, through a browser.
    Portal(PortalMethod) = "PORTAL", "portal";
    /// Electronic data interchange.
    Edi(EdiMethod) = "EDI", "edi";
    /// From a provider's database.
    Database(DatabaseMethod) = "DATABASE", "database";
    /// From a bucket.
    ObjectStore(ObjectStoreMethod) = "OBJECT_STORE", "objectStore";
    /// From a mailbox.
    Mail(MailMethod) = "MAIL", "mail";
    /// The provider calls us.
    Webhook(WebhookMethod) = "WEBHOOK", "webhook";
}

impl Method {
    /// Whether a run can go and look by itself.
    #[must_use]
    pub const fn is_pull(&self) -> bool {
        !matches!(self, Self::Upload(_) | Self::Webhook(_))
    }

    /// Whether a call from the provider only says where the report is.
    #[must_use]
    pub fn fetches_after_call(&self) -> bool {
        matches!(self, Self::Webhook(webhook) if webhook.content == WebhookContent::Link)
    }

    /// Whether what is fetched says what was paid, and is no revenue.
    #[must_use]
    pub fn brings_remittances(&self) -> bool {
        matches!(self, Self::Edi(edi) if edi.standard == EdiStandard::X12820)
    }

    /// Sets of credentials of which one must be there whole, before the source is enabled.
    #[must_use]
    pub fn credentials(&self) -> Vec<Vec<CredentialName>> {
        use CredentialName as C;
        match self {
            Self::Upload(_) => Vec::new(),
            Self::Sftp(_) | Self::Edi(_) => vec![vec![C::Password], vec![C::PrivateKey]],
            Self::Rest(rest) => match rest.auth.sign_in {
                RestSignIn::None => Vec::new(),
                RestSignIn::Bearer | RestSignIn::Header => vec![vec![C::Token]],
                RestSignIn::Basic => vec![vec![C::Password]],
                RestSignIn::OauthClient => vec![vec![C::ClientSecret]],
                RestSignIn::OauthRefresh => vec![vec![C::RefreshToken]],
            },
            Self::Soap(soap) if soap.user_name.is_none() => Vec::new(),
            Self::Soap(_) | Self::Portal(_) | Self::Database(_) | Self::Mail(_) => vec![vec![C::Password]],
            Self::ObjectStore(_) => vec![vec![C::SecretKey]],
            Self::Webhook(_) => vec![vec![C::SigningSecret]],
        }
    }

    /// Whether the method has a use for a credential.
    #[must_use]
    pub fn knows(&self, name: CredentialName) -> bool {
        let extra = match self {
            Self::Sftp(_) | Self::Edi(_) => name == CredentialName::Passphrase,
            Self::Rest(rest) => rest.auth.sign_in == RestSignIn::OauthRefresh && name == CredentialName::ClientSecret,
            _ => false,
        };
        extra || self.credentials().iter().flatten().any(|known| *known == name)
    }
}

/// A finding about one setting.
fn wrong(method: &str, field: &str, message: impl Into<String>) -> Finding {
    let path = ["input", "method", method, field].map(str::to_owned).to_vec();
    Finding { code: "SOURCE_METHOD_INVALID", message: message.into(), path }
}

//! Short-lived addresses: a token that says who may do what with one file until when, and that nobody but this
//! program can make.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac as _};
use kernel::failure::Failure;
use kernel::ids::TenantId;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// What a token is for. A download token uploads nothing, and the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Purpose {
    /// Put the file there.
    Upload,
    /// Read the file.
    Download,
}

/// What a token allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Whose file.
    #[serde(rename = "t")]
    pub tenant_id: TenantId,
    /// Which file.
    #[serde(rename = "k")]
    pub key: String,
    /// To do what.
    #[serde(rename = "p")]
    pub purpose: Purpose,
    /// Until when.
    #[serde(rename = "e", with = "chrono::serde::ts_seconds")]
    pub expires_at: DateTime<Utc>,
    /// Most bytes of an upload.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
    /// The name a download is saved under.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
}

/// Makes and checks tokens: `base64url(grant) . base64url(HMAC-SHA256)`.
#[derive(Clone)]
pub(super) struct Signer {
    key: Vec<u8>,
}

impl Signer {
    pub(super) fn new(secret: &[u8]) -> Self {
        // Derived, so that the same secret can serve other ends without one token ever passing for another.
        Self { key: blake3::derive_key("tunemantra storage grants v1", secret).to_vec() }
    }

    pub(super) fn sign(&self, grant: &Grant) -> Result<String, Failure> {
        let body = serde_json::to_vec(grant).map_err(|error| Failure::internal(format!("file grant: {error}")))?;
        let tag = self.mac(&body)?.finalize().into_bytes();
        Ok(format!("{}.{}", URL_SAFE_NO_PAD.encode(body), URL_SAFE_NO_PAD.encode(tag)))
    }

    /// One answer for every way to be wrong, except that a token of ours that is too old is called expired.
    pub(super) fn verify(&self, token: &str, purpose: Purpose, now: DateTime<Utc>) -> Result<Grant, Failure> {
        let refused = || Failure::forbidden("LINK_INVALID", "This link is not valid.");
        let (body, tag) = token.split_once('.').ok_or_else(refused)?;
        let body = URL_SAFE_NO_PAD.decode(body).map_err(|_| refused())?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| refused())?;
        self.mac(&body)?.verify_slice(&tag).map_err(|_| refused())?;
        let grant: Grant = serde_json::from_slice(&body).map_err(|_| refused())?;
        if grant.purpose != purpose {
            return Err(refused());
        }
        if grant.expires_at <= now {
            return Err(Failure::forbidden("LINK_EXPIRED", "This link has expired. Ask for a new one."));
        }
        Ok(grant)
    }

    fn mac(&self, body: &[u8]) -> Result<Hmac<Sha256>, Failure> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key)
            .map_err(|error| Failure::internal(format!("file grant key: {error}")))?;
        mac.update(body);
        Ok(mac)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn grant() -> Grant {
        Grant {
            tenant_id: TenantId::new(),
            key: "uploads/a.csv".to_owned(),
            purpose: Purpose::Upload,
            expires_at: DateTime::from_timestamp(2_000_000_000, 0).unwrap(),
            max_bytes: Some(10),
            file_name: None,
        }
    }

    #[test]
    fn a_token_gives_back_its_grant() {
        let signer = Signer::new(b"secret");
        let grant = grant();
        let token = signer.sign(&grant).unwrap();
        let before = grant.expires_at - TimeDelta::seconds(1);
        assert_eq!(signer.verify(&token, Purpose::Upload, before).unwrap(), grant);
    }

    #[test]
    fn tokens_are_refused() {
        let signer = Signer::new(b"secret");
        let grant = grant();
        let token = signer.sign(&grant).unwrap();
        let before = grant.expires_at - TimeDelta::seconds(1);
        let code = |token: &str, purpose, now| signer.verify(token, purpose, now).unwrap_err().code();

        assert_eq!(code(&token, Purpose::Download, before), "LINK_INVALID");
        assert_eq!(code(&token, Purpose::Upload, grant.expires_at), "LINK_EXPIRED");
        assert_eq!(code("", Purpose::Upload, before), "LINK_INVALID");
        assert_eq!(code("a.b", Purpose::Upload, before), "LINK_INVALID");
        let forged = Signer::new(b"other").sign(&grant).unwrap();
        assert_eq!(code(&forged, Purpose::Upload, before), "LINK_INVALID");
        let (body, tag) = token.split_once('.').unwrap();
        let other = format!("{}A.{tag}", &body[..body.len() - 1]);
        assert_eq!(code(&other, Purpose::Upload, before), "LINK_INVALID");
    }
}

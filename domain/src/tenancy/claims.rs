//! Access tokens: what they say, and the one way they are signed and checked (EdDSA over Ed25519, RFC 8037).

use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{LoginId, MemberId, PartyId, TenantId, TokenId};
use kernel::permission::Role;
use serde::{Deserialize, Serialize};

/// Whom access tokens are for.
pub(super) const AUDIENCE: &str = "tunemantra-api";
/// How far the clocks of two processes may be apart.
const LEEWAY_SECONDS: i64 = 5;

/// What an access token says. All of it is required; numbers are numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claims {
    /// Who issued it: the public address of the installation.
    pub iss: String,
    /// Whom it is for.
    pub aud: String,
    /// The person.
    #[serde(with = "typed")]
    pub sub: LoginId,
    /// The tenant.
    #[serde(with = "typed")]
    pub tenant: TenantId,
    /// The membership.
    #[serde(with = "typed")]
    pub member: MemberId,
    /// The role when it was issued; what counts is the role at the time of use.
    pub role: Role,
    /// The parties of a rights holder's user when it was issued.
    #[serde(with = "typed_list")]
    pub parties: Vec<PartyId>,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// When it begins.
    pub nbf: i64,
    /// When it was issued.
    pub iat: i64,
    /// Its own id.
    #[serde(with = "typed")]
    pub jti: TokenId,
}

/// Ids in their public text form.
mod typed {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<T: Display, S: Serializer>(id: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Lists of ids in their public text form.
mod typed_list {
    use kernel::ids::PartyId;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(ids: &[PartyId], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(ids.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PartyId>, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        texts.iter().map(|text| text.parse().map_err(de::Error::custom)).collect()
    }
}

impl Claims {
    /// The claims of a new token.
    pub(super) fn new(
        issuer: &str,
        sub: LoginId,
        (tenant, member): (TenantId, MemberId),
        (role, parties): (Role, &[PartyId]),
        (now, life): (DateTime<Utc>, TimeDelta),
    ) -> Self {
        Self {
            iss: issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub,
            tenant,
            member,
            role,
            parties: parties.to_vec(),
            exp: (now + life).timestamp(),
            nbf: now.timestamp(),
            iat: now.timestamp(),
            jti: TokenId::new(),
        }
    }

    /// When it ends.
    pub(super) fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.exp, 0).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// Whether it holds at this instant.
    pub(super) fn check_time(&self, now: DateTime<Utc>) -> Outcome<()> {
        if self.exp <= now.timestamp() {
            return Err(Failure::unauthenticated("TOKEN_EXPIRED", "The access token has expired. Refresh it."));
        }
        if self.nbf > now.timestamp() + LEEWAY_SECONDS {
            return Err(invalid());
        }
        Ok(())
    }
}

pub(super) fn invalid() -> Failure {
    Failure::unauthenticated("TOKEN_INVALID", "The access token is not valid. Sign in again.")
}

/// One signing key: its id, its secret half, its public half.
pub(super) struct Key {
    /// Its id, in the header of tokens and in the published key set.
    pub kid: String,
    /// The public half, 32 bytes.
    pub public: Vec<u8>,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Key {
    /// Makes a key from 32 random bytes; also its secret half as PKCS#8 PEM, to be kept.
    pub(super) fn generate(seed: [u8; 32]) -> Outcome<(Self, String)> {
        let signing = SigningKey::from_bytes(&seed);
        let pem = signing
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|error| Failure::internal(format!("writing a signing key: {error}")))?;
        let public = signing.verifying_key().to_bytes();
        // The id is derived from the public half, so that two processes that start at once cannot give one id
        // to two keys.
        let kid = hex::encode(&blake3::hash(&public).as_bytes()[..8]);
        let key = Self::load(kid, pem.as_bytes(), public.to_vec())?;
        Ok((key, pem.to_string()))
    }

    /// Reads a kept key.
    pub(super) fn load(kid: String, pem: &[u8], public: Vec<u8>) -> Outcome<Self> {
        let encoding = EncodingKey::from_ed_pem(pem)
            .map_err(|error| Failure::internal(format!("the signing key {kid} cannot be read: {error}")))?;
        let decoding = DecodingKey::from_ed_der(&public);
        Ok(Self { kid, public, encoding, decoding })
    }

    /// Signs.
    pub(super) fn sign(&self, claims: &Claims) -> Outcome<String> {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &self.encoding)
            .map_err(|error| Failure::internal(format!("signing a token: {error}")))
    }
}

/// Checks everything about a token but its times: algorithm, key, signature, issuer, audience, types of all claims.
///
/// # Errors
/// `TOKEN_INVALID`, the same for every way to be wrong; the log knows which.
pub(super) fn verify<'a>(token: &str, keys: impl IntoIterator<Item = &'a Key>, issuer: &str) -> Outcome<Claims> {
    let header = jsonwebtoken::decode_header(token).map_err(|error| invalid().because(error))?;
    if header.alg != Algorithm::EdDSA {
        return Err(invalid().because(format!("algorithm {:?}", header.alg)));
    }
    let key = keys
        .into_iter()
        .find(|key| header.kid.as_deref() == Some(key.kid.as_str()))
        .ok_or_else(|| invalid().because("unknown key"))?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_audience(&[AUDIENCE]);
    validation.set_issuer(&[issuer]);
    validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
    // Times are checked against the request's instant, not against a clock of the library.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation)
        .map(|data| data.claims)
        .map_err(|error| invalid().because(error))
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;

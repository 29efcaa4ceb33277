//! What a key is, how it is written, and when it holds: pure.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use ipnet::IpNet;
use kernel::context::OpContext;
use kernel::failure::{Failure, Finding, Outcome};
use kernel::ids::{ApiKeyId, MemberId, TenantId, to_typeid};
use kernel::limits::{API_KEY_ADDRESSES, API_KEY_DAYS};
use kernel::permission::{Permission, PermissionSet};

use super::super::claims::invalid;
use super::super::model::checked_name;

/// What every key begins with: it tells a key from an access token, and lets scanners find keys in the wrong places.
pub(in super::super) const PREFIX: &str = "tmk_";
/// Characters of an id without its prefix.
const ID_CHARS: usize = 26;
/// Characters of the secret: 32 bytes in hexadecimal.
const SECRET_CHARS: usize = 64;

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// What it may do, as far as its maker may.
    pub permissions: PermissionSet,
    /// The networks it may be used from; empty: from anywhere.
    pub allowed_addresses: Vec<IpNet>,
    /// Who made it, and in whose name it acts.
    pub created_by: MemberId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From where.
    pub last_used_from: Option<String>,
    /// Raised when it is revoked.
    pub version: i32,
}

impl ApiKey {
    /// Whether it holds now, for a caller at this address.
    ///
    /// # Errors
    /// `API_KEY_REVOKED`, `API_KEY_EXPIRED`, `ADDRESS_NOT_ALLOWED`.
    pub(in super::super) fn check(&self, now: DateTime<Utc>, from: Option<IpAddr>) -> Outcome<()> {
        if self.revoked_at.is_some() {
            return Err(Failure::unauthenticated("API_KEY_REVOKED", "This API key was revoked."));
        }
        if self.expires_at <= now {
            return Err(Failure::unauthenticated("API_KEY_EXPIRED", "This API key has ended: make a new one."));
        }
        // An IPv4 caller of an IPv6 socket is an IPv4 caller.
        let from = from.map(|address| address.to_canonical());
        let allowed = self.allowed_addresses.is_empty()
            || from.is_some_and(|from| self.allowed_addresses.iter().any(|network| network.contains(&from)));
        if allowed {
            Ok(())
        } else {
            Err(Failure::unauthenticated("ADDRESS_NOT_ALLOWED", "This API key may not be used from your address."))
        }
    }
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<String>,
    /// Addresses (`192.0.2.7`) and networks (`2001:db8::/32`) it may be used from; empty: from anywhere.
    pub allowed_addresses: Vec<String>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A key to be made that passed the rules.
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) permissions: PermissionSet,
    pub(super) allowed_addresses: Vec<IpNet>,
    pub(super) expires_at: DateTime<Utc>,
}

/// Checks a key to be made; everything that is wrong is told at once.
pub(super) fn check(ctx: &OpContext, new: NewApiKey) -> Outcome<Checked> {
    let mut found = Vec::new();
    let mut refuse = |code, message: String, path: &[&str]| {
        let path = std::iter::once("input").chain(path.iter().copied()).map(str::to_owned).collect();
        found.push(Finding { code, message, path });
    };
    let mut permissions = Vec::new();
    for (index, name) in new.permissions.iter().enumerate() {
        let place = ["permissions", &index.to_string()];
        match Permission::from_name(name) {
            None => refuse("PERMISSION_UNKNOWN", format!("There is no permission `{name}`."), &place),
            Some(one) if one.is_personal() => {
                refuse("PERMISSION_PERSONAL", format!("{name} needs a person: a key cannot have it."), &place);
            }
            Some(one) if !ctx.permissions.has(one) => {
                refuse("PERMISSION_NOT_HELD", format!("You do not have {name} yourself."), &place);
            }
            Some(one) => permissions.push(one),
        }
    }
    if new.permissions.is_empty() {
        refuse("PERMISSIONS_MISSING", "Give the key at least one permission.".to_owned(), &["permissions"]);
    }
    let mut allowed_addresses = Vec::new();
    for (index, text) in new.allowed_addresses.iter().enumerate() {
        match network(text) {
            Some(network) => allowed_addresses.push(network),
            None => refuse(
                "ADDRESS_INVALID",
                format!("`{text}` is neither an address (192.0.2.7) nor a network (2001:db8::/32)."),
                &["allowedAddresses", &index.to_string()],
            ),
        }
    }
    if allowed_addresses.len() > API_KEY_ADDRESSES {
        let message = format!("Give at most {API_KEY_ADDRESSES} addresses and networks.");
        refuse("ADDRESS_INVALID", message, &["allowedAddresses"]);
    }
    let longest = ctx.now + TimeDelta::days(API_KEY_DAYS);
    if new.expires_at <= ctx.now || new.expires_at > longest {
        let message = format!("A key ends in the future, within {API_KEY_DAYS} days.");
        refuse("EXPIRY_INVALID", message, &["expiresAt"]);
    }
    let name = checked_name(&new.name, "name")?;
    if !found.is_empty() {
        return Err(Failure::findings(found));
    }
    let permissions = PermissionSet::of(&permissions);
    Ok(Checked { name, permissions, allowed_addresses, expires_at: new.expires_at })
}

/// An address or a network, its host bits cleared.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let network: Option<IpNet> = text.parse().ok();
    network.map(|network| network.trunc()).or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// A key as a caller shows it: `tmk_<tenant><id>_<secret>`. The tenant is in it, so that the key is found by its
/// primary key.
#[derive(PartialEq, Eq)]
pub(in super::super) struct Presented<'a> {
    pub(in super::super) tenant: TenantId,
    pub(in super::super) id: ApiKeyId,
    secret: &'a str,
}

impl<'a> Presented<'a> {
    /// Reads it.
    ///
    /// # Errors
    /// `TOKEN_INVALID`.
    pub(in super::super) fn read(token: &'a str) -> Outcome<Self> {
        let rest = token.strip_prefix(PREFIX).ok_or_else(invalid)?;
        let (ids, secret) = rest.split_once('_').ok_or_else(invalid)?;
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if ids.len() != 2 * ID_CHARS || secret.len() != SECRET_CHARS || !plain(ids) || !plain(secret) {
            return Err(invalid());
        }
        let (tenant, id) = ids.split_at(ID_CHARS);
        let read = |prefix, text| format!("{prefix}_{text}");
        Ok(Self {
            tenant: read(TenantId::PREFIX, tenant).parse().map_err(|_| invalid())?,
            id: read(ApiKeyId::PREFIX, id).parse().map_err(|_| invalid())?,
            secret,
        })
    }

    /// Whether its secret is the one with this hash, compared in constant time.
    pub(in super::super) fn has_hash(&self, hash: &[u8]) -> bool {
        <[u8; 32]>::try_from(hash).is_ok_and(|hash| blake3::hash(self.secret.as_bytes()) == blake3::Hash::from(hash))
    }
}

/// Writes a key down for its owner, once.
pub(super) fn token(tenant: TenantId, id: ApiKeyId, secret: &str) -> String {
    let bare = |prefix: &str, uuid| to_typeid(prefix, uuid).rsplit('_').next().unwrap_or_default().to_owned();
    format!("{PREFIX}{}{}_{secret}", bare(TenantId::PREFIX, tenant.uuid()), bare(ApiKeyId::PREFIX, id.uuid()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key(addresses: &[&str]) -> ApiKey {
        ApiKey {
            id: ApiKeyId::new(),
            name: "nightly".to_owned(),
            permissions: PermissionSet::of(&[Permission::ReportManage]),
            allowed_addresses: addresses.iter().map(|text| network(text).unwrap()).collect(),
            created_by: MemberId::new(),
            created_at: DateTime::from_timestamp(0, 0).unwrap(),
            expires_at: DateTime::from_timestamp(100, 0).unwrap(),
            revoked_at: None,
            last_used_at: None,
            last_used_from: None,
            version: 1,
        }
    }

    #[test]
    fn a_key_is_read_as_it_was_written_and_nothing_else_is() {
        let (tenant, id) = (TenantId::new(), ApiKeyId::new());
        let secret = "ab".repeat(32);
        let written = token(tenant, id, &secret);
        let read = Presented::read(&written).unwrap();
        assert!(read.tenant == tenant && read.id == id);
        assert!(read.has_hash(blake3::hash(secret.as_bytes()).as_bytes()));
        assert!(!read.has_hash(blake3::hash(b"other").as_bytes()));
        assert!(!read.has_hash(b"short"));
        let longer = format!("{written}0");
        let odd = written.replacen("tmk_", "tmk_é", 1);
        for wrong in ["", "tmk_", "tmk_a_b", &written[1..], &written[..written.len() - 1], &longer, &odd] {
            assert_eq!(Presented::read(wrong).err().unwrap().code(), "TOKEN_INVALID", "{wrong}");
        }
    }

    #[test]
    fn a_key_holds_until_it_ends_and_from_its_addresses() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let from = |text: &str| Some(text.parse().unwrap());
        let code = |key: &ApiKey, now, from| key.check(now, from).err().map(|failure| failure.code().to_owned());
        assert_eq!(code(&key(&[]), at(99), None), None);
        assert_eq!(code(&key(&[]), at(100), None).as_deref(), Some("API_KEY_EXPIRED"));
        let revoked = ApiKey { revoked_at: Some(at(1)), ..key(&[]) };
        assert_eq!(code(&revoked, at(2), None).as_deref(), Some("API_KEY_REVOKED"));
        let bound = key(&["192.0.2.0/24", "2001:db8::7"]);
        assert_eq!(code(&bound, at(1), from("192.0.2.200")), None);
        assert_eq!(code(&bound, at(1), from("::ffff:192.0.2.200")), None);
        assert_eq!(code(&bound, at(1), from("2001:db8::7")), None);
        for other in [from("192.0.3.1"), from("2001:db8::8"), None] {
            assert_eq!(code(&bound, at(1), other).as_deref(), Some("ADDRESS_NOT_ALLOWED"));
        }
        assert_eq!(network("192.0.2.9/24").unwrap().to_string(), "192.0.2.0/24");
        assert!(network("example.org").is_none());
    }
}

//! The vocabulary of tenancy and its rules; no input or output here.

use chrono::{DateTime, Utc};
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{LoginId, MemberId, OrganisationId, PartyId, TenantId};
use kernel::limits::{NAME_CHARS, PASSWORD_CHARS};
use kernel::permission::Role;

/// Declares a closed list with its names in data.
macro_rules! names {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// The name in data.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The member with this name in data.
            ///
            /// # Errors
            /// `INTERNAL`: the database holds a name that the program does not know.
            pub fn from_name(text: &str) -> Outcome<Self> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(Failure::internal(format!("unknown {}: {text}", stringify!($name)))),
                }
            }
        }
    };
}

names! {
    /// What kind of business a tenant is.
    TenantKind {
        /// A record label with its sub-labels.
        Label = "LABEL",
        /// A distributor of others' recordings.
        Distributor = "DISTRIBUTOR",
        /// A music publisher.
        Publisher = "PUBLISHER",
    }
}

names! {
    /// What an organisation inside a tenant is.
    OrganisationKind {
        /// A record label.
        Label = "LABEL",
        /// A label owned by another label.
        SubLabel = "SUB_LABEL",
        /// A brand of a label.
        Imprint = "IMPRINT",
        /// A music publisher.
        Publisher = "PUBLISHER",
        /// A distributor.
        Distributor = "DISTRIBUTOR",
    }
}

names! {
    /// Whether a membership holds.
    MemberStatus {
        /// May sign in.
        Active = "ACTIVE",
        /// May not sign in any more; kept, because the audit trail names it.
        Removed = "REMOVED",
    }
}

impl TenantKind {
    /// The kind of the root organisation of a new tenant.
    #[must_use]
    pub const fn root(self) -> OrganisationKind {
        match self {
            Self::Label => OrganisationKind::Label,
            Self::Distributor => OrganisationKind::Distributor,
            Self::Publisher => OrganisationKind::Publisher,
        }
    }
}

/// One customer of the installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its short name in addresses and at sign-in.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its kind of business.
    pub kind: TenantKind,
    /// The currency of its books.
    pub base_currency: Currency,
    /// Whether its members may sign in.
    pub is_active: bool,
}

/// A tenant to be created, with its first owner.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Small letters, digits and hyphens; 2 to 63 characters.
    pub slug: String,
    /// The name; also that of its root organisation.
    pub name: String,
    /// The kind of business.
    pub kind: TenantKind,
    /// The currency of its books.
    pub base_currency: Currency,
    /// The first owner's e-mail address.
    pub owner_email: String,
    /// The first owner's name.
    pub owner_name: String,
    /// The first owner's password; ignored when that e-mail address can sign in already.
    pub owner_password: String,
}

/// A label, sub-label, imprint, publisher or distributor inside a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// What it belongs to; none for a root.
    pub parent_id: Option<OrganisationId>,
    /// What it is.
    pub kind: OrganisationKind,
    /// Its name, unique in the tenant.
    pub name: String,
    /// Raised by every change.
    pub version: i32,
    /// When it was entered.
    pub created_at: DateTime<Utc>,
}

/// An organisation to be created.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    /// What it belongs to; none for a root.
    pub parent_id: Option<OrganisationId>,
    /// What it is.
    pub kind: OrganisationKind,
    /// Its name, unique in the tenant.
    pub name: String,
}

/// A change of an organisation; what is none stays.
#[derive(Debug, Clone)]
pub struct OrganisationChange {
    /// Which one.
    pub id: OrganisationId,
    /// The version it was read at.
    pub expected_version: i32,
    /// A new name.
    pub name: Option<String>,
    /// A new parent, or `Some(None)` to make it a root.
    pub parent_id: Option<Option<OrganisationId>>,
}

/// Which organisations to list.
#[derive(Debug, Clone, Default)]
pub struct OrganisationFilter {
    /// Only those directly below this one.
    pub parent_id: Option<OrganisationId>,
    /// Only of this kind.
    pub kind: Option<OrganisationKind>,
}

/// A person's membership of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The membership.
    pub id: MemberId,
    /// The person.
    pub login_id: LoginId,
    /// The address the person signs in with.
    pub email: String,
    /// The person's name.
    pub display_name: String,
    /// The role in this tenant.
    pub role: Role,
    /// Whether the membership holds.
    pub status: MemberStatus,
    /// The parties a rights holder's user is; empty for everybody else.
    pub parties: Vec<PartyId>,
    /// Raised by every change.
    pub version: i32,
    /// When the person joined.
    pub created_at: DateTime<Utc>,
}

/// A member to be created.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// The address the person signs in with.
    pub email: String,
    /// The person's name.
    pub display_name: String,
    /// The role.
    pub role: Role,
    /// The first password; ignored when that e-mail address can sign in already (as a member of another tenant).
    pub password: String,
    /// The parties a rights holder's user is.
    pub parties: Vec<PartyId>,
}

/// A change of a member; what is none stays.
#[derive(Debug, Clone)]
pub struct MemberChange {
    /// Which one.
    pub id: MemberId,
    /// The version it was read at.
    pub expected_version: i32,
    /// A new role.
    pub role: Option<Role>,
    /// A new name.
    pub display_name: Option<String>,
    /// New parties.
    pub parties: Option<Vec<PartyId>>,
}

/// Which members to list.
#[derive(Debug, Clone, Default)]
pub struct MemberFilter {
    /// Only with this role.
    pub role: Option<Role>,
    /// Also those who have been removed.
    pub include_removed: bool,
}

/// An attempt to sign in.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// The slug of the tenant; needed by who is a member of several.
    pub tenant: Option<String>,
}

/// What somebody who signed in gets.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// For the `Authorization: Bearer` header; good for minutes.
    pub access_token: String,
    /// Good once, for the next pair of tokens.
    pub refresh_token: String,
    /// When the access token ends.
    pub expires_at: DateTime<Utc>,
    /// Who signed in.
    pub member: Member,
    /// Where.
    pub tenant: Tenant,
}

fn invalid(code: &'static str, message: impl Into<String>, field: &str) -> Failure {
    Failure::refused(code, message).at(["input", field])
}

/// Trims a name and checks its length.
pub(super) fn checked_name(text: &str, field: &str) -> Outcome<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
        return Err(invalid("NAME_INVALID", format!("A name has 1 to {NAME_CHARS} printable characters."), field));
    }
    Ok(name.to_owned())
}

/// Normalises an e-mail address: one `@`, something on both sides, no blanks, small letters.
pub(super) fn checked_email(text: &str, field: &str) -> Outcome<String> {
    let email = text.trim().to_lowercase();
    if is_email(&email) {
        Ok(email)
    } else {
        Err(invalid("EMAIL_INVALID", format!("`{text}` is not an e-mail address."), field))
    }
}

/// Whether a text has the shape of an e-mail address. Only a message sent to it would prove more.
#[must_use]
pub(crate) fn is_email(text: &str) -> bool {
    let shape = |(local, host): (&str, &str)| {
        !local.is_empty() && !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.')
    };
    text.len() <= 254
        && text.split_once('@').is_some_and(shape)
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'))
}

/// Checks the length of a new password, in characters; nothing else about it is anybody's business.
pub(super) fn check_password(password: &str, field: &str) -> Outcome<()> {
    let length = password.chars().count();
    if !(PASSWORD_CHARS..=NAME_CHARS).contains(&length) {
        let message = format!("A password has {PASSWORD_CHARS} to {NAME_CHARS} characters.");
        return Err(invalid("PASSWORD_INVALID", message, field));
    }
    Ok(())
}

/// Checks a tenant's slug.
pub(super) fn check_slug(slug: &str) -> Outcome<()> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let good = (2..=63).contains(&slug.len())
        && slug.bytes().all(|byte| plain(byte) || byte == b'-')
        && slug.bytes().next().is_some_and(plain);
    if good {
        return Ok(());
    }
    Err(invalid(
        "SLUG_INVALID",
        "A slug has 2 to 63 small letters, digits and hyphens, and begins with no hyphen.",
        "slug",
    ))
}

/// A rights holder's user is at least one party; nobody else is any.
pub(super) fn check_parties(role: Role, parties: &[PartyId]) -> Outcome<()> {
    match (role, parties.is_empty()) {
        (Role::RightsHolder, true) => {
            Err(invalid("PARTIES_REQUIRED", "A rights holder's user needs at least one party.", "partyIds"))
        }
        (Role::RightsHolder, false) | (_, true) => Ok(()),
        (_, false) => {
            Err(invalid("PARTIES_NOT_ALLOWED", "Only a rights holder's user has parties of their own.", "partyIds"))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_normalised_or_refused() {
        assert_eq!(checked_email(" Ada@Example.ORG ", "email").unwrap(), "ada@example.org");
        for bad in ["", "ada", "@x", "ada@", "a b@x", "a@b@c", "a@.x", "a@x.", "a<b@x"] {
            assert_eq!(checked_email(bad, "email").unwrap_err().code(), "EMAIL_INVALID", "{bad}");
        }
    }

    #[test]
    fn slugs_are_plain() {
        for good in ["aurora", "a1", "north-sea"] {
            check_slug(good).unwrap();
        }
        for bad in ["", "a", "-a", "A1", "a_b", "ä1"] {
            assert!(check_slug(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_rights_holders_have_parties() {
        let party = [PartyId::new()];
        assert!(check_parties(Role::RightsHolder, &party).is_ok());
        assert_eq!(check_parties(Role::RightsHolder, &[]).unwrap_err().code(), "PARTIES_REQUIRED");
        assert_eq!(check_parties(Role::Owner, &party).unwrap_err().code(), "PARTIES_NOT_ALLOWED");
    }

    #[test]
    fn passwords_are_long_enough() {
        assert!(check_password("short", "password").is_err());
        assert!(check_password("correct horse battery", "password").is_ok());
    }
}

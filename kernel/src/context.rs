//! Who asks, for which tenant, with which permissions: the first parameter of every use case.

use chrono::{DateTime, Utc};

use crate::failure::Failure;
use crate::ids::{ApiKeyId, LoginId, MemberId, PartyId, TenantId};
use crate::permission::{Permission, PermissionSet, Role};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in member.
    Member {
        /// The person.
        login_id: LoginId,
        /// The membership.
        member_id: MemberId,
        /// The role in this tenant.
        role: Role,
    },
    /// A program, with an API key.
    ApiKey {
        /// The key.
        key_id: ApiKeyId,
        /// The member who made it, and in whose name it acts: what the key makes, that member cannot approve.
        member_id: MemberId,
    },
    /// Background work that was caused by a member, or by the calendar.
    Job {
        /// The job type.
        name: String,
        /// The member whose request caused it.
        on_behalf_of: Option<MemberId>,
    },
    /// The operator of the installation, from the command line.
    Operator,
}

impl Actor {
    /// The member who acts, or on whose behalf a job acts.
    #[must_use]
    pub const fn member_id(&self) -> Option<MemberId> {
        match self {
            Self::Member { member_id, .. } | Self::ApiKey { member_id, .. } => Some(*member_id),
            Self::Job { on_behalf_of, .. } => *on_behalf_of,
            Self::Operator => None,
        }
    }

    /// How the actor is named in the audit trail and in database sessions.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::Member { member_id, .. } => member_id.to_string(),
            Self::ApiKey { key_id, .. } => key_id.to_string(),
            Self::Job { name, on_behalf_of: Some(member) } => format!("job:{name}:{member}"),
            Self::Job { name, on_behalf_of: None } => format!("job:{name}"),
            Self::Operator => "operator".to_owned(),
        }
    }
}

/// The context of one use case. Built by API authentication, the job runner and the test harness only.
#[derive(Debug, Clone)]
pub struct OpContext {
    /// The tenant whose data is touched.
    pub tenant_id: TenantId,
    /// Who acts.
    pub actor: Actor,
    /// What the actor may do.
    pub permissions: PermissionSet,
    /// When set, only data of these parties is visible (a rights holder's own).
    pub party_scope: Option<Vec<PartyId>>,
    /// The request id, for log, audit and errors.
    pub request_id: String,
    /// The instant of the request: the only clock a use case knows.
    pub now: DateTime<Utc>,
}

impl OpContext {
    /// Refuses unless the actor has the permission.
    ///
    /// # Errors
    /// `FORBIDDEN`, naming the permission.
    pub fn require(&self, permission: Permission) -> Result<(), Failure> {
        if self.permissions.has(permission) {
            Ok(())
        } else {
            Err(Failure::forbidden(
                "FORBIDDEN",
                format!("This needs the permission {}, which your role does not have.", permission.as_str()),
            ))
        }
    }

    /// Whether the actor may see data of this party.
    #[must_use]
    pub fn sees_party(&self, party: PartyId) -> bool {
        self.party_scope.as_ref().is_none_or(|scope| scope.contains(&party))
    }

    /// The acting member.
    ///
    /// # Errors
    /// `FORBIDDEN` when no member stands behind the actor: making and approving need a name.
    pub fn member(&self) -> Result<MemberId, Failure> {
        self.actor
            .member_id()
            .ok_or_else(|| Failure::forbidden("FORBIDDEN", "This needs a signed-in member of the tenant."))
    }
}

//! Types of tenancy.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, ID, Object, Result, SimpleObject};
use domain::tenancy;
use kernel::ids::OrganisationId;
use kernel::permission;

use super::query::OrganisationBatch;
use crate::frame::loader;
use crate::frame::scalars::{CurrencyCode, DateTime};
use crate::parties::{Party, PartyBatch};

/// What a member is in a tenant; the role decides what the member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "permission::Role")]
pub enum Role {
    /// Runs the tenant: members, configuration, everything to see.
    Owner,
    /// Catalogue, contracts, reports, runs, statements.
    RoyaltyManager,
    /// Approves runs, statements and payments made by others.
    FinanceApprover,
    /// Makes and executes payment batches.
    PaymentsOperator,
    /// Sees everything, changes nothing.
    Auditor,
    /// Sees only the royalties, statements and payments of their own parties.
    RightsHolder,
}

/// What kind of business a tenant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "tenancy::TenantKind")]
pub enum TenantKind {
    /// A record label with its sub-labels.
    Label,
    /// A distributor of others' recordings.
    Distributor,
    /// A music publisher.
    Publisher,
}

/// What an organisation inside a tenant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "tenancy::OrganisationKind")]
pub enum OrganisationKind {
    /// A record label.
    Label,
    /// A label owned by another label.
    SubLabel,
    /// A brand of a label.
    Imprint,
    /// A music publisher.
    Publisher,
    /// A distributor.
    Distributor,
}

/// Whether a membership holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "tenancy::MemberStatus")]
pub enum MemberStatus {
    /// May sign in.
    Active,
    /// May not sign in any more; kept, because the audit trail names it.
    Removed,
}

/// One customer of the installation, whose data nobody else sees.
#[derive(Debug, Clone, SimpleObject)]
pub struct Tenant {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The name.
    name: String,
    /// The short name, used at sign-in.
    slug: String,
    /// The kind of business.
    kind: TenantKind,
    /// The currency of the books.
    base_currency: CurrencyCode,
}

impl From<tenancy::Tenant> for Tenant {
    fn from(row: tenancy::Tenant) -> Self {
        Self {
            id: ID(row.id.to_string()),
            name: row.name,
            slug: row.slug,
            kind: row.kind.into(),
            base_currency: row.base_currency.into(),
        }
    }
}

/// A person's membership of the tenant.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Member {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The person's name.
    display_name: String,
    /// The address the person signs in with.
    email: String,
    /// The role.
    role: Role,
    /// Whether the membership holds.
    status: MemberStatus,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    /// When the person joined.
    created_at: DateTime,
    #[graphql(skip)]
    row: Arc<tenancy::Member>,
}

#[ComplexObject]
impl Member {
    /// What the role may do: `CONTRACT_READ`, `RUN_APPROVE` …
    async fn permissions(&self) -> Vec<&'static str> {
        self.row.role.permissions().iter().map(permission::Permission::as_str).collect()
    }

    /// The parties a rights holder's user is; empty for everybody else.
    async fn parties(&self, gql: &Context<'_>) -> Result<Vec<Party>> {
        let found = self.row.parties.iter().map(|id| loader::load::<PartyBatch>(gql, *id));
        let found = futures::future::try_join_all(found).await?;
        Ok(found.into_iter().flatten().map(Party::from).collect())
    }
}

impl From<tenancy::Member> for Member {
    fn from(row: tenancy::Member) -> Self {
        Self {
            id: ID(row.id.to_string()),
            display_name: row.display_name.clone(),
            email: row.email.clone(),
            role: row.role.into(),
            status: row.status.into(),
            version: row.version,
            created_at: row.created_at.into(),
            row: Arc::new(row),
        }
    }
}

/// Who asks, and inside of which tenant.
pub struct Viewer(pub(super) Arc<tenancy::Viewer>);

/// Who asks, and inside of which tenant.
#[Object]
impl Viewer {
    /// The membership of who asks.
    async fn member(&self) -> Member {
        self.0.member.clone().into()
    }

    /// The tenant that everything asked for is inside of.
    async fn tenant(&self) -> Tenant {
        self.0.tenant.clone().into()
    }
}

/// A label, sub-label, imprint, publisher or distributor inside the tenant.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Organisation {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The name, unique in the tenant.
    name: String,
    /// What it is.
    kind: OrganisationKind,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    /// When it was entered.
    created_at: DateTime,
    #[graphql(skip)]
    parent_id: Option<OrganisationId>,
}

#[ComplexObject]
impl Organisation {
    /// What it belongs to; null for a root.
    async fn parent(&self, gql: &Context<'_>) -> Result<Option<Organisation>> {
        let Some(id) = self.parent_id else { return Ok(None) };
        Ok(loader::load::<OrganisationBatch>(gql, id).await?.map(Into::into))
    }
}

/// An organisation that something belongs to, loaded with the others of the answer; null without one, and for who may
/// not see organisations.
///
/// # Errors
/// Top-level errors of the batch use case.
pub async fn organisation(gql: &Context<'_>, id: Option<OrganisationId>) -> Result<Option<Organisation>> {
    let Some(id) = id else { return Ok(None) };
    Ok(loader::load_visible::<OrganisationBatch>(gql, id).await?.map(Into::into))
}

impl From<tenancy::Organisation> for Organisation {
    fn from(row: tenancy::Organisation) -> Self {
        Self {
            id: ID(row.id.to_string()),
            name: row.name,
            kind: row.kind.into(),
            version: row.version,
            created_at: row.created_at.into(),
            parent_id: row.parent_id,
        }
    }
}

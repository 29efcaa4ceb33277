//! Tenants, organisations, members and how they sign in.
//!
//! A tenant is one customer of the installation. Inside it stand organisations (label, sub-labels, imprints), and
//! members: people with one role each. A person signs in with an e-mail address and a password, holds a short-lived
//! access token that every process can check by itself, and a refresh token that is good once.

mod access;
mod api_keys;
mod claims;
mod keys;
mod members;
mod model;
mod organisations;
mod password;
mod sign_in;
mod snapshot;
mod tenants;
mod trail;

pub use access::{Access, Authenticated};
pub use api_keys::{ApiKey, NewApiKey, NewKey, api_key_create, api_key_revoke, api_keys};
pub use keys::{Rotated, Rotation, rotate_keys};
pub use members::{member, member_create, member_remove, member_update, members, members_by_id};
pub(crate) use model::is_email;
pub use model::{
    Member, MemberChange, MemberFilter, MemberStatus, NewMember, NewOrganisation, NewTenant, Organisation,
    OrganisationChange, OrganisationFilter, OrganisationKind, SignIn, SignedIn, Tenant, TenantKind,
};
pub use organisations::{
    ancestors, organisation, organisation_create, organisation_update, organisations, organisations_by_id,
};
pub use sign_in::{sign_in, sign_out, token_refresh};
pub use snapshot::Viewer;
pub use tenants::{create_tenant, tenant_by_slug, tenants};
pub use trail::{AuditEntry, AuditFilter, audit_entries};

//! Tenants, organisations, members, sign-in and the audit trail in the schema.

mod api_keys;
mod input;
mod mutation;
mod query;
mod sign_in;
mod trail;
mod types;

pub use api_keys::{ApiKeyMutation, ApiKeyQuery};
pub use mutation::{TenancyErrorCode, TenancyMutation, TenancyUserError};
pub use query::{OrganisationBatch, TenancyQuery};
pub use types::{Member, Organisation, Tenant, Viewer, organisation};

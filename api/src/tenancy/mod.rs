//! Tenants, organisations, members, sign-in and the audit trail in the schema.

mod input;
mod mutation;
mod query;
mod sign_in;
mod trail;
mod types;

pub use mutation::{TenancyErrorCode, TenancyMutation, TenancyUserError};
pub use query::{OrganisationBatch, TenancyQuery};
pub use types::{Member, Organisation, Tenant, Viewer};

//! Answers to signing in.

use async_graphql::{Result, SimpleObject};
use domain::tenancy;
use kernel::failure::Outcome;

use super::mutation::TenancyUserError;
use super::types::{Member, Tenant};
use crate::frame::scalars::DateTime;

/// What `signIn` and `tokenRefresh` answer.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// For the header `Authorization: Bearer …`; good for minutes. Null when it was refused.
    access_token: Option<String>,
    /// Good once, for the next pair of tokens. Keep it secret. Null when it was refused.
    refresh_token: Option<String>,
    /// When the access token ends.
    expires_at: Option<DateTime>,
    /// Who signed in.
    member: Option<Member>,
    /// The tenant that everything is inside of from now on.
    tenant: Option<Tenant>,
    /// What was refused; empty when it was done.
    user_errors: Vec<TenancyUserError>,
}

impl SignInPayload {
    /// The payload of an outcome.
    pub(super) fn of(outcome: Outcome<tenancy::SignedIn>) -> Result<Self> {
        let (signed_in, user_errors) = TenancyUserError::split(outcome)?;
        Ok(match signed_in {
            Some(signed_in) => Self {
                access_token: Some(signed_in.access_token),
                refresh_token: Some(signed_in.refresh_token),
                expires_at: Some(signed_in.expires_at.into()),
                member: Some(signed_in.member.into()),
                tenant: Some(signed_in.tenant.into()),
                user_errors,
            },
            None => Self {
                access_token: None,
                refresh_token: None,
                expires_at: None,
                member: None,
                tenant: None,
                user_errors,
            },
        })
    }
}

/// What `signOut` answers.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// Whether the session has ended: true also when there was none.
    pub(super) is_signed_out: bool,
    /// What was refused; empty when it was done.
    pub(super) user_errors: Vec<TenancyUserError>,
}

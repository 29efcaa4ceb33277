//! Changing tenancy, and signing in.

use async_graphql::{Context, MaybeUndefined, Object, Result};
use domain::tenancy;
use kernel::ids::OrganisationId;

use super::input::{
    MemberCreateInput, MemberRemoveInput, MemberUpdateInput, OrganisationCreateInput, OrganisationUpdateInput,
    SignInInput, SignOutInput, TokenRefreshInput,
};
use super::sign_in::{SignInPayload, SignOutPayload};
use super::types::{Member, Organisation};
use crate::frame;
use crate::frame::errors::top_level;
use crate::frame::ids;
use crate::frame::run::apart;
use crate::frame::session::{access, authenticated, services};
use crate::{payload, user_errors};

user_errors! {
    TenancyUserError, TenancyErrorCode, "tenancy",
    SIGN_IN_FAILED => "E-mail address or password is wrong, or sign-in pauses after too many wrong attempts.",
    NOT_A_MEMBER => "The person is not a member of that tenant.",
    TENANT_REQUIRED => "The person is a member of several tenants: name one.",
    REFRESH_TOKEN_INVALID => "The refresh token is unknown, used, ended or revoked: sign in again.",
    NAME_INVALID => "The name is empty, too long, or not printable.",
    NAME_TAKEN => "There is an organisation of this name already.",
    ORGANISATION_CYCLE => "An organisation cannot belong to itself or to one below it.",
    ORGANISATION_TOO_DEEP => "The tree of organisations is too deep.",
    EMAIL_INVALID => "This is not an e-mail address.",
    EMAIL_TAKEN => "This person is or was a member here already.",
    PASSWORD_INVALID => "The password is too short or too long.",
    PARTIES_REQUIRED => "A rights holder's user needs at least one party.",
    PARTIES_NOT_ALLOWED => "Only a rights holder's user has parties of their own.",
    PARTY_UNKNOWN => "There is no such party.",
    LAST_OWNER => "A tenant needs an owner: make somebody else owner first.",
}

payload! {
    /// What `organisationCreate` answers.
    OrganisationCreatePayload(TenancyUserError) {
        /// The new organisation; null when it was refused.
        organisation: Organisation,
    }
}

payload! {
    /// What `organisationUpdate` answers.
    OrganisationUpdatePayload(TenancyUserError) {
        /// The changed organisation; null when it was refused.
        organisation: Organisation,
    }
}

payload! {
    /// What `memberCreate` answers.
    MemberCreatePayload(TenancyUserError) {
        /// The new member; null when it was refused.
        member: Member,
    }
}

payload! {
    /// What `memberUpdate` answers.
    MemberUpdatePayload(TenancyUserError) {
        /// The changed member; null when it was refused.
        member: Member,
    }
}

payload! {
    /// What `memberRemove` answers.
    MemberRemovePayload(TenancyUserError) {
        /// The removed member; null when it was refused.
        member: Member,
    }
}

/// Changing tenancy, and signing in.
#[derive(Default)]
pub struct TenancyMutation;

#[Object]
impl TenancyMutation {
    /// Signs in with e-mail address and password. Needs no token.
    async fn sign_in(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Who signs in.")] input: SignInInput,
    ) -> Result<SignInPayload> {
        let (core, access) = (services(gql).map_err(top_level)?.clone(), access(gql).map_err(top_level)?.clone());
        let attempt = tenancy::SignIn { email: input.email, password: input.password, tenant: input.tenant };
        let now = (core.clock)();
        SignInPayload::of(apart(async move { tenancy::sign_in(&core, &access, attempt, now).await }).await)
    }

    /// Exchanges a refresh token for the next pair of tokens. Needs no access token. A refresh token is good once;
    /// used twice, its whole session ends.
    async fn token_refresh(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which session.")] input: TokenRefreshInput,
    ) -> Result<SignInPayload> {
        let (core, access) = (services(gql).map_err(top_level)?.clone(), access(gql).map_err(top_level)?.clone());
        let now = (core.clock)();
        let outcome =
            apart(async move { tenancy::token_refresh(&core, &access, &input.refresh_token, now).await }).await;
        SignInPayload::of(outcome)
    }

    /// Ends a session: its refresh tokens are worthless at once, its access token ends within minutes.
    async fn sign_out(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which session.")] input: SignOutInput,
    ) -> Result<SignOutPayload> {
        let core = services(gql).map_err(top_level)?.clone();
        let now = (core.clock)();
        let outcome = apart(async move { tenancy::sign_out(&core, &input.refresh_token, now).await }).await;
        let (done, user_errors) = TenancyUserError::split(outcome)?;
        Ok(SignOutPayload { is_signed_out: done.is_some(), user_errors })
    }

    /// Creates an organisation. Requires: TENANT_MANAGE.
    async fn organisation_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The organisation.")] input: OrganisationCreateInput,
    ) -> Result<OrganisationCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let new = tenancy::NewOrganisation {
                parent_id: ids::parse_opt(input.parent_id.as_ref(), ["input", "parentId"])?,
                kind: input.kind.into(),
                name: input.name,
            };
            tenancy::organisation_create(&ctx, &core, new).await
        })
        .await;
        OrganisationCreatePayload::of(outcome)
    }

    /// Renames or moves an organisation. Requires: TENANT_MANAGE.
    async fn organisation_update(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The change.")] input: OrganisationUpdateInput,
    ) -> Result<OrganisationUpdatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let parent_id = match &input.parent_id {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(id) => Some(Some(ids::parse::<OrganisationId>(id, ["input", "parentId"])?)),
            };
            let change = tenancy::OrganisationChange {
                id: ids::parse(&input.id, ["input", "id"])?,
                expected_version: input.expected_version,
                name: input.name,
                parent_id,
            };
            tenancy::organisation_update(&ctx, &core, change).await
        })
        .await;
        OrganisationUpdatePayload::of(outcome)
    }

    /// Adds a member. Requires: TENANT_MANAGE.
    async fn member_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The member.")] input: MemberCreateInput,
    ) -> Result<MemberCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let new = tenancy::NewMember {
                parties: ids::parse_all(&input.party_ids, &["input", "partyIds"])?,
                email: input.email,
                display_name: input.display_name,
                role: input.role.into(),
                password: input.password,
            };
            tenancy::member_create(&ctx, &core, new).await
        })
        .await;
        MemberCreatePayload::of(outcome)
    }

    /// Changes role, name or parties of a member. Requires: TENANT_MANAGE.
    async fn member_update(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The change.")] input: MemberUpdateInput,
    ) -> Result<MemberUpdatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let parties = input.party_ids.as_deref();
            let change = tenancy::MemberChange {
                id: ids::parse(&input.id, ["input", "id"])?,
                expected_version: input.expected_version,
                role: input.role.map(Into::into),
                display_name: input.display_name,
                parties: parties.map(|given| ids::parse_all(given, &["input", "partyIds"])).transpose()?,
            };
            tenancy::member_update(&ctx, &core, change).await
        })
        .await;
        MemberUpdatePayload::of(forget(gql, outcome)?)
    }

    /// Ends a membership. Open sessions end within seconds. Requires: TENANT_MANAGE.
    async fn member_remove(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which one.")] input: MemberRemoveInput,
    ) -> Result<MemberRemovePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            tenancy::member_remove(&ctx, &core, id, input.expected_version).await
        })
        .await;
        MemberRemovePayload::of(forget(gql, outcome)?)
    }
}

/// This process sees a changed member at once, the others within seconds.
fn forget(
    gql: &Context<'_>,
    outcome: kernel::failure::Outcome<tenancy::Member>,
) -> Result<kernel::failure::Outcome<tenancy::Member>> {
    if let Ok(member) = &outcome {
        let tenant = authenticated(gql).map_err(top_level)?.ctx.tenant_id;
        access(gql).map_err(top_level)?.forget(tenant, member.id);
    }
    Ok(outcome)
}

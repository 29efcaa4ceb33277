//! Inputs of tenancy.

use async_graphql::{ID, InputObject, MaybeUndefined};

use super::types::{OrganisationKind, Role};

/// Who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// The e-mail address.
    pub email: String,
    /// The password.
    #[graphql(secret)]
    pub password: String,
    /// The slug of the tenant; needed by who is a member of several.
    pub tenant: Option<String>,
}

/// A session to be continued.
#[derive(InputObject)]
pub struct TokenRefreshInput {
    /// The refresh token, good once.
    #[graphql(secret)]
    pub refresh_token: String,
}

/// A session to be ended.
#[derive(InputObject)]
pub struct SignOutInput {
    /// The refresh token of the session.
    #[graphql(secret)]
    pub refresh_token: String,
}

/// An organisation to be created.
#[derive(InputObject)]
pub struct OrganisationCreateInput {
    /// The name, unique in the tenant.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// What it belongs to; none for a root.
    pub parent_id: Option<ID>,
}

/// A change of an organisation; what is left out stays.
#[derive(InputObject)]
pub struct OrganisationUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version it was read at.
    pub expected_version: i32,
    /// A new name.
    pub name: Option<String>,
    /// What it belongs to from now on; null makes it a root.
    pub parent_id: MaybeUndefined<ID>,
}

/// A member to be added.
#[derive(InputObject)]
pub struct MemberCreateInput {
    /// The address the person signs in with.
    pub email: String,
    /// The person's name.
    pub display_name: String,
    /// The role.
    pub role: Role,
    /// The first password, at least 12 characters. Somebody who is a member of another tenant keeps the password of
    /// there.
    #[graphql(secret)]
    pub password: String,
    /// The parties a rights holder's user is; only for that role.
    #[graphql(default)]
    pub party_ids: Vec<ID>,
}

/// A change of a member; what is left out stays.
#[derive(InputObject)]
pub struct MemberUpdateInput {
    /// Which one.
    pub id: ID,
    /// The version it was read at.
    pub expected_version: i32,
    /// A new role.
    pub role: Option<Role>,
    /// A new name.
    pub display_name: Option<String>,
    /// The parties a rights holder's user is from now on.
    pub party_ids: Option<Vec<ID>>,
}

/// A membership to be ended.
#[derive(InputObject)]
pub struct MemberRemoveInput {
    /// Which one.
    pub id: ID,
    /// The version it was read at.
    pub expected_version: i32,
}

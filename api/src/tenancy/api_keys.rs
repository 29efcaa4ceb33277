//! API keys in the schema.

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};
use domain::tenancy;
use kernel::ids::{ApiKeyId, MemberId};
use kernel::permission::Permission;

use super::types::Member;
use crate::frame::connection::{List, page};
use crate::frame::errors::top_level;
use crate::frame::scalars::DateTime;
use crate::frame::session::{access, authenticated};
use crate::frame::{self, ids, loader};
use crate::{payload, user_errors};

user_errors! {
    ApiKeyUserError, ApiKeyErrorCode, "API keys",
    NAME_INVALID => "The name is empty, too long, or not printable.",
    PERMISSIONS_MISSING => "A key needs at least one permission.",
    PERMISSION_UNKNOWN => "There is no such permission.",
    PERMISSION_PERSONAL => "The permission needs a person: no key can have it.",
    PERMISSION_NOT_HELD => "Who makes the key does not have the permission.",
    ADDRESS_INVALID => "This is neither an address nor a network, or there are too many.",
    EXPIRY_INVALID => "The end is not in the future, or too far away.",
    API_KEYS_TOO_MANY => "The tenant has too many keys.",
    API_KEY_REVOKED => "The key was revoked already.",
}

/// A key by which a program calls the API, in the name of the member who made it.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct ApiKey {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// What it is for.
    name: String,
    /// What it may do, as far as its maker may: `REPORT_MANAGE`, `STATEMENT_READ` …
    permissions: Vec<String>,
    /// The networks it may be used from; empty: from anywhere.
    allowed_addresses: Vec<String>,
    /// When it was made.
    created_at: DateTime,
    /// When it ends.
    expires_at: DateTime,
    /// When it was revoked; null when it was not.
    revoked_at: Option<DateTime>,
    /// When it was last used, to the minute; null when never.
    last_used_at: Option<DateTime>,
    /// The address it was last used from.
    last_used_from: Option<String>,
    /// Raised when it is revoked; send it back as `expectedVersion`.
    version: i32,
    #[graphql(skip)]
    member_id: MemberId,
}

impl From<tenancy::ApiKey> for ApiKey {
    fn from(row: tenancy::ApiKey) -> Self {
        Self {
            id: ID(row.id.to_string()),
            name: row.name,
            permissions: row.permissions.iter().map(|one| Permission::as_str(one).to_owned()).collect(),
            allowed_addresses: row.allowed_addresses.iter().map(ToString::to_string).collect(),
            created_at: row.created_at.into(),
            expires_at: row.expires_at.into(),
            revoked_at: row.revoked_at.map(Into::into),
            last_used_at: row.last_used_at.map(Into::into),
            last_used_from: row.last_used_from,
            version: row.version,
            member_id: row.created_by,
        }
    }
}

#[ComplexObject]
impl ApiKey {
    /// Who made it, and in whose name it acts.
    async fn created_by(&self, gql: &Context<'_>) -> Result<Option<Member>> {
        Ok(loader::load_visible::<Members>(gql, self.member_id).await?.map(Into::into))
    }
}

/// Members by id.
pub struct Members;

impl loader::Batch for Members {
    type Key = MemberId;
    type Value = tenancy::Member;

    async fn load(
        ctx: &kernel::context::OpContext,
        core: &domain::Core,
        keys: &[MemberId],
    ) -> kernel::failure::Outcome<std::collections::HashMap<MemberId, tenancy::Member>> {
        Ok(tenancy::members_by_id(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// A key to be made.
#[derive(InputObject)]
pub struct ApiKeyCreateInput {
    /// What it is for.
    name: String,
    /// What it may do: permissions that you have yourself and that need no person.
    permissions: Vec<String>,
    /// Addresses (`192.0.2.7`) and networks (`2001:db8::/32`) it may be used from; from anywhere when not given.
    #[graphql(default)]
    allowed_addresses: Vec<String>,
    /// When it ends, within 366 days.
    expires_at: DateTime,
}

/// A key to be revoked.
#[derive(InputObject)]
pub struct ApiKeyRevokeInput {
    /// Which one.
    id: ID,
    /// The version you read.
    expected_version: i32,
}

/// What `apiKeyCreate` answers.
#[derive(SimpleObject)]
pub struct ApiKeyCreatePayload {
    /// The key; null when it was refused.
    api_key: Option<ApiKey>,
    /// What programs send as a bearer token. It is shown this once and stored nowhere.
    token: Option<String>,
    /// What was refused; empty when it was done.
    user_errors: Vec<ApiKeyUserError>,
}

payload! {
    /// What `apiKeyRevoke` answers.
    ApiKeyRevokePayload(ApiKeyUserError) {
        /// The key, now revoked; null when it was refused.
        api_key: ApiKey,
    }
}

/// Reading API keys.
#[derive(Default)]
pub struct ApiKeyQuery;

#[Object]
impl ApiKeyQuery {
    /// API keys, newest first, those that have ended too. Requires: API_KEY_MANAGE.
    async fn api_keys(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<ApiKey>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            Ok(List::by_id(tenancy::api_keys(&ctx, &core, page).await?, |row| row.id.uuid()))
        })
        .await
    }
}

/// Making and revoking API keys.
#[derive(Default)]
pub struct ApiKeyMutation;

#[Object]
impl ApiKeyMutation {
    /// Makes a key for a program, which then acts in your name. Requires: API_KEY_MANAGE.
    async fn api_key_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The key.")] input: ApiKeyCreateInput,
    ) -> Result<ApiKeyCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let new = tenancy::NewApiKey {
                name: input.name,
                permissions: input.permissions,
                allowed_addresses: input.allowed_addresses,
                expires_at: input.expires_at.into(),
            };
            tenancy::api_key_create(&ctx, &core, new).await
        })
        .await;
        let (made, user_errors) = ApiKeyUserError::split(outcome)?;
        let (api_key, token) = made.map_or((None, None), |made| (Some(made.key.into()), Some(made.token)));
        Ok(ApiKeyCreatePayload { api_key, token, user_errors })
    }

    /// Revokes a key: it is refused from now on, everywhere within seconds. Requires: API_KEY_MANAGE.
    async fn api_key_revoke(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which one.")] input: ApiKeyRevokeInput,
    ) -> Result<ApiKeyRevokePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id: ApiKeyId = ids::parse(&input.id, ["input", "id"])?;
            tenancy::api_key_revoke(&ctx, &core, id, input.expected_version).await
        })
        .await;
        if let Ok(key) = &outcome {
            let tenant = authenticated(gql).map_err(top_level)?.ctx.tenant_id;
            access(gql).map_err(top_level)?.forget_api_key(tenant, key.id);
        }
        ApiKeyRevokePayload::of(outcome)
    }
}

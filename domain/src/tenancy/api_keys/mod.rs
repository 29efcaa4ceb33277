//! API keys: programs act with them in the name of the member who made them, with a part of that member's
//! permissions, until an end. Only the hash of a key's secret is stored.

mod model;

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use entity::api_key::{ActiveModel, Column, Entity, Model};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ApiKeyId, TenantId};
use kernel::limits::API_KEYS;
use kernel::page::{Page, PageRequest};
use kernel::permission::{Permission, PermissionSet};
use platform::audit::{self, Change};
use platform::db::{OrFail, SystemTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

pub use self::model::{ApiKey, NewApiKey};
pub(super) use self::model::{PREFIX, Presented};
use super::members::stale;
use crate::Core;

impl TryFrom<Model> for ApiKey {
    type Error = Failure;

    fn try_from(row: Model) -> Outcome<Self> {
        let read = |text: &String| {
            model::network(text).ok_or_else(|| Failure::internal(format!("an API key with the network `{text}`")))
        };
        // A permission that the program does not know any more allows nothing.
        let permissions: Vec<Permission> =
            row.permissions.iter().filter_map(|name| Permission::from_name(name)).collect();
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            permissions: PermissionSet::of(&permissions),
            allowed_addresses: row.allowed_addresses.iter().map(read).collect::<Outcome<_>>()?,
            created_by: row.created_by.into(),
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            last_used_from: row.last_used_from,
            version: row.version,
        })
    }
}

/// A key as it was made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The key.
    pub key: ApiKey,
    /// What programs send. Shown once; nobody can read it again.
    pub token: String,
}

fn as_json(key: &ApiKey) -> Value {
    json!({
        "name": key.name, "permissions": key.permissions.iter().map(Permission::as_str).collect::<Vec<_>>(),
        "allowedAddresses": key.allowed_addresses.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "expiresAt": key.expires_at, "revokedAt": key.revoked_at,
    })
}

/// Makes a key that acts in the caller's name.
///
/// # Errors
/// `NAME_INVALID`, `PERMISSIONS_MISSING`, `PERMISSION_UNKNOWN`, `PERMISSION_PERSONAL`, `PERMISSION_NOT_HELD`,
/// `ADDRESS_INVALID`, `EXPIRY_INVALID`, `API_KEYS_TOO_MANY`, `FORBIDDEN`; database failures.
pub async fn api_key_create(ctx: &OpContext, core: &Core, new: NewApiKey) -> Outcome<NewKey> {
    ctx.require(Permission::ApiKeyManage)?;
    let member = ctx.member()?;
    let checked = model::check(ctx, new)?;
    let tx = core.db.tenant(ctx).await?;
    let living = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::RevokedAt.is_null())
        .filter(Column::ExpiresAt.gt(ctx.now))
        .count(&tx)
        .await
        .or_fail()?;
    if living >= API_KEYS {
        let message = format!("A tenant has at most {API_KEYS} keys: revoke one that is not used any more.");
        return Err(Failure::refused("API_KEYS_TOO_MANY", message).at(["input"]));
    }
    let id = ApiKeyId::new();
    let secret = platform::secrets::generate();
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        name: Set(checked.name),
        secret_hash: Set(blake3::hash(secret.as_bytes()).as_bytes().to_vec()),
        permissions: Set(checked.permissions.iter().map(|one| one.as_str().to_owned()).collect()),
        allowed_addresses: Set(checked.allowed_addresses.iter().map(ToString::to_string).collect()),
        created_by: Set(member.uuid()),
        created_at: Set(ctx.now),
        expires_at: Set(checked.expires_at),
        revoked_at: Set(None),
        revoked_by: Set(None),
        last_used_at: Set(None),
        last_used_from: Set(None),
        version: Set(1),
    };
    Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    let key = must_find(&tx, id).await?;
    let change = Change {
        action: "api_key.create",
        entity_kind: "API_KEY",
        entity_id: id.uuid(),
        before: None,
        after: Some(as_json(&key)),
    };
    audit::record(&tx, ctx, change).await?;
    outbox::write(&tx, "api_key.created", &json!({ "apiKeyId": id.to_string() })).await?;
    tx.commit().await?;
    Ok(NewKey { key, token: model::token(ctx.tenant_id, id, &secret) })
}

async fn must_find(tx: &platform::db::TenantTx, id: ApiKeyId) -> Outcome<ApiKey> {
    Entity::find_by_id((tx.tenant_id().uuid(), id.uuid()))
        .one(tx)
        .await
        .or_fail()?
        .ok_or_else(|| Failure::not_found("NOT_FOUND", "There is no such API key.").at(["input", "id"]))?
        .try_into()
}

/// Revokes a key: it is refused from now on, everywhere within seconds.
///
/// # Errors
/// `NOT_FOUND`, `API_KEY_REVOKED` (already), `STALE_VERSION`, `FORBIDDEN`; database failures.
pub async fn api_key_revoke(ctx: &OpContext, core: &Core, id: ApiKeyId, expected_version: i32) -> Outcome<ApiKey> {
    ctx.require(Permission::ApiKeyManage)?;
    let tx = core.db.tenant(ctx).await?;
    let before = must_find(&tx, id).await?;
    if before.revoked_at.is_some() {
        return Err(Failure::refused("API_KEY_REVOKED", "The key was revoked already.").at(["input", "id"]));
    }
    let updated = Entity::update_many()
        .col_expr(Column::RevokedAt, Expr::value(ctx.now))
        .col_expr(Column::RevokedBy, Expr::value(ctx.actor.label()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Version.eq(expected_version))
        .exec(&tx)
        .await
        .or_fail()?;
    if updated.rows_affected == 0 {
        return Err(stale(before.version));
    }
    let key = must_find(&tx, id).await?;
    let change = Change {
        action: "api_key.revoke",
        entity_kind: "API_KEY",
        entity_id: id.uuid(),
        before: Some(as_json(&before)),
        after: Some(as_json(&key)),
    };
    audit::record(&tx, ctx, change).await?;
    outbox::write(&tx, "api_key.revoked", &json!({ "apiKeyId": id.to_string() })).await?;
    tx.commit().await?;
    Ok(key)
}

/// Lists keys, newest first, those that have ended too.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn api_keys(ctx: &OpContext, core: &Core, page: PageRequest) -> Outcome<Page<ApiKey>> {
    ctx.require(Permission::ApiKeyManage)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows = query.all(&tx).await.or_fail()?.into_iter().map(ApiKey::try_from).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}

/// A key and the hash of its secret, for authentication.
pub(super) async fn stored(tx: &SystemTx, tenant: TenantId, id: ApiKeyId) -> Outcome<Option<(ApiKey, Vec<u8>)>> {
    let row = Entity::find_by_id((tenant.uuid(), id.uuid())).one(tx).await.or_fail()?;
    row.map(|row| {
        let hash = row.secret_hash.clone();
        Ok((ApiKey::try_from(row)?, hash))
    })
    .transpose()
}

/// Notes that a key was used.
pub(super) async fn note_use(
    tx: &SystemTx,
    (tenant, id): (TenantId, ApiKeyId),
    from: Option<IpAddr>,
    now: DateTime<Utc>,
) -> Outcome<()> {
    Entity::update_many()
        .col_expr(Column::LastUsedAt, Expr::value(now))
        .col_expr(Column::LastUsedFrom, Expr::value(from.map(|address| address.to_canonical().to_string())))
        .filter(Column::TenantId.eq(tenant.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

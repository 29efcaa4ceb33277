//! Creating tenants: the operator's business, from the command line.

use chrono::{DateTime, Utc};
use entity::{login, tenant};
use kernel::context::{Actor, OpContext};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{LoginId, MemberId, OrganisationId, TenantId};
use kernel::permission::{PermissionSet, Role};
use platform::audit;
use platform::db::{OrFail, SystemTx, TenantTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;

use super::model::{
    NewOrganisation, NewTenant, Tenant, TenantKind, check_password, check_slug, checked_email, checked_name,
};
use super::{members, organisations, password};
use crate::{Core, settings};

impl TryFrom<tenant::Model> for Tenant {
    type Error = Failure;

    fn try_from(row: tenant::Model) -> Outcome<Self> {
        Ok(Self {
            id: row.tenant_id.into(),
            slug: row.slug,
            name: row.name,
            kind: TenantKind::from_name(&row.kind)?,
            base_currency: row
                .base_currency
                .parse()
                .map_err(|_| Failure::internal(format!("unknown currency: {}", row.base_currency)))?,
            is_active: row.status == "ACTIVE",
        })
    }
}

/// The context of the operator inside one tenant: may do everything, is no member.
pub(super) fn operator(tenant_id: TenantId, request_id: &str, now: DateTime<Utc>) -> OpContext {
    OpContext {
        tenant_id,
        actor: Actor::Operator,
        permissions: PermissionSet::all(),
        party_scope: None,
        request_id: request_id.to_owned(),
        now,
    }
}

/// Creates a tenant with its root organisation and its first owner. Begun and broken off, it can be repeated: a
/// tenant without an owner is completed.
///
/// # Errors
/// `SLUG_INVALID`, `SLUG_TAKEN`, `NAME_INVALID`, `EMAIL_INVALID`, `PASSWORD_INVALID`; database failures.
pub async fn create_tenant(core: &Core, input: NewTenant) -> Outcome<Tenant> {
    check_slug(&input.slug)?;
    let name = checked_name(&input.name, "name")?;
    let owner_name = checked_name(&input.owner_name, "ownerName")?;
    let email = checked_email(&input.owner_email, "ownerEmail")?;
    let now = (core.clock)();
    let login = ensure_login(core, &email, input.owner_password.clone(), "ownerPassword", now).await?;
    let tenant = found(core, &input, &name, now).await?;

    let ctx = operator(tenant.id, "tenant-create", now);
    let tx = core.db.tenant(&ctx).await?;
    if members::any(&tx).await? {
        return Err(
            Failure::conflict("SLUG_TAKEN", format!("The slug `{}` is taken.", input.slug)).at(["input", "slug"])
        );
    }
    let root = NewOrganisation { parent_id: None, kind: input.kind.root(), name };
    organisations::insert(&tx, OrganisationId::new(), &root, now).await?;
    let member = MemberId::new();
    members::insert(&tx, member, login, (&email, &owner_name), Role::Owner, now).await?;
    settings::found(&tx, &ctx, tenant.base_currency.code()).await?;
    announce(&tx, &ctx, &tenant, member).await?;
    tx.commit().await?;
    Ok(tenant)
}

async fn announce(tx: &TenantTx, ctx: &OpContext, tenant: &Tenant, owner: MemberId) -> Outcome<()> {
    let after = json!({
        "slug": tenant.slug, "name": tenant.name, "kind": tenant.kind.as_str(),
        "baseCurrency": tenant.base_currency, "owner": owner.to_string(),
    });
    let change = audit::Change {
        action: "tenant.create",
        entity_kind: "TENANT",
        entity_id: tenant.id.uuid(),
        before: None,
        after: Some(after),
    };
    audit::record(tx, ctx, change).await?;
    outbox::write(tx, "tenant.created", &json!({ "tenantId": tenant.id.to_string() })).await
}

async fn found(core: &Core, input: &NewTenant, name: &str, now: DateTime<Utc>) -> Outcome<Tenant> {
    let tx = core.db.system("creating a tenant").await?;
    let row = tenant::ActiveModel {
        tenant_id: Set(TenantId::new().uuid()),
        slug: Set(input.slug.clone()),
        name: Set(name.to_owned()),
        kind: Set(input.kind.as_str().to_owned()),
        base_currency: Set(input.base_currency.code().to_owned()),
        status: Set("ACTIVE".to_owned()),
        version: Set(1),
        created_at: Set(now),
    };
    tenant::Entity::insert(row)
        .on_conflict(OnConflict::column(tenant::Column::Slug).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await
        .or_fail()?;
    let tenant = by_slug(&tx, &input.slug).await?.ok_or_else(|| Failure::internal("the new tenant vanished"))?;
    tx.commit().await?;
    Ok(tenant)
}

/// The login of an e-mail address; made with this password when there is none. An existing login keeps its own.
pub(super) async fn ensure_login(
    core: &Core,
    email: &str,
    password: String,
    field: &str,
    now: DateTime<Utc>,
) -> Outcome<LoginId> {
    check_password(&password, field)?;
    // Hashed whether it is needed or not: the time does not tell whether the address is known.
    let hash = password::hash(password).await?;
    let tx = core.db.system("creating a login").await?;
    let row = login::ActiveModel {
        id: Set(LoginId::new().uuid()),
        email: Set(email.to_owned()),
        password_hash: Set(hash),
        failed_count: Set(0),
        paused_until: Set(None),
        created_at: Set(now),
    };
    login::Entity::insert(row)
        .on_conflict(OnConflict::column(login::Column::Email).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await
        .or_fail()?;
    let login = login::Entity::find().filter(login::Column::Email.eq(email)).one(&tx).await.or_fail()?;
    tx.commit().await?;
    login.map(|row| row.id.into()).ok_or_else(|| Failure::internal("the new login vanished"))
}

async fn by_slug(tx: &SystemTx, slug: &str) -> Outcome<Option<Tenant>> {
    let row = tenant::Entity::find().filter(tenant::Column::Slug.eq(slug)).one(tx).await.or_fail()?;
    row.map(Tenant::try_from).transpose()
}

/// Finds a tenant by its slug, for the operator.
///
/// # Errors
/// Database failures.
pub async fn tenant_by_slug(core: &Core, slug: &str) -> Outcome<Option<Tenant>> {
    let tx = core.db.system("finding a tenant").await?;
    by_slug(&tx, slug).await
}

/// All tenants, by slug, for the operator and for work that goes through all of them.
///
/// # Errors
/// Database failures.
pub async fn tenants(core: &Core) -> Outcome<Vec<Tenant>> {
    let tx = core.db.system("listing the tenants").await?;
    let rows = tenant::Entity::find().order_by_asc(tenant::Column::Slug).all(&tx).await.or_fail()?;
    rows.into_iter().map(Tenant::try_from).collect()
}

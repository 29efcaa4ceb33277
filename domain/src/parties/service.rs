//! Use cases of parties.

use entity::party::{ActiveModel, Column, Entity, Model};
use entity::party_identifier as identifier;
use kernel::codes::{Ipi, Isni};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::PartyId;
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::model::{Party, PartyFields, PartyFilter, shape};
use crate::Core;
use crate::search::contains;

/// What a party is known by.
#[derive(Debug, Clone)]
pub enum PartyKey {
    /// The tenant's own key.
    Reference(String),
    /// The IPI name number.
    Ipi(Ipi),
    /// The ISNI.
    Isni(Isni),
}

async fn shaped(tx: &TenantTx, rows: Vec<Model>) -> Outcome<Vec<Party>> {
    let identifiers = identifier::Entity::find()
        .filter(identifier::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(identifier::Column::PartyId.is_in(rows.iter().map(|row| row.id)))
        .all(tx)
        .await
        .or_fail()?;
    Ok(rows.into_iter().map(|row| shape(row, &identifiers)).collect())
}

async fn find(tx: &TenantTx, id: PartyId) -> Outcome<Option<Party>> {
    let row = Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?;
    Ok(shaped(tx, row.into_iter().collect()).await?.pop())
}

/// Looks one up; `None` also when it belongs to somebody else.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn party(ctx: &OpContext, core: &Core, id: PartyId) -> Outcome<Option<Party>> {
    ctx.require(Permission::PartyRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    find(&tx, id).await
}

/// Looks one up by what it is known by.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn party_by(ctx: &OpContext, core: &Core, key: PartyKey) -> Outcome<Option<Party>> {
    ctx.require(Permission::PartyRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let tenant = ctx.tenant_id.uuid();
    let (scheme, value) = match key {
        PartyKey::Reference(reference) => {
            let row = Entity::find()
                .filter(Column::TenantId.eq(tenant))
                .filter(Column::Reference.eq(reference.trim()))
                .one(&tx)
                .await
                .or_fail()?;
            return Ok(shaped(&tx, row.into_iter().collect()).await?.pop());
        }
        PartyKey::Ipi(ipi) => ("IPI", ipi.to_string()),
        PartyKey::Isni(isni) => ("ISNI", isni.to_string()),
    };
    let known = identifier::Entity::find()
        .filter(identifier::Column::TenantId.eq(tenant))
        .filter(identifier::Column::Scheme.eq(scheme))
        .filter(identifier::Column::Value.eq(value))
        .one(&tx)
        .await
        .or_fail()?;
    match known {
        Some(row) => find(&tx, row.party_id.into()).await,
        None => Ok(None),
    }
}

/// Looks several up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn parties_by_id(ctx: &OpContext, core: &Core, ids: &[PartyId]) -> Outcome<Vec<Party>> {
    // A rights holder may read their own parties by name where statements and payments mention them.
    let own = ctx.party_scope.is_some() && ids.iter().all(|id| ctx.sees_party(*id));
    if !own {
        ctx.require(Permission::PartyRead)?;
    }
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    shaped(&tx, rows).await
}

/// Lists parties, oldest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn parties(ctx: &OpContext, core: &Core, filter: PartyFilter, page: PageRequest) -> Outcome<Page<Party>> {
    ctx.require(Permission::PartyRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    condition = condition.add(contains([Column::Name, Column::Reference], filter.search.as_deref()));
    if let Some(kind) = filter.kind {
        condition = condition.add(Column::Kind.eq(kind.as_str()));
    }
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.gt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.lt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_desc(Column::Id) } else { query.order_by_asc(Column::Id) };
    let rows = query.all(&tx).await.or_fail()?;
    let rows = shaped(&tx, rows).await?;
    Ok(Page::from_fetched(rows, &page))
}

/// Creates a party.
///
/// # Errors
/// `REFERENCE_MISSING`, `ALREADY_EXISTS`, those of [`PartyFields::checked`], `FORBIDDEN`; database failures.
pub async fn party_create(ctx: &OpContext, core: &Core, reference: &str, fields: PartyFields) -> Outcome<Party> {
    ctx.require(Permission::PartyManage)?;
    let fields = fields.checked()?;
    let reference = reference.trim();
    if reference.is_empty() || reference.chars().count() > 200 {
        let message = "Give the party a key of your own, at most 200 characters.";
        return Err(Failure::refused("REFERENCE_MISSING", message).at(["input", "reference"]));
    }
    let id = PartyId::new();
    let tx = core.db.tenant(ctx).await?;
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        reference: Set(reference.to_owned()),
        name: Set(fields.name.clone()),
        kind: Set(fields.kind.as_str().to_owned()),
        country: Set(fields.country.map(|country| country.code().to_owned())),
        email: Set(fields.email.clone()),
        payment_method: Set("INTERNAL_LEDGER".to_owned()),
        payment_currency: Set(fields.payment_currency.map(|currency| currency.code().to_owned())),
        payment_threshold: Set(fields.payment_threshold),
        status: Set("ACTIVE".to_owned()),
        version: Set(1),
        created_at: Set(ctx.now),
    };
    Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    identify(&tx, id, &fields).await?;
    saved(ctx, tx, id, "party.create").await
}

/// Changes a party.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `ALREADY_EXISTS`, those of [`PartyFields::checked`], `FORBIDDEN`; database failures.
pub async fn party_update(
    ctx: &OpContext,
    core: &Core,
    id: PartyId,
    expected: i32,
    fields: PartyFields,
) -> Outcome<Party> {
    ctx.require(Permission::PartyManage)?;
    let fields = fields.checked()?;
    let tx = core.db.tenant(ctx).await?;
    if find(&tx, id).await?.is_none() {
        return Err(Failure::not_found("NOT_FOUND", "There is no such party.").at(["input", "id"]));
    }
    let changed = Entity::update_many()
        .col_expr(Column::Name, Expr::value(fields.name.clone()))
        .col_expr(Column::Kind, Expr::value(fields.kind.as_str()))
        .col_expr(Column::Country, Expr::value(fields.country.map(|country| country.code().to_owned())))
        .col_expr(Column::Email, Expr::value(fields.email.clone()))
        .col_expr(Column::PaymentCurrency, Expr::value(fields.payment_currency.map(|one| one.code().to_owned())))
        .col_expr(Column::PaymentThreshold, Expr::value(fields.payment_threshold))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Version.eq(expected))
        .exec(&tx)
        .await
        .or_fail()?;
    if changed.rows_affected == 0 {
        let message = "Somebody changed the party since you read it: read it again.";
        return Err(Failure::conflict("STALE_VERSION", message).at(["input", "expectedVersion"]));
    }
    identifier::Entity::delete_many()
        .filter(identifier::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(identifier::Column::PartyId.eq(id.uuid()))
        .filter(identifier::Column::Scheme.is_in(["IPI", "ISNI"]))
        .exec(&tx)
        .await
        .or_fail()?;
    identify(&tx, id, &fields).await?;
    saved(ctx, tx, id, "party.update").await
}

async fn identify(tx: &TenantTx, id: PartyId, fields: &PartyFields) -> Outcome<()> {
    let given = [("IPI", fields.ipi.map(|ipi| ipi.to_string())), ("ISNI", fields.isni.map(|isni| isni.to_string()))];
    for (scheme, value) in given {
        let Some(value) = value else { continue };
        let row = identifier::ActiveModel {
            tenant_id: Set(tx.tenant_id().uuid()),
            party_id: Set(id.uuid()),
            scheme: Set(scheme.to_owned()),
            value: Set(value),
        };
        identifier::Entity::insert(row).exec_without_returning(tx).await.or_fail().map_err(|failure| {
            if failure.code() == "ALREADY_EXISTS" {
                failure.at(["input".to_owned(), scheme.to_lowercase()])
            } else {
                failure
            }
        })?;
    }
    Ok(())
}

async fn saved(ctx: &OpContext, tx: TenantTx, id: PartyId, action: &str) -> Outcome<Party> {
    let party = find(&tx, id).await?.ok_or_else(|| Failure::internal("a party vanished"))?;
    audit::record(
        &tx,
        ctx,
        Change {
            action,
            entity_kind: "PARTY",
            entity_id: id.uuid(),
            before: None,
            after: Some(json!({ "reference": party.reference, "name": party.fields.name, "version": party.version })),
        },
    )
    .await?;
    outbox::write(&tx, action, &json!({ "partyId": id.to_string() })).await?;
    tx.commit().await?;
    Ok(party)
}

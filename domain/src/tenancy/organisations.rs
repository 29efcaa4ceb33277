//! The tree of labels, sub-labels and imprints.

use chrono::{DateTime, Utc};
use entity::organisation::{ActiveModel, Column, Entity, Model};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::OrganisationId;
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::audit;
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{
    NewOrganisation, Organisation, OrganisationChange, OrganisationFilter, OrganisationKind, checked_name,
};
use crate::Core;

/// Deepest tree: tenant, label, sub-label, imprint, and room to spare.
const DEPTH: usize = 10;

impl TryFrom<Model> for Organisation {
    type Error = Failure;

    fn try_from(row: Model) -> Outcome<Self> {
        Ok(Self {
            id: row.id.into(),
            parent_id: row.parent_id.map(Into::into),
            kind: OrganisationKind::from_name(&row.kind)?,
            name: row.name,
            version: row.version,
            created_at: row.created_at,
        })
    }
}

const TAKEN: &[(&str, &str, &str)] =
    &[("organisation_tenant_id_name_key", "NAME_TAKEN", "There is an organisation of this name already.")];

fn missing(field: &str) -> Failure {
    Failure::not_found("NOT_FOUND", "There is no such organisation.").at(["input", field])
}

fn as_json(organisation: &Organisation) -> Value {
    json!({
        "name": organisation.name, "kind": organisation.kind.as_str(),
        "parentId": organisation.parent_id.map(|id| id.to_string()), "version": organisation.version,
    })
}

pub(super) async fn insert(
    tx: &TenantTx,
    id: OrganisationId,
    input: &NewOrganisation,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let row = ActiveModel {
        tenant_id: Set(tx.tenant_id().uuid()),
        id: Set(id.uuid()),
        parent_id: Set(input.parent_id.map(OrganisationId::uuid)),
        kind: Set(input.kind.as_str().to_owned()),
        name: Set(input.name.clone()),
        version: Set(1),
        created_at: Set(now),
    };
    Entity::insert(row)
        .exec_without_returning(tx)
        .await
        .or_fail_on(TAKEN)
        .map_err(|failure| if failure.code() == "NAME_TAKEN" { failure.at(["input", "name"]) } else { failure })?;
    Ok(())
}

async fn find(tx: &TenantTx, id: OrganisationId) -> Outcome<Option<Organisation>> {
    let row = Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?;
    row.map(Organisation::try_from).transpose()
}

/// An organisation and what it belongs to, nearest first, root last. Empty when there is no such organisation.
///
/// # Errors
/// Database failures.
pub async fn ancestors(tx: &TenantTx, id: OrganisationId) -> Outcome<Vec<OrganisationId>> {
    let statement = sql(
        "WITH RECURSIVE up (id, parent_id, depth) AS (
             SELECT id, parent_id, 1 FROM organisation WHERE tenant_id = $1 AND id = $2
             UNION ALL
             SELECT o.id, o.parent_id, up.depth + 1 FROM organisation o JOIN up ON o.id = up.parent_id
              WHERE o.tenant_id = $1 AND up.depth < 100)
         SELECT id FROM up ORDER BY depth",
        [tx.tenant_id().uuid().into(), id.uuid().into()],
    );
    let rows = tx.query_all_raw(statement).await.or_fail()?;
    rows.iter().map(|row| row.try_get::<Uuid>("", "id").or_fail().map(Into::into)).collect()
}

/// A parent exists, is not below its child, and the tree stays shallow.
async fn check_parent(tx: &TenantTx, child: OrganisationId, parent: OrganisationId) -> Outcome<()> {
    let above = ancestors(tx, parent).await?;
    let problem = if above.is_empty() {
        return Err(missing("parentId"));
    } else if above.contains(&child) {
        Failure::refused("ORGANISATION_CYCLE", "An organisation cannot belong to itself or to one below it.")
    } else if above.len() >= DEPTH {
        Failure::refused("ORGANISATION_TOO_DEEP", format!("The tree has at most {DEPTH} levels."))
    } else {
        return Ok(());
    };
    Err(problem.at(["input", "parentId"]))
}

/// Two moves at once could close a circle that neither sees: moves in one tenant go one after the other.
async fn one_move_at_a_time(tx: &TenantTx) -> Outcome<()> {
    let statement = sql("SELECT 1 FROM tenant WHERE tenant_id = $1 FOR NO KEY UPDATE", [tx.tenant_id().uuid().into()]);
    tx.execute_raw(statement).await.or_fail()?;
    Ok(())
}

/// Creates an organisation.
///
/// # Errors
/// `NAME_INVALID`, `NAME_TAKEN`, `NOT_FOUND` (the parent), `ORGANISATION_TOO_DEEP`, `FORBIDDEN`; database failures.
pub async fn organisation_create(ctx: &OpContext, core: &Core, input: NewOrganisation) -> Outcome<Organisation> {
    ctx.require(Permission::TenantManage)?;
    let input = NewOrganisation { name: checked_name(&input.name, "name")?, ..input };
    let id = OrganisationId::new();
    let tx = core.db.tenant(ctx).await?;
    if let Some(parent) = input.parent_id {
        check_parent(&tx, id, parent).await?;
    }
    insert(&tx, id, &input, ctx.now).await?;
    let made = find(&tx, id).await?.ok_or_else(|| Failure::internal("the new organisation vanished"))?;
    tell(&tx, ctx, "organisation.create", None, &made).await?;
    tx.commit().await?;
    Ok(made)
}

/// Renames or moves an organisation.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `NAME_INVALID`, `NAME_TAKEN`, `ORGANISATION_CYCLE`, `ORGANISATION_TOO_DEEP`,
/// `FORBIDDEN`; database failures.
pub async fn organisation_update(ctx: &OpContext, core: &Core, change: OrganisationChange) -> Outcome<Organisation> {
    ctx.require(Permission::TenantManage)?;
    let name = change.name.as_deref().map(|name| checked_name(name, "name")).transpose()?;
    let tx = core.db.tenant(ctx).await?;
    one_move_at_a_time(&tx).await?;
    let before = find(&tx, change.id).await?.ok_or_else(|| missing("id"))?;
    if let Some(Some(parent)) = change.parent_id {
        check_parent(&tx, change.id, parent).await?;
    }
    let parent = change.parent_id.unwrap_or(before.parent_id).map(OrganisationId::uuid);
    let updated = Entity::update_many()
        .col_expr(Column::Name, Expr::value(name.unwrap_or_else(|| before.name.clone())))
        .col_expr(Column::ParentId, Expr::value(parent))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(change.id.uuid()))
        .filter(Column::Version.eq(change.expected_version))
        .exec(&tx)
        .await
        .or_fail_on(TAKEN)?;
    if updated.rows_affected == 0 {
        return Err(super::members::stale(before.version));
    }
    let after = find(&tx, change.id).await?.ok_or_else(|| missing("id"))?;
    tell(&tx, ctx, "organisation.update", Some(&before), &after).await?;
    tx.commit().await?;
    Ok(after)
}

async fn tell(
    tx: &TenantTx,
    ctx: &OpContext,
    action: &str,
    before: Option<&Organisation>,
    after: &Organisation,
) -> Outcome<()> {
    let change = audit::Change {
        action,
        entity_kind: "ORGANISATION",
        entity_id: after.id.uuid(),
        before: before.map(as_json),
        after: Some(as_json(after)),
    };
    audit::record(tx, ctx, change).await?;
    outbox::write(tx, "organisation.changed", &json!({ "organisationId": after.id.to_string() })).await
}

/// One organisation; `None` also when it is somebody else's.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn organisation(ctx: &OpContext, core: &Core, id: OrganisationId) -> Outcome<Option<Organisation>> {
    ctx.require(Permission::TenantRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    find(&tx, id).await
}

/// Several organisations, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn organisations_by_id(ctx: &OpContext, core: &Core, ids: &[OrganisationId]) -> Outcome<Vec<Organisation>> {
    ctx.require(Permission::TenantRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter().map(Organisation::try_from).collect()
}

/// Organisations by name.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn organisations(
    ctx: &OpContext,
    core: &Core,
    filter: OrganisationFilter,
    page: PageRequest,
) -> Outcome<Page<Organisation>> {
    ctx.require(Permission::TenantRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(tx.tenant_id().uuid()));
    if let Some(parent) = filter.parent_id {
        condition = condition.add(Column::ParentId.eq(parent.uuid()));
    }
    if let Some(kind) = filter.kind {
        condition = condition.add(Column::Kind.eq(kind.as_str()));
    }
    // Names are unique in a tenant, so the name alone orders.
    if let Some(after) = &page.after {
        condition = condition.add(Column::Name.gt(after.value.as_str()));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Name.lt(before.value.as_str()));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_desc(Column::Name) } else { query.order_by_asc(Column::Name) };
    let rows = query.all(&tx).await.or_fail()?;
    let rows = rows.into_iter().map(Organisation::try_from).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}

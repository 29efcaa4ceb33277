//! Recording shared rules, and ending them.

use engine::check::validate_rules;
use entity::rule_document::{ActiveModel, Column, Entity};
use kernel::context::OpContext;
use kernel::failure::{Failure, Finding, Outcome};
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::super::snapshot;
use super::model::{RuleDocument, RuleDocumentFilter, RuleDocumentKind, RuleDocumentRow};
use super::store::{apply, holding};
use crate::Core;

/// Most characters of a name.
const NAME_CHARS: usize = 200;

/// What is wrong after a change and was not before.
pub(super) fn new_findings(before: Vec<Finding>, after: Vec<Finding>) -> Vec<Finding> {
    after
        .into_iter()
        .filter(|one| !before.iter().any(|old| old.code == one.code && old.message == one.message))
        .collect()
}

/// The rules as they are and as they would be with, or without, a document.
async fn compared(
    tx: &TenantTx,
    kind: RuleDocumentKind,
    name: &str,
    document: Option<RuleDocument>,
) -> Outcome<Vec<Finding>> {
    let bare = snapshot::contracts_now(tx).await?;
    let documents = holding(tx).await?;
    let (mut before, mut after) = (bare.clone(), bare);
    apply(&mut before, documents.clone());
    let others = documents.into_iter().filter(|one| one.kind() != kind || one.name() != name);
    apply(&mut after, others.chain(document).collect());
    Ok(new_findings(validate_rules(&before), validate_rules(&after)))
}

async fn current(tx: &TenantTx, kind: RuleDocumentKind, name: &str) -> Outcome<Option<RuleDocumentRow>> {
    let row = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::Name.eq(name))
        .order_by_desc(Column::VersionNo)
        .one(tx)
        .await
        .or_fail()?;
    row.map(RuleDocumentRow::try_from).transpose()
}

fn stale() -> Failure {
    Failure::conflict("STALE_VERSION", "Somebody changed the rule since you read it: read it again.")
        .at(["input", "expectedVersion"])
}

/// One writer at a time per tenant: what is checked together is saved together.
async fn lock(tx: &TenantTx) -> Outcome<()> {
    use platform::db::sql;
    use sea_orm::ConnectionTrait;
    tx.execute_raw(sql("SELECT 1 FROM tenant WHERE tenant_id = $1 FOR NO KEY UPDATE", [tx.tenant_id().uuid().into()]))
        .await
        .or_fail()?;
    Ok(())
}

/// Records a shared rule. One of the same kind and name is superseded. `expected` is the number of the version that was
/// read; none: there is none that holds.
///
/// # Errors
/// `NAME_MISSING`; the codes of the engine's checks (cycles, ties, names that do not exist); `STALE_VERSION`;
/// `FORBIDDEN`; database failures.
pub async fn rule_document_set(
    ctx: &OpContext,
    core: &Core,
    document: RuleDocument,
    expected: Option<i32>,
) -> Outcome<RuleDocumentRow> {
    ctx.require(Permission::ContractManage)?;
    let (kind, name) = (document.kind(), document.name().to_owned());
    if name.trim().is_empty() || name.chars().count() > NAME_CHARS {
        let message = format!("Give it a name of 1 to {NAME_CHARS} characters.");
        return Err(Failure::refused("NAME_MISSING", message).at(["input", "name"]));
    }
    let tx = core.db.tenant(ctx).await?;
    lock(&tx).await?;
    let known = current(&tx, kind, &name).await?;
    let holds = known.as_ref().filter(|row| row.superseded_at.is_none()).map(|row| row.version_no);
    if holds != expected {
        return Err(stale());
    }
    let found = compared(&tx, kind, &name, Some(document.clone())).await?;
    if !found.is_empty() {
        return Err(Failure::findings(engine::check::under(["input"], found)));
    }
    let id = kernel::ids::EventId::new().uuid();
    supersede(&tx, kind, &name).await?;
    let json = document.json()?;
    let row = RuleDocumentRow {
        id,
        version_no: known.map_or(1, |row| row.version_no.saturating_add(1)),
        recorded_at: tx.now(),
        recorded_by: tx.actor().label(),
        superseded_at: None,
        document,
    };
    Entity::insert(ActiveModel {
        tenant_id: Set(tx.tenant_id().uuid()),
        id: Set(id),
        kind: Set(kind.as_str().to_owned()),
        name: Set(name.clone()),
        version_no: Set(row.version_no),
        document: Set(json.clone()),
        recorded_at: Set(row.recorded_at),
        recorded_by: Set(row.recorded_by.clone()),
        superseded_at: Set(None),
    })
    .exec_without_returning(&tx)
    .await
    .or_fail()?;
    trail(&tx, ctx, "rule_document.set", id, json!({ "kind": kind, "name": name, "document": json })).await?;
    tx.commit().await?;
    Ok(row)
}

/// Ends a shared rule. What was calculated with it stays; a letter of direction or hold that shall end at a day is better
/// given that day.
///
/// # Errors
/// `NOT_FOUND`; `STALE_VERSION`; the codes of the engine's checks when something still names it; `FORBIDDEN`; database
/// failures.
pub async fn rule_document_end(
    ctx: &OpContext,
    core: &Core,
    kind: RuleDocumentKind,
    name: &str,
    expected: i32,
) -> Outcome<RuleDocumentRow> {
    ctx.require(Permission::ContractManage)?;
    let tx = core.db.tenant(ctx).await?;
    lock(&tx).await?;
    let known = current(&tx, kind, name).await?.filter(|row| row.superseded_at.is_none());
    let known = known.ok_or_else(|| Failure::not_found("NOT_FOUND", "There is no such rule.").at(["input", "name"]))?;
    if known.version_no != expected {
        return Err(stale());
    }
    let found = compared(&tx, kind, name, None).await?;
    if !found.is_empty() {
        return Err(Failure::findings(engine::check::under(["input"], found)));
    }
    supersede(&tx, kind, name).await?;
    trail(&tx, ctx, "rule_document.end", known.id, json!({ "kind": kind, "name": name })).await?;
    let ended = RuleDocumentRow { superseded_at: Some(tx.now()), ..known };
    tx.commit().await?;
    Ok(ended)
}

async fn supersede(tx: &TenantTx, kind: RuleDocumentKind, name: &str) -> Outcome<()> {
    Entity::update_many()
        .col_expr(Column::SupersededAt, Expr::value(tx.now()))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Kind.eq(kind.as_str()))
        .filter(Column::Name.eq(name))
        .filter(Column::SupersededAt.is_null())
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

async fn trail(
    tx: &TenantTx,
    ctx: &OpContext,
    action: &'static str,
    id: uuid::Uuid,
    what: serde_json::Value,
) -> Outcome<()> {
    outbox::write(tx, action, &json!({ "kind": what["kind"], "name": what["name"] })).await?;
    audit::record(
        tx,
        ctx,
        Change { action, entity_kind: "RULE_DOCUMENT", entity_id: id, before: None, after: Some(what) },
    )
    .await?;
    Ok(())
}

/// Lists shared rules, in the order of recording.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn rule_documents(
    ctx: &OpContext,
    core: &Core,
    filter: RuleDocumentFilter,
    page: PageRequest,
) -> Outcome<Page<RuleDocumentRow>> {
    ctx.require(Permission::ContractRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(kind) = filter.kind {
        condition = condition.add(Column::Kind.eq(kind.as_str()));
    }
    if let Some(name) = filter.name {
        condition = condition.add(Column::Name.eq(name));
    }
    if !filter.with_history {
        condition = condition.add(Column::SupersededAt.is_null());
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
    let rows = rows.into_iter().map(RuleDocumentRow::try_from).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}

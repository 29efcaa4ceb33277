//! Reading the audit trail.

use chrono::{DateTime, Utc};
use entity::audit_entry::{Column, Entity, Model};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::AuditId;
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::db::OrFail;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value;
use uuid::Uuid;

use crate::Core;

/// One change that somebody made.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: a member's id, a job, or the operator.
    pub actor: String,
    /// The request that caused it.
    pub request_id: String,
    /// What was done: `contract.activate`.
    pub action: String,
    /// The kind of thing that was changed: `CONTRACT`.
    pub entity_kind: String,
    /// Which one.
    pub entity_id: Uuid,
    /// How it was.
    pub before: Option<Value>,
    /// How it became.
    pub after: Option<Value>,
}

/// Which entries to list.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only of this thing.
    pub entity_id: Option<Uuid>,
    /// Only of things of this kind.
    pub entity_kind: Option<String>,
    /// Only of this actor.
    pub actor: Option<String>,
}

impl From<Model> for AuditEntry {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            at: row.at,
            actor: row.actor,
            request_id: row.request_id,
            action: row.action,
            entity_kind: row.entity_kind,
            entity_id: row.entity_id,
            before: row.before,
            after: row.after,
        }
    }
}

/// The audit trail, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn audit_entries(
    ctx: &OpContext,
    core: &Core,
    filter: AuditFilter,
    page: PageRequest,
) -> Outcome<Page<AuditEntry>> {
    ctx.require(Permission::AuditRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(tx.tenant_id().uuid()));
    if let Some(id) = filter.entity_id {
        condition = condition.add(Column::EntityId.eq(id));
    }
    if let Some(kind) = filter.entity_kind {
        condition = condition.add(Column::EntityKind.eq(kind));
    }
    if let Some(actor) = filter.actor {
        condition = condition.add(Column::Actor.eq(actor));
    }
    // Ids are time-ordered.
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows = query.all(&tx).await.or_fail()?;
    Ok(Page::from_fetched(rows, &page).map(AuditEntry::from))
}

//! Writing one entry.

use kernel::context::OpContext;
use kernel::failure::Failure;
use kernel::ids::AuditId;
use sea_orm::ConnectionTrait;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::db::{OrFail, TenantTx, sql};

/// What was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// What was done, e.g. `contract.update`.
    pub action: &'a str,
    /// The kind of thing, e.g. `contract`.
    pub entity_kind: &'a str,
    /// Which one.
    pub entity_id: Uuid,
    /// How it was; none when it did not exist.
    pub before: Option<Json>,
    /// How it is; none when it does not exist any more.
    pub after: Option<Json>,
}

/// Writes the entry of a change, in the transaction of the change.
///
/// # Errors
/// Database failures.
pub async fn record(tx: &TenantTx, ctx: &OpContext, change: Change<'_>) -> Result<AuditId, Failure> {
    let id = AuditId::new();
    tx.execute_raw(sql(
        "INSERT INTO audit_entry
             (tenant_id, id, at, actor, request_id, action, entity_kind, entity_id, before, after)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        [
            ctx.tenant_id.uuid().into(),
            id.uuid().into(),
            ctx.now.into(),
            ctx.actor.label().into(),
            ctx.request_id.as_str().into(),
            change.action.into(),
            change.entity_kind.into(),
            change.entity_id.into(),
            change.before.into(),
            change.after.into(),
        ],
    ))
    .await
    .or_fail()?;
    Ok(id)
}

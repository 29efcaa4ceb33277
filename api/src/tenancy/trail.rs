//! The audit trail in the schema.

use async_graphql::{ID, InputObject, SimpleObject};
use domain::tenancy;
use serde_json::Value;

use crate::frame::scalars::DateTime;

/// One change that somebody made. Entries are never changed; they are chained by hashes.
#[derive(Debug, Clone, SimpleObject)]
pub struct AuditEntry {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// When.
    at: DateTime,
    /// Who: a member's id, `job:…`, or `operator`.
    actor: String,
    /// What was done: `contract.activate`.
    action: String,
    /// The kind of thing that was changed: `CONTRACT`.
    entity_kind: String,
    /// Which one, as a bare UUID: the kind says of what type.
    entity_uuid: String,
    /// The request that caused it.
    request_id: String,
    /// How it was; null when it did not exist.
    before: Option<Value>,
    /// How it became; null when it does not exist any more.
    after: Option<Value>,
}

impl From<tenancy::AuditEntry> for AuditEntry {
    fn from(row: tenancy::AuditEntry) -> Self {
        Self {
            id: ID(row.id.to_string()),
            at: row.at.into(),
            actor: row.actor,
            action: row.action,
            entity_kind: row.entity_kind,
            entity_uuid: row.entity_id.to_string(),
            request_id: row.request_id,
            before: row.before,
            after: row.after,
        }
    }
}

/// Which entries to list.
#[derive(Debug, Default, InputObject)]
pub struct AuditFilter {
    /// Only of the thing with this global id, of whatever type.
    pub entity_id: Option<ID>,
    /// Only of things of this kind: `CONTRACT`.
    pub entity_kind: Option<String>,
    /// Only of this actor: a member's id.
    pub actor: Option<String>,
}

//! What happened, told to whoever listens: written with the change, delivered after its commit.

mod hub;
pub mod outbox;

use chrono::{DateTime, Utc};
use kernel::ids::TenantId;

pub use hub::{EventHub, EventStream, Notice};

/// Something that happened in a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Where.
    pub tenant_id: TenantId,
    /// Its number: unique, not without gaps.
    pub id: i64,
    /// What, e.g. `operation.progressed`.
    pub topic: String,
    /// Ids of what it is about, versioned by the topic's owner.
    pub payload: serde_json::Value,
    /// When the change was made.
    pub created_at: DateTime<Utc>,
}

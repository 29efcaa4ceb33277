//! What travels with every job.

use kernel::context::{Actor, OpContext};
use kernel::failure::Failure;
use kernel::ids::{MemberId, TenantId};
use kernel::permission::PermissionSet;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::JobPayload;

/// The stored form of a job. `tenant` is checked by the database against the transaction's tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Envelope {
    /// Version of the payload.
    #[serde(rename = "v")]
    pub(super) version: u32,
    /// The tenant; none for the system's own jobs.
    #[serde(default)]
    pub(super) tenant: Option<Uuid>,
    /// The member whose request caused the job.
    #[serde(default)]
    pub(super) member: Option<Uuid>,
    /// The request that caused the job.
    #[serde(default)]
    pub(super) request: String,
    /// W3C trace parent of the causing span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trace: Option<String>,
    /// The payload.
    pub(super) data: serde_json::Value,
}

impl Envelope {
    pub(super) fn seal<P: JobPayload>(
        payload: &P,
        tenant: Option<TenantId>,
        member: Option<MemberId>,
        request: &str,
    ) -> Result<Self, Failure> {
        let data = serde_json::to_value(payload)
            .map_err(|error| Failure::internal(format!("payload of job {}: {error}", P::NAME)))?;
        Ok(Self {
            version: P::VERSION,
            tenant: tenant.map(TenantId::uuid),
            member: member.map(MemberId::uuid),
            request: request.to_owned(),
            trace: crate::telemetry::current_trace_parent(),
            data,
        })
    }

    pub(super) fn open<P: JobPayload>(&self) -> Result<P, Failure> {
        P::deserialize(&self.data)
            .map_err(|error| Failure::internal(format!("job {} (payload version {}): {error}", P::NAME, self.version)))
    }

    /// The context of one attempt, for jobs that belong to a tenant. A job acts for a person who was authorised
    /// when the work was asked for, so it may do everything.
    pub(super) fn context(&self, name: &str) -> Option<OpContext> {
        Some(OpContext {
            tenant_id: TenantId::from(self.tenant?),
            actor: Actor::Job { name: name.to_owned(), on_behalf_of: self.member.map(MemberId::from) },
            permissions: PermissionSet::all(),
            party_scope: None,
            request_id: self.request.clone(),
            now: crate::clock::now(),
        })
    }
}

//! Putting a job into the queue, inside the transaction that causes it.

use chrono::{DateTime, Utc};
use kernel::failure::Failure;
use kernel::ids::TenantId;
use sea_orm::{ConnectionTrait, Statement, Value};

use super::envelope::Envelope;
use super::{JobPayload, SCHEMA};
use crate::db::{OrFail, SystemTx, TenantTx, sql};

/// When and beside what a job runs. Everything is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobOptions {
    /// Jobs of one queue run one after the other. Queues are per tenant, so one tenant's backlog in a queue
    /// never stops another's.
    pub queue: Option<String>,
    /// A waiting job with the same key (per tenant) is replaced instead of doubled.
    pub job_key: Option<String>,
    /// Not before this instant.
    pub run_at: Option<DateTime<Utc>>,
    /// How often to try; 25 by default, which spans about three days.
    pub max_attempts: Option<i32>,
    /// Lower runs first; 0 by default.
    pub priority: Option<i32>,
}

/// Enqueues a job of the transaction's tenant. It exists when, and only when, the transaction commits.
///
/// # Errors
/// Database failures.
pub async fn enqueue<P: JobPayload>(tx: &TenantTx, payload: &P, options: JobOptions) -> Result<(), Failure> {
    let tenant = Some(tx.tenant_id());
    let envelope = Envelope::seal(payload, tenant, tx.actor().member_id(), tx.request_id())?;
    // The guarded function: it refuses a payload of another tenant than the transaction's.
    let statement = statement::<P>("enqueue", tenant, &envelope, options)?;
    tx.execute_raw(statement).await.or_fail()?;
    Ok(())
}

/// Enqueues a job from a system transaction, for a tenant or for the system itself.
///
/// # Errors
/// Database failures.
pub async fn enqueue_system<P: JobPayload>(
    tx: &SystemTx,
    tenant: Option<TenantId>,
    payload: &P,
    options: JobOptions,
) -> Result<(), Failure> {
    let envelope = Envelope::seal(payload, tenant, None, tx.reason())?;
    let statement = statement::<P>("add_job", tenant, &envelope, options)?;
    tx.execute_raw(statement).await.or_fail()?;
    Ok(())
}

fn statement<P: JobPayload>(
    function: &str,
    tenant: Option<TenantId>,
    envelope: &Envelope,
    options: JobOptions,
) -> Result<Statement, Failure> {
    let payload = serde_json::to_string(envelope)
        .map_err(|error| Failure::internal(format!("envelope of job {}: {error}", P::NAME)))?;
    let scoped = |name: String| match tenant {
        Some(tenant) => format!("{}:{name}", tenant.uuid()),
        None => name,
    };
    Ok(sql(
        format!(
            "SELECT FROM {SCHEMA}.{function}(identifier => $1, payload => $2::json, queue_name => $3, \
             run_at => $4, max_attempts => $5, job_key => $6, priority => $7)"
        ),
        [
            Value::from(P::NAME),
            Value::from(payload),
            Value::from(options.queue.map(scoped)),
            Value::from(options.run_at),
            Value::from(options.max_attempts),
            Value::from(options.job_key.map(scoped)),
            Value::from(options.priority),
        ],
    ))
}

//! Which handler does which job.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use graphile_worker::{JobDefinition, TaskHandler};
use kernel::context::{Actor, OpContext};
use kernel::failure::Failure;
use kernel::ids::TenantId;
use kernel::permission::PermissionSet;
use tokio_util::sync::CancellationToken;

use super::envelope::Envelope;
use super::run::Adapter;
use super::{JobFailure, JobPayload};
use crate::db::Db;

/// One attempt at a tenant's job.
#[derive(Clone)]
pub struct Job {
    /// The context: the job's tenant, acting as a job. `now` is the start of the attempt.
    pub ctx: OpContext,
    /// The database.
    pub db: Db,
    /// The job's number in the queue.
    pub id: i64,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// How many there will be.
    pub max_attempts: i32,
    /// Cancelled when the worker is asked to stop: long jobs save their position and return.
    pub shutdown: CancellationToken,
}

impl Job {
    /// Whether a failure of this attempt is final.
    #[must_use]
    pub const fn is_last_attempt(&self) -> bool {
        self.attempt >= self.max_attempts
    }
}

/// One attempt at a job of the system's own.
#[derive(Clone)]
pub struct SystemJob {
    /// The database.
    pub db: Db,
    /// The job's number in the queue.
    pub id: i64,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// How many there will be.
    pub max_attempts: i32,
    /// The start of the attempt.
    pub now: DateTime<Utc>,
    /// As [`Job::shutdown`].
    pub shutdown: CancellationToken,
}

impl SystemJob {
    /// The context to work for one tenant, as this job. System jobs that go through all tenants need it.
    #[must_use]
    pub fn context(&self, tenant_id: TenantId, name: &str) -> OpContext {
        OpContext {
            tenant_id,
            actor: Actor::Job { name: name.to_owned(), on_behalf_of: None },
            permissions: PermissionSet::all(),
            party_scope: None,
            request_id: format!("{name}:{}", self.id),
            now: self.now,
        }
    }
}

/// A job that will not be tried again.
pub struct DeadJob {
    /// The context, for a tenant's job.
    pub ctx: Option<OpContext>,
    /// The database.
    pub db: Db,
    /// The job type.
    pub name: &'static str,
    /// The payload as stored.
    pub payload: serde_json::Value,
    /// Why.
    pub failure: JobFailure,
}

/// What an attempt is handed, before it is known whether it belongs to a tenant.
pub(super) struct Attempt {
    pub(super) envelope: Envelope,
    pub(super) db: Db,
    pub(super) id: i64,
    pub(super) attempt: i32,
    pub(super) max_attempts: i32,
    pub(super) shutdown: CancellationToken,
}

pub(super) type Handler = Arc<dyn Fn(Attempt) -> BoxFuture<'static, Result<(), JobFailure>> + Send + Sync>;
pub(super) type DeadHandler = Arc<dyn Fn(DeadJob) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync>;

/// One recurring job.
pub(super) struct Recurring {
    pub(super) line: String,
}

/// All job types of the program, with their handlers and the calendar.
#[derive(Default)]
pub struct JobRegistry {
    pub(super) handlers: BTreeMap<&'static str, Handler>,
    pub(super) definitions: Vec<JobDefinition>,
    pub(super) recurring: Vec<Recurring>,
    pub(super) dead: Option<DeadHandler>,
}

impl JobRegistry {
    /// No jobs yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Handles jobs of tenants.
    #[must_use]
    pub fn on<P, H, Fut>(self, handler: H) -> Self
    where
        P: JobPayload,
        H: Fn(Job, P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        self.with::<P>(Arc::new(move |attempt: Attempt| {
            let handler = Arc::clone(&handler);
            Box::pin(async move {
                let payload = attempt.envelope.open::<P>().map_err(JobFailure::GiveUp)?;
                let ctx = attempt.envelope.context(P::NAME).ok_or_else(|| {
                    JobFailure::GiveUp(Failure::internal(format!("job {} without a tenant", P::NAME)))
                })?;
                let job = Job {
                    ctx,
                    db: attempt.db,
                    id: attempt.id,
                    attempt: attempt.attempt,
                    max_attempts: attempt.max_attempts,
                    shutdown: attempt.shutdown,
                };
                handler(job, payload).await
            })
        }))
    }

    /// Handles jobs of the system's own.
    #[must_use]
    pub fn on_system<P, H, Fut>(self, handler: H) -> Self
    where
        P: JobPayload,
        H: Fn(SystemJob, P) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        let handler = Arc::new(handler);
        self.with::<P>(Arc::new(move |attempt: Attempt| {
            let handler = Arc::clone(&handler);
            Box::pin(async move {
                let payload = attempt.envelope.open::<P>().map_err(JobFailure::GiveUp)?;
                let job = SystemJob {
                    db: attempt.db,
                    id: attempt.id,
                    attempt: attempt.attempt,
                    max_attempts: attempt.max_attempts,
                    now: crate::clock::now(),
                    shutdown: attempt.shutdown,
                };
                handler(job, payload).await
            })
        }))
    }

    /// Runs a system job by the calendar: `minute hour day month weekday`, UTC, e.g. `15 3 * * *`. Runs missed
    /// while no worker was there are made up for once, if they lie less than a day back.
    #[must_use]
    pub fn cron<P: JobPayload>(mut self, schedule: &str, payload: &P) -> Self {
        let data = serde_json::to_value(payload).unwrap_or(serde_json::Value::Null);
        let envelope = Envelope {
            version: P::VERSION,
            tenant: None,
            member: None,
            request: "calendar".to_owned(),
            trace: None,
            data,
        };
        // A plain structure of strings and numbers always serialises.
        let text = serde_json::to_string(&envelope).unwrap_or_default();
        self.recurring.push(Recurring { line: format!("{schedule} {} ?id={}&max=3 {text}", P::NAME, P::NAME) });
        self
    }

    /// Is told of every job that will not be tried again, before the queue is.
    #[must_use]
    pub fn on_dead<H, Fut>(mut self, handler: H) -> Self
    where
        H: Fn(DeadJob) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Failure>> + Send + 'static,
    {
        self.dead = Some(Arc::new(move |job| Box::pin(handler(job))));
        self
    }

    /// The job types, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.handlers.keys().copied()
    }

    fn with<P: JobPayload>(mut self, handler: Handler) -> Self {
        self.handlers.insert(P::NAME, handler);
        self.definitions.push(Adapter::<P>::definition());
        self
    }
}

//! One attempt: from the queue's row to the handler and back.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use graphile_worker::{IntoTaskHandlerResult, TaskHandler, WorkerContext};
use kernel::failure::Failure;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::envelope::Envelope;
use super::registry::{Attempt, DeadHandler, DeadJob, Handler};
use super::{JobFailure, JobPayload, SCHEMA};
use crate::db::{Db, OrFail};
use crate::telemetry;

/// What every attempt needs, handed to the library as an extension.
#[derive(Clone)]
pub(super) struct Dispatcher {
    pub(super) handlers: Arc<BTreeMap<&'static str, Handler>>,
    pub(super) dead: Option<DeadHandler>,
    pub(super) db: Db,
    pub(super) shutdown: CancellationToken,
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher").field("jobs", &self.handlers.len()).finish()
    }
}

/// Ties a payload type to its name in the library. The payload itself is read later, so that what cannot be
/// read is given up instead of tried 25 times.
#[derive(Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub(super) struct Adapter<P> {
    stored: serde_json::Value,
    #[serde(skip)]
    payload: PhantomData<fn() -> P>,
}

impl<P: JobPayload> TaskHandler for Adapter<P> {
    const IDENTIFIER: &'static str = P::NAME;

    async fn run(self, ctx: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(dispatcher) = ctx.get_ext::<Dispatcher>().cloned() else {
            return Err(Shown("the worker was started without its registry".to_owned()));
        };
        let job = ctx.job();
        let row =
            Row { id: *job.id(), attempt: i32::from(*job.attempts()), max_attempts: i32::from(*job.max_attempts()) };
        dispatcher.run(P::NAME, self.stored, row).await
    }
}

/// The error text the queue keeps with the job.
pub(super) struct Shown(String);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Clone, Copy)]
struct Row {
    id: i64,
    attempt: i32,
    max_attempts: i32,
}

impl Dispatcher {
    async fn run(&self, name: &'static str, stored: serde_json::Value, row: Row) -> Result<(), Shown> {
        let started = crate::clock::stopwatch();
        let result = self.attempt(name, stored.clone(), row).await;
        telemetry::metrics().job_finished(name, started.elapsed(), outcome(&result));
        let Err(failure) = result else { return Ok(()) };

        let text = failure.to_string();
        let given_up = matches!(failure, JobFailure::GiveUp(_));
        if given_up || row.attempt >= row.max_attempts {
            tracing::error!(job = name, id = row.id, attempt = row.attempt, failure = %text, "job is dead");
            self.bury(name, stored, row, failure).await?;
        } else {
            tracing::warn!(job = name, id = row.id, attempt = row.attempt, failure = %text, "job will be tried again");
        }
        Err(Shown(text))
    }

    /// Runs the handler in a task of its own: a panic is a failed attempt, and the worker's end stops it.
    async fn attempt(&self, name: &'static str, stored: serde_json::Value, row: Row) -> Result<(), JobFailure> {
        let envelope = Envelope::deserialize(&stored)
            .map_err(|error| JobFailure::GiveUp(Failure::internal(format!("envelope of job {name}: {error}"))))?;
        let Some(handler) = self.handlers.get(name) else {
            return Err(JobFailure::GiveUp(Failure::internal(format!("no handler for job {name}"))));
        };
        let span =
            tracing::info_span!("job", job = name, id = row.id, attempt = row.attempt, request_id = %envelope.request);
        telemetry::link(&span, envelope.trace.as_deref());
        let work = handler(Attempt {
            envelope,
            db: self.db.clone(),
            id: row.id,
            attempt: row.attempt,
            max_attempts: row.max_attempts,
            shutdown: self.shutdown.clone(),
        });
        match AbortOnDropHandle::new(tokio::spawn(work.instrument(span))).await {
            Ok(result) => result,
            Err(error) => Err(JobFailure::Retry(Failure::internal(format!("job {name} panicked: {error}")))),
        }
    }

    /// Tells the program that a job is dead, then makes sure the queue never runs it again. In this order, so
    /// that being killed in between leads to another attempt and not to silence.
    async fn bury(
        &self,
        name: &'static str,
        stored: serde_json::Value,
        row: Row,
        failure: JobFailure,
    ) -> Result<(), Shown> {
        if let Some(dead) = &self.dead {
            let envelope = Envelope::deserialize(&stored).ok();
            let told = dead(DeadJob {
                ctx: envelope.as_ref().and_then(|envelope| envelope.context(name)),
                db: self.db.clone(),
                name,
                payload: envelope.map_or(stored, |envelope| envelope.data),
                failure,
            })
            .await;
            if let Err(error) = told {
                tracing::error!(job = name, id = row.id, %error, "the end of a job could not be recorded");
                return Err(Shown(error.to_string()));
            }
        }
        let exhausted = format!("UPDATE {SCHEMA}._private_jobs SET attempts = max_attempts WHERE id = $1");
        sqlx::query(sqlx::AssertSqlSafe(exhausted))
            .bind(row.id)
            .execute(self.db.system_pool())
            .await
            .or_fail()
            .map_err(|error| Shown(error.to_string()))?;
        Ok(())
    }
}

const fn outcome(result: &Result<(), JobFailure>) -> &'static str {
    match result {
        Ok(()) => "done",
        Err(JobFailure::Retry(_)) => "retry",
        Err(JobFailure::GiveUp(_)) => "given_up",
    }
}

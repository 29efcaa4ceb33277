//! The worker: takes jobs from the queue until it is asked to stop.

use std::sync::Arc;
use std::time::Duration;

use graphile_worker::{JobComplete, Schema, WorkerOptions, WorkerRecoveryConfig, parse_crontab};
use kernel::failure::Failure;
use sqlx::AssertSqlSafe;
use tokio_util::sync::CancellationToken;

use super::SCHEMA;
use super::registry::JobRegistry;
use super::run::Dispatcher;
use crate::db::{Db, OrFail};

/// How often a worker says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// How often workers look for dead colleagues.
const SWEEP: Duration = Duration::from_secs(5);
/// Silence after which a worker counts as dead.
const SILENCE: Duration = Duration::from_secs(15);
/// Longest time until the jobs of a killed worker run again.
pub const TAKEOVER: Duration = Duration::from_secs(SILENCE.as_secs() + SWEEP.as_secs() + 2);
/// How long jobs may go on after the worker was asked to stop.
pub const GRACE: Duration = Duration::from_secs(20);
/// Pause before the worker starts again after losing the database.
const PAUSE: Duration = Duration::from_secs(1);

/// How a worker runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerSettings {
    /// Jobs at the same time.
    pub concurrency: usize,
    /// This is the only worker this database can have (embedded server): whatever is locked at start was locked
    /// by a dead predecessor and is taken over at once.
    pub exclusive: bool,
}

/// Works until `shutdown`, then lets running jobs finish for at most [`GRACE`]. A lost database is waited for.
///
/// # Errors
/// Only when the registry itself is wrong (a schedule that cannot be read, a schedule for an unknown job).
pub async fn run_worker(
    registry: JobRegistry,
    db: Db,
    settings: WorkerSettings,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let crontab = crontab(&registry)?;
    let definitions = registry.definitions;
    let dispatcher = Dispatcher {
        handlers: Arc::new(registry.handlers),
        dead: registry.dead,
        db: db.clone(),
        shutdown: shutdown.clone(),
    };
    while !shutdown.is_cancelled() {
        let options = options(&db, settings, &shutdown)
            .define_jobs(definitions.iter().cloned())
            .add_extension(dispatcher.clone())
            .with_crons(crontab.iter().cloned());
        match work(options, &db, settings).await {
            Ok(()) => break,
            Err(error) => tracing::warn!(%error, "the worker lost the database and starts again"),
        }
        tokio::select! {
            () = tokio::time::sleep(PAUSE) => {}
            () = shutdown.cancelled() => {}
        }
    }
    Ok(())
}

async fn work(options: WorkerOptions, db: &Db, settings: WorkerSettings) -> Result<(), Failure> {
    if settings.exclusive {
        take_over(db).await?;
    }
    let worker = options.init().await.map_err(|error| Failure::internal(format!("worker start: {error}")))?;
    tracing::info!(concurrency = settings.concurrency, "worker is ready");
    worker.run().await.map_err(|error| Failure::internal(format!("worker: {error}")))
}

fn options(db: &Db, settings: WorkerSettings, shutdown: &CancellationToken) -> WorkerOptions {
    let stop = shutdown.clone();
    let waker = db.clone();
    WorkerOptions::default()
        .pg_pool(db.system_pool().clone())
        .schema(Schema::from(SCHEMA))
        .concurrency(settings.concurrency.max(1))
        .poll_interval(Duration::from_secs(1))
        .listen_os_shutdown_signals(false)
        .shutdown_signal(async move { stop.cancelled().await })
        .shutdown_grace_period(GRACE)
        .shutdown_interrupted_job_retry_delay(Duration::ZERO)
        .worker_recovery(
            WorkerRecoveryConfig::default()
                .enabled(true)
                .heartbeat_interval(HEARTBEAT)
                .sweep_interval(SWEEP)
                .sweep_threshold(SILENCE)
                .recovery_delay(Duration::ZERO),
        )
        .on(JobComplete, move |_| wake(waker.clone()))
}

/// A slot that finishes a job sleeps until the next poll or notification; when more is ready, wake it.
async fn wake(db: Db) {
    let statement = format!(
        "SELECT pg_notify('jobs:insert', '{{\"count\":1}}') WHERE EXISTS \
         (SELECT FROM {SCHEMA}._private_jobs WHERE is_available AND run_at <= now())"
    );
    if let Err(error) = sqlx::query(AssertSqlSafe(statement)).execute(db.system_pool()).await {
        tracing::debug!(%error, "waking the worker failed; it polls anyway");
    }
}

/// Frees everything that dead predecessors held.
async fn take_over(db: &Db) -> Result<(), Failure> {
    let statement = format!(
        "SELECT {SCHEMA}.recover_dead_worker_jobs(ARRAY(
             SELECT locked_by FROM {SCHEMA}._private_jobs WHERE locked_by IS NOT NULL
             UNION SELECT locked_by FROM {SCHEMA}._private_job_queues WHERE locked_by IS NOT NULL))"
    );
    let freed: i32 = sqlx::query_scalar(AssertSqlSafe(statement)).fetch_one(db.system_pool()).await.or_fail()?;
    let forget = format!("DELETE FROM {SCHEMA}._private_workers");
    sqlx::query(AssertSqlSafe(forget)).execute(db.system_pool()).await.or_fail()?;
    if freed > 0 {
        tracing::info!(jobs = freed, "jobs of a stopped worker were taken over");
    }
    Ok(())
}

fn crontab(registry: &JobRegistry) -> Result<Vec<graphile_worker::Crontab>, Failure> {
    let mut entries = Vec::new();
    for recurring in &registry.recurring {
        let parsed = parse_crontab(&recurring.line)
            .map_err(|error| Failure::internal(format!("schedule `{}`: {error}", recurring.line)))?;
        for entry in parsed {
            if !registry.handlers.contains_key(entry.task_identifier.as_str()) {
                return Err(Failure::internal(format!("schedule for the unknown job {}", entry.task_identifier)));
            }
            entries.push(entry);
        }
    }
    Ok(entries)
}

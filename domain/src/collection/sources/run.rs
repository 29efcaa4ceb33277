//! A run: the ten steps of collection, each a stage of the run's operation.
//!
//! Whatever was fetched is in the ledger of seen files and whatever was imported is a report, so that the successor of a
//! killed worker, or the next try after a failure, goes on from there.

use std::sync::Arc;

use entity::{source, source_file, source_run};
use kernel::context::OpContext;
use kernel::failure::{Failure, FailureKind, Outcome};
use kernel::ids::{OperationId, SourceAlertId, SourceId, SourceRunId};
use kernel::limits::SOURCE_RUN_FILES;
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use platform::jobs::{DeadJob, Job, JobFailure, JobPayload, JobRegistry};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Cause, FileState, RunState, SourceRun};
use super::port::{Access, Collector, Session};
use super::{calendar, credentials, files, remittance, transfer, webhook};
use crate::Core;
use crate::collection::import::{self, ImportReport};
use crate::collection::recount::recount;
use crate::collection::{report, upload};
use crate::operations::{self, Count, Progress, Stages, Step};

/// The job that collects from a source.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CollectSource {
    /// The run.
    pub run_id: SourceRunId,
    /// The source.
    pub source_id: SourceId,
    /// The operation that stands for the job.
    pub operation_id: OperationId,
}

impl JobPayload for CollectSource {
    const NAME: &'static str = "source.collect";
}

/// Registers the jobs of sources, with the adapters that reach them.
#[must_use]
pub fn register(registry: JobRegistry, core: &Core, collector: Arc<dyn Collector>) -> JobRegistry {
    let own = core.clone();
    let registry = registry.on::<CollectSource, _, _>(move |job: Job, payload| {
        let (core, collector) = (own.clone(), collector.clone());
        async move { run(&core, &*collector, &job, payload).await }
    });
    calendar::register(registry, core)
}

async fn run(core: &Core, collector: &dyn Collector, job: &Job, payload: CollectSource) -> Result<(), JobFailure> {
    let ctx = &job.ctx;
    let stages = Stages::new(core.clone(), ctx.clone(), payload.operation_id);
    match attempt(core, collector, job, &payload, &stages).await {
        Ok(()) => Ok(()),
        Err(failure) => {
            stages.fail(failure.message()).await.map_err(JobFailure::Retry)?;
            // An attempt believed dead may have received the file a moment ago: the next one finds its report.
            let passes = import::passes(&failure)
                || matches!(failure.kind, FailureKind::Limited)
                || failure.code() == "REPORT_RECEIVED_TWICE";
            if passes && !job.is_last_attempt() {
                return Err(JobFailure::Retry(failure));
            }
            give_up(core, ctx, &payload, &failure).await.map_err(JobFailure::Retry)?;
            if matches!(failure.kind, FailureKind::Internal) { Err(JobFailure::GiveUp(failure)) } else { Ok(()) }
        }
    }
}

async fn attempt(
    core: &Core,
    collector: &dyn Collector,
    job: &Job,
    payload: &CollectSource,
    stages: &Stages,
) -> Outcome<()> {
    let ctx = &job.ctx;
    let tx = core.db.tenant(ctx).await?;
    let run = find(&tx, payload.run_id).await?;
    drop(tx);
    if run.state != RunState::Running {
        return Ok(());
    }
    operations::start(core, ctx, payload.operation_id).await?;

    // What the provider brought by itself is in the ledger already.
    if run.cause != Cause::Webhook || is_link(core, ctx, payload).await? {
        retrieve(core, collector, job, &run, stages).await?;
    } else {
        for step in [Step::Initiation, Step::Connection] {
            stages.done(step, &Count::default(), Some("WEBHOOK")).await?;
        }
        let count = Count::files(usize::try_from(run.fetched_count).unwrap_or_default());
        stages.done(Step::Retrieval, &count, Some("the call brought it")).await?;
    }
    if run.cause != Cause::Test {
        let tx = core.db.tenant(ctx).await?;
        let waiting = files::waiting(&tx, run.id).await?;
        let source = super::read::find(&tx, run.source_id).await?;
        let remittances = source.is_some_and(|source| source.method.brings_remittances());
        drop(tx);
        let mut progress = Progress::new(core.clone(), ctx.clone(), payload.operation_id);
        for file in waiting {
            // Between two files is a safe point to stop at.
            if job.shutdown.is_cancelled() {
                return Err(Failure::unavailable(
                    "WORKER_STOPS",
                    "The worker stops; the run goes on with the next one.",
                ));
            }
            if remittances {
                remittance::keep(core, ctx, &run, &file).await?;
            } else {
                import_one(core, ctx, &run, &file, stages, &mut progress).await?;
            }
        }
        let tx = core.db.tenant(ctx).await?;
        recount(&tx, run.operation_id, (core.clock)()).await?;
        tx.commit().await?;
    }
    succeed(core, ctx, &run, stages).await
}

async fn find(tx: &TenantTx, id: SourceRunId) -> Outcome<SourceRun> {
    let row = source_run::Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?;
    row.map(Into::into).ok_or_else(|| Failure::internal("a run of a source does not exist"))
}

/// Whether the call only said where the report is.
async fn is_link(core: &Core, ctx: &OpContext, payload: &CollectSource) -> Outcome<bool> {
    let tx = core.db.tenant_read(ctx).await?;
    Ok(super::read::find(&tx, payload.source_id).await?.is_some_and(|source| source.method.fetches_after_call()))
}

/// Steps 1 to 3: settings and credentials, connection, new files.
async fn retrieve(core: &Core, collector: &dyn Collector, job: &Job, run: &SourceRun, stages: &Stages) -> Outcome<()> {
    let ctx = &job.ctx;
    stages.enter(Step::Initiation).await?;
    let access = access(core, ctx, run).await?;
    stages.done(Step::Initiation, &Count::default(), Some(access.method.kind())).await?;

    stages.enter(Step::Connection).await?;
    let mut session = collector.connect(access).await?;
    keep_renewed(core, ctx, run, &mut *session).await?;
    stages.done(Step::Connection, &Count::default(), None).await?;

    stages.enter(Step::Retrieval).await?;
    let fetched = fetch_all(core, job, run, &mut *session).await;
    keep_renewed(core, ctx, run, &mut *session).await?;
    session.close().await;
    let (found, left) = fetched?;
    let tx = core.db.tenant(ctx).await?;
    let count = find(&tx, run.id).await?.fetched_count;
    let note = if left > 0 { format!("{found} found, {left} left for the next run") } else { format!("{found} found") };
    let count = Count::files(usize::try_from(count).unwrap_or_default());
    operations::settle(&tx, run.operation_id, Step::Retrieval, &count, Some(&note), (core.clock)()).await?;
    tx.commit().await
}

async fn access(core: &Core, ctx: &OpContext, run: &SourceRun) -> Outcome<Access> {
    let tx = core.db.tenant(ctx).await?;
    let row = source::Entity::find_by_id((ctx.tenant_id.uuid(), run.source_id.uuid()))
        .one(&tx)
        .await
        .or_fail()?
        .ok_or_else(|| Failure::not_found("NOT_FOUND", "The source of the run does not exist any more."))?;
    // What a call has said goes before what is remembered.
    let position = match run.cause {
        Cause::Webhook => webhook::link(&tx, run.id).await?,
        _ => row.position.clone(),
    };
    let source = super::model::Source::try_from(row)?;
    let credentials = credentials::open(&tx, ctx, core, source.id).await?;
    tx.commit().await?;
    Ok(Access { method: source.method, credentials, position, now: ctx.now })
}

/// A refresh token may be good for one use: its successor is kept before anything else happens.
async fn keep_renewed(core: &Core, ctx: &OpContext, run: &SourceRun, session: &mut dyn Session) -> Outcome<()> {
    let renewed = session.renewed();
    if renewed.is_empty() {
        return Ok(());
    }
    let tx = core.db.tenant(ctx).await?;
    let Some(source) = super::read::find(&tx, run.source_id).await? else { return Ok(()) };
    credentials::set(&tx, ctx, core, run.source_id, &source.method, &renewed).await?;
    tx.commit().await
}

/// Fetches what is new; says how many files were found and how many were left for another run.
async fn fetch_all(core: &Core, job: &Job, run: &SourceRun, session: &mut dyn Session) -> Outcome<(usize, usize)> {
    let ctx = &job.ctx;
    let listed = session.list().await?;
    let found = listed.len();
    let tx = core.db.tenant(ctx).await?;
    source_run::Entity::update_many()
        .col_expr(source_run::Column::FoundCount, Expr::value(i32::try_from(found).unwrap_or(i32::MAX)))
        .filter(source_run::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(source_run::Column::Id.eq(run.id.uuid()))
        .exec(&tx)
        .await
        .or_fail()?;
    let new = files::unseen(&tx, run.source_id, listed).await?;
    tx.commit().await?;
    if run.cause == Cause::Test {
        return Ok((found, new.len()));
    }
    let mut progress = Progress::new(core.clone(), ctx.clone(), run.operation_id);
    let total = new.len().min(SOURCE_RUN_FILES);
    progress.stage(Step::Retrieval.shown(), i64::try_from(total).ok(), "files").await?;
    for (index, remote) in new.iter().take(total).enumerate() {
        if job.shutdown.is_cancelled() {
            return Err(Failure::unavailable("WORKER_STOPS", "The worker stops; the run goes on with the next one."));
        }
        transfer::fetch(core, ctx, session, remote, (run.source_id, run.id)).await?;
        progress.done(i64::try_from(index + 1).unwrap_or(i64::MAX)).await?;
    }
    Ok((found, new.len() - total))
}

/// Steps 4 to 9 for one file. What is wrong with a file is the file's answer, and the next file follows.
async fn import_one(
    core: &Core,
    ctx: &OpContext,
    run: &SourceRun,
    file: &source_file::Model,
    stages: &Stages,
    progress: &mut Progress,
) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    let report_id = match files::hold(&tx, file.id.into()).await? {
        // An earlier try has begun with it.
        Some(id) => id,
        None => {
            if let Some(known) = report::same_bytes(&tx, &file.content_hash).await? {
                files::tie(&tx, file.id.into(), known.id).await?;
                files::settle(&tx, file.id.into(), run.id, FileState::Duplicate, None).await?;
                recount(&tx, run.operation_id, (core.clock)()).await?;
                return tx.commit().await;
            }
            let received = report::Received {
                upload: upload::keep(&tx, ctx, &file.file_name, &file.object_key, (file.byte_size, &file.content_hash))
                    .await?,
                file_name: &file.file_name,
                object_key: &file.object_key,
                byte_size: Some(file.byte_size),
                content_hash: file.content_hash.clone(),
                operation_id: run.operation_id,
                month: report::first_open_month(&tx, Month::of(ctx.now.date_naive())).await?,
                source: Some(run.source_id),
            };
            let id = report::receive(&tx, ctx, &received).await?;
            files::tie(&tx, file.id.into(), id).await?;
            id
        }
    };
    tx.commit().await?;
    let part = ImportReport { report_id, operation_id: run.operation_id, part_of_run: true };
    let outcome = import::attempt(core, ctx, &part, stages, progress).await;
    let (state, failure) = match &outcome {
        Ok(()) => (FileState::Imported, None),
        Err(failure) if import::passes(failure) || failure.code() == "OPERATION_CANCELLED" => return outcome,
        Err(failure) => {
            import::refuse(core, ctx, &part, failure).await?;
            (FileState::Refused, Some((failure.code(), failure.message())))
        }
    };
    let tx = core.db.tenant(ctx).await?;
    files::settle(&tx, file.id.into(), run.id, state, failure).await?;
    recount(&tx, run.operation_id, (core.clock)()).await?;
    tx.commit().await
}

/// Step 10: the run is over, alerts are cleared, everybody concerned is told.
async fn succeed(core: &Core, ctx: &OpContext, run: &SourceRun, stages: &Stages) -> Outcome<()> {
    let test = run.cause == Cause::Test;
    if !test {
        stages.enter(Step::Notification).await?;
    }
    let now = (core.clock)();
    let tx = core.db.tenant(ctx).await?;
    end(&tx, run.id, RunState::Succeeded, None, now).await?;
    if !test {
        clear(&tx, run.source_id, "RUN_FAILED", now).await?;
        let run = find(&tx, run.id).await?;
        if run.fetched_count > 0 {
            clear(&tx, run.source_id, "REPORT_MISSING", now).await?;
        }
        let told = json!({
            "sourceId": run.source_id.to_string(), "runId": run.id.to_string(), "fetched": run.fetched_count,
            "duplicates": run.duplicate_count, "refused": run.refused_count,
        });
        outbox::write(&tx, "source.collected", &told).await?;
        let count = Count::files(usize::try_from(run.fetched_count).unwrap_or_default());
        operations::settle(&tx, run.operation_id, Step::Notification, &count, None, now).await?;
    }
    operations::finish(&tx, run.operation_id, now).await?;
    tx.commit().await
}

async fn give_up(core: &Core, ctx: &OpContext, payload: &CollectSource, failure: &Failure) -> Outcome<()> {
    let now = (core.clock)();
    let tx = core.db.tenant(ctx).await?;
    let run = find(&tx, payload.run_id).await?;
    end(&tx, run.id, RunState::Failed, Some(failure), now).await?;
    if run.cause != Cause::Test && failure.code() != "OPERATION_CANCELLED" {
        raise(&tx, run.source_id, "RUN_FAILED", failure.message(), now).await?;
    }
    operations::fail(&tx, payload.operation_id, now, failure).await?;
    tx.commit().await
}

/// The run of a job that died (a panic in its last attempt) has failed; the source is free for the next one.
///
/// # Errors
/// Database failures.
pub async fn job_died(core: &Core, dead: &DeadJob) -> Outcome<()> {
    let Some(ctx) = dead.ctx.as_ref().filter(|_| dead.name == CollectSource::NAME) else { return Ok(()) };
    let Ok(payload) = serde_json::from_value::<CollectSource>(dead.payload.clone()) else { return Ok(()) };
    give_up(core, ctx, &payload, dead.failure.failure()).await
}

async fn end(
    tx: &TenantTx,
    id: SourceRunId,
    state: RunState,
    failure: Option<&Failure>,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome<()> {
    use source_run::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::FailureCode, Expr::value(failure.map(Failure::code)))
        .col_expr(Column::FailureMessage, Expr::value(failure.map(|failure| failure.message().to_owned())))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.eq(RunState::Running.as_str()))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

/// Raises an alert; one that is open says the newest message and keeps its beginning.
pub(super) async fn raise(
    tx: &TenantTx,
    source: SourceId,
    kind: &str,
    message: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome<()> {
    tx.execute_raw(sql(
        "INSERT INTO source_alert (tenant_id, id, source_id, kind, message, raised_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (tenant_id, source_id, kind) WHERE cleared_at IS NULL DO UPDATE SET message = excluded.message",
        [
            tx.tenant_id().uuid().into(),
            SourceAlertId::new().uuid().into(),
            source.uuid().into(),
            kind.into(),
            message.into(),
            now.into(),
        ],
    ))
    .await
    .or_fail()?;
    outbox::write(tx, "source.alert", &json!({ "sourceId": source.to_string(), "kind": kind })).await
}

/// A report of a source was imported: an unusual one raises an alert, a usual one ends it.
pub(in crate::collection) async fn judged(
    tx: &TenantTx,
    source: SourceId,
    file_name: &str,
    warnings: usize,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome<()> {
    if warnings == 0 {
        return clear(tx, source, "REPORT_UNUSUAL", now).await;
    }
    let message =
        format!("`{file_name}` is unusual in {warnings} points: look at its validation before you calculate with it.");
    raise(tx, source, "REPORT_UNUSUAL", &message, now).await
}

/// A report of a source was uploaded by a person: it has come.
pub(in crate::collection) async fn came_by_hand(
    tx: &TenantTx,
    source: SourceId,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome<()> {
    tx.execute_raw(sql(
        "UPDATE source SET last_file_at = $3 WHERE tenant_id = $1 AND id = $2",
        [tx.tenant_id().uuid().into(), source.uuid().into(), now.into()],
    ))
    .await
    .or_fail()?;
    clear(tx, source, "REPORT_MISSING", now).await
}

async fn clear(tx: &TenantTx, source: SourceId, kind: &str, now: chrono::DateTime<chrono::Utc>) -> Outcome<()> {
    tx.execute_raw(sql(
        "UPDATE source_alert SET cleared_at = $4
         WHERE tenant_id = $1 AND source_id = $2 AND kind = $3 AND cleared_at IS NULL",
        [tx.tenant_id().uuid().into(), source.uuid().into(), kind.into(), now.into()],
    ))
    .await
    .or_fail()?;
    Ok(())
}

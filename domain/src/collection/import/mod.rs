//! The import of one report: a file in the store becomes lines, totals and suspense.
//!
//! All lines of a report are written by one `COPY` in one transaction, so that after a killed worker either all
//! of them are there or none. What else belongs to the report is written by the transaction that shows it.

mod read;
mod save;

pub(super) use read::{COLUMNS as LINE_COLUMNS, Target, open, put_line, refused, spool};
pub(super) use save::insert_groups;

use formats::layout::Layouts;
use kernel::context::OpContext;
use kernel::failure::{Failure, FailureKind, Outcome};
use kernel::ids::{OperationId, ReportId};
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, ensure_month_partitions, sql};
use platform::jobs::{Job, JobFailure, JobPayload, JobRegistry};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::matcher::Matcher;
use super::model::{LayoutInfo, ReportState};
use super::report::{find, first_open_month};
use crate::Core;
use crate::operations::{self, Count, Progress, Stages, Step};

/// The job that imports a report.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportReport {
    /// The report.
    pub report_id: ReportId,
    /// The operation that stands for the job.
    pub operation_id: OperationId,
    /// Whether the operation is a run of a source, which ends it.
    #[serde(default)]
    pub part_of_run: bool,
}

impl JobPayload for ImportReport {
    const NAME: &'static str = "report.import";
}

/// Registers the jobs of collection.
#[must_use]
pub fn register(registry: JobRegistry, core: &Core) -> JobRegistry {
    let registry = super::duplicates::register(super::rematch::register(registry, core), core);
    let registry = super::repairs::register(registry, core);
    let core = core.clone();
    registry.on::<ImportReport, _, _>(move |job: Job, payload| {
        let core = core.clone();
        async move { run(&core, &job, payload).await }
    })
}

pub(super) fn known_layouts() -> Vec<LayoutInfo> {
    Layouts::shipped()
        .iter()
        .map(|layout| LayoutInfo {
            id: layout.id().to_owned(),
            version: i32::try_from(layout.version()).unwrap_or(i32::MAX),
            title: layout.title().to_owned(),
            platform: layout.provider().to_owned(),
            evidence: layout.spec().evidence.note.clone(),
        })
        .collect()
}

async fn run(core: &Core, job: &Job, payload: ImportReport) -> Result<(), JobFailure> {
    let stages = Stages::new(core.clone(), job.ctx.clone(), payload.operation_id);
    let mut progress = Progress::new(core.clone(), job.ctx.clone(), payload.operation_id);
    let outcome = attempt(core, &job.ctx, &payload, &stages, &mut progress).await;
    if let Err(failure) = &outcome {
        stages.fail(failure.message()).await.map_err(JobFailure::Retry)?;
    }
    match outcome {
        Ok(()) => Ok(()),
        // What the worker can heal by itself is tried again; the rest is the report's answer.
        Err(failure) if passes(&failure) && !job.is_last_attempt() => Err(JobFailure::Retry(failure)),
        Err(failure) => {
            refuse(core, &job.ctx, &payload, &failure).await.map_err(JobFailure::Retry)?;
            if matches!(failure.kind, FailureKind::Internal) { Err(JobFailure::GiveUp(failure)) } else { Ok(()) }
        }
    }
}

/// Whether the next attempt may get further. Rows that exist mean that an attempt believed dead has just got to its
/// end: the next one finds what it left.
pub(super) fn passes(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Unavailable | FailureKind::Internal) || failure.code() == "ALREADY_EXISTS"
}

/// Marks the report and its operation failed, with the reason for a person.
pub(super) async fn refuse(core: &Core, ctx: &OpContext, payload: &ImportReport, failure: &Failure) -> Outcome<()> {
    use entity::revenue_report::{Column, Entity};
    let tx = core.db.tenant(ctx).await?;
    Entity::update_many()
        .col_expr(Column::State, Expr::value(ReportState::Failed.as_str()))
        .col_expr(Column::FailureCode, Expr::value(failure.code()))
        .col_expr(Column::FailureMessage, Expr::value(failure.message()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.eq(payload.report_id.uuid()))
        .filter(Column::State.is_in([ReportState::Received, ReportState::Importing].map(ReportState::as_str)))
        .exec(&tx)
        .await
        .or_fail()?;
    if !payload.part_of_run {
        operations::fail(&tx, payload.operation_id, (core.clock)(), failure).await?;
    }
    tx.commit().await
}

/// One try: from the stored file to lines and totals. Steps 3 to 9 of collection, and all ten when the operation is the
/// import's own.
pub(super) async fn attempt(
    core: &Core,
    ctx: &OpContext,
    payload: &ImportReport,
    stages: &Stages,
    progress: &mut Progress,
) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    let report =
        find(&tx, payload.report_id).await?.ok_or_else(|| Failure::internal("a report to import does not exist"))?;
    let ended = [ReportState::Imported, ReportState::Held, ReportState::Discarded].map(ReportState::as_str);
    if ended.contains(&report.state.as_str()) {
        return Ok(());
    }
    drop(tx);
    if !payload.part_of_run {
        operations::start(core, ctx, payload.operation_id).await?;
        stages.done(Step::Initiation, &Count::default(), None).await?;
        stages.done(Step::Connection, &Count::default(), None).await?;
        stages.enter(Step::Retrieval).await?;
    }
    progress.stage(Step::Retrieval.shown(), None, "bytes").await?;
    let file = read::spool(core, &report.object_key).await?;
    if !payload.part_of_run {
        stages.done(Step::Retrieval, &Count::files(1), None).await?;
    }
    stages.enter(Step::InitialValidation).await?;
    let tx = core.db.tenant_read(ctx).await?;
    let own = super::layouts::in_use(&tx).await?;
    drop(tx);
    let reader = read::open(file, report.file_name.clone(), own).await?;

    let tx = core.db.tenant(ctx).await?;
    let month = begin(&tx, &report, reader.layout()).await?;
    let written = lines_exist(&tx, payload.report_id, month).await?;
    let matched_at = (core.clock)();
    let matcher = Matcher::load(&tx, reader.layout().id()).await?;
    let rules = super::repairs::in_use(&tx, reader.layout().id()).await?;
    let reader = if rules.is_empty() {
        reader
    } else {
        reader.with_repairs(formats::report::Repairs::new(std::collections::HashMap::new(), rules))
    };
    tx.commit().await?;
    ensure_month_partitions(&core.db, &[month]).await?;

    // From here the steps run side by side: rows are read, matched and stored as they come.
    stages.enter(Step::Normalisation).await?;
    progress.stage(Step::Normalisation.shown(), None, "rows").await?;
    let target = read::Target { tenant_id: ctx.tenant_id, report_id: payload.report_id, month };
    let read = read::lines(core, ctx, reader, matcher, target, written, progress).await?;
    stages.enter(Step::Staging).await?;
    progress.stage(Step::Staging.shown(), None, "rows").await?;
    save::totals(core, ctx, payload, month, matched_at, read).await
}

/// Marks the report as being read, under an open month.
async fn begin(
    tx: &TenantTx,
    report: &entity::revenue_report::Model,
    layout: &formats::layout::Layout,
) -> Outcome<Month> {
    use entity::revenue_report::{Column, Entity};
    let known = Month::of(report.accounting_month);
    // Lines that were written before the worker died decide the month.
    let month =
        if lines_exist(tx, report.id.into(), known).await? { known } else { first_open_month(tx, known).await? };
    let begun = Entity::update_many()
        .col_expr(Column::State, Expr::value(ReportState::Importing.as_str()))
        .col_expr(Column::AccountingMonth, Expr::value(month.first_day()))
        .col_expr(Column::Layout, Expr::value(layout.id()))
        .col_expr(Column::LayoutVersion, Expr::value(i32::try_from(layout.version()).unwrap_or(i32::MAX)))
        .col_expr(Column::Platform, Expr::value(layout.provider()))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(report.id))
        .filter(Column::State.is_in([ReportState::Received.as_str(), ReportState::Importing.as_str()]))
        .exec(tx)
        .await
        .or_fail()?;
    moved(begun.rows_affected)?;
    Ok(month)
}

/// An attempt believed dead may have ended the import in the meantime: what is imported stays imported.
fn moved(rows: u64) -> Outcome<()> {
    if rows == 0 {
        return Err(Failure::unavailable("REPORT_MOVED", "Another attempt has just ended the import of the report."));
    }
    Ok(())
}

pub(super) async fn lines_exist(tx: &TenantTx, report: ReportId, month: Month) -> Outcome<bool> {
    let row = tx
        .query_one_raw(sql(
            "SELECT 1 FROM revenue_line WHERE tenant_id = $1 AND accounting_month = $2 AND report_id = $3 LIMIT 1",
            [tx.tenant_id().uuid().into(), month.first_day().into(), report.uuid().into()],
        ))
        .await
        .or_fail()?;
    Ok(row.is_some())
}

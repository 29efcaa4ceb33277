//! Reads mended rows again and posts those that can be read now.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::revenue_report::{Entity, Model};
use formats::report::{Fix, Mended, Repairs};
use formats::value::ExactSum;
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, FailureKind, Outcome};
use kernel::ids::{OperationId, ReportId};
use kernel::period::Month;
use platform::audit::{self, Change};
use platform::db::{CopyBuffer, OrFail, TenantTx, ensure_month_partitions, sql};
use platform::events::outbox;
use platform::jobs::{Job, JobFailure, JobPayload, JobRegistry};
use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, FromQueryResult, IntoActiveModel};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::super::duplicates::post_totals;
use super::super::import::{self, LINE_COLUMNS, Target, passes};
use super::super::matcher::Matcher;
use super::super::model::ReportState;
use super::super::rematch;
use super::super::report::{find, first_open_month};
use super::super::totals::Tally;
use super::rules;
use crate::Core;
use crate::operations::{self, Progress};

/// Rows of one batch.
const BATCH_ROWS: usize = 16_384;

/// The job that posts mended rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RepairRows {
    /// The report.
    pub report_id: ReportId,
    /// The operation that stands for the job.
    pub operation_id: OperationId,
    /// Whether rules are made of what was put in.
    pub remember: bool,
}

impl JobPayload for RepairRows {
    const NAME: &'static str = "report.repair";
}

/// Registers the job.
pub(in crate::collection) fn register(registry: JobRegistry, core: &Core) -> JobRegistry {
    let core = core.clone();
    registry.on::<RepairRows, _, _>(move |job: Job, payload| {
        let core = core.clone();
        async move { run(&core, &job, payload).await }
    })
}

async fn run(core: &Core, job: &Job, payload: RepairRows) -> Result<(), JobFailure> {
    match attempt(core, &job.ctx, &payload).await {
        Ok(()) => Ok(()),
        Err(failure) if passes(&failure) && !job.is_last_attempt() => Err(JobFailure::Retry(failure)),
        Err(failure) => {
            give_up(core, &job.ctx, &payload, &failure).await.map_err(JobFailure::Retry)?;
            if matches!(failure.kind, FailureKind::Internal) { Err(JobFailure::GiveUp(failure)) } else { Ok(()) }
        }
    }
}

/// The rows were not mended, and say why.
pub(in crate::collection) async fn give_up(
    core: &Core,
    ctx: &OpContext,
    payload: &RepairRows,
    failure: &Failure,
) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    end_all(&tx, payload, failure.message(), (core.clock)()).await?;
    operations::fail(&tx, payload.operation_id, (core.clock)(), failure).await?;
    tx.commit().await
}

#[derive(FromQueryResult)]
struct Waiting {
    id: Uuid,
    line_no: i64,
    cells: Json,
}

/// What of a file was mended, read again.
struct Again {
    tally: Tally,
    buffer: CopyBuffer,
    mended: Vec<Mended>,
    problems: HashMap<u64, String>,
}

async fn attempt(core: &Core, ctx: &OpContext, payload: &RepairRows) -> Outcome<()> {
    let tx = core.db.tenant_read(ctx).await?;
    let of = find(&tx, payload.report_id).await?.ok_or_else(|| Failure::internal("a report to mend does not exist"))?;
    let waiting = Waiting::find_by_statement(sql(
        "SELECT id, line_no, cells FROM report_repair
          WHERE tenant_id = $1 AND report_id = $2 AND state = 'WAITING' ORDER BY line_no",
        [ctx.tenant_id.uuid().into(), payload.report_id.uuid().into()],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    let own = super::super::layouts::in_use(&tx).await?;
    let month = first_open_month(&tx, Month::of(of.accounting_month)).await?;
    let source = of.layout.clone().unwrap_or_default();
    let matcher = Matcher::load(&tx, &source).await?;
    drop(tx);
    operations::start(core, ctx, payload.operation_id).await?;
    let mut progress = Progress::new(core.clone(), ctx.clone(), payload.operation_id);
    progress.stage("Reading the rows again", None, "rows").await?;
    let file = import::spool(core, &of.object_key).await?;
    let reader = import::open(file, of.file_name.clone(), own).await?;
    if reader.layout().id() != source {
        let message = "The file is read with another layout today: import it anew.";
        return Err(Failure::conflict("LAYOUT_CHANGED", message));
    }
    let fixes: HashMap<u64, Fix> =
        waiting.iter().filter_map(|row| Some((row.line_no.try_into().ok()?, fix(&row.cells)?))).collect();
    let id = ReportId::new();
    let target = Target { tenant_id: ctx.tenant_id, report_id: id, month };
    let again = tokio::task::spawn_blocking(move || read(reader, fixes, &matcher, target))
        .await
        .map_err(|error| Failure::internal(error.to_string()))??;
    progress.stage("Posting", None, "rows").await?;
    let Again { tally, buffer, mended, problems } = again;
    if !buffer.is_empty() {
        ensure_month_partitions(&core.db, &[month]).await?;
        let mut bulk = core.db.bulk(ctx).await?;
        let mut copy = bulk.copy_in("revenue_line", LINE_COLUMNS).await?;
        copy.send(buffer).await?;
        copy.finish().await?;
        bulk.commit().await?;
    }

    let now = (core.clock)();
    let tx = core.db.tenant(ctx).await?;
    if !mended.is_empty() {
        show(&tx, ctx, &of, (id, month, payload.operation_id), &tally, &mended, now).await?;
        rematch::enqueue(&tx).await?;
    }
    let posted: HashMap<u64, &Mended> = mended.iter().map(|row| (row.line_no, row)).collect();
    for row in &waiting {
        let line = u64::try_from(row.line_no).unwrap_or_default();
        let (state, message, cells, report) = match posted.get(&line) {
            Some(mended) => ("POSTED", None, cells_of(mended), Some(id.uuid())),
            None => {
                let told = problems.get(&line).cloned();
                (
                    "REFUSED",
                    Some(told.unwrap_or_else(|| "The row does not stand there.".to_owned())),
                    row.cells.clone(),
                    None,
                )
            }
        };
        tx.execute_raw(sql(
            "UPDATE report_repair SET state = $3, message = $4, cells = $5, repair_report_id = $6, ended_at = $7
              WHERE tenant_id = $1 AND id = $2 AND state = 'WAITING'",
            [
                ctx.tenant_id.uuid().into(),
                row.id.into(),
                state.into(),
                message.into(),
                cells.into(),
                report.into(),
                now.into(),
            ],
        ))
        .await
        .or_fail()?;
    }
    if payload.remember {
        let mut learnt = HashSet::new();
        for cell in mended.iter().flat_map(|row| &row.cells) {
            // An empty cell is no text that a source keeps writing.
            if !cell.was.trim().is_empty() && learnt.insert((cell.name.clone(), cell.was.clone())) {
                rules::learn(&tx, ctx, &source, &cell.name, (cell.was.trim(), &cell.value)).await?;
            }
        }
    }
    operations::finish(&tx, payload.operation_id, now).await?;
    tx.commit().await
}

fn fix(cells: &Json) -> Option<Fix> {
    if let Some(row) = cells.get("row").and_then(Json::as_array) {
        return Some(Fix::Row(row.iter().map(|cell| cell.as_str().unwrap_or_default().to_owned()).collect()));
    }
    let cell =
        |cell: &Json| Some((usize::try_from(cell["column"].as_u64()?).ok()?, cell["value"].as_str()?.to_owned()));
    Some(Fix::Cells(cells.as_array()?.iter().filter_map(cell).collect()))
}

/// The cells of a mended row as they are kept.
pub(super) fn cells_of(row: &Mended) -> Json {
    let cell = |cell: &formats::report::Cell| json!({ "column": cell.column, "was": cell.was, "value": cell.value });
    Json::Array(row.cells.iter().map(cell).collect())
}

/// Goes through the file once more and keeps the lines of mended rows.
fn read(
    reader: formats::report::Reader,
    fixes: HashMap<u64, Fix>,
    matcher: &Matcher,
    target: Target,
) -> Outcome<Again> {
    let wanted: HashSet<u64> = fixes.keys().copied().collect();
    let mut reader = reader.with_repairs(Repairs::new(fixes, Vec::new()));
    let mut again = Again {
        tally: Tally::default(),
        buffer: CopyBuffer::new(LINE_COLUMNS.len()),
        mended: Vec::new(),
        problems: HashMap::new(),
    };
    let mut key = String::new();
    while let Some(batch) = reader.next_batch(BATCH_ROWS).map_err(import::refused)? {
        for bad in batch.bad.iter().filter(|bad| wanted.contains(&bad.line_no)) {
            let told: Vec<&str> = bad.problems.iter().map(|problem| problem.message.as_str()).collect();
            again.problems.insert(bad.line_no, told.join("; "));
        }
        let mended: HashSet<u64> = batch.mended.iter().map(|row| row.line_no).collect();
        for line in batch.lines().filter(|line| mended.contains(&line.line_no)) {
            import::put_line(&line, matcher, target, &mut key, &mut again.tally, Some(&mut again.buffer))?;
        }
        again.mended.extend(batch.mended);
    }
    Ok(again)
}

/// The report that has the mended lines. Its total is what the rows have now less what was counted for them before, as
/// skipped: both reports together are the file as it was meant.
async fn show(
    tx: &TenantTx,
    ctx: &OpContext,
    of: &Model,
    (id, month, operation_id): (ReportId, Month, OperationId),
    tally: &Tally,
    mended: &[Mended],
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome<()> {
    let units: i64 = tally.sums.values().map(|sums| sums.units).fold(0, i64::saturating_add);
    let rows = tally.posted_rows.saturating_add(tally.suspense_rows);
    let row = Model {
        id: id.uuid(),
        operation_id: operation_id.uuid(),
        content_hash: blake3::hash(format!("repair {id}").as_bytes()).as_bytes().to_vec(),
        byte_size: 0,
        state: ReportState::Imported.as_str().to_owned(),
        accounting_month: month.first_day(),
        sale_from: tally.sale.map(|(from, _)| from),
        sale_to: tally.sale.map(|(_, to)| to),
        row_count: rows,
        posted_count: tally.posted_rows,
        suspense_count: tally.suspense_rows,
        skipped_count: 0,
        error_count: 0,
        unit_count: units,
        failure_code: None,
        failure_message: None,
        calculated_run_id: None,
        version: 1,
        received_by: ctx.actor.label(),
        received_at: now,
        imported_at: Some(now),
        file_removed_at: Some(now),
        kind: "REPAIR".to_owned(),
        of_report_id: Some(of.id),
        decision: None,
        decided_by: None,
        decided_at: None,
        excluded_count: 0,
        ..of.clone()
    };
    Entity::insert(row.into_active_model().reset_all()).exec_without_returning(tx).await.or_fail()?;
    let mut before: BTreeMap<Currency, ExactSum> = BTreeMap::new();
    let mut exact: BTreeMap<Currency, (ExactSum, ExactSum)> = BTreeMap::new();
    for row in mended {
        let (file, kept) = exact.entry(row.currency).or_default();
        file.add(row.exact);
        kept.add(row.kept);
        if let Some((amount, currency)) = row.before {
            before.entry(currency).or_default().add(amount);
            exact.entry(currency).or_default();
        }
    }
    let none = ExactSum::default();
    for (currency, (file, kept)) in &exact {
        let sums = tally.sums.get(currency);
        let before = before.get(currency).unwrap_or(&none);
        tx.execute_raw(sql(
            "INSERT INTO report_total (tenant_id, report_id, currency, total, posted, suspense, skipped, cut, units)
             VALUES ($1, $2, $3, $4::text::numeric, $5, $6, -($7::text::numeric), $8::text::numeric, $9)",
            [
                tx.tenant_id().uuid().into(),
                id.uuid().into(),
                currency.code().into(),
                file.minus(before).to_plain_string().into(),
                sums.map(|sums| sums.posted).unwrap_or_default().into(),
                sums.map(|sums| sums.suspense).unwrap_or_default().into(),
                before.to_string().into(),
                file.minus(kept).to_plain_string().into(),
                sums.map(|sums| sums.units).unwrap_or_default().into(),
            ],
        ))
        .await
        .or_fail()?;
    }
    let source = of.layout.as_deref().unwrap_or_default();
    import::insert_groups(tx, id, tally, source, false, now).await?;
    post_totals(tx, id, month).await?;
    let change = Change {
        action: "report.repaired",
        entity_kind: "REVENUE_REPORT",
        entity_id: id.uuid(),
        before: None,
        after: Some(json!({ "ofReport": ReportId(of.id).to_string(), "rows": rows })),
    };
    audit::record(tx, ctx, change).await?;
    outbox::write(tx, "report.imported", &json!({ "reportId": id.to_string() })).await
}

/// A repair that failed as a whole leaves its rows as they were, and says why.
async fn end_all(
    tx: &TenantTx,
    payload: &RepairRows,
    message: &str,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome<()> {
    tx.execute_raw(sql(
        "UPDATE report_repair SET state = 'REFUSED', message = $3, ended_at = $4
          WHERE tenant_id = $1 AND report_id = $2 AND state = 'WAITING'",
        [tx.tenant_id().uuid().into(), payload.report_id.uuid().into(), message.into(), now.into()],
    ))
    .await
    .or_fail()?;
    Ok(())
}

//! The use cases and the job of bulk imports.

use entity::import_error::{ActiveModel, Column, Entity};
use kernel::context::OpContext;
use kernel::failure::{Failure, FailureKind, Finding, Outcome};
use kernel::ids::OperationId;
use kernel::limits::REPORT_ERRORS_KEPT;
use kernel::page::{Cursor, Page, PageRequest};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use platform::jobs::{self, Job, JobFailure, JobOptions, JobPayload, JobRegistry};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{CatalogueImport, ImportError, ImportErrorFilter, ImportKind, ImportRequest, Refusal, Tally};
use super::sheet::{self, Sheet};
use super::{catalogue, contracts, parties, rates};
use crate::Core;
use crate::collection::{consume_upload, rematch_suspense};
use crate::operations::{self, Progress};

/// The largest file of a bulk import: it is read at once.
const FILE_BYTES: u64 = 128 * 1024 * 1024;

/// The job that imports a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ImportCatalogue {
    /// What the file brings.
    pub kind: ImportKind,
    /// Where its bytes are.
    pub object_key: String,
    /// The operation that stands for the job.
    pub operation_id: OperationId,
}

impl JobPayload for ImportCatalogue {
    const NAME: &'static str = "catalogue.import";
}

/// Registers the job of bulk imports.
#[must_use]
pub fn register(registry: JobRegistry, core: &Core) -> JobRegistry {
    let core = core.clone();
    registry.on::<ImportCatalogue, _, _>(move |job: Job, payload| {
        let core = core.clone();
        async move { run(&core, &job, payload).await }
    })
}

/// Takes a file in and enqueues its import. The imports of a tenant run one after the other.
///
/// # Errors
/// `UPLOAD_UNKNOWN`, `UPLOAD_EMPTY`, `FILE_TOO_LARGE`, `IDEMPOTENCY_KEY_REUSED`, `FORBIDDEN`; database failures.
pub async fn catalogue_import(ctx: &OpContext, core: &Core, input: ImportRequest) -> Outcome<CatalogueImport> {
    ctx.require(input.kind.permission())?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(stored) = idempotency::begin(&tx, &input.idempotency_key, "catalogueImport", &hash).await? {
        let id = stored["operationId"].as_str().and_then(|text| text.parse::<OperationId>().ok());
        let operation_id = id.ok_or_else(|| Failure::internal("a replayed import without an operation"))?;
        return Ok(CatalogueImport { operation_id, is_replay: true });
    }
    let file = consume_upload(&tx, input.upload_id).await?;
    if file.byte_size.and_then(|size| u64::try_from(size).ok()).is_some_and(|size| size > FILE_BYTES) {
        let message = format!("A bulk import has at most {FILE_BYTES} bytes: split the file.");
        return Err(Failure::refused("FILE_TOO_LARGE", message).at(["input", "uploadId"]));
    }
    let operation_id = operations::create(&tx, "catalogue.import", Some(input.upload_id.to_string())).await?;
    let payload = ImportCatalogue { kind: input.kind, object_key: file.object_key, operation_id };
    let options = JobOptions { queue: Some("catalogue.import".to_owned()), ..JobOptions::default() };
    jobs::enqueue(&tx, &payload, options).await?;
    audit::record(
        &tx,
        ctx,
        Change {
            action: "catalogue.import",
            entity_kind: "OPERATION",
            entity_id: operation_id.uuid(),
            before: None,
            after: Some(json!({ "kind": input.kind, "fileName": file.file_name })),
        },
    )
    .await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "operationId": operation_id.to_string() })).await?;
    tx.commit().await?;
    Ok(CatalogueImport { operation_id, is_replay: false })
}

async fn run(core: &Core, job: &Job, payload: ImportCatalogue) -> Result<(), JobFailure> {
    match attempt(core, &job.ctx, &payload).await {
        Ok(()) => Ok(()),
        Err(failure)
            if matches!(failure.kind, FailureKind::Unavailable | FailureKind::Internal) && !job.is_last_attempt() =>
        {
            Err(JobFailure::Retry(failure))
        }
        Err(failure) => {
            let tx = core.db.tenant(&job.ctx).await.map_err(JobFailure::Retry)?;
            operations::fail(&tx, payload.operation_id, (core.clock)(), &failure).await.map_err(JobFailure::Retry)?;
            tx.commit().await.map_err(JobFailure::Retry)?;
            if matches!(failure.kind, FailureKind::Internal) { Err(JobFailure::GiveUp(failure)) } else { Ok(()) }
        }
    }
}

async fn attempt(core: &Core, ctx: &OpContext, payload: &ImportCatalogue) -> Outcome<()> {
    // A worker may die after the commit and before the queue knows: what has ended is not done again.
    if operations::get(ctx, core, payload.operation_id).await?.is_some_and(|operation| operation.state.is_final()) {
        return Ok(());
    }
    operations::start(core, ctx, payload.operation_id).await?;
    let mut progress = Progress::new(core.clone(), ctx.clone(), payload.operation_id);
    progress.stage("Reading the file", None, "rows").await?;
    let bytes = core.storage.get(&payload.object_key).await?;
    let columns = columns(payload.kind);
    let sheet = tokio::task::spawn_blocking(move || Sheet::read(&bytes, columns))
        .await
        .map_err(|error| Failure::internal(format!("reading a file ended abnormally: {error}")))?;
    let sheet = match sheet {
        Ok(sheet) => sheet,
        Err(refusals) => return refuse(core, ctx, payload, refusals).await,
    };
    let total = i64::try_from(sheet.rows.len()).unwrap_or(i64::MAX);
    progress.stage("Checking and storing", Some(total), "rows").await?;
    let tx = core.db.tenant(ctx).await?;
    let mut tally = Tally::default();
    match payload.kind {
        ImportKind::Parties => parties::import(&tx, &sheet, &mut tally).await?,
        ImportKind::Recordings => catalogue::recordings::import(&tx, &sheet, &mut tally).await?,
        ImportKind::Works => catalogue::works::import(&tx, &sheet, &mut tally).await?,
        ImportKind::Releases => catalogue::releases::import(&tx, &sheet, &mut tally).await?,
        ImportKind::Groups => catalogue::groups::import(&tx, &sheet, &mut tally).await?,
        ImportKind::Aliases => catalogue::aliases::import(&tx, &sheet, &mut tally).await?,
        ImportKind::Contracts => contracts::import(&tx, &sheet, &mut tally).await?,
        ImportKind::ExchangeRates => rates::import(&tx, &sheet, &mut tally).await?,
    }
    let sentence = tally.sentence();
    store(&tx, payload.operation_id, tally.refusals, |line| sheet.raw(line)).await?;
    // In a transaction of its own, before ours touches the operation.
    progress.stage(&sentence, Some(total), "rows").await?;
    let event = json!({ "operationId": payload.operation_id.to_string(), "kind": payload.kind });
    rematch_suspense(&tx).await?;
    outbox::write(&tx, "catalogue.imported", &event).await?;
    operations::finish(&tx, payload.operation_id, (core.clock)()).await?;
    tx.commit().await
}

const fn columns(kind: ImportKind) -> &'static [sheet::Column] {
    match kind {
        ImportKind::Parties => parties::COLUMNS,
        ImportKind::Recordings => catalogue::recordings::COLUMNS,
        ImportKind::Works => catalogue::works::COLUMNS,
        ImportKind::Releases => catalogue::releases::COLUMNS,
        ImportKind::Groups => catalogue::groups::COLUMNS,
        ImportKind::Aliases => catalogue::aliases::COLUMNS,
        ImportKind::Contracts => contracts::COLUMNS,
        ImportKind::ExchangeRates => rates::COLUMNS,
    }
}

/// The whole file is refused: the operation fails with the first reason, and all of them are listed.
async fn refuse(core: &Core, ctx: &OpContext, payload: &ImportCatalogue, refusals: Vec<Refusal>) -> Outcome<()> {
    let findings = refusals
        .iter()
        .map(|refusal| Finding { code: refusal.code, message: refusal.message.clone(), path: Vec::new() })
        .collect();
    let tx = core.db.tenant(ctx).await?;
    store(&tx, payload.operation_id, refusals, |_| String::new()).await?;
    operations::fail(&tx, payload.operation_id, (core.clock)(), &Failure::findings(findings)).await?;
    tx.commit().await
}

async fn store(
    tx: &TenantTx,
    operation: OperationId,
    mut refusals: Vec<Refusal>,
    raw: impl Fn(u64) -> String,
) -> Outcome<()> {
    refusals.sort_by_key(|refusal| refusal.line);
    let mut rows = Vec::new();
    let (mut last, mut seq) = (0, 0);
    for refusal in refusals.into_iter().take(usize::try_from(REPORT_ERRORS_KEPT).unwrap_or(usize::MAX)) {
        seq = if refusal.line == last { seq + 1 } else { 0 };
        last = refusal.line;
        rows.push(ActiveModel {
            tenant_id: Set(tx.tenant_id().uuid()),
            operation_id: Set(operation.uuid()),
            line_no: Set(i64::try_from(refusal.line).unwrap_or(i64::MAX)),
            seq: Set(seq),
            column_name: Set(refusal.column),
            code: Set(refusal.code.to_owned()),
            message: Set(refusal.message),
            raw: Set(raw(refusal.line)),
        });
    }
    for chunk in rows.chunks(2_000) {
        Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}

/// The place of an error as a cursor: `line:seq`.
fn place(cursor: &Cursor) -> Outcome<(i64, i32)> {
    cursor
        .value
        .split_once(':')
        .and_then(|(line, seq)| Some((line.parse().ok()?, seq.parse().ok()?)))
        .ok_or_else(|| Failure::refused("BAD_USER_INPUT", "This is not a cursor of this list.").at(["after"]))
}

/// Lists what was refused, by line.
///
/// # Errors
/// `FORBIDDEN`; database failures. An operation of somebody else has no errors.
pub async fn import_errors(
    ctx: &OpContext,
    core: &Core,
    operation: OperationId,
    filter: ImportErrorFilter,
    page: PageRequest,
) -> Outcome<Page<ImportError>> {
    ctx.require(Permission::OperationRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition =
        Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid())).add(Column::OperationId.eq(operation.uuid()));
    if let Some(code) = filter.code {
        condition = condition.add(Column::Code.eq(code));
    }
    if let Some(after) = &page.after {
        let (line, seq) = place(after)?;
        let same = Condition::all().add(Column::LineNo.eq(line)).add(Column::Seq.gt(seq));
        condition = condition.add(Condition::any().add(Column::LineNo.gt(line)).add(same));
    }
    if let Some(before) = &page.before {
        let (line, seq) = place(before)?;
        let same = Condition::all().add(Column::LineNo.eq(line)).add(Column::Seq.lt(seq));
        condition = condition.add(Condition::any().add(Column::LineNo.lt(line)).add(same));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end {
        query.order_by_desc(Column::LineNo).order_by_desc(Column::Seq)
    } else {
        query.order_by_asc(Column::LineNo).order_by_asc(Column::Seq)
    };
    let rows = query
        .all(&tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| ImportError {
            line: row.line_no,
            seq: row.seq,
            column: row.column_name,
            code: row.code,
            message: row.message,
            raw: row.raw,
        })
        .collect();
    Ok(Page::from_fetched(rows, &page))
}

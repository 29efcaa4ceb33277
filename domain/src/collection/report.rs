//! Use cases of revenue reports: import asked for, reports and lines read.

use entity::{report_error, revenue_report};
use kernel::codes::{ItemKind, RevenueType};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OperationId, ReportId, SourceId, UploadId};
use kernel::page::{Page, PageRequest};
use kernel::period::Month;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use platform::jobs::{self, JobOptions};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::json;

use super::duplicates::ReportDecision;
use super::import::ImportReport;
use super::model::{
    ItemRef, LayoutInfo, LineFilter, ReportErrorRow, ReportFilter, ReportKind, ReportSkipRow, ReportState,
    ReportTotalRow, RevenueLine, RevenueReport,
};
use super::{sources, upload};
use crate::Core;
use crate::operations;

impl From<revenue_report::Model> for RevenueReport {
    fn from(row: revenue_report::Model) -> Self {
        Self {
            id: row.id.into(),
            operation_id: row.operation_id.into(),
            file_name: row.file_name,
            layout: row.layout,
            platform: row.platform,
            state: ReportState::from_name(&row.state),
            accounting_month: Month::of(row.accounting_month),
            sale_from: row.sale_from,
            sale_to: row.sale_to,
            row_count: row.row_count,
            posted_count: row.posted_count,
            suspense_count: row.suspense_count,
            skipped_count: row.skipped_count,
            error_count: row.error_count,
            unit_count: row.unit_count,
            failure: row.failure_code.map(|code| (code, row.failure_message.unwrap_or_default())),
            received_at: row.received_at,
            imported_at: row.imported_at,
            kind: ReportKind::from_name(&row.kind),
            of_report_id: row.of_report_id.map(Into::into),
            decision: row.decision.as_deref().and_then(ReportDecision::from_name),
            decided: row.decided_by.zip(row.decided_at),
            excluded_count: row.excluded_count,
        }
    }
}

/// What to import.
#[derive(Debug, Clone, Serialize)]
pub struct ImportRequest {
    /// The uploaded file.
    pub upload_id: UploadId,
    /// The month to account the money in; the month of the request when not given. A closed month gives way to
    /// the first open one after it (late money).
    pub accounting_month: Option<Month>,
    /// The source it belongs to, for what is expected of it; one of the method `UPLOAD`, or a file that came by hand
    /// instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_id: Option<SourceId>,
    /// Makes a repeated request the same request.
    pub idempotency_key: String,
}

/// The answer to an import.
#[derive(Debug, Clone)]
pub struct Imported {
    /// The report.
    pub report: RevenueReport,
    /// Whether the same request was answered before.
    pub is_replay: bool,
    /// Whether the very same bytes were imported before: the report is that earlier one, and nothing changed.
    pub is_duplicate: bool,
}

/// Takes a file in and enqueues its import.
///
/// # Errors
/// `UPLOAD_UNKNOWN`, `UPLOAD_EMPTY`, `NOT_FOUND` for the source, `IDEMPOTENCY_KEY_REUSED`, `FORBIDDEN`; database failures.
pub async fn revenue_report_import(ctx: &OpContext, core: &Core, input: ImportRequest) -> Outcome<Imported> {
    ctx.require(Permission::ReportManage)?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(stored) = idempotency::begin(&tx, &input.idempotency_key, "revenueReportImport", &hash).await?
    {
        let id = stored["reportId"].as_str().and_then(|text| text.parse::<ReportId>().ok());
        let id = id.ok_or_else(|| Failure::internal("a replayed import without a report id"))?;
        let is_duplicate = stored["isDuplicate"].as_bool().unwrap_or_default();
        return Ok(Imported { report: must_find(&tx, id).await?, is_replay: true, is_duplicate });
    }
    if let Some(source) = input.source_id {
        sources::must_exist(&tx, source).await.map_err(|failure| failure.at(["input", "sourceId"]))?;
    }
    let file = upload::consume(&tx, input.upload_id).await?;
    let content_hash = file.content_hash.unwrap_or_default();
    let (report, is_duplicate) = if let Some(known) = same_bytes(&tx, &content_hash).await? {
        (known, true)
    } else {
        let wanted = input.accounting_month.unwrap_or_else(|| Month::of(ctx.now.date_naive()));
        let month = first_open_month(&tx, wanted).await?;
        let operation_id = operations::create(&tx, "report.import", None).await?;
        let received = Received {
            upload: file.id.into(),
            file_name: &file.file_name,
            object_key: &file.object_key,
            byte_size: file.byte_size,
            content_hash,
            operation_id,
            month,
            source: input.source_id,
        };
        let id = receive(&tx, ctx, &received).await?;
        if let Some(source) = input.source_id {
            sources::came_by_hand(&tx, source, ctx.now).await?;
        }
        operations::about(&tx, operation_id, &id.to_string()).await?;
        jobs::enqueue(
            &tx,
            &ImportReport { report_id: id, operation_id, part_of_run: false },
            JobOptions { job_key: Some(format!("report.import:{id}")), ..JobOptions::default() },
        )
        .await?;
        (must_find(&tx, id).await?, false)
    };
    let result = json!({ "reportId": report.id.to_string(), "isDuplicate": is_duplicate });
    idempotency::finish(&tx, &input.idempotency_key, &result).await?;
    tx.commit().await?;
    Ok(Imported { report, is_replay: false, is_duplicate })
}

/// A file that is to become a report.
pub(super) struct Received<'a> {
    pub(super) upload: UploadId,
    pub(super) file_name: &'a str,
    pub(super) object_key: &'a str,
    pub(super) byte_size: Option<i64>,
    pub(super) content_hash: Vec<u8>,
    pub(super) operation_id: OperationId,
    pub(super) month: Month,
    pub(super) source: Option<SourceId>,
}

/// The report that was made of the same bytes, unless that failed.
pub(super) async fn same_bytes(tx: &TenantTx, content_hash: &[u8]) -> Outcome<Option<RevenueReport>> {
    let known = revenue_report::Entity::find()
        .filter(revenue_report::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(revenue_report::Column::ContentHash.eq(content_hash.to_vec()))
        .filter(revenue_report::Column::State.ne(ReportState::Failed.as_str()))
        .one(tx)
        .await
        .or_fail()?;
    Ok(known.map(Into::into))
}

/// Makes a report of a file that is in the store; its import is the caller's to start.
///
/// # Errors
/// `REPORT_RECEIVED_TWICE` when another request receives the same bytes at this moment; database failures.
pub(super) async fn receive(tx: &TenantTx, ctx: &OpContext, file: &Received<'_>) -> Outcome<ReportId> {
    let id = ReportId::new();
    insert(tx, ctx, id, file).await?;
    let change = Change {
        action: "report.import",
        entity_kind: "REVENUE_REPORT",
        entity_id: id.uuid(),
        before: None,
        after: Some(json!({ "fileName": file.file_name, "accountingMonth": file.month })),
    };
    audit::record(tx, ctx, change).await?;
    outbox::write(tx, "report.received", &json!({ "reportId": id.to_string() })).await?;
    Ok(id)
}

async fn insert(tx: &TenantTx, ctx: &OpContext, id: ReportId, file: &Received<'_>) -> Outcome<()> {
    let row = revenue_report::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        operation_id: Set(file.operation_id.uuid()),
        upload_id: Set(file.upload.uuid()),
        file_name: Set(file.file_name.to_owned()),
        object_key: Set(file.object_key.to_owned()),
        content_hash: Set(file.content_hash.clone()),
        byte_size: Set(file.byte_size.unwrap_or_default()),
        layout: Set(None),
        layout_version: Set(None),
        platform: Set(None),
        state: Set(ReportState::Received.as_str().to_owned()),
        accounting_month: Set(file.month.first_day()),
        sale_from: Set(None),
        sale_to: Set(None),
        row_count: Set(0),
        posted_count: Set(0),
        suspense_count: Set(0),
        skipped_count: Set(0),
        error_count: Set(0),
        unit_count: Set(0),
        failure_code: Set(None),
        failure_message: Set(None),
        calculated_run_id: Set(None),
        version: Set(1),
        received_by: Set(ctx.actor.label()),
        received_at: Set(ctx.now),
        imported_at: Set(None),
        file_removed_at: Set(None),
        source_id: Set(file.source.map(|source| source.uuid())),
        kind: Set("FILE".to_owned()),
        of_report_id: Set(None),
        decision: Set(None),
        decided_by: Set(None),
        decided_at: Set(None),
        excluded_count: Set(0),
    };
    revenue_report::Entity::insert(row).exec_without_returning(tx).await.or_fail_on(&[(
        "revenue_report_content",
        "REPORT_RECEIVED_TWICE",
        "The same file is being received by another request: ask again.",
    )])?;
    Ok(())
}

/// The wanted month, or the first one after it that is not closed.
pub(super) async fn first_open_month(tx: &TenantTx, wanted: Month) -> Outcome<Month> {
    let closed: Vec<chrono::NaiveDate> = entity::accounting_month::Entity::find()
        .filter(entity::accounting_month::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(entity::accounting_month::Column::State.eq("CLOSED"))
        .filter(entity::accounting_month::Column::Month.gte(wanted.first_day()))
        .order_by_asc(entity::accounting_month::Column::Month)
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| row.month)
        .collect();
    Ok(closed.into_iter().fold(wanted, |month, closed| if closed == month.first_day() { month.next() } else { month }))
}

pub(super) async fn find(tx: &TenantTx, id: ReportId) -> Outcome<Option<revenue_report::Model>> {
    revenue_report::Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()
}

async fn must_find(tx: &TenantTx, id: ReportId) -> Outcome<RevenueReport> {
    let row = find(tx, id).await?.ok_or_else(|| Failure::internal("a report vanished"))?;
    Ok(row.into())
}

/// Looks a report up.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn report(ctx: &OpContext, core: &Core, id: ReportId) -> Outcome<Option<RevenueReport>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    Ok(find(&tx, id).await?.map(RevenueReport::from))
}

/// Looks several reports up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn reports_by_id(ctx: &OpContext, core: &Core, ids: &[ReportId]) -> Outcome<Vec<RevenueReport>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = revenue_report::Entity::find()
        .filter(revenue_report::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(revenue_report::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    Ok(rows.into_iter().map(RevenueReport::from).collect())
}

/// Lists reports, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn reports(
    ctx: &OpContext,
    core: &Core,
    filter: ReportFilter,
    page: PageRequest,
) -> Outcome<Page<RevenueReport>> {
    use revenue_report::Column;
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(state) = filter.state {
        condition = condition.add(Column::State.eq(state.as_str()));
    }
    if let Some(month) = filter.accounting_month {
        condition = condition.add(Column::AccountingMonth.eq(month.first_day()));
    }
    if let Some(platform) = filter.platform {
        condition = condition.add(Column::Platform.eq(platform));
    }
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = revenue_report::Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows = query.all(&tx).await.or_fail()?;
    Ok(Page::from_fetched(rows, &page).map(RevenueReport::from))
}

#[derive(FromQueryResult)]
struct TotalRow {
    report_id: uuid::Uuid,
    currency: String,
    total: String,
    posted: String,
    suspense: String,
    skipped: String,
    cut: String,
    units: i64,
}

fn currency(text: &str) -> Outcome<Currency> {
    Currency::parse(text).map_err(|error| Failure::internal(error.to_string()))
}

/// The sums of several reports.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn report_totals(ctx: &OpContext, core: &Core, ids: &[ReportId]) -> Outcome<Vec<ReportTotalRow>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
    // As texts: a file may carry more digits than a decimal holds.
    let rows = TotalRow::find_by_statement(sql(
        "SELECT report_id, currency, total::text, posted::text, suspense::text, skipped::text, cut::text, units
         FROM report_total WHERE tenant_id = $1 AND report_id = ANY($2) ORDER BY report_id, currency",
        [ctx.tenant_id.uuid().into(), ids.into()],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    rows.into_iter()
        .map(|row| {
            Ok(ReportTotalRow {
                report_id: row.report_id.into(),
                currency: currency(&row.currency)?,
                total: row.total,
                posted: row.posted,
                suspense: row.suspense,
                skipped: row.skipped,
                cut: row.cut,
                units: row.units,
            })
        })
        .collect()
}

#[derive(FromQueryResult)]
struct SkipRow {
    report_id: uuid::Uuid,
    reason: String,
    currency: String,
    row_count: i64,
    amount: String,
}

/// The rows of several reports that are no revenue, by reason.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn report_skips(ctx: &OpContext, core: &Core, ids: &[ReportId]) -> Outcome<Vec<ReportSkipRow>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = SkipRow::find_by_statement(sql(
        "SELECT report_id, reason, currency, row_count, amount::text
         FROM report_skip WHERE tenant_id = $1 AND report_id = ANY($2) ORDER BY report_id, reason, currency",
        [ctx.tenant_id.uuid().into(), ids.into()],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    Ok(rows
        .into_iter()
        .map(|row| ReportSkipRow {
            report_id: row.report_id.into(),
            reason: row.reason,
            currency: Currency::parse(&row.currency).ok(),
            row_count: row.row_count,
            amount: row.amount,
        })
        .collect())
}

/// The unreadable rows of a report, in file order. Cursors carry `line/seq` as their value.
///
/// # Errors
/// `FORBIDDEN`, `BAD_USER_INPUT` for a foreign cursor; database failures.
pub async fn report_errors(
    ctx: &OpContext,
    core: &Core,
    id: ReportId,
    page: PageRequest,
) -> Outcome<Page<ReportErrorRow>> {
    use report_error::Column;
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let place = |cursor: &kernel::page::Cursor| {
        cursor
            .value
            .split_once('/')
            .and_then(|(line, seq)| Some((line.parse::<i64>().ok()?, seq.parse::<i32>().ok()?)))
            .ok_or_else(|| Failure::refused("BAD_USER_INPUT", "This cursor is not from this list."))
    };
    let key = Expr::tuple([Expr::col(Column::LineNo), Expr::col(Column::Seq)]);
    let mut query = report_error::Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::ReportId.eq(id.uuid()))
        .limit(page.size.saturating_add(1));
    if let Some(cursor) = &page.after {
        let (line, seq) = place(cursor)?;
        query = query.filter(key.clone().gt(Expr::tuple([Expr::value(line), Expr::value(seq)])));
    }
    if let Some(cursor) = &page.before {
        let (line, seq) = place(cursor)?;
        query = query.filter(key.lt(Expr::tuple([Expr::value(line), Expr::value(seq)])));
    }
    let order = if page.from_end { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    let rows = query.order_by(Column::LineNo, order.clone()).order_by(Column::Seq, order).all(&tx).await.or_fail()?;
    Ok(Page::from_fetched(rows, &page).map(|row| ReportErrorRow {
        line_no: row.line_no,
        seq: row.seq,
        field: row.field,
        column_no: row.column_no,
        code: row.code,
        message: row.message,
        raw: row.raw,
        column_name: row.column_name,
        found: row.found,
        proposal: row.proposal,
    }))
}

/// The lines of a report in file order. Cursors carry the line number as their value.
///
/// # Errors
/// `FORBIDDEN`, `BAD_USER_INPUT` for a foreign cursor; database failures.
pub async fn revenue_lines(
    ctx: &OpContext,
    core: &Core,
    report_id: ReportId,
    filter: LineFilter,
    page: PageRequest,
) -> Outcome<Page<RevenueLine>> {
    use entity::revenue_line::{Column, Entity, Model};
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let Some(report) = find(&tx, report_id).await? else {
        return Ok(Page { rows: Vec::new(), has_next: false, has_previous: false });
    };
    let line = |cursor: &kernel::page::Cursor| {
        cursor
            .value
            .parse::<i64>()
            .map_err(|_| Failure::refused("BAD_USER_INPUT", "This cursor is not from this list."))
    };
    let mut condition = Condition::all()
        .add(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .add(Column::AccountingMonth.eq(report.accounting_month))
        .add(Column::ReportId.eq(report_id.uuid()));
    if let Some(group) = filter.suspense_id {
        condition = condition.add(Column::SuspenseId.eq(group.uuid()));
    }
    if let Some(territory) = filter.territory {
        condition = condition.add(Column::Territory.eq(territory));
    }
    if let Some(cursor) = &page.after {
        condition = condition.add(Column::LineNo.gt(line(cursor)?));
    }
    if let Some(cursor) = &page.before {
        condition = condition.add(Column::LineNo.lt(line(cursor)?));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_desc(Column::LineNo) } else { query.order_by_asc(Column::LineNo) };
    let rows: Vec<RevenueLine> = query
        .all(&tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row: Model| {
            let item =
                row.item_kind.and_then(ItemKind::from_number).zip(row.item_id).map(|(kind, id)| ItemRef { kind, id });
            Ok(RevenueLine {
                report_id,
                line_no: row.line_no,
                platform: row.platform,
                revenue_type: RevenueType::from_number(row.revenue_type).unwrap_or(RevenueType::Other),
                item,
                suspense_id: row.suspense_id.map(Into::into),
                source_key: row.source_key,
                sale_from: row.sale_from,
                sale_to: row.sale_to,
                territory: row.territory,
                currency: currency(&row.currency)?,
                amount: row.amount,
                gross: row.gross,
                units: row.units,
                configuration: row.configuration,
            })
        })
        .collect::<Outcome<_>>()?;
    Ok(Page::from_fetched(rows, &page))
}

/// The layouts that reports are read with.
///
/// # Errors
/// `FORBIDDEN`.
pub fn layouts(ctx: &OpContext) -> Outcome<Vec<LayoutInfo>> {
    ctx.require(Permission::ReportRead)?;
    Ok(super::import::known_layouts())
}

//! The transaction that shows an imported report: totals, skipped rows, errors, suspense, ledger.

use entity::{report_error, revenue_report, suspense_group};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::ReportId;
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::super::duplicates::{self, Fresh};
use super::super::model::ReportState;
use super::super::recount::recount;
use super::super::totals::{self, Skip, Tally, Total};
use super::super::{rematch, repairs, sources, validation};
use super::ImportReport;
use super::read::Read;
use crate::Core;
use crate::ledger::{self, AccountKey, AccountKind, Posting, Transfer};
use crate::operations::{self, Count, Step};

/// Rows of one `INSERT`.
const CHUNK: usize = 1_000;

pub(super) async fn totals(
    core: &Core,
    ctx: &OpContext,
    payload: &ImportReport,
    month: Month,
    matched_at: chrono::DateTime<chrono::Utc>,
    read: Read,
) -> Outcome<()> {
    let Read { tally, file } = read;
    let sums = totals::totals(&tally, &file)?;
    let skips = totals::skips(&file);
    let now = (core.clock)();
    let tx = core.db.tenant(ctx).await?;
    for total in &sums {
        insert_total(&tx, payload, total).await?;
    }
    for skip in &skips {
        insert_skip(&tx, payload, skip).await?;
    }
    insert_errors(&tx, payload, &tally).await?;
    repairs::note(&tx, payload.report_id, &tally.mended, now).await?;
    let report = revenue_report::Entity::find_by_id((ctx.tenant_id.uuid(), payload.report_id.uuid()))
        .one(&tx)
        .await
        .or_fail()?
        .ok_or_else(|| Failure::internal("a report vanished while it was imported"))?;
    let layout = report.layout.as_deref().unwrap_or_default();
    let fresh = Fresh { id: payload.report_id, month, layout, sale: tally.sale };
    let repeats = duplicates::look(&tx, &fresh).await?;
    // What says again what is known is booked when a person has decided.
    let held = !repeats.is_empty();
    insert_groups(&tx, payload.report_id, &tally, layout, held, now).await?;
    mark(&tx, payload, &tally, &file, held, now).await?;
    let warnings = validation::record(&tx, &report, &tally.profile, &file).await?;
    if let Some(source) = report.source_id {
        sources::judged(&tx, source.into(), &report.file_name, warnings, now).await?;
    }
    if held {
        duplicates::keep(&tx, &repeats).await?;
    } else {
        ledger::post(&tx, posting(payload, month, &sums)?).await?;
        // What the catalogue has got while the file was being read, its matching has not seen.
        if !tally.groups.is_empty() && rematch::has_grown(&tx, matched_at).await? {
            rematch::enqueue(&tx).await?;
        }
    }
    let topic = if held { "report.held" } else { "report.imported" };
    outbox::write(&tx, topic, &json!({ "reportId": payload.report_id.to_string() })).await?;
    recount(&tx, payload.operation_id, now).await?;
    if held {
        let lines = repeats.iter().map(|one| one.line_count).fold(0, i64::saturating_add);
        let count = Count { rows: lines, ..Count::files(repeats.len()) };
        let note = "The file repeats reports that are known: it waits for a decision.";
        operations::settle(&tx, payload.operation_id, Step::DeDuplication, &count, Some(note), now).await?;
    }
    if !payload.part_of_run {
        operations::settle(&tx, payload.operation_id, Step::Notification, &Count::files(1), None, now).await?;
        operations::finish(&tx, payload.operation_id, now).await?;
    }
    tx.commit().await
}

/// What the provider owes us by this report, and where it waits for a run or for a decision. Skipped rows are not
/// revenue and owe nothing.
fn posting(payload: &ImportReport, month: Month, sums: &[Total]) -> Outcome<Posting> {
    let mut transfers = Vec::new();
    for total in sums {
        let currency = total.currency;
        let receivable = AccountKey::of(AccountKind::ProviderReceivable, currency);
        let to = |kind| AccountKey::of(kind, currency);
        let purpose = |what: &str| format!("{what}:{currency}");
        transfers.extend(Transfer::signed(
            purpose("posted"),
            receivable,
            to(AccountKind::RevenueClearing),
            total.posted,
        ));
        transfers.extend(Transfer::signed(purpose("suspense"), receivable, to(AccountKind::Suspense), total.suspense));
        transfers.extend(Transfer::exact(purpose("cut"), receivable, to(AccountKind::Precision), &total.cut)?);
    }
    Ok(Posting { source_kind: "REPORT", source_id: payload.report_id.uuid(), month, transfers })
}

async fn insert_total(tx: &TenantTx, payload: &ImportReport, total: &Total) -> Outcome<()> {
    // Texts cast to numeric: a file may carry more digits than a decimal holds.
    tx.execute_raw(sql(
        "INSERT INTO report_total (tenant_id, report_id, currency, total, posted, suspense, skipped, cut, units)
         VALUES ($1, $2, $3, $4::text::numeric, $5, $6, $7::text::numeric, $8::text::numeric, $9)",
        [
            tx.tenant_id().uuid().into(),
            payload.report_id.uuid().into(),
            total.currency.code().into(),
            total.total.as_str().into(),
            total.posted.into(),
            total.suspense.into(),
            total.skipped.as_str().into(),
            total.cut.as_str().into(),
            total.units.into(),
        ],
    ))
    .await
    .or_fail()?;
    Ok(())
}

async fn insert_skip(tx: &TenantTx, payload: &ImportReport, skip: &Skip) -> Outcome<()> {
    tx.execute_raw(sql(
        "INSERT INTO report_skip (tenant_id, report_id, reason, currency, row_count, amount)
         VALUES ($1, $2, $3, $4, $5, $6::text::numeric)",
        [
            tx.tenant_id().uuid().into(),
            payload.report_id.uuid().into(),
            skip.reason.as_str().into(),
            skip.currency.map_or("", kernel::currency::Currency::code).into(),
            skip.rows.into(),
            skip.amount.as_str().into(),
        ],
    ))
    .await
    .or_fail()?;
    Ok(())
}

async fn insert_errors(tx: &TenantTx, payload: &ImportReport, tally: &Tally) -> Outcome<()> {
    let rows: Vec<report_error::ActiveModel> = tally
        .bad
        .iter()
        .flat_map(|row| {
            row.problems.iter().zip(1..).map(move |(problem, seq)| report_error::ActiveModel {
                tenant_id: Set(tx.tenant_id().uuid()),
                report_id: Set(payload.report_id.uuid()),
                line_no: Set(i64::try_from(row.line_no).unwrap_or(i64::MAX)),
                seq: Set(seq),
                field: Set(Some(problem.field.to_owned())),
                column_no: Set(i32::try_from(problem.cell).ok()),
                code: Set(problem.code.as_str().to_owned()),
                message: Set(problem.message.clone()),
                // PostgreSQL has no text with NUL.
                raw: Set(row.raw.replace('\0', "\u{fffd}")),
                column_name: Set((problem.cell > 0).then(|| problem.column.replace('\0', "\u{fffd}"))),
                found: Set((problem.cell > 0).then(|| problem.found.replace('\0', "\u{fffd}"))),
                proposal: Set(problem.proposal.clone()),
            })
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        report_error::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}

pub(in crate::collection) async fn insert_groups(
    tx: &TenantTx,
    report: ReportId,
    tally: &Tally,
    source: &str,
    held: bool,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome<()> {
    let rows: Vec<suspense_group::ActiveModel> = tally
        .groups
        .iter()
        .map(|((key, currency), group)| suspense_group::ActiveModel {
            tenant_id: Set(tx.tenant_id().uuid()),
            id: Set(group.id.uuid()),
            report_id: Set(report.uuid()),
            source: Set(source.to_owned()),
            source_key: Set(key.clone()),
            reason: Set(group.reason.as_str().to_owned()),
            title: Set(group.title.clone()),
            artist: Set(group.artist.clone()),
            currency: Set(currency.code().to_owned()),
            amount: Set(group.amount),
            row_count: Set(group.rows),
            unit_count: Set(group.units),
            state: Set(if held { "HELD" } else { "OPEN" }.to_owned()),
            item_kind: Set(None),
            item_id: Set(None),
            resolved_by: Set(None),
            resolved_at: Set(None),
            calculated_run_id: Set(None),
            created_at: Set(now),
        })
        .collect();
    for chunk in rows.chunks(CHUNK) {
        suspense_group::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}

async fn mark(
    tx: &TenantTx,
    payload: &ImportReport,
    tally: &Tally,
    file: &formats::report::FileTotals,
    held: bool,
    now: chrono::DateTime<chrono::Utc>,
) -> Outcome<()> {
    use revenue_report::{Column, Entity};
    let count = |rows: u64| i64::try_from(rows).unwrap_or(i64::MAX);
    let skipped: u64 = file.skipped.values().map(|rows| rows.rows).sum();
    let units: i64 = tally.sums.values().map(|sums| sums.units).fold(0, i64::saturating_add);
    let state = if held { ReportState::Held } else { ReportState::Imported };
    let marked = Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::RowCount, Expr::value(count(file.rows)))
        .col_expr(Column::PostedCount, Expr::value(tally.posted_rows))
        .col_expr(Column::SuspenseCount, Expr::value(tally.suspense_rows))
        .col_expr(Column::SkippedCount, Expr::value(count(skipped)))
        .col_expr(Column::ErrorCount, Expr::value(count(file.bad.rows)))
        .col_expr(Column::UnitCount, Expr::value(units))
        .col_expr(Column::SaleFrom, Expr::value(tally.sale.map(|(from, _)| from)))
        .col_expr(Column::SaleTo, Expr::value(tally.sale.map(|(_, to)| to)))
        .col_expr(Column::ImportedAt, Expr::value((!held).then_some(now)))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(payload.report_id.uuid()))
        .filter(Column::State.eq(ReportState::Importing.as_str()))
        .exec(tx)
        .await
        .or_fail()?;
    super::moved(marked.rows_affected)
}

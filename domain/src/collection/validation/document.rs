//! The validation report of a file as a document: CSV for programs, PDF for people.

use bytes::Bytes;
use entity::{report_error, revenue_report};
use formats::documents::{
    ValidationControl, ValidationError, ValidationFinding, ValidationReport, ValidationSkip, ValidationTerritory,
    ValidationTotal,
};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::ReportId;
use kernel::limits::SIGNED_URL_SECONDS;
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx, sql};
use platform::storage::{Grant, Purpose};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::task::spawn_blocking;

use super::super::control::{self, ControlState, ControlTotal};
use super::super::model::ReportState;
use super::super::report;
use super::read;
use crate::Core;

/// Unreadable rows that the document names.
const ERRORS: u64 = 200;

/// The forms of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidationForm {
    /// A line per figure.
    Csv,
    /// Pages.
    Pdf,
}

/// A document that was written.
#[derive(Debug, Clone)]
pub struct ValidationDocument {
    /// Its name.
    pub file_name: String,
    /// Its size.
    pub byte_size: i64,
    /// Where it is, for a short time.
    pub url: String,
}

/// Writes the validation report of an imported report, as it stands now.
///
/// # Errors
/// `NOT_FOUND`; `REPORT_NOT_IMPORTED` while there is nothing to report about; `FORBIDDEN`; failures of the store and of
/// the database.
pub async fn report_validation_export(
    ctx: &OpContext,
    core: &Core,
    id: ReportId,
    form: ValidationForm,
) -> Outcome<ValidationDocument> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let row = report::find(&tx, id)
        .await?
        .ok_or_else(|| Failure::not_found("NOT_FOUND", "There is no such report.").at(["input", "reportId"]))?;
    if row.state != ReportState::Imported.as_str() {
        let message = "The report is not imported: wait for its import, or look at why it failed.";
        return Err(Failure::refused("REPORT_NOT_IMPORTED", message).at(["input", "reportId"]));
    }
    let base = row.file_name.rsplit_once('.').map_or(row.file_name.as_str(), |(base, _)| base).to_owned();
    let document = assemble(ctx, core, &tx, row).await?;
    drop(tx);
    let write = move || match form {
        ValidationForm::Csv => document.csv(),
        ValidationForm::Pdf => document.pdf(),
    };
    let broken = |error: &dyn std::fmt::Display| Failure::internal(format!("validation of {id}: {error}"));
    let bytes = spawn_blocking(write).await.map_err(|error| broken(&error))?.map_err(|error| broken(&error))?;
    let extension = match form {
        ValidationForm::Csv => "csv",
        ValidationForm::Pdf => "pdf",
    };
    let object_key = format!("{}/validation/{id}.{extension}", ctx.tenant_id);
    let file_name = format!("{base} validation.{extension}");
    let byte_size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    core.storage.put(&object_key, Bytes::from(bytes)).await?;
    let lifetime = chrono::Duration::seconds(i64::try_from(SIGNED_URL_SECONDS).unwrap_or(i64::MAX));
    let token = core.storage.sign(&Grant {
        tenant_id: ctx.tenant_id,
        key: object_key,
        purpose: Purpose::Download,
        expires_at: ctx.now + lifetime,
        max_bytes: None,
        file_name: Some(file_name.clone()),
    })?;
    Ok(ValidationDocument { file_name, byte_size, url: format!("{}/downloads/{token}", core.public_url) })
}

async fn assemble(
    ctx: &OpContext,
    core: &Core,
    tx: &TenantTx,
    row: revenue_report::Model,
) -> Outcome<ValidationReport> {
    let id = ReportId(row.id);
    let checks = read::several(tx, &[id]).await?.remove(&id).unwrap_or_default();
    let totals = report::report_totals(ctx, core, &[id]).await?;
    let skips = report::report_skips(ctx, core, &[id]).await?;
    let errors = report_error::Entity::find()
        .filter(report_error::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(report_error::Column::ReportId.eq(row.id));
    let known = errors.clone().count(tx).await.or_fail()?;
    let errors = errors
        .order_by_asc(report_error::Column::LineNo)
        .order_by_asc(report_error::Column::Seq)
        .limit(ERRORS)
        .all(tx)
        .await
        .or_fail()?;
    let (tenant, source) = names(tx, &row).await?;
    let text = |value: Option<String>| value.unwrap_or_default();
    Ok(ValidationReport {
        id: id.to_string(),
        tenant,
        content_hash: hex::encode(&row.content_hash),
        day: row.imported_at.unwrap_or(row.received_at).date_naive(),
        particulars: particulars(&row, source),
        rows: rows(&row),
        totals: totals
            .into_iter()
            .map(|total| ValidationTotal {
                currency: total.currency.code().to_owned(),
                file: total.total,
                posted: total.posted,
                suspense: total.suspense,
                skipped: total.skipped,
                cut: total.cut,
            })
            .collect(),
        findings: checks
            .findings
            .into_iter()
            .map(|one| ValidationFinding {
                severity: one.severity.as_str().to_owned(),
                check: one.kind.as_str().to_owned(),
                subject: one.subject,
                expected: text(one.expected),
                found: text(one.found),
                message: one.message,
                details: one.details,
            })
            .collect(),
        controls: control::of_report(tx, id).await?.iter().map(payment).collect(),
        territories: checks
            .territories
            .into_iter()
            .map(|one| ValidationTerritory {
                territory: one.territory,
                currency: one.currency.code().to_owned(),
                rows: one.rows.to_string(),
                units: one.units.to_string(),
                amount: one.amount.to_string(),
            })
            .collect(),
        skips: skips
            .into_iter()
            .map(|one| ValidationSkip {
                reason: one.reason,
                currency: one.currency.map(|currency| currency.code().to_owned()).unwrap_or_default(),
                rows: one.row_count.to_string(),
                amount: one.amount,
            })
            .collect(),
        more_errors: known.saturating_sub(ERRORS),
        errors: errors
            .into_iter()
            .map(|one| ValidationError {
                line: one.line_no.to_string(),
                column: one.column_no.map(|column| column.to_string()).unwrap_or_default(),
                field: text(one.field),
                code: one.code,
                message: one.message,
            })
            .collect(),
        file_name: row.file_name,
    })
}

fn payment(one: &ControlTotal) -> ValidationControl {
    ValidationControl {
        reference: format!("{}, {}", one.payer, one.reference),
        currency: one.currency.code().to_owned(),
        paid: one.amount.to_string(),
        reported: one.reported.to_string(),
        difference: one.difference().normalize().to_string(),
        state: match one.state() {
            ControlState::Unassigned => "not assigned".to_owned(),
            ControlState::Agreed if one.differences.is_empty() => "agrees".to_owned(),
            ControlState::Agreed => "explained".to_owned(),
            ControlState::WithinTolerance => "within tolerance".to_owned(),
            ControlState::Differs => format!("{} open", one.open()),
        },
    }
}

async fn names(tx: &TenantTx, row: &revenue_report::Model) -> Outcome<(String, Option<String>)> {
    let found = tx
        .query_one_raw(sql(
            "SELECT t.name AS tenant, (SELECT s.name FROM source s WHERE s.tenant_id = $1 AND s.id = $2) AS source
             FROM tenant t WHERE t.tenant_id = $1",
            [tx.tenant_id().uuid().into(), row.source_id.into()],
        ))
        .await
        .or_fail()?
        .ok_or_else(|| Failure::internal("a tenant vanished"))?;
    Ok((found.try_get("", "tenant").or_fail()?, found.try_get("", "source").or_fail()?))
}

fn particulars(row: &revenue_report::Model, source: Option<String>) -> Vec<(String, String)> {
    let sale = row.sale_from.zip(row.sale_to).map(|(from, to)| format!("{from} to {to}"));
    let layout = row.layout.as_ref().map(|layout| match row.layout_version {
        Some(version) => format!("{layout}, version {version}"),
        None => layout.clone(),
    });
    let moment = |at: chrono::DateTime<chrono::Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
    [
        ("Source", source),
        ("Platform", row.platform.clone()),
        ("Layout", layout),
        ("Accounting month", Some(row.accounting_month.format("%Y-%m").to_string())),
        ("Days of sale", sale),
        ("Size", Some(format!("{} bytes", row.byte_size))),
        ("Received", Some(moment(row.received_at))),
        ("Imported", row.imported_at.map(moment)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

fn rows(row: &revenue_report::Model) -> Vec<(String, String)> {
    [
        ("Rows", row.row_count),
        ("Posted", row.posted_count),
        ("In suspense", row.suspense_count),
        ("No revenue", row.skipped_count),
        ("Unreadable", row.error_count),
        ("Units", row.unit_count),
    ]
    .into_iter()
    .map(|(name, count)| (name.to_owned(), count.to_string()))
    .collect()
}

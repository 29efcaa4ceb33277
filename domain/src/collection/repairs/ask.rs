//! A person says what unreadable rows mean.

use std::collections::BTreeSet;

use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OperationId, RepairId, ReportId};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, sql};
use platform::events::outbox;
use platform::jobs::{self, JobOptions};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::super::model::ReportState;
use super::super::report::find;
use super::post::RepairRows;
use crate::Core;
use crate::operations;

/// Rows of one request.
const MOST_ROWS: usize = 1_000;

/// One cell.
#[derive(Debug, Clone)]
pub struct CellFix {
    /// The column, from 1.
    pub column: u32,
    /// What is to be read there.
    pub value: String,
}

/// One row: some cells, or all of them when the row was cut wrongly.
#[derive(Debug, Clone)]
pub struct RowFix {
    /// Physical line of the file.
    pub line_no: i64,
    /// Single cells.
    pub cells: Vec<CellFix>,
    /// All cells, in the order of the header.
    pub row: Option<Vec<String>>,
}

/// What to mend.
#[derive(Debug, Clone)]
pub struct RepairRequest {
    /// The report.
    pub report_id: ReportId,
    /// The rows.
    pub rows: Vec<RowFix>,
    /// Whether the same text in the same column means the same in later files of the source.
    pub remember: bool,
}

/// Mends rows: they are read again with what is given, and those that can be read are posted in a report of their own.
///
/// # Errors
/// `REPORT_UNKNOWN`, `REPORT_NOT_IMPORTED`, `FILE_GONE`, `ROW_UNKNOWN`, `REPAIR_EMPTY`, `REPAIR_EXISTS`, `FORBIDDEN`;
/// database failures.
pub async fn row_repair(ctx: &OpContext, core: &Core, request: RepairRequest) -> Outcome<OperationId> {
    ctx.require(Permission::ReportManage)?;
    let tx = core.db.tenant(ctx).await?;
    let report = find(&tx, request.report_id).await?;
    let report = report
        .ok_or_else(|| Failure::not_found("REPORT_UNKNOWN", "There is no such report.").at(["input", "reportId"]))?;
    if report.state != ReportState::Imported.as_str() || report.kind != "FILE" {
        let message = "Only rows of an imported file can be mended.";
        return Err(Failure::conflict("REPORT_NOT_IMPORTED", message).at(["input", "reportId"]));
    }
    if report.file_removed_at.is_some() {
        let message = "The file was removed after its retention: its rows cannot be read again.";
        return Err(Failure::conflict("FILE_GONE", message).at(["input", "reportId"]));
    }
    let lines: BTreeSet<i64> = request.rows.iter().map(|row| row.line_no).collect();
    if request.rows.is_empty() || request.rows.len() > MOST_ROWS || lines.len() != request.rows.len() {
        let message = format!("Give 1 to {MOST_ROWS} rows, each line once.");
        return Err(Failure::refused("REPAIR_EMPTY", message).at(["input", "rows"]));
    }
    let known = tx
        .query_all_raw(sql(
            "SELECT DISTINCT line_no FROM report_error WHERE tenant_id = $1 AND report_id = $2 AND line_no = ANY($3)",
            [
                ctx.tenant_id.uuid().into(),
                request.report_id.uuid().into(),
                lines.iter().copied().collect::<Vec<i64>>().into(),
            ],
        ))
        .await
        .or_fail()?;
    let known: BTreeSet<i64> = known.iter().filter_map(|row| row.try_get("", "line_no").ok()).collect();
    for (at, row) in request.rows.iter().enumerate() {
        let place = |field: &str| ["input".to_owned(), "rows".to_owned(), at.to_string(), field.to_owned()];
        if !known.contains(&row.line_no) {
            let message = format!("Line {} of the file is not among its unreadable rows.", row.line_no);
            return Err(Failure::not_found("ROW_UNKNOWN", message).at(place("lineNo")));
        }
        if row.cells.is_empty() == row.row.is_none() || row.cells.iter().any(|cell| cell.column == 0) {
            let message = "Give either `cells`, with columns counted from 1, or all cells of the row.";
            return Err(Failure::refused("REPAIR_EMPTY", message).at(place("cells")));
        }
    }
    let operation_id = operations::create(&tx, "report.repair", Some(request.report_id.to_string())).await?;
    for row in &request.rows {
        let cells = match &row.row {
            Some(cells) => json!({ "row": cells }),
            None => json!(
                row.cells.iter().map(|cell| json!({ "column": cell.column, "value": cell.value })).collect::<Vec<_>>()
            ),
        };
        tx.execute_raw(sql(
            "INSERT INTO report_repair (tenant_id, id, report_id, line_no, cells, state, made_by, made_at)
             VALUES ($1, $2, $3, $4, $5, 'WAITING', $6, $7)",
            [
                ctx.tenant_id.uuid().into(),
                RepairId::new().uuid().into(),
                request.report_id.uuid().into(),
                row.line_no.into(),
                cells.into(),
                ctx.actor.label().into(),
                ctx.now.into(),
            ],
        ))
        .await
        .or_fail_on(&[(
            "report_repair_row",
            "REPAIR_EXISTS",
            "A row of these is mended already, or about to be.",
        )])?;
    }
    let change = Change {
        action: "report.repair",
        entity_kind: "REVENUE_REPORT",
        entity_id: request.report_id.uuid(),
        before: None,
        after: Some(json!({ "lines": lines, "remember": request.remember })),
    };
    audit::record(&tx, ctx, change).await?;
    outbox::write(&tx, "report.repair", &json!({ "reportId": request.report_id.to_string() })).await?;
    let payload = RepairRows { report_id: request.report_id, operation_id, remember: request.remember };
    jobs::enqueue(&tx, &payload, JobOptions::default()).await?;
    tx.commit().await?;
    Ok(operation_id)
}

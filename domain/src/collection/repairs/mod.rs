//! Rows that could not be read: mended by a person, or by a rule that a person made; read again by the same layout, and
//! posted in a report of their own in the open month. The imported report never changes.

mod ask;
mod post;
mod rules;

pub use ask::{CellFix, RepairRequest, RowFix, row_repair};
use chrono::{DateTime, Utc};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::{RepairId, RepairRuleId, ReportId};
use kernel::permission::Permission;
use platform::db::{OrFail, sql};
pub(super) use post::{RepairRows, give_up, register};
pub use rules::{RepairRule, repair_rule_retire, repair_rules};
pub(super) use rules::{in_use, note};
use sea_orm::FromQueryResult;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::Core;

/// How far a repair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RepairState {
    /// Waiting for a worker.
    Waiting,
    /// The row is a line now.
    Posted,
    /// The row is still unreadable.
    Refused,
}

/// One cell of a mended row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MendedCell {
    /// The column, from 1.
    pub column: i64,
    /// What stands in the file.
    pub was: String,
    /// What is read instead.
    pub value: String,
}

/// What was put in the place of unreadable cells of one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Its id.
    pub id: RepairId,
    /// The report of the row.
    pub report_id: ReportId,
    /// The line.
    pub line_no: i64,
    /// The cells.
    pub cells: Vec<MendedCell>,
    /// The rule that did it.
    pub rule_id: Option<RepairRuleId>,
    /// How far it is.
    pub state: RepairState,
    /// Why the row is still unreadable.
    pub message: Option<String>,
    /// The report that the line is posted in.
    pub posted_in: Option<ReportId>,
    /// Who did it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    report_id: Uuid,
    line_no: i64,
    cells: Json,
    rule_id: Option<Uuid>,
    state: String,
    message: Option<String>,
    repair_report_id: Option<Uuid>,
    made_by: String,
    made_at: DateTime<Utc>,
}

impl From<Row> for Repair {
    fn from(row: Row) -> Self {
        let text = |cell: &Json, key: &str| cell[key].as_str().unwrap_or_default().to_owned();
        let cell = |cell: &Json| MendedCell {
            column: cell["column"].as_i64().unwrap_or_default(),
            was: text(cell, "was"),
            value: text(cell, "value"),
        };
        Self {
            id: row.id.into(),
            report_id: row.report_id.into(),
            line_no: row.line_no,
            cells: row.cells.as_array().map(|cells| cells.iter().map(cell).collect()).unwrap_or_default(),
            rule_id: row.rule_id.map(Into::into),
            state: match row.state.as_str() {
                "POSTED" => RepairState::Posted,
                "REFUSED" => RepairState::Refused,
                _ => RepairState::Waiting,
            },
            message: row.message,
            posted_in: row.repair_report_id.map(Into::into),
            made_by: row.made_by,
            made_at: row.made_at,
        }
    }
}

/// The repairs of a report's rows, by line and then by age; at most the first thousand.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn repairs(ctx: &OpContext, core: &Core, id: ReportId) -> Outcome<Vec<Repair>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Row::find_by_statement(sql(
        "SELECT id, report_id, line_no, cells, rule_id, state, message, repair_report_id, made_by, made_at
           FROM report_repair WHERE tenant_id = $1 AND report_id = $2 ORDER BY line_no, id LIMIT 1000",
        [ctx.tenant_id.uuid().into(), id.uuid().into()],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    Ok(rows.into_iter().map(Into::into).collect())
}

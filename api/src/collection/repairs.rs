//! Rows that could not be read: mended by persons and rules.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::collection as revenue;
use domain::operations as long_work;

use crate::frame;
use crate::frame::ids;
use crate::frame::scalars::{BigInt, DateTime};
use crate::operations::Operation;
use crate::{payload, user_errors};

user_errors! {
    RepairUserError, RepairErrorCode, "mending rows",
    REPORT_UNKNOWN => "There is no such report.",
    REPORT_NOT_IMPORTED => "Only rows of an imported file can be mended.",
    FILE_GONE => "The file was removed after its retention.",
    ROW_UNKNOWN => "The line is not among the unreadable rows of the file.",
    REPAIR_EMPTY => "Nothing, too much, or one line twice is to be mended.",
    REPAIR_EXISTS => "A row is mended already, or about to be.",
    RULE_UNKNOWN => "There is no such rule.",
}

/// How far a repair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
#[graphql(remote = "revenue::RepairState")]
pub enum RepairState {
    /// Waiting for a worker.
    Waiting,
    /// The row is a line of revenue now.
    Posted,
    /// The row is still unreadable.
    Refused,
}

/// One cell of a mended row.
#[derive(Debug, Clone, SimpleObject)]
pub struct MendedCell {
    /// The column, counted from 1.
    column: i64,
    /// What stands in the file.
    was: String,
    /// What is read instead.
    value: String,
}

/// What was put in the place of unreadable cells of one row.
#[derive(Debug, Clone, SimpleObject)]
pub struct RowRepair {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// Physical line of the file.
    line_no: BigInt,
    /// The cells; empty when the whole row was given.
    cells: Vec<MendedCell>,
    /// The rule that did it; null when a person did it for this row.
    rule_id: Option<ID>,
    /// How far it is.
    state: RepairState,
    /// Why the row is still unreadable; null otherwise.
    message: Option<String>,
    /// The report that the line is posted in; null until it is posted.
    posted_in_id: Option<ID>,
    /// Who did it.
    made_by: String,
    /// When.
    made_at: DateTime,
}

impl From<revenue::Repair> for RowRepair {
    fn from(row: revenue::Repair) -> Self {
        let cell = |cell: revenue::MendedCell| MendedCell { column: cell.column, was: cell.was, value: cell.value };
        Self {
            id: ID(row.id.to_string()),
            line_no: row.line_no.into(),
            cells: row.cells.into_iter().map(cell).collect(),
            rule_id: row.rule_id.map(|id| ID(id.to_string())),
            state: row.state.into(),
            message: row.message,
            posted_in_id: row.posted_in.map(|id| ID(id.to_string())),
            made_by: row.made_by,
            made_at: row.made_at.into(),
        }
    }
}

/// What to read in the place of a text that a source keeps writing.
#[derive(Debug, Clone, SimpleObject)]
pub struct RepairRule {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The source: the layout of its files.
    source: String,
    /// The column, as the header names it.
    column: String,
    /// The text that is found.
    found: String,
    /// What is read instead.
    value: String,
    /// Whether it is in use.
    is_active: bool,
    /// Rows that it has mended.
    used_count: BigInt,
    /// Who made it.
    made_by: String,
    /// When.
    made_at: DateTime,
}

impl From<revenue::RepairRule> for RepairRule {
    fn from(row: revenue::RepairRule) -> Self {
        Self {
            id: ID(row.id.to_string()),
            source: row.source,
            column: row.column,
            found: row.found,
            value: row.value,
            is_active: row.is_active,
            used_count: row.used_count.into(),
            made_by: row.made_by,
            made_at: row.made_at.into(),
        }
    }
}

/// One cell to be read otherwise.
#[derive(Debug, InputObject)]
pub struct CellFixInput {
    /// The column, counted from 1.
    column: u32,
    /// What is to be read there, in the notation of the layout.
    value: String,
}

/// One row to be read otherwise: either `cells` or `row`.
#[derive(Debug, InputObject)]
pub struct RowFixInput {
    /// Physical line of the file, as `errors` shows it.
    line_no: BigInt,
    /// Single cells.
    cells: Option<Vec<CellFixInput>>,
    /// All cells in the order of the header, when the row was cut wrongly.
    row: Option<Vec<String>>,
}

/// Rows of a report to be mended.
#[derive(Debug, InputObject)]
pub struct RevenueReportRepairInput {
    /// The report.
    report_id: ID,
    /// The rows, at most a thousand.
    rows: Vec<RowFixInput>,
    /// Whether the same text in the same column means the same in later files of the source: a rule is made of it.
    #[graphql(default)]
    remember: bool,
}

payload! {
    /// What `revenueReportRepair` answers.
    RevenueReportRepairPayload(RepairUserError) {
        /// The work of reading the rows again; null when it was refused.
        operation: Operation,
    }
}

/// A rule to be taken out of use.
#[derive(Debug, InputObject)]
pub struct RepairRuleRetireInput {
    /// The rule.
    rule_id: ID,
}

payload! {
    /// What `repairRuleRetire` answers.
    RepairRuleRetirePayload(RepairUserError) {
        /// The rule; null when it was refused.
        rule: RepairRule,
    }
}

/// Reading repairs.
#[derive(Default)]
pub struct RepairQuery;

#[Object]
impl RepairQuery {
    /// What is read in the place of texts that sources keep writing, those in use first. Requires: REPORT_READ.
    async fn repair_rules(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Only of this source (a layout).")] source: Option<String>,
    ) -> Result<Vec<RepairRule>> {
        frame::read(gql, |ctx, core| async move {
            Ok(revenue::repair_rules(&ctx, &core, source).await?.into_iter().map(Into::into).collect())
        })
        .await
    }
}

/// Mending rows.
#[derive(Default)]
pub struct RepairMutation;

#[Object]
impl RepairMutation {
    /// Reads unreadable rows of an imported file again with what is given; those that can be read are posted in a
    /// report of their own in the first open month. Requires: REPORT_MANAGE.
    async fn revenue_report_repair(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The rows.")] input: RevenueReportRepairInput,
    ) -> Result<RevenueReportRepairPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let row = |row: RowFixInput| revenue::RowFix {
                line_no: row.line_no.0,
                cells: row
                    .cells
                    .unwrap_or_default()
                    .into_iter()
                    .map(|cell| revenue::CellFix { column: cell.column, value: cell.value })
                    .collect(),
                row: row.row,
            };
            let request = revenue::RepairRequest {
                report_id: ids::parse(&input.report_id, ["input", "reportId"])?,
                rows: input.rows.into_iter().map(row).collect(),
                remember: input.remember,
            };
            let id = revenue::row_repair(&ctx, &core, request).await?;
            long_work::get(&ctx, &core, id)
                .await?
                .ok_or_else(|| kernel::failure::Failure::internal("an operation vanished"))
        })
        .await;
        RevenueReportRepairPayload::of(outcome)
    }

    /// Takes a rule out of use; what it has mended stays. Requires: REPORT_MANAGE.
    async fn repair_rule_retire(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The rule.")] input: RepairRuleRetireInput,
    ) -> Result<RepairRuleRetirePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.rule_id, ["input", "ruleId"])?;
            revenue::repair_rule_retire(&ctx, &core, id).await
        })
        .await;
        RepairRuleRetirePayload::of(outcome)
    }
}

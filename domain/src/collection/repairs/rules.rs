//! Rules: what to read in the place of a text that a source keeps writing.

use chrono::{DateTime, Utc};
use formats::report::Rule;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{RepairId, RepairRuleId, ReportId};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde_json::json;
use uuid::Uuid;

use crate::Core;

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepairRule {
    /// Its id.
    pub id: RepairRuleId,
    /// The source: the layout of its files.
    pub source: String,
    /// The column, as the header names it.
    pub column: String,
    /// The text that is found.
    pub found: String,
    /// What is read instead.
    pub value: String,
    /// Whether it is in use.
    pub is_active: bool,
    /// Rows that it has mended.
    pub used_count: i64,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    source: String,
    column_name: String,
    found: String,
    value: String,
    state: String,
    used_count: i64,
    made_by: String,
    made_at: DateTime<Utc>,
}

impl From<Row> for RepairRule {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            source: row.source,
            column: row.column_name,
            found: row.found,
            value: row.value,
            is_active: row.state == "ACTIVE",
            used_count: row.used_count,
            made_by: row.made_by,
            made_at: row.made_at,
        }
    }
}

const COLUMNS: &str = "id, source, column_name, found, value, state, used_count, made_by, made_at";

/// The rules of the tenant, those in use first, then by source and column; at most the first thousand.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn repair_rules(ctx: &OpContext, core: &Core, source: Option<String>) -> Outcome<Vec<RepairRule>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Row::find_by_statement(sql(
        format!(
            "SELECT {COLUMNS} FROM repair_rule WHERE tenant_id = $1 AND ($2::text IS NULL OR source = $2)
              ORDER BY state, source, column_name, found, id LIMIT 1000"
        ),
        [ctx.tenant_id.uuid().into(), source.into()],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Takes a rule out of use; what it has mended stays.
///
/// # Errors
/// `RULE_UNKNOWN`, `FORBIDDEN`; database failures.
pub async fn repair_rule_retire(ctx: &OpContext, core: &Core, id: RepairRuleId) -> Outcome<RepairRule> {
    ctx.require(Permission::ReportManage)?;
    let tx = core.db.tenant(ctx).await?;
    let row = Row::find_by_statement(sql(
        format!("UPDATE repair_rule SET state = 'RETIRED' WHERE tenant_id = $1 AND id = $2 RETURNING {COLUMNS}"),
        [ctx.tenant_id.uuid().into(), id.uuid().into()],
    ))
    .one(&tx)
    .await
    .or_fail()?
    .ok_or_else(|| Failure::not_found("RULE_UNKNOWN", "There is no such rule.").at(["input", "ruleId"]))?;
    let change = Change {
        action: "repair_rule.retire",
        entity_kind: "REPAIR_RULE",
        entity_id: id.uuid(),
        before: Some(json!({ "column": row.column_name, "found": row.found, "value": row.value })),
        after: None,
    };
    audit::record(&tx, ctx, change).await?;
    outbox::write(&tx, "repair_rule.retired", &json!({ "ruleId": id.to_string() })).await?;
    tx.commit().await?;
    Ok(row.into())
}

/// The rules that files of a layout are read with.
pub(in crate::collection) async fn in_use(tx: &TenantTx, source: &str) -> Outcome<Vec<Rule>> {
    let rows = Row::find_by_statement(sql(
        format!(
            "SELECT {COLUMNS} FROM repair_rule WHERE tenant_id = $1 AND source = $2 AND state = 'ACTIVE' ORDER BY id"
        ),
        [tx.tenant_id().uuid().into(), source.into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let rule = |row: Row| Rule { id: row.id.to_string(), column: row.column_name, found: row.found, value: row.value };
    Ok(rows.into_iter().map(rule).collect())
}

/// Remembers what a person has put in the place of a text. The newest decision about a text stands.
pub(super) async fn learn(
    tx: &TenantTx,
    ctx: &OpContext,
    source: &str,
    column: &str,
    (found, value): (&str, &str),
) -> Outcome<()> {
    let id = RepairRuleId::new();
    tx.execute_raw(sql(
        "UPDATE repair_rule SET state = 'RETIRED'
          WHERE tenant_id = $1 AND source = $2 AND column_name = $3 AND found = $4 AND state = 'ACTIVE'",
        [tx.tenant_id().uuid().into(), source.into(), column.into(), found.into()],
    ))
    .await
    .or_fail()?;
    tx.execute_raw(sql(
        "INSERT INTO repair_rule (tenant_id, id, source, column_name, found, value, state, made_by, made_at)
         VALUES ($1, $2, $3, $4, $5, $6, 'ACTIVE', $7, $8)",
        [
            tx.tenant_id().uuid().into(),
            id.uuid().into(),
            source.into(),
            column.into(),
            found.into(),
            value.into(),
            ctx.actor.label().into(),
            ctx.now.into(),
        ],
    ))
    .await
    .or_fail()?;
    let change = Change {
        action: "repair_rule.make",
        entity_kind: "REPAIR_RULE",
        entity_id: id.uuid(),
        before: None,
        after: Some(json!({ "source": source, "column": column, "found": found, "value": value })),
    };
    audit::record(tx, ctx, change).await?;
    Ok(())
}

/// Keeps which rows of a file were read by rules, verbatim as they stood, beside the report that has their lines.
pub(in crate::collection) async fn note(
    tx: &TenantTx,
    report: ReportId,
    mended: &[formats::report::Mended],
    now: DateTime<Utc>,
) -> Outcome<()> {
    for row in mended {
        let Some(rule) = row.rules.first().and_then(|id| id.parse::<Uuid>().ok()) else { continue };
        tx.execute_raw(sql(
            "INSERT INTO report_repair
                 (tenant_id, id, report_id, line_no, cells, rule_id, state, repair_report_id, made_by, made_at, ended_at)
             SELECT $1, $2, $3, $4, $5, u.id, 'POSTED', $3, u.made_by, $7, $7 FROM repair_rule u
              WHERE u.tenant_id = $1 AND u.id = $6",
            [
                tx.tenant_id().uuid().into(),
                RepairId::new().uuid().into(),
                report.uuid().into(),
                i64::try_from(row.line_no).unwrap_or(i64::MAX).into(),
                super::post::cells_of(row).into(),
                rule.into(),
                now.into(),
            ],
        ))
        .await
        .or_fail()?;
        for rule in row.rules.iter().filter_map(|id| id.parse::<Uuid>().ok()) {
            tx.execute_raw(sql(
                "UPDATE repair_rule SET used_count = used_count + 1 WHERE tenant_id = $1 AND id = $2",
                [tx.tenant_id().uuid().into(), rule.into()],
            ))
            .await
            .or_fail()?;
        }
    }
    Ok(())
}

//! Finds what a file repeats: its lines, already in the database and not yet booked, against those of earlier reports of
//! the same layout that speak of the same days. The database compares them, so that memory stays small.

use chrono::NaiveDate;
use kernel::failure::{Failure, Outcome};
use kernel::ids::ReportId;
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde_json::json;
use uuid::Uuid;

use super::model::{Duplicate, DuplicateKind};

/// What makes two uses the same, whatever was paid.
const USE: &str = "platform, revenue_type, source_key, sale_from, sale_to, territory, currency, configuration";
/// What makes two lines the same to the last digit.
const LINE: &str = "platform, revenue_type, source_key, sale_from, sale_to, territory, currency, configuration, amount, \
                    gross, units";
/// The columns of [`LINE`] as values that equal themselves.
const SELECTED: &str = "platform, revenue_type, source_key, sale_from, sale_to, territory, currency, \
                        coalesce(configuration, '') AS configuration, amount, coalesce(gross, 0) AS gross, units";

/// A report that is being imported.
#[derive(Debug, Clone)]
pub(in crate::collection) struct Fresh<'a> {
    pub(in crate::collection) id: ReportId,
    pub(in crate::collection) month: Month,
    pub(in crate::collection) layout: &'a str,
    pub(in crate::collection) sale: Option<(NaiveDate, NaiveDate)>,
}

#[derive(FromQueryResult)]
struct Candidate {
    id: Uuid,
    accounting_month: NaiveDate,
    sale_from: NaiveDate,
    sale_to: NaiveDate,
}

#[derive(FromQueryResult)]
struct Same {
    currency: String,
    lines: i64,
    amount: String,
}

#[derive(FromQueryResult)]
struct Uses {
    new_uses: i64,
    old_uses: i64,
    same_uses: i64,
}

/// What the report repeats; empty when it repeats nothing. One file of a layout is looked at after the other: the lock
/// is held to the end of the transaction that books or holds the report.
pub(in crate::collection) async fn look(tx: &TenantTx, fresh: &Fresh<'_>) -> Outcome<Vec<Duplicate>> {
    let Some((from, to)) = fresh.sale else { return Ok(Vec::new()) };
    let tenant = tx.tenant_id().uuid();
    // Comparing large files takes its time, and others wait for it.
    tx.execute_raw(sql("SET LOCAL lock_timeout = '15min'", [])).await.or_fail()?;
    tx.execute_raw(sql(
        "SELECT pg_advisory_xact_lock(hashtextextended($1::text || $2, 0))",
        [tenant.into(), fresh.layout.into()],
    ))
    .await
    .or_fail()?;
    // What was taken back says nothing any more.
    let candidates = Candidate::find_by_statement(sql(
        "SELECT r.id, r.accounting_month, r.sale_from, r.sale_to FROM revenue_report r
          WHERE r.tenant_id = $1 AND r.layout = $2 AND r.kind = 'FILE' AND r.state = 'IMPORTED' AND r.id <> $3
            AND r.sale_from <= $5 AND r.sale_to >= $4
            AND NOT EXISTS (SELECT 1 FROM revenue_report b
                             WHERE b.tenant_id = $1 AND b.of_report_id = r.id AND b.kind = 'REVERSAL')
          ORDER BY r.id",
        [tenant.into(), fresh.layout.into(), fresh.id.uuid().into(), from.into(), to.into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let mut found = Vec::new();
    for other in candidates {
        let same = same_lines(tx, fresh, &other).await?;
        let uses = if (other.sale_from, other.sale_to) == (from, to) {
            same_uses(tx, fresh, &other).await?
        } else {
            Uses { new_uses: 0, old_uses: 0, same_uses: 0 }
        };
        // The same scope: most of what the larger of the two speaks of. A small file with late lines is none.
        let larger = uses.new_uses.max(uses.old_uses);
        let is_reissue = larger > 0 && uses.same_uses.saturating_mul(2) >= larger;
        if !is_reissue && same.is_empty() {
            continue;
        }
        found.push(Duplicate {
            report_id: fresh.id,
            other_id: other.id.into(),
            kind: if is_reissue { DuplicateKind::Reissue } else { DuplicateKind::Overlap },
            new_uses: uses.new_uses,
            old_uses: uses.old_uses,
            same_uses: uses.same_uses,
            line_count: same.iter().map(|row| row.lines).sum(),
            amounts: same.into_iter().map(|row| (row.currency, row.amount)).collect(),
        });
    }
    Ok(found)
}

/// The lines of both reports, each with whether it is the new one's. What they have in common is told by grouping them
/// together and not by a join: of lines that were written a moment ago the database has no statistics, takes them for a
/// few, and compares each with each.
fn both() -> String {
    let side = |month: u8, report: u8, is_new: bool| {
        format!(
            "SELECT {SELECTED}, {is_new} AS is_new FROM revenue_line
              WHERE tenant_id = $1 AND accounting_month = ${month} AND report_id = ${report}"
        )
    };
    format!("{} UNION ALL {}", side(2, 3, true), side(4, 5, false))
}

/// The values of [`both`].
fn sides(tx: &TenantTx, fresh: &Fresh<'_>, other: &Candidate) -> [Value; 5] {
    [
        tx.tenant_id().uuid().into(),
        fresh.month.first_day().into(),
        fresh.id.uuid().into(),
        other.accounting_month.into(),
        other.id.into(),
    ]
}

/// Lines that both have. A line that stands twice here and once there is one line in common: twins inside a file are
/// two sales. Lines without money and units say nothing.
async fn same_lines(tx: &TenantTx, fresh: &Fresh<'_>, other: &Candidate) -> Outcome<Vec<Same>> {
    Same::find_by_statement(sql(
        format!(
            "SELECT currency, sum(common)::bigint AS lines, trim_scale(sum(common * amount))::text AS amount
               FROM (SELECT currency, amount,
                            least(count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new)) AS common
                       FROM ({}) AS l WHERE amount <> 0 OR units <> 0 GROUP BY {LINE}) AS lines
              WHERE common > 0 GROUP BY currency ORDER BY currency",
            both()
        ),
        sides(tx, fresh, other),
    ))
    .all(tx)
    .await
    .or_fail()
}

async fn same_uses(tx: &TenantTx, fresh: &Fresh<'_>, other: &Candidate) -> Outcome<Uses> {
    Uses::find_by_statement(sql(
        format!(
            "SELECT count(*) FILTER (WHERE in_new) AS new_uses, count(*) FILTER (WHERE in_old) AS old_uses,
                    count(*) FILTER (WHERE in_new AND in_old) AS same_uses
               FROM (SELECT bool_or(is_new) AS in_new, bool_or(NOT is_new) AS in_old
                       FROM ({}) AS l GROUP BY {USE}) AS uses",
            both()
        ),
        sides(tx, fresh, other),
    ))
    .one(tx)
    .await
    .or_fail()?
    .ok_or_else(|| Failure::internal("counting answers nothing"))
}

/// Keeps what was found.
pub(in crate::collection) async fn keep(tx: &TenantTx, found: &[Duplicate]) -> Outcome<()> {
    for one in found {
        let amounts: serde_json::Map<String, serde_json::Value> =
            one.amounts.iter().map(|(currency, amount)| (currency.clone(), json!(amount))).collect();
        tx.execute_raw(sql(
            "INSERT INTO report_duplicate
                 (tenant_id, report_id, other_id, kind, new_uses, old_uses, same_uses, line_count, amounts)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            [
                tx.tenant_id().uuid().into(),
                one.report_id.uuid().into(),
                one.other_id.uuid().into(),
                one.kind.as_str().into(),
                one.new_uses.into(),
                one.old_uses.into(),
                one.same_uses.into(),
                one.line_count.into(),
                serde_json::Value::Object(amounts).into(),
            ],
        ))
        .await
        .or_fail()?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Row {
    report_id: Uuid,
    other_id: Uuid,
    kind: String,
    new_uses: i64,
    old_uses: i64,
    same_uses: i64,
    line_count: i64,
    amounts: serde_json::Value,
}

/// What was found for several reports, by report and by the earlier report's age.
pub(in crate::collection) async fn of(tx: &TenantTx, reports: &[ReportId]) -> Outcome<Vec<Duplicate>> {
    let ids: Vec<Uuid> = reports.iter().map(|id| id.uuid()).collect();
    let rows = Row::find_by_statement(sql(
        "SELECT report_id, other_id, kind, new_uses, old_uses, same_uses, line_count, amounts FROM report_duplicate
          WHERE tenant_id = $1 AND report_id = ANY($2) ORDER BY report_id, other_id",
        [tx.tenant_id().uuid().into(), ids.into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    Ok(rows
        .into_iter()
        .map(|row| Duplicate {
            report_id: row.report_id.into(),
            other_id: row.other_id.into(),
            kind: DuplicateKind::from_name(&row.kind),
            new_uses: row.new_uses,
            old_uses: row.old_uses,
            same_uses: row.same_uses,
            line_count: row.line_count,
            amounts: row
                .amounts
                .as_object()
                .map(|amounts| amounts.iter().map(|(currency, amount)| (currency.clone(), text(amount))).collect())
                .unwrap_or_default(),
        })
        .collect())
}

/// Marks the lines of a report that others have as left out, the first ones of each kind; how many.
pub(super) async fn exclude(tx: &TenantTx, id: ReportId, month: Month, others: &[Uuid]) -> Outcome<u64> {
    let done = tx
        .execute_raw(sql(
            format!(
                "INSERT INTO report_line_excluded (tenant_id, report_id, line_no)
                 SELECT $1, $3, line_no
                   FROM (SELECT line_no, is_new, row_number() OVER (PARTITION BY {LINE}, is_new ORDER BY line_no) AS place,
                                count(*) FILTER (WHERE NOT is_new) OVER (PARTITION BY {LINE}) AS known
                           FROM (SELECT line_no, {SELECTED}, true AS is_new FROM revenue_line
                                  WHERE tenant_id = $1 AND accounting_month = $2 AND report_id = $3
                                 UNION ALL
                                 SELECT line_no, {SELECTED}, false FROM revenue_line
                                  WHERE tenant_id = $1
                                    AND (accounting_month, report_id) IN (SELECT r.accounting_month, r.id
                                            FROM revenue_report r WHERE r.tenant_id = $1 AND r.id = ANY($4))
                                    AND NOT EXISTS (SELECT 1 FROM report_line_excluded x WHERE x.tenant_id = $1
                                            AND x.report_id = revenue_line.report_id
                                            AND x.line_no = revenue_line.line_no)) AS l
                          WHERE amount <> 0 OR units <> 0) AS n
                  WHERE is_new AND place <= known
                 ON CONFLICT DO NOTHING"
            ),
            [tx.tenant_id().uuid().into(), month.first_day().into(), id.uuid().into(), others.to_vec().into()],
        ))
        .await
        .or_fail()?;
    Ok(done.rows_affected())
}

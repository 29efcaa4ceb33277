//! What a report is booked with: from its totals to the ledger, and what changes when lines are left out.

use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::ReportId;
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::ledger::{self, AccountKey, AccountKind, Posting, Transfer};

/// The reason under which lines are skipped that an earlier report has.
pub(super) const DUPLICATE_LINE: &str = "DUPLICATE_LINE";

#[derive(FromQueryResult)]
struct Row {
    currency: String,
    posted: String,
    suspense: String,
    cut: String,
}

/// Posts what the provider owes us by a report, and where it waits.
pub(in crate::collection) async fn post(tx: &TenantTx, id: ReportId, month: Month) -> Outcome<()> {
    let rows = Row::find_by_statement(sql(
        "SELECT currency, posted::text, suspense::text, cut::text FROM report_total
          WHERE tenant_id = $1 AND report_id = $2 ORDER BY currency",
        [tx.tenant_id().uuid().into(), id.uuid().into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let mut transfers = Vec::new();
    for row in rows {
        let currency = Currency::parse(&row.currency).map_err(|error| Failure::internal(error.to_string()))?;
        let account = |kind| AccountKey::of(kind, currency);
        let receivable = account(AccountKind::ProviderReceivable);
        for (purpose, to, amount) in [
            ("posted", AccountKind::RevenueClearing, &row.posted),
            ("suspense", AccountKind::Suspense, &row.suspense),
            ("cut", AccountKind::Precision, &row.cut),
        ] {
            transfers.extend(Transfer::exact(format!("{purpose}:{currency}"), receivable, account(to), amount)?);
        }
    }
    ledger::post(tx, Posting { source_kind: "REPORT", source_id: id.uuid(), month, transfers }).await
}

/// Moves what is left out from revenue to what is skipped: the file's total stays what the file says.
pub(super) async fn leave_out(tx: &TenantTx, id: ReportId, month: Month) -> Outcome<()> {
    let left_out = "WITH left_out AS (
            SELECT l.currency, l.suspense_id, count(*) AS rows, sum(l.amount) AS amount, sum(l.units)::bigint AS units
              FROM report_line_excluded x
              JOIN revenue_line l ON l.tenant_id = $1 AND l.accounting_month = $3 AND l.report_id = $2
                                 AND l.line_no = x.line_no
             WHERE x.tenant_id = $1 AND x.report_id = $2 GROUP BY l.currency, l.suspense_id)";
    let by_currency = "SELECT currency, coalesce(sum(amount) FILTER (WHERE suspense_id IS NULL), 0) AS posted,
                              coalesce(sum(amount) FILTER (WHERE suspense_id IS NOT NULL), 0) AS suspense,
                              sum(amount) AS amount, sum(rows)::bigint AS rows, sum(units)::bigint AS units
                         FROM left_out GROUP BY currency";
    let statements = [
        format!(
            "{left_out} UPDATE report_total t SET posted = t.posted - o.posted, suspense = t.suspense - o.suspense,
                    skipped = t.skipped + o.amount, units = t.units - o.units
               FROM ({by_currency}) AS o
              WHERE t.tenant_id = $1 AND t.report_id = $2 AND t.currency = o.currency"
        ),
        format!(
            "{left_out} INSERT INTO report_skip (tenant_id, report_id, reason, currency, row_count, amount)
             SELECT $1, $2, '{DUPLICATE_LINE}', o.currency, o.rows, o.amount FROM ({by_currency}) AS o"
        ),
        format!(
            "{left_out} UPDATE suspense_group g SET amount = g.amount - o.amount, row_count = g.row_count - o.rows,
                    unit_count = g.unit_count - o.units,
                    state = CASE WHEN g.row_count = o.rows THEN 'WITHDRAWN' ELSE g.state END
               FROM left_out o WHERE g.tenant_id = $1 AND g.id = o.suspense_id AND $3::date IS NOT NULL"
        ),
        format!(
            "{left_out} UPDATE revenue_report r
                SET posted_count = r.posted_count - o.posted, suspense_count = r.suspense_count - o.suspense,
                    skipped_count = r.skipped_count + o.posted + o.suspense, excluded_count = o.posted + o.suspense,
                    unit_count = r.unit_count - o.units
               FROM (SELECT coalesce(sum(rows) FILTER (WHERE suspense_id IS NULL), 0)::bigint AS posted,
                            coalesce(sum(rows) FILTER (WHERE suspense_id IS NOT NULL), 0)::bigint AS suspense,
                            coalesce(sum(units), 0)::bigint AS units FROM left_out) AS o
              WHERE r.tenant_id = $1 AND r.id = $2"
        ),
    ];
    for statement in statements {
        let values = [tx.tenant_id().uuid().into(), id.uuid().into(), month.first_day().into()];
        tx.execute_raw(sql(statement, values)).await.or_fail()?;
    }
    Ok(())
}

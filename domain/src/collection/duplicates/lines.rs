//! Lines made from the lines of a report: the same with the opposite sign, to take it back, or the very same in an open
//! month. They are read in chunks and written by one `COPY` in one transaction: all of them or none.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use kernel::context::OpContext;
use kernel::decimal;
use kernel::failure::{Failure, Outcome};
use kernel::ids::ReportId;
use kernel::period::Month;
use platform::db::{CopyBuffer, CopyRow, OrFail, sql};
use rust_decimal::Decimal;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::super::import::LINE_COLUMNS;
use crate::Core;

/// Lines of one chunk.
const CHUNK: i64 = 20_000;

/// From where to where.
#[derive(Debug, Clone)]
pub(super) struct Derived {
    /// The lines of this report,
    pub(super) from: ReportId,
    /// which are in this month,
    pub(super) from_month: Month,
    /// become lines of this report,
    pub(super) to: ReportId,
    /// in this month,
    pub(super) to_month: Month,
    /// with the opposite sign, when they take back.
    pub(super) negate: bool,
    /// The groups that waiting lines are in from then on; those not named keep theirs.
    pub(super) groups: HashMap<Uuid, Uuid>,
    /// Whether the lines are there already, and are only counted.
    pub(super) written: bool,
}

/// What was written, by currency.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) posted: Decimal,
    pub(super) suspense: Decimal,
    pub(super) units: i64,
}

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) posted_rows: i64,
    pub(super) suspense_rows: i64,
    pub(super) sums: BTreeMap<String, Sums>,
}

#[derive(FromQueryResult)]
struct Row {
    line_no: i64,
    platform: String,
    revenue_type: i16,
    item_kind: Option<i16>,
    item_id: Option<Uuid>,
    suspense_id: Option<Uuid>,
    source_key: String,
    sale_from: NaiveDate,
    sale_to: NaiveDate,
    territory: String,
    currency: String,
    amount: Decimal,
    gross: Option<Decimal>,
    units: i64,
    configuration: Option<String>,
}

/// Writes the lines. What a person has assigned to an item since is matched; lines that are left out stay out.
pub(super) async fn write(core: &Core, ctx: &OpContext, derived: &Derived) -> Outcome<Written> {
    let mut written = Written::default();
    let mut after = 0;
    if derived.written {
        while let Some(rows) = chunk(core, ctx, derived, after).await? {
            for row in &rows {
                count(derived, row, &mut written)?;
                after = row.line_no;
            }
        }
        return Ok(written);
    }
    let mut bulk = core.db.bulk(ctx).await?;
    let mut copy = bulk.copy_in("revenue_line", LINE_COLUMNS).await?;
    while let Some(rows) = chunk(core, ctx, derived, after).await? {
        let mut buffer = CopyBuffer::with_capacity(LINE_COLUMNS.len(), rows.len() * 200);
        for row in &rows {
            count(derived, row, &mut written)?;
            buffer.row(|out| encode(ctx, derived, row, out));
            after = row.line_no;
        }
        copy.send(buffer).await?;
    }
    copy.finish().await?;
    bulk.commit().await?;
    Ok(written)
}

async fn chunk(core: &Core, ctx: &OpContext, derived: &Derived, after: i64) -> Outcome<Option<Vec<Row>>> {
    let tx = core.db.tenant_read(ctx).await?;
    // A line of a group that is resolved belongs to the group's item, except where lines only move.
    let rows = Row::find_by_statement(sql(
        "SELECT l.line_no, l.platform, l.revenue_type, coalesce(l.item_kind, g.item_kind) AS item_kind,
                coalesce(l.item_id, g.item_id) AS item_id,
                CASE WHEN g.id IS NULL THEN l.suspense_id END AS suspense_id,
                l.source_key, l.sale_from, l.sale_to, l.territory, l.currency, l.amount, l.gross, l.units,
                l.configuration
           FROM revenue_line l
           LEFT JOIN suspense_group g ON $6 AND g.tenant_id = $1 AND g.id = l.suspense_id AND g.state = 'RESOLVED'
          WHERE l.tenant_id = $1 AND l.accounting_month = $2 AND l.report_id = $3 AND l.line_no > $4
            AND (NOT $6 OR NOT EXISTS (SELECT 1 FROM report_line_excluded x
                                        WHERE x.tenant_id = $1 AND x.report_id = $3 AND x.line_no = l.line_no))
          ORDER BY l.line_no LIMIT $5",
        [
            ctx.tenant_id.uuid().into(),
            derived.from_month.first_day().into(),
            derived.from.uuid().into(),
            after.into(),
            CHUNK.into(),
            derived.negate.into(),
        ],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    Ok((!rows.is_empty()).then_some(rows))
}

fn signed(derived: &Derived, amount: Decimal) -> Decimal {
    if derived.negate { -amount } else { amount }
}

fn units(derived: &Derived, row: &Row) -> Outcome<i64> {
    let out = || Failure::refused("FILE_TOTAL_OUT_OF_RANGE", "The units of the file add up to more than can be held.");
    if derived.negate { row.units.checked_neg().ok_or_else(out) } else { Ok(row.units) }
}

fn count(derived: &Derived, row: &Row, written: &mut Written) -> Outcome<()> {
    let out =
        || Failure::refused("FILE_TOTAL_OUT_OF_RANGE", "The amounts of the file add up to more than can be held.");
    let sums = written.sums.entry(row.currency.clone()).or_default();
    let amount = signed(derived, row.amount);
    sums.units = sums.units.checked_add(units(derived, row)?).ok_or_else(out)?;
    if row.suspense_id.is_some() {
        sums.suspense = decimal::add(sums.suspense, amount).map_err(|_| out())?;
        written.suspense_rows += 1;
    } else {
        sums.posted = decimal::add(sums.posted, amount).map_err(|_| out())?;
        written.posted_rows += 1;
    }
    Ok(())
}

fn encode(ctx: &OpContext, derived: &Derived, row: &Row, out: &mut CopyRow<'_>) {
    out.put_uuid(ctx.tenant_id.uuid());
    out.put_date(derived.to_month.first_day());
    out.put_uuid(derived.to.uuid());
    out.put_i64(row.line_no);
    out.put_str(&row.platform);
    out.put_i16(row.revenue_type);
    out.put_opt(row.item_kind, |out, kind| out.put_i16(kind));
    out.put_opt(row.item_id, |out, id| out.put_uuid(id));
    let group = row.suspense_id.map(|id| derived.groups.get(&id).copied().unwrap_or(id));
    out.put_opt(group, |out, id| out.put_uuid(id));
    out.put_str(&row.source_key);
    out.put_date(row.sale_from);
    out.put_date(row.sale_to);
    out.put_str(&row.territory);
    out.put_str(&row.currency);
    out.put_decimal(signed(derived, row.amount));
    out.put_opt(row.gross.map(|gross| signed(derived, gross)), |out, gross| out.put_decimal(gross));
    out.put_i64(if derived.negate { row.units.saturating_neg() } else { row.units });
    out.put_opt(row.configuration.as_deref(), |out, text| out.put_str(text));
}

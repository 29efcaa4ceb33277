//! Files of reports are kept as long as the tenant's configuration says. What was read from them stays.

use chrono::{Datelike, NaiveDate};
use entity::revenue_report::{Column, Entity};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::ReportId;
use kernel::period::Month;
use platform::audit::{self, Change};
use platform::db::OrFail;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use crate::Core;
use crate::settings;

/// Files removed in one transaction.
const CHUNK: u64 = 200;

/// The first accounting month whose files are still kept on a day. An accounting year begins with `year_start`, 1 to
/// 12; its files are kept for `years` whole years after its end.
fn kept_from(today: NaiveDate, year_start: u32, years: i32) -> Option<Month> {
    let begun = if today.month() >= year_start { today.year() } else { today.year().checked_sub(1)? };
    // The present accounting year, and `years` full ones before it.
    Month::new(begun.checked_sub(years)?, year_start)
}

/// Removes the files of reports whose time has passed, and says how many. Safe to repeat: a file that is gone already
/// is only noted.
///
/// # Errors
/// Database and storage failures.
pub async fn retire_files(ctx: &OpContext, core: &Core) -> Outcome<u64> {
    let tx = core.db.tenant_read(ctx).await?;
    let years = settings::effective(&tx, &settings::RETENTION_YEARS, None, None).await?.integer()?;
    let start = settings::effective(&tx, &settings::ACCOUNTING_YEAR_START_MONTH, None, None).await?.integer()?;
    drop(tx);
    let (years, start) = (i32::try_from(years).unwrap_or(i32::MAX), u32::try_from(start).unwrap_or(1));
    let Some(kept) = kept_from(ctx.now.date_naive(), start, years) else { return Ok(0) };
    let mut removed = 0;
    loop {
        let tx = core.db.tenant_read(ctx).await?;
        let rows = Entity::find()
            .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
            .filter(Column::AccountingMonth.lt(kept.first_day()))
            .filter(Column::FileRemovedAt.is_null())
            .filter(Column::State.is_in(["IMPORTED", "FAILED"]))
            .order_by_asc(Column::Id)
            .limit(CHUNK)
            .all(&tx)
            .await
            .or_fail()?;
        if rows.is_empty() {
            return Ok(removed);
        }
        drop(tx);
        // The bytes go first, outside any transaction: if noting it fails, the next attempt finds them gone.
        for row in &rows {
            tracing::info!(report = %ReportId(row.id), "the file of a report is removed after its retention");
            core.storage.delete(&row.object_key).await?;
        }
        let tx = core.db.tenant(ctx).await?;
        for row in &rows {
            let change = Change {
                action: "report.file_removed",
                entity_kind: "REPORT",
                entity_id: row.id,
                before: Some(json!({ "fileName": row.file_name, "accountingMonth": row.accounting_month })),
                after: None,
            };
            audit::record(&tx, ctx, change).await?;
        }
        Entity::update_many()
            .col_expr(Column::FileRemovedAt, Expr::value(ctx.now))
            .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
            .filter(Column::Id.is_in(rows.iter().map(|row| row.id)))
            .exec(&tx)
            .await
            .or_fail()?;
        tx.commit().await?;
        removed = removed.saturating_add(rows.len() as u64);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_are_kept_for_whole_accounting_years() {
        let kept = |today: &str, start, years| kept_from(today.parse().unwrap(), start, years).unwrap().to_string();
        // The year 2016 ended ten years before 2026 ended: its files go with the first day of 2027.
        assert_eq!(kept("2026-12-31", 1, 10), "2016-01");
        assert_eq!(kept("2027-01-01", 1, 10), "2017-01");
        // A year from April: in March 2026 the year 2025/26 runs.
        assert_eq!(kept("2026-03-31", 4, 1), "2024-04");
        assert_eq!(kept("2026-04-01", 4, 1), "2025-04");
    }
}

//! How much waits, since when, why, from whom, and for whom probably.

use chrono::Duration;
use kernel::codes::SuspenseReason;
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::permission::Permission;
use platform::db::{OrFail, sql};
use sea_orm::FromQueryResult;

use crate::Core;

/// What waits for one reason, from one source, for one probable owner, in one currency. Amounts are exact texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgeingRow {
    /// Why it waits.
    pub reason: SuspenseReason,
    /// The source of the keys.
    pub source: String,
    /// Who it probably belongs to: the rights holder with the artist's name, else the label whose recordings carry that
    /// artist. A guess by name, for orientation; it decides nothing.
    pub estimated_owner: Option<String>,
    /// The currency.
    pub currency: Currency,
    /// Groups of lines with the same key.
    pub groups: i64,
    /// Lines.
    pub rows: i64,
    /// All of it: the sum of the four ages.
    pub amount: String,
    /// Waiting for at most 30 days.
    pub to_30: String,
    /// For 31 to 60 days.
    pub to_60: String,
    /// For 61 to 90 days.
    pub to_90: String,
    /// For longer.
    pub over_90: String,
    /// Days that the oldest has waited.
    pub oldest_days: i64,
}

#[derive(FromQueryResult)]
struct Row {
    reason: String,
    source: String,
    estimated_owner: Option<String>,
    currency: String,
    groups: i64,
    rows: i64,
    amount: String,
    to_30: String,
    to_60: String,
    to_90: String,
    over_90: String,
    oldest_days: i64,
}

/// The ageing report over what waits for an item today, the largest amounts first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn suspense_ageing(ctx: &OpContext, core: &Core) -> Outcome<Vec<AgeingRow>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let ago = |days| ctx.now.checked_sub_signed(Duration::days(days)).unwrap_or(ctx.now);
    let rows = Row::find_by_statement(sql(
        "WITH waiting AS (
             SELECT reason, source, currency, amount, row_count, created_at, lower(trim(artist)) AS artist
               FROM suspense_group WHERE tenant_id = $1 AND state = 'OPEN'),
         names AS (SELECT DISTINCT artist FROM waiting WHERE artist <> ''),
         owners AS (
             SELECT n.artist, coalesce(p.name, o.name) AS owner
               FROM names n
               LEFT JOIN LATERAL (SELECT min(name) AS name FROM party
                                   WHERE tenant_id = $1 AND lower(name) = n.artist) AS p ON true
               LEFT JOIN LATERAL (SELECT min(org.name) AS name FROM recording r
                                    JOIN organisation org ON org.tenant_id = $1 AND org.id = r.organisation_id
                                   WHERE r.tenant_id = $1 AND lower(r.artist) = n.artist AND p.name IS NULL) AS o ON true)
         SELECT w.reason, w.source, o.owner AS estimated_owner, w.currency, count(*) AS groups,
                sum(w.row_count)::bigint AS rows, trim_scale(sum(w.amount))::text AS amount,
                trim_scale(coalesce(sum(w.amount) FILTER (WHERE w.created_at >= $3), 0))::text AS to_30,
                trim_scale(coalesce(sum(w.amount) FILTER (WHERE w.created_at < $3 AND w.created_at >= $4), 0))::text AS to_60,
                trim_scale(coalesce(sum(w.amount) FILTER (WHERE w.created_at < $4 AND w.created_at >= $5), 0))::text AS to_90,
                trim_scale(coalesce(sum(w.amount) FILTER (WHERE w.created_at < $5), 0))::text AS over_90,
                greatest(extract(day FROM $2::timestamptz - min(w.created_at)), 0)::bigint AS oldest_days
           FROM waiting w LEFT JOIN owners o ON o.artist = w.artist
          GROUP BY w.reason, w.source, o.owner, w.currency
          ORDER BY abs(sum(w.amount)) DESC, w.source, w.reason, w.currency, o.owner LIMIT 1000",
        [ctx.tenant_id.uuid().into(), ctx.now.into(), ago(30).into(), ago(60).into(), ago(90).into()],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    rows.into_iter()
        .map(|row| {
            Ok(AgeingRow {
                reason: SuspenseReason::from_name(&row.reason).unwrap_or(SuspenseReason::NoItem),
                source: row.source,
                estimated_owner: row.estimated_owner,
                currency: Currency::parse(&row.currency).map_err(|error| Failure::internal(error.to_string()))?,
                groups: row.groups,
                rows: row.rows,
                amount: row.amount,
                to_30: row.to_30,
                to_60: row.to_60,
                to_90: row.to_90,
                over_90: row.over_90,
                oldest_days: row.oldest_days,
            })
        })
        .collect()
}

//! A payee's royalties of a run by all dimensions at once: read from the payee's own ranges of lines, so that the cost
//! follows the payee and not the tenant.

use kernel::codes::{ItemKind, RevenueType};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{PartyId, RecordingId, ReleaseId, RunId, WorkId};
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

/// Whose royalties, of which run, in which currency.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    /// The run.
    pub run: RunId,
    /// Its month.
    pub month: Month,
    /// The payee.
    pub party: PartyId,
    /// The contracts' currency.
    pub currency: String,
}

/// Royalties that share all dimensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CubeRow {
    /// The platform.
    pub platform: String,
    /// The item's public id.
    pub item: String,
    /// ISO 3166 code.
    pub territory: String,
    /// Code of the kind of revenue.
    pub revenue_type: &'static str,
    /// Units.
    pub units: i64,
    /// The royalty, exact.
    pub amount: Decimal,
}

#[derive(FromQueryResult)]
struct Row {
    platform: String,
    item_kind: i16,
    item_id: Uuid,
    territory: String,
    revenue_type: i16,
    units: i64,
    amount: Decimal,
}

const FROM_LINES: &str = "
    FROM royalty_range r
    CROSS JOIN LATERAL (
        SELECT * FROM royalty_line l
         WHERE l.tenant_id = $1 AND l.accounting_month = $2 AND l.run_id = $3
           AND l.line_no BETWEEN r.first_line_no AND r.last_line_no AND l.party_id = $4 AND l.currency = $5) AS l
    JOIN revenue_line v ON v.tenant_id = $1 AND v.accounting_month = l.revenue_month
                       AND v.report_id = l.report_id AND v.line_no = l.report_line_no
    LEFT JOIN suspense_group g ON g.tenant_id = $1 AND g.id = v.suspense_id
   WHERE r.tenant_id = $1 AND r.run_id = $3 AND r.party_id = $4";

impl Share {
    fn values(&self, tx: &TenantTx) -> Vec<sea_orm::Value> {
        vec![
            tx.tenant_id().uuid().into(),
            self.month.first_day().into(),
            self.run.uuid().into(),
            self.party.uuid().into(),
            self.currency.clone().into(),
        ]
    }
}

/// The whole cube of a payee.
pub(crate) async fn royalty_cube(tx: &TenantTx, share: &Share) -> Outcome<Vec<CubeRow>> {
    let rows = Row::find_by_statement(sql(
        format!(
            "SELECT v.platform, coalesce(v.item_kind, g.item_kind) AS item_kind, coalesce(v.item_id, g.item_id) AS item_id,
                    v.territory, v.revenue_type, sum(l.units)::bigint AS units, sum(l.amount) AS amount
             {FROM_LINES}
             GROUP BY 1, 2, 3, 4, 5"
        ),
        share.values(tx),
    ))
    .all(tx)
    .await
    .or_fail()?;
    rows.into_iter()
        .map(|row| {
            let kind = ItemKind::from_number(row.item_kind).ok_or_else(|| Failure::internal("a kind of item"))?;
            let revenue_type = RevenueType::from_number(row.revenue_type)
                .ok_or_else(|| Failure::internal("a kind of revenue"))?
                .as_str();
            Ok(CubeRow {
                platform: row.platform,
                item: item_key(kind, row.item_id),
                territory: row.territory,
                revenue_type,
                units: row.units,
                amount: row.amount,
            })
        })
        .collect()
}

/// The public id of an item.
fn item_key(kind: ItemKind, id: Uuid) -> String {
    match kind {
        ItemKind::Recording => RecordingId(id).to_string(),
        ItemKind::Work => WorkId(id).to_string(),
        ItemKind::Release => ReleaseId(id).to_string(),
    }
}

/// Which lines of a payee; what is not set does not narrow.
#[derive(Debug, Clone, Default)]
pub(crate) struct Narrowed {
    /// Only of this platform.
    pub platform: Option<String>,
    /// Only in this territory.
    pub territory: Option<String>,
    /// Only of this kind of revenue.
    pub revenue_type: Option<RevenueType>,
    /// Only of these items.
    pub items: Option<Vec<Uuid>>,
}

/// The numbers of a payee's lines after one, in order; one more than `limit` says that there are more.
pub(crate) async fn line_numbers(
    tx: &TenantTx,
    share: &Share,
    narrowed: Narrowed,
    after: i64,
    limit: i64,
) -> Outcome<Vec<i64>> {
    let mut values = share.values(tx);
    values.extend([
        narrowed.platform.into(),
        narrowed.territory.into(),
        narrowed.revenue_type.map(RevenueType::number).into(),
        narrowed.items.into(),
        after.into(),
        limit.into(),
    ]);
    let rows = tx
        .query_all_raw(sql(
            format!(
                "SELECT l.line_no {FROM_LINES}
                    AND ($6::text IS NULL OR v.platform = $6) AND ($7::text IS NULL OR v.territory = $7)
                    AND ($8::smallint IS NULL OR v.revenue_type = $8)
                    AND ($9::uuid[] IS NULL OR coalesce(v.item_id, g.item_id) = ANY($9))
                    AND r.last_line_no > $10 AND l.line_no > $10
                  ORDER BY l.line_no LIMIT $11"
            ),
            values,
        ))
        .await
        .or_fail()?;
    rows.iter().map(|row| row.try_get_by_index(0).or_fail()).collect()
}

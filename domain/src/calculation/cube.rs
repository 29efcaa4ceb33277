//! A statement's royalties by all dimensions at once: read from the ranges of lines of the accounts that it states, so
//! that the cost follows the payee and not the tenant.

use kernel::codes::{ItemKind, RevenueType};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{RecordingId, ReleaseId, RunId, StatementId, WorkId};
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

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

/// The lines behind a statement: it may account for several runs, and for some contracts of a payee only.
const FROM_LINES: &str = "
    FROM statement_account s
    JOIN calculation_run k ON k.tenant_id = $1 AND k.id = s.run_id
    JOIN royalty_range r ON r.tenant_id = $1 AND r.run_id = s.run_id AND r.party_id = s.party_id
                        AND r.contract_id = s.contract_id
    CROSS JOIN LATERAL (
        SELECT * FROM royalty_line l
         WHERE l.tenant_id = $1 AND l.accounting_month = k.accounting_month AND l.run_id = s.run_id
           AND l.line_no BETWEEN r.first_line_no AND r.last_line_no
           AND l.party_id = s.party_id AND l.contract_id = s.contract_id) AS l
    JOIN revenue_line v ON v.tenant_id = $1 AND v.accounting_month = l.revenue_month
                       AND v.report_id = l.report_id AND v.line_no = l.report_line_no
    LEFT JOIN suspense_group g ON g.tenant_id = $1 AND g.id = v.suspense_id
   WHERE s.tenant_id = $1 AND s.statement_id = $2";

/// The whole cube of a statement.
pub(crate) async fn royalty_cube(tx: &TenantTx, statement: StatementId) -> Outcome<Vec<CubeRow>> {
    let rows = Row::find_by_statement(sql(
        format!(
            "SELECT v.platform, coalesce(v.item_kind, g.item_kind) AS item_kind, coalesce(v.item_id, g.item_id) AS item_id,
                    v.territory, v.revenue_type, sum(l.units)::bigint AS units, sum(l.amount) AS amount
             {FROM_LINES}
             GROUP BY 1, 2, 3, 4, 5"
        ),
        [tx.tenant_id().uuid().into(), statement.uuid().into()],
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

/// Where a line of a statement stands: its run, its number there. Lines are ordered by both.
pub(crate) type LinePlace = (RunId, i64);

/// Places of a statement's lines after one, in order; one more than wanted says that there are more.
pub(crate) async fn line_places(
    tx: &TenantTx,
    statement: StatementId,
    narrowed: Narrowed,
    after: Option<LinePlace>,
    limit: i64,
) -> Outcome<Vec<LinePlace>> {
    let (run, number) = after.map_or((Uuid::nil(), 0), |(run, number)| (run.uuid(), number));
    let values: Vec<sea_orm::Value> = vec![
        tx.tenant_id().uuid().into(),
        statement.uuid().into(),
        narrowed.platform.into(),
        narrowed.territory.into(),
        narrowed.revenue_type.map(RevenueType::number).into(),
        narrowed.items.into(),
        run.into(),
        number.into(),
        limit.into(),
    ];
    let rows = tx
        .query_all_raw(sql(
            format!(
                "SELECT s.run_id, l.line_no {FROM_LINES}
                    AND ($3::text IS NULL OR v.platform = $3) AND ($4::text IS NULL OR v.territory = $4)
                    AND ($5::smallint IS NULL OR v.revenue_type = $5)
                    AND ($6::uuid[] IS NULL OR coalesce(v.item_id, g.item_id) = ANY($6))
                    AND (s.run_id > $7 OR s.run_id = $7 AND r.last_line_no > $8 AND l.line_no > $8)
                  ORDER BY s.run_id, l.line_no LIMIT $9"
            ),
            values,
        ))
        .await
        .or_fail()?;
    rows.iter()
        .map(|row| Ok((RunId(row.try_get_by_index::<Uuid>(0).or_fail()?), row.try_get_by_index(1).or_fail()?)))
        .collect()
}

//! Royalties of finalised runs by platform, territory, item, revenue type, payee or contract: sums that were written
//! with the runs, so that nothing reads lines for a total.

use kernel::codes::{ItemKind, RevenueType};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId, RecordingId, ReleaseId, WorkId, parse_typeid};
use kernel::period::Month;
use kernel::permission::Permission;
use kernel::territory::Territory;
use platform::db::{OrFail, sql};
use rust_decimal::Decimal;
use sea_orm::{FromQueryResult, Value};
use uuid::Uuid;

use crate::Core;

/// Most rows of a report; more are cut and said to be.
const ROWS: usize = 1_000;

/// What the rows of a report are per.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupBy {
    /// Platform.
    Platform,
    /// Territory.
    Territory,
    /// Catalogue item.
    Item,
    /// Revenue type.
    RevenueType,
    /// Payee.
    Party,
    /// Contract.
    Contract,
}

impl GroupBy {
    /// The stored dimension; payee and contract are columns of every sum.
    const fn dimension(self) -> Option<&'static str> {
        match self {
            Self::Platform => Some("PLATFORM"),
            Self::Territory => Some("TERRITORY"),
            Self::Item => Some("ITEM"),
            Self::RevenueType => Some("REVENUE_TYPE"),
            Self::Party | Self::Contract => None,
        }
    }
}

/// Which royalties.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReportFilter {
    /// Only of this payee.
    pub party_id: Option<PartyId>,
    /// Only under this contract.
    pub contract_id: Option<ContractId>,
    /// From this accounting month.
    pub from: Option<Month>,
    /// To this accounting month.
    pub to: Option<Month>,
}

/// Sums of royalties.
#[derive(Debug, Clone, PartialEq)]
pub struct RoyaltyReport {
    /// The sums, the largest amount first.
    pub rows: Vec<RoyaltyReportRow>,
    /// Whether there are more than are shown.
    pub truncated: bool,
}

/// One sum. Of the values it is per, those that were asked for are set.
#[derive(Debug, Clone, PartialEq)]
pub struct RoyaltyReportRow {
    /// The platform.
    pub platform: Option<String>,
    /// The territory.
    pub territory: Option<Territory>,
    /// The item.
    pub item: Option<(ItemKind, Uuid)>,
    /// The revenue type.
    pub revenue_type: Option<RevenueType>,
    /// The payee.
    pub party_id: Option<PartyId>,
    /// The contract.
    pub contract_id: Option<ContractId>,
    /// The currency of the contracts.
    pub currency: Currency,
    /// Units, as each payee's royalty lines count them.
    pub units: i64,
    /// How many royalty lines.
    pub row_count: i64,
    /// What entered the contracts for these lines, exact.
    pub receipts: Decimal,
    /// The royalty, exact.
    pub amount: Decimal,
}

#[derive(FromQueryResult)]
struct Row {
    key: Option<String>,
    party_id: Option<Uuid>,
    contract_id: Option<Uuid>,
    currency: String,
    units: i64,
    row_count: i64,
    receipts: Decimal,
    amount: Decimal,
}

/// Sums royalties of finalised runs. Somebody who sees only their own parties sums only theirs.
///
/// # Errors
/// `GROUPING_UNSUPPORTED` for more than one of platform, territory, item and revenue type; `PERIOD_INVALID`;
/// `FORBIDDEN`; database failures.
pub async fn royalty_report(
    ctx: &OpContext,
    core: &Core,
    group_by: &[GroupBy],
    filter: ReportFilter,
) -> Outcome<RoyaltyReport> {
    ctx.require(Permission::RoyaltyRead)?;
    let dimension = one_dimension(group_by)?;
    if filter.from.zip(filter.to).is_some_and(|(from, to)| to < from) {
        return Err(Failure::refused("PERIOD_INVALID", "The period ends before it begins.").at(["filter", "to"]));
    }
    let pick = |wanted: bool, column: &str, kind: &str| {
        if wanted { format!("s.{column} AS {column}") } else { format!("NULL::{kind} AS {column}") }
    };
    let columns = [
        pick(dimension.is_some(), "key", "text"),
        pick(group_by.contains(&GroupBy::Party), "party_id", "uuid"),
        pick(group_by.contains(&GroupBy::Contract), "contract_id", "uuid"),
    ]
    .join(", ");
    let scope = ctx.party_scope.as_ref().map(|scope| scope.iter().map(|party| party.uuid()).collect::<Vec<_>>());
    let limit = i64::try_from(ROWS).map_err(|_| Failure::internal("row limit"))?.saturating_add(1);
    let values: Vec<Value> = vec![
        ctx.tenant_id.uuid().into(),
        // Every line has a revenue type, so its sums are the sums of everything.
        dimension.and_then(GroupBy::dimension).unwrap_or("REVENUE_TYPE").into(),
        filter.party_id.map(|id| id.uuid()).into(),
        filter.contract_id.map(|id| id.uuid()).into(),
        filter.from.map(|month| month.first_day()).into(),
        filter.to.map(|month| month.first_day()).into(),
        scope.into(),
        limit.into(),
    ];
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Row::find_by_statement(sql(
        format!(
            "SELECT {columns}, s.currency, sum(s.units)::bigint AS units, sum(s.row_count)::bigint AS row_count,
                    sum(s.receipts) AS receipts, sum(s.amount) AS amount
               FROM royalty_summary s
               JOIN calculation_run r ON r.tenant_id = $1 AND r.id = s.run_id
              WHERE s.tenant_id = $1 AND s.dimension = $2 AND r.state = 'FINALISED'
                AND ($3::uuid IS NULL OR s.party_id = $3) AND ($4::uuid IS NULL OR s.contract_id = $4)
                AND ($5::date IS NULL OR r.accounting_month >= $5)
                AND ($6::date IS NULL OR r.accounting_month <= $6)
                AND ($7::uuid[] IS NULL OR s.party_id = ANY($7))
              GROUP BY 1, 2, 3, s.currency
              ORDER BY sum(s.amount) DESC, s.currency, 1, 2, 3 LIMIT $8"
        ),
        values,
    ))
    .all(&tx)
    .await
    .or_fail()?;
    let truncated = rows.len() > ROWS;
    let rows = rows.into_iter().take(ROWS).map(|row| row.shown(dimension)).collect::<Outcome<_>>()?;
    Ok(RoyaltyReport { rows, truncated })
}

/// Sums are kept per one dimension: their combination would be the lines again.
fn one_dimension(group_by: &[GroupBy]) -> Outcome<Option<GroupBy>> {
    let mut dimensions = group_by.iter().copied().filter(|one| one.dimension().is_some());
    let first = dimensions.next();
    if dimensions.any(|other| Some(other) != first) {
        return Err(Failure::refused(
            "GROUPING_UNSUPPORTED",
            "Group by one of PLATFORM, TERRITORY, ITEM and REVENUE_TYPE, with PARTY and CONTRACT as you like.",
        )
        .at(["groupBy"]));
    }
    Ok(first)
}

impl Row {
    fn shown(self, dimension: Option<GroupBy>) -> Outcome<RoyaltyReportRow> {
        let mut row = RoyaltyReportRow {
            platform: None,
            territory: None,
            item: None,
            revenue_type: None,
            party_id: self.party_id.map(PartyId::from),
            contract_id: self.contract_id.map(ContractId::from),
            currency: Currency::parse(&self.currency).map_err(|error| Failure::internal(error.to_string()))?,
            units: self.units,
            row_count: self.row_count,
            receipts: self.receipts.normalize(),
            amount: self.amount.normalize(),
        };
        let key = self.key.unwrap_or_default();
        let wrong = || Failure::internal(format!("a sum per `{key}`"));
        match dimension {
            Some(GroupBy::Territory) => row.territory = Some(Territory::parse(&key).map_err(|_| wrong())?),
            Some(GroupBy::RevenueType) => row.revenue_type = Some(RevenueType::from_name(&key).ok_or_else(wrong)?),
            Some(GroupBy::Item) => row.item = Some(item(&key).ok_or_else(wrong)?),
            Some(GroupBy::Platform) => row.platform = Some(key),
            Some(GroupBy::Party | GroupBy::Contract) | None => {}
        }
        Ok(row)
    }
}

/// The item behind its public id.
fn item(text: &str) -> Option<(ItemKind, Uuid)> {
    let (prefix, id) = parse_typeid(text).ok()?;
    let kind = match prefix {
        RecordingId::PREFIX => ItemKind::Recording,
        WorkId::PREFIX => ItemKind::Work,
        ReleaseId::PREFIX => ItemKind::Release,
        _ => return None,
    };
    Some((kind, id))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_stored_dimension_and_payee_and_contract_with_it() {
        use GroupBy::{Contract, Item, Party, Platform};
        assert_eq!(one_dimension(&[]).unwrap(), None);
        assert_eq!(one_dimension(&[Party, Platform, Contract]).unwrap(), Some(Platform));
        assert_eq!(one_dimension(&[Item, Item]).unwrap(), Some(Item));
        assert_eq!(one_dimension(&[Item, Platform]).unwrap_err().code(), "GROUPING_UNSUPPORTED");
    }

    #[test]
    fn items_come_back_from_their_public_ids() {
        let work = WorkId::new();
        assert_eq!(item(&work.to_string()), Some((ItemKind::Work, work.uuid())));
        assert_eq!(item(&PartyId::new().to_string()), None);
    }
}

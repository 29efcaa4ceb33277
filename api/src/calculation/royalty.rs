//! Royalty lines and sums of royalties in the schema.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject};
use domain::calculation::{self, RoyaltyLineKey};
use kernel::failure::Outcome;
use kernel::ids::{ContractId, PartyId};

use super::explanation::Explanation;
use super::loaders::Explanations;
use crate::frame::ids;
use crate::frame::loader::{load, load_visible};
use crate::frame::scalars::{BigInt, CurrencyCode, Date, Decimal, Earning, Month, TerritoryCode};
use crate::frame::trade::{ItemReference, RevenueType};
use crate::parties::{Party, PartyBatch};
use crate::rights::{Contract, ContractBatch};

/// The line of a report behind a royalty.
#[derive(Debug, Clone, SimpleObject)]
pub struct RoyaltyReportLine {
    /// The report.
    report_id: ID,
    /// The physical line in its file.
    line_no: BigInt,
    /// The platform.
    platform: String,
    /// What the money was earned with.
    revenue_type: RevenueType,
    /// Where.
    territory: TerritoryCode,
    /// First day of the sale period: it decides which version, participation and term apply.
    sale_from: Date,
    /// Last day of the sale period.
    sale_to: Date,
    /// What was sold or used.
    item: ItemReference,
    /// The currency of the amount.
    currency: CurrencyCode,
    /// Net to the tenant, exact.
    amount: Decimal,
    /// Units.
    units: BigInt,
    /// The product configuration, where the report names one.
    configuration: Option<String>,
}

impl From<calculation::ReportLine> for RoyaltyReportLine {
    fn from(row: calculation::ReportLine) -> Self {
        Self {
            report_id: ID(row.report_id.to_string()),
            line_no: row.line_no.into(),
            platform: row.platform,
            revenue_type: row.revenue_type.into(),
            territory: row.territory.into(),
            sale_from: row.sale_from.into(),
            sale_to: row.sale_to.into(),
            item: ItemReference::of(row.item_kind, row.item_id),
            currency: row.amount.currency.into(),
            amount: row.amount.amount.into(),
            units: row.units.into(),
            configuration: row.configuration,
        }
    }
}

/// One payee's part of one line of a report.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct RoyaltyLine {
    /// Its id, for `royaltyLine`.
    #[graphql(owned)]
    pub id: ID,
    /// Units.
    units: BigInt,
    /// The royalty in the line's currency, exact.
    source_amount: Earning,
    /// The royalty in the contract's currency, exact.
    amount: Earning,
    /// What it comes from.
    report_line: RoyaltyReportLine,
    #[graphql(skip)]
    key: RoyaltyLineKey,
    #[graphql(skip)]
    party_id: PartyId,
    #[graphql(skip)]
    contract_id: ContractId,
}

impl From<calculation::RoyaltyLine> for RoyaltyLine {
    fn from(row: calculation::RoyaltyLine) -> Self {
        Self {
            id: ID(row.key.to_string()),
            units: row.units.into(),
            source_amount: row.source.into(),
            amount: row.amount.into(),
            report_line: row.report_line.into(),
            key: row.key,
            party_id: row.party_id,
            contract_id: row.contract_id,
        }
    }
}

#[ComplexObject]
impl RoyaltyLine {
    /// The payee; null when the caller may not see parties.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load_visible::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }

    /// The contract; null when the caller may not see contracts.
    async fn contract(&self, gql: &Context<'_>) -> Result<Option<Contract>> {
        Ok(load_visible::<ContractBatch>(gql, self.contract_id).await?.map(Into::into))
    }

    /// How the amount came about, computed again from the rules recorded with the run.
    async fn explanation(&self, gql: &Context<'_>) -> Result<Option<Explanation>> {
        Ok(load::<Explanations>(gql, self.key).await?.map(|derivation| Explanation::from(derivation.as_ref())))
    }
}

/// Which royalty lines of a run.
#[derive(Debug, Default, InputObject)]
pub struct RoyaltyLineFilter {
    /// Only of this payee.
    party_id: Option<ID>,
    /// Only under this contract.
    contract_id: Option<ID>,
}

impl RoyaltyLineFilter {
    /// Reads the ids.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`.
    pub fn read(&self) -> Outcome<calculation::RoyaltyFilter> {
        Ok(calculation::RoyaltyFilter {
            party_id: ids::parse_opt(self.party_id.as_ref(), ["filter", "partyId"])?,
            contract_id: ids::parse_opt(self.contract_id.as_ref(), ["filter", "contractId"])?,
        })
    }
}

/// What the rows of a royalty report are per.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calculation::GroupBy")]
pub enum RoyaltyGroupBy {
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

/// Which royalties a report sums.
#[derive(Debug, Default, InputObject)]
pub struct RoyaltyReportFilter {
    /// Only of this payee.
    party_id: Option<ID>,
    /// Only under this contract.
    contract_id: Option<ID>,
    /// From this accounting month.
    from: Option<Month>,
    /// To this accounting month.
    to: Option<Month>,
}

impl RoyaltyReportFilter {
    /// Reads the ids.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`.
    pub fn read(&self) -> Outcome<calculation::ReportFilter> {
        Ok(calculation::ReportFilter {
            party_id: ids::parse_opt(self.party_id.as_ref(), ["filter", "partyId"])?,
            contract_id: ids::parse_opt(self.contract_id.as_ref(), ["filter", "contractId"])?,
            from: self.from.map(Into::into),
            to: self.to.map(Into::into),
        })
    }
}

/// Sums of royalties of finalised runs.
#[derive(Debug, Clone, SimpleObject)]
pub struct RoyaltyReport {
    /// The sums, the largest amount first.
    rows: Vec<RoyaltyReportRow>,
    /// Whether there are more rows than the 1,000 that are shown.
    truncated: bool,
}

/// One sum. Of the values it is per, those that were asked for are set.
#[derive(Debug, Clone, SimpleObject)]
pub struct RoyaltyReportRow {
    /// The platform.
    platform: Option<String>,
    /// The territory.
    territory: Option<TerritoryCode>,
    /// The item.
    item: Option<ItemReference>,
    /// The revenue type.
    revenue_type: Option<RevenueType>,
    /// The payee's global id.
    party_id: Option<ID>,
    /// The contract's global id.
    contract_id: Option<ID>,
    /// The currency of the contracts.
    currency: CurrencyCode,
    /// Units, counted for each payee.
    units: BigInt,
    /// How many royalty lines.
    row_count: BigInt,
    /// What entered the contracts for these lines, exact.
    receipts: Decimal,
    /// The royalty, exact.
    amount: Decimal,
}

impl From<calculation::RoyaltyReport> for RoyaltyReport {
    fn from(report: calculation::RoyaltyReport) -> Self {
        Self { rows: report.rows.into_iter().map(Into::into).collect(), truncated: report.truncated }
    }
}

impl From<calculation::RoyaltyReportRow> for RoyaltyReportRow {
    fn from(row: calculation::RoyaltyReportRow) -> Self {
        Self {
            platform: row.platform,
            territory: row.territory.map(Into::into),
            item: row.item.map(|(kind, id)| ItemReference::of(kind, id)),
            revenue_type: row.revenue_type.map(Into::into),
            party_id: row.party_id.map(|id| ID(id.to_string())),
            contract_id: row.contract_id.map(|id| ID(id.to_string())),
            currency: row.currency.into(),
            units: row.units.into(),
            row_count: row.row_count.into(),
            receipts: row.receipts.into(),
            amount: row.amount.into(),
        }
    }
}

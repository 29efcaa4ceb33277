//! One line, computed at once.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use domain::calculation::{self, derivation};
use kernel::codes::ItemKind;
use kernel::ids::{ContractId, PartyId, RecordingId, ReleaseId, WorkId};

use super::explanation::Explanation;
use crate::frame;
use crate::frame::ids;
use crate::frame::loader::load_visible;
use crate::frame::scalars::{BigInt, CurrencyCode, Date, Decimal, Earning, Month, TerritoryCode};
use crate::frame::trade::{RevenueType, SuspenseReason};
use crate::parties::{Party, PartyBatch};
use crate::rights::{Contract, ContractBatch};

/// A catalogue item: exactly one.
#[derive(OneofObject)]
pub enum PreviewItemInput {
    /// A recording.
    RecordingId(ID),
    /// A work.
    WorkId(ID),
    /// A release.
    ReleaseId(ID),
}

/// A line to compute, as a report would state it.
#[derive(InputObject)]
pub struct RoyaltyPreviewInput {
    /// What was used.
    item: PreviewItemInput,
    /// The accounting month whose exchange rates apply.
    accounting_month: Month,
    /// The sale date.
    sale_on: Date,
    /// Where.
    territory: TerritoryCode,
    /// The platform.
    platform: String,
    /// The kind of use.
    revenue_type: RevenueType,
    /// The product configuration.
    configuration: Option<String>,
    /// Units; negative for returns.
    units: BigInt,
    /// Net to the tenant.
    amount: Decimal,
    /// Its currency.
    currency: CurrencyCode,
    /// Gross as the platform would state it.
    gross: Option<Decimal>,
}

/// What one payee would get for a line.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct PreviewRoyalty {
    /// In the contract's currency, unrounded.
    amount: Earning,
    /// In the line's currency, unrounded.
    source: Earning,
    #[graphql(skip)]
    contract_id: ContractId,
    #[graphql(skip)]
    party_id: PartyId,
    #[graphql(skip)]
    derivation: Arc<derivation::Explanation>,
}

#[ComplexObject]
impl PreviewRoyalty {
    /// The payee; null when the caller may not see parties.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load_visible::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }

    /// The contract.
    async fn contract(&self, gql: &Context<'_>) -> Result<Option<Contract>> {
        Ok(load_visible::<ContractBatch>(gql, self.contract_id).await?.map(Into::into))
    }

    /// From the line to the amount.
    async fn explanation(&self) -> Explanation {
        Explanation::from(self.derivation.as_ref())
    }
}

/// What would become of a line.
#[derive(Debug, Clone, SimpleObject)]
pub struct RoyaltyPreview {
    /// What payees would get.
    royalties: Vec<PreviewRoyalty>,
    /// Why it would wait; null: it would not.
    waiting: Option<SuspenseReason>,
}

impl From<calculation::Preview> for RoyaltyPreview {
    fn from(row: calculation::Preview) -> Self {
        let royalty = |one: calculation::PreviewRoyalty| PreviewRoyalty {
            amount: one.amount.into(),
            source: one.source.into(),
            contract_id: one.contract_id,
            party_id: one.party_id,
            derivation: one.explanation,
        };
        Self { royalties: row.royalties.into_iter().map(royalty).collect(), waiting: row.waiting.map(Into::into) }
    }
}

/// Computing one line at once.
#[derive(Default)]
pub struct PreviewQuery;

#[Object]
impl PreviewQuery {
    /// What one line would give to whom, with the rules and rates as they are now. Nothing is stored and nothing is posted.
    /// Requires: ROYALTY_READ and CONTRACT_READ.
    async fn royalty_preview(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The line.")] input: RoyaltyPreviewInput,
    ) -> Result<RoyaltyPreview> {
        frame::read(gql, |ctx, core| async move {
            let (item_kind, item_id) = match &input.item {
                PreviewItemInput::RecordingId(id) => {
                    let id: RecordingId = ids::parse(id, ["input", "item", "recordingId"])?;
                    (ItemKind::Recording, id.uuid())
                }
                PreviewItemInput::WorkId(id) => {
                    let id: WorkId = ids::parse(id, ["input", "item", "workId"])?;
                    (ItemKind::Work, id.uuid())
                }
                PreviewItemInput::ReleaseId(id) => {
                    let id: ReleaseId = ids::parse(id, ["input", "item", "releaseId"])?;
                    (ItemKind::Release, id.uuid())
                }
            };
            let line = calculation::PreviewLine {
                item_kind,
                item_id,
                month: input.accounting_month.into(),
                sale_date: input.sale_on.into(),
                territory: input.territory.into(),
                platform: input.platform,
                revenue_type: input.revenue_type.into(),
                configuration: input.configuration,
                units: input.units.into(),
                amount: input.amount.into(),
                currency: input.currency.into(),
                gross: input.gross.map(Into::into),
            };
            Ok(calculation::royalty_preview(&ctx, &core, line).await?.into())
        })
        .await
    }
}

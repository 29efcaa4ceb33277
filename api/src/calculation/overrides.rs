//! Corrections of payees' accounts in the schema.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::calculation;
use kernel::ids::{ContractId, PartyId};

use super::mutation::CalculationUserError;
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;
use crate::frame::loader::load_visible;
use crate::frame::scalars::{DateTime, Decimal, Money, Month};
use crate::parties::{Party, PartyBatch};
use crate::payload;
use crate::rights::{Contract, ContractBatch};

/// Where a correction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calculation::OverrideState")]
pub enum RoyaltyOverrideState {
    /// Waiting for a second person.
    Proposed,
    /// Enters the next run of its month or later.
    Approved,
    /// Turned down.
    Rejected,
}

/// An amount that a person entered for a payee under a contract, with a reason.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct RoyaltyOverride {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The first accounting month it may enter.
    accounting_month: Month,
    /// How much, either sign.
    amount: Money,
    /// Why.
    reason: String,
    /// Where it stands.
    state: RoyaltyOverrideState,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    /// The member who proposed it.
    #[graphql(owned)]
    created_by: ID,
    /// When.
    created_at: DateTime,
    /// The member who decided.
    decided_by: Option<ID>,
    /// When.
    decided_at: Option<DateTime>,
    /// The global id of the finalised run that took it.
    run_id: Option<ID>,
    #[graphql(skip)]
    contract_id: ContractId,
    #[graphql(skip)]
    party_id: PartyId,
}

impl From<calculation::RoyaltyOverride> for RoyaltyOverride {
    fn from(row: calculation::RoyaltyOverride) -> Self {
        Self {
            id: ID(row.id.to_string()),
            accounting_month: row.month.into(),
            amount: row.amount.into(),
            reason: row.reason,
            state: row.state.into(),
            version: row.version,
            created_by: ID(row.created_by.to_string()),
            created_at: row.created_at.into(),
            decided_by: row.decided_by.map(|id| ID(id.to_string())),
            decided_at: row.decided_at.map(Into::into),
            run_id: row.run_id.map(|id| ID(id.to_string())),
            contract_id: row.contract_id,
            party_id: row.party_id,
        }
    }
}

#[ComplexObject]
impl RoyaltyOverride {
    /// The payee; null when the caller may not see parties.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load_visible::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }

    /// The contract; null when the caller may not see contracts.
    async fn contract(&self, gql: &Context<'_>) -> Result<Option<Contract>> {
        Ok(load_visible::<ContractBatch>(gql, self.contract_id).await?.map(Into::into))
    }
}

/// A correction to be proposed.
#[derive(InputObject)]
pub struct RoyaltyOverrideProposeInput {
    /// Under which contract.
    contract_id: ID,
    /// Whose.
    party_id: ID,
    /// The first accounting month it may enter; it must be open.
    accounting_month: Month,
    /// How much, in the currency of the contract, in whole minor units; either sign.
    amount: Decimal,
    /// Why, at most 2,000 characters.
    reason: String,
    /// Your key for this request: sent again, it gives the same correction.
    idempotency_key: String,
}

/// A decision on a correction.
#[derive(InputObject)]
pub struct RoyaltyOverrideDecideInput {
    /// Which one.
    id: ID,
    /// Its `version` when you read it.
    expected_version: i32,
    /// Whether it is approved; otherwise it is rejected.
    approve: bool,
}

payload! {
    /// What `royaltyOverridePropose` answers.
    RoyaltyOverrideProposePayload(CalculationUserError) {
        /// The correction; null when it was refused.
        royalty_override: RoyaltyOverride,
    }
}

payload! {
    /// What `royaltyOverrideDecide` answers.
    RoyaltyOverrideDecidePayload(CalculationUserError) {
        /// The correction; null when it was refused.
        royalty_override: RoyaltyOverride,
    }
}

/// Reading corrections.
#[derive(Default)]
pub struct OverrideQuery;

#[Object]
impl OverrideQuery {
    /// Corrections of payees' accounts, newest first. Requires: RUN_READ.
    async fn royalty_overrides(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<RoyaltyOverride>> {
        frame::read(gql, |ctx, core| async move {
            let rows = calculation::overrides(&ctx, &core, page(first, after, last, before)?).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }
}

/// Proposing and deciding corrections.
#[derive(Default)]
pub struct OverrideMutation;

#[Object]
impl OverrideMutation {
    /// Proposes a correction of what a payee gets under a contract. Nothing happens until a second person approves it; then
    /// it enters the next run, is recouped from as a royalty is, and stands on the statement as a correction. Requires:
    /// RUN_MANAGE.
    async fn royalty_override_propose(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The correction.")] input: RoyaltyOverrideProposeInput,
    ) -> Result<RoyaltyOverrideProposePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let new = calculation::NewOverride {
                contract_id: ids::parse(&input.contract_id, ["input", "contractId"])?,
                party_id: ids::parse(&input.party_id, ["input", "partyId"])?,
                month: input.accounting_month.into(),
                amount: input.amount.into(),
                reason: input.reason,
                idempotency_key: input.idempotency_key,
            };
            calculation::override_propose(&ctx, &core, new).await
        })
        .await;
        RoyaltyOverrideProposePayload::of(outcome)
    }

    /// Approves or rejects a correction. Whoever proposed it cannot. Requires: RUN_APPROVE.
    async fn royalty_override_decide(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The decision.")] input: RoyaltyOverrideDecideInput,
    ) -> Result<RoyaltyOverrideDecidePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            calculation::override_decide(&ctx, &core, id, input.expected_version, input.approve).await
        })
        .await;
        RoyaltyOverrideDecidePayload::of(outcome)
    }
}

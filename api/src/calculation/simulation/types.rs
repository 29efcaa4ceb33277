//! Simulations, and what they found.

use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject};
use domain::calculation;
use kernel::currency::Currency;
use kernel::ids::{ContractId, OperationId, PartyId, SimulationId};
use kernel::page::Cursor;
use rust_decimal::Decimal as Number;

use super::input::SimulationBasis;
use crate::calculation::loaders::CurrencyDiffs;
use crate::calculation::run::CalculationFailure;
use crate::collection::Operations;
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::loader::{load, load_visible};
use crate::frame::scalars::{BigInt, CurrencyCode, DateTime, Decimal, Month};
use crate::frame::trade::ItemReference;
use crate::operations::Operation;
use crate::parties::{Party, PartyBatch};
use crate::rights::{Contract, ContractBatch};

/// What a simulation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calculation::SimulationKind")]
pub enum SimulationKind {
    /// What if.
    Simulation,
    /// What closed months would be with the rules and rates of the day it was computed: a proposal.
    Recalculation,
}

/// Where a simulation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calculation::SimulationState")]
pub enum SimulationState {
    /// Waiting for a worker.
    Queued,
    /// At work.
    Computing,
    /// Its differences can be read.
    Computed,
    /// A second person took the proposal: its differences are corrections.
    Accepted,
    /// The proposal was turned down.
    Rejected,
    /// Could not be computed.
    Failed,
}

/// An amount as it really was and as it would be. Exact, in the currency beside it.
#[derive(Debug, Clone, SimpleObject)]
pub struct SimulatedAmount {
    /// As it was.
    before: Decimal,
    /// As it would be.
    after: Decimal,
    /// `after − before`.
    change: Decimal,
}

impl From<(Number, Number)> for SimulatedAmount {
    fn from((before, after): (Number, Number)) -> Self {
        Self {
            before: before.normalize().into(),
            after: after.normalize().into(),
            change: after.saturating_sub(before).normalize().into(),
        }
    }
}

/// What a payee gets under a contract.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct SimulationAccountDiff {
    /// The contract's currency.
    currency: CurrencyCode,
    /// The exact royalty.
    earned: SimulatedAmount,
    /// Recouped from advances.
    recouped: SimulatedAmount,
    /// What becomes payable.
    payable: SimulatedAmount,
    #[graphql(skip)]
    party_id: PartyId,
    #[graphql(skip)]
    contract_id: ContractId,
}

#[ComplexObject]
impl SimulationAccountDiff {
    /// The payee; null when the caller may not see parties.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load_visible::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }

    /// The contract; null when the caller may not see contracts.
    async fn contract(&self, gql: &Context<'_>) -> Result<Option<Contract>> {
        Ok(load_visible::<ContractBatch>(gql, self.contract_id).await?.map(Into::into))
    }
}

/// What an item earns under a contract.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct SimulationItemDiff {
    /// The item.
    item: ItemReference,
    /// The contract's currency.
    currency: CurrencyCode,
    /// The exact royalty of all payees.
    earned: SimulatedAmount,
    #[graphql(skip)]
    contract_id: ContractId,
}

#[ComplexObject]
impl SimulationItemDiff {
    /// The contract; null when the caller may not see contracts.
    async fn contract(&self, gql: &Context<'_>) -> Result<Option<Contract>> {
        Ok(load_visible::<ContractBatch>(gql, self.contract_id).await?.map(Into::into))
    }
}

/// What a report line gives a payee under a contract.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct SimulationLineDiff {
    /// The report's global id.
    #[graphql(owned)]
    report_id: ID,
    /// The physical line in its file.
    line_no: BigInt,
    /// The contract's currency.
    currency: CurrencyCode,
    /// The exact royalty.
    amount: SimulatedAmount,
    #[graphql(skip)]
    party_id: PartyId,
    #[graphql(skip)]
    contract_id: ContractId,
}

#[ComplexObject]
impl SimulationLineDiff {
    /// The payee; null when the caller may not see parties.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load_visible::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }

    /// The contract; null when the caller may not see contracts.
    async fn contract(&self, gql: &Context<'_>) -> Result<Option<Contract>> {
        Ok(load_visible::<ContractBatch>(gql, self.contract_id).await?.map(Into::into))
    }
}

/// Where the money of lines goes.
#[derive(Debug, Clone, SimpleObject)]
pub struct SimulationCurrencyDiff {
    /// The currency of the lines.
    currency: CurrencyCode,
    /// Where: `PAYEES`, `MARGIN` or `SUSPENSE`.
    part: String,
    /// How much of it.
    amount: SimulatedAmount,
}

/// Other rules or rates against real history. It changes nothing.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Simulation {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// What it is for.
    kind: SimulationKind,
    /// What somebody called it.
    name: String,
    /// Where it stands.
    state: SimulationState,
    /// The first accounting month.
    from_month: Month,
    /// The last accounting month.
    to_month: Month,
    /// What the changes are changes of.
    basis: SimulationBasis,
    /// How many contracts say something else.
    changed_contract_count: i32,
    /// How many exchange rates are others.
    changed_rate_count: i32,
    /// How many finalised runs it went through.
    run_count: i32,
    /// How many report lines.
    line_count: BigInt,
    /// How many of them give somebody another amount.
    changed_line_count: BigInt,
    /// Why it failed; null unless it did.
    failure: Option<CalculationFailure>,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    /// The member who asked for it.
    #[graphql(owned)]
    created_by: ID,
    /// When it was asked for.
    created_at: DateTime,
    /// When it was computed.
    computed_at: Option<DateTime>,
    /// The member who accepted or rejected the proposal.
    decided_by: Option<ID>,
    /// When that was decided.
    decided_at: Option<DateTime>,
    #[graphql(skip)]
    row_id: SimulationId,
    #[graphql(skip)]
    operation_id: OperationId,
}

impl From<calculation::Simulation> for Simulation {
    fn from(row: calculation::Simulation) -> Self {
        let count = |list: usize| i32::try_from(list).unwrap_or(i32::MAX);
        Self {
            id: ID(row.id.to_string()),
            kind: row.kind.into(),
            name: row.name,
            state: row.state.into(),
            from_month: row.from.into(),
            to_month: row.to.into(),
            basis: row.changes.basis.into(),
            changed_contract_count: count(row.changes.contracts.len()),
            changed_rate_count: count(row.changes.rates.len()),
            run_count: row.run_count,
            line_count: row.line_count.into(),
            changed_line_count: row.changed_line_count.into(),
            failure: row.failure.map(CalculationFailure::from),
            version: row.version,
            created_by: ID(row.created_by.to_string()),
            created_at: row.created_at.into(),
            computed_at: row.computed_at.map(Into::into),
            decided_by: row.decided_by.map(|member| ID(member.to_string())),
            decided_at: row.decided_at.map(Into::into),
            row_id: row.id,
            operation_id: row.operation_id,
        }
    }
}

/// The cursor of a difference: its place in the simulation.
fn place(seq: i64, id: SimulationId) -> Cursor {
    Cursor { value: seq.to_string(), id: id.uuid() }
}

fn code(currency: Currency) -> CurrencyCode {
    currency.into()
}

#[ComplexObject]
impl Simulation {
    /// The long work that computes it.
    async fn operation(&self, gql: &Context<'_>) -> Result<Option<Operation>> {
        Ok(load::<Operations>(gql, self.operation_id).await?.map(Operation::from))
    }

    /// Where the money of the lines goes otherwise, per currency.
    async fn currencies(&self, gql: &Context<'_>) -> Result<Vec<SimulationCurrencyDiff>> {
        let rows = load::<CurrencyDiffs>(gql, self.row_id).await?.unwrap_or_default();
        let shape = |row: calculation::CurrencyDiff| SimulationCurrencyDiff {
            currency: row.currency.into(),
            part: row.part,
            amount: row.amount.into(),
        };
        Ok(rows.into_iter().map(shape).collect())
    }

    /// Payees and contracts that get something else, the largest difference first.
    async fn accounts(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<SimulationAccountDiff>> {
        let id = self.row_id;
        frame::read(gql, |ctx, core| async move {
            let rows = calculation::account_diffs(&ctx, &core, id, page(first, after, last, before)?).await?;
            let shape = |row: calculation::AccountDiff| SimulationAccountDiff {
                currency: code(row.currency),
                earned: row.earned.into(),
                recouped: row.recouped.into(),
                payable: row.payable.into(),
                party_id: row.party_id,
                contract_id: row.contract_id,
            };
            Ok(List::of(rows, |row| place(row.seq, id), shape))
        })
        .await
    }

    /// Items that earn something else, the largest difference first.
    async fn items(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<SimulationItemDiff>> {
        let id = self.row_id;
        frame::read(gql, |ctx, core| async move {
            let rows = calculation::item_diffs(&ctx, &core, id, page(first, after, last, before)?).await?;
            let shape = |row: calculation::ItemDiff| SimulationItemDiff {
                item: ItemReference::of(row.item_kind, row.item_id),
                currency: code(row.currency),
                earned: row.earned.into(),
                contract_id: row.contract_id,
            };
            Ok(List::of(rows, |row| place(row.seq, id), shape))
        })
        .await
    }

    /// The report lines that changed most, the largest difference first; at most 1,000 are kept, `changedLineCount` says
    /// how many there are.
    async fn lines(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<SimulationLineDiff>> {
        let id = self.row_id;
        frame::read(gql, |ctx, core| async move {
            let rows = calculation::line_diffs(&ctx, &core, id, page(first, after, last, before)?).await?;
            let shape = |row: calculation::LineDiff| SimulationLineDiff {
                report_id: ID(row.report_id.to_string()),
                line_no: row.line_no.into(),
                currency: code(row.currency),
                amount: row.amount.into(),
                party_id: row.party_id,
                contract_id: row.contract_id,
            };
            Ok(List::of(rows, |row| place(row.seq, id), shape))
        })
        .await
    }
}

//! Runs in the schema.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject};
use domain::calculation;
use kernel::ids::{OperationId, RunId};
use kernel::money::{Earning as ExactMoney, Money as PayableMoney, Rounding};
use kernel::page::Cursor;

use super::loaders::{Exceptions, Runs, Totals};
use crate::collection::{ExactDecimal, Operations};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::loader::{load, load_visible};
use crate::frame::scalars::{BigInt, CurrencyCode, DateTime, Earning, Money, Month};
use crate::frame::trade::SuspenseReason;
use crate::operations::Operation;
use crate::parties::{Party, PartyBatch};
use crate::rights::{Contract, ContractBatch};

/// How a run selects what it computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calculation::RunMode")]
pub enum CalculationMode {
    /// Everything of the accounting month and before that no finalised run has reported; finalising it closes the month.
    Batch,
    /// The same, but the month stays open: the next run takes up only what has come since.
    Incremental,
    /// As a batch, in the place of the month's run that is not final; that one is discarded.
    Recalculation,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calculation::RunState")]
pub enum CalculationRunState {
    /// Waiting for a worker.
    Queued,
    /// At work; its inputs are recorded.
    Calculating,
    /// Computed and conserved; waiting for a second person.
    Calculated,
    /// Approved; waiting to be finalised.
    Approved,
    /// Posted to the ledger; its month is closed.
    Finalised,
    /// Could not be computed.
    Failed,
    /// Thrown away before it was finalised.
    Discarded,
}

/// The conservation of a run in one currency: `lines = payees + margin + suspense`, exactly.
#[derive(Debug, Clone, SimpleObject)]
pub struct CalculationTotal {
    /// The currency of the lines, or of amounts per unit.
    currency: CurrencyCode,
    /// How many lines.
    line_count: BigInt,
    /// What they amount to.
    lines: ExactDecimal,
    /// What payees get.
    payees: ExactDecimal,
    /// What stays with the tenant. Negative where amounts per unit are owed in a currency nobody paid in.
    margin: ExactDecimal,
    /// Taxes and fees that providers kept of whole reports.
    charges: ExactDecimal,
    /// What waits.
    suspense: ExactDecimal,
}

impl From<calculation::RunTotal> for CalculationTotal {
    fn from(row: calculation::RunTotal) -> Self {
        Self {
            currency: row.currency.into(),
            line_count: row.line_count.into(),
            lines: ExactDecimal(row.lines),
            payees: ExactDecimal(row.payees),
            margin: ExactDecimal(row.margin),
            charges: ExactDecimal(row.charges),
            suspense: ExactDecimal(row.suspense),
        }
    }
}

/// Lines that a run could not give to anybody, by reason.
#[derive(Debug, Clone, SimpleObject)]
pub struct CalculationException {
    /// Why they wait.
    reason: SuspenseReason,
    /// How many lines.
    row_count: BigInt,
    /// What they amount to.
    amount: ExactDecimal,
    /// The currency.
    currency: CurrencyCode,
}

impl From<calculation::WaitingReason> for CalculationException {
    fn from(row: calculation::WaitingReason) -> Self {
        Self {
            reason: row.reason.into(),
            row_count: row.row_count.into(),
            amount: ExactDecimal(row.amount),
            currency: row.currency.into(),
        }
    }
}

/// The account of one payee under one contract in a run: `earned + openingCarry = posted + closingCarry`, and
/// `payable = posted − recouped`.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct CalculationAccount {
    /// The exact royalty.
    earned: Earning,
    /// Remainder of earlier roundings.
    opening_carry: Earning,
    /// Rounded to the minor unit, once.
    posted: Money,
    /// Remainder carried to the next run.
    closing_carry: Earning,
    /// Recouped from advances.
    recouped: Money,
    /// What becomes payable.
    payable: Money,
    #[graphql(skip)]
    party_id: kernel::ids::PartyId,
    #[graphql(skip)]
    contract_id: kernel::ids::ContractId,
}

impl From<calculation::RunAccount> for CalculationAccount {
    fn from(row: calculation::RunAccount) -> Self {
        let currency = row.currency;
        let exact = |amount| Earning::from(ExactMoney { amount, currency });
        // These have the exponent of the currency already; rounding only writes all its places.
        let money = |amount| Money::from(PayableMoney::rounded(amount, currency, Rounding::HalfUp));
        Self {
            earned: exact(row.earned),
            opening_carry: exact(row.opening_carry),
            posted: money(row.posted),
            closing_carry: exact(row.closing_carry),
            recouped: money(row.recouped),
            payable: money(row.payable),
            party_id: row.party_id,
            contract_id: row.contract_id,
        }
    }
}

#[ComplexObject]
impl CalculationAccount {
    /// The payee; null when the caller may not see parties.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load_visible::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }

    /// The contract; null when the caller may not see contracts.
    async fn contract(&self, gql: &Context<'_>) -> Result<Option<Contract>> {
        Ok(load_visible::<ContractBatch>(gql, self.contract_id).await?.map(Into::into))
    }
}

/// Why a run failed.
#[derive(Debug, Clone, SimpleObject)]
pub struct CalculationFailure {
    /// The code, for programs.
    code: String,
    /// What went wrong and what to do, for a person.
    message: String,
}

impl From<(String, String)> for CalculationFailure {
    fn from((code, message): (String, String)) -> Self {
        Self { code, message }
    }
}

/// A calculation run: the royalties of an accounting month.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct CalculationRun {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The accounting month it reports.
    accounting_month: Month,
    /// How it selects.
    mode: CalculationMode,
    /// Where it stands.
    state: CalculationRunState,
    /// BLAKE3 over the recorded inputs, in hexadecimal; null before they are recorded.
    input_digest: Option<String>,
    /// Digest over everything it computed: equal inputs give equal digests; null before.
    outcome_digest: Option<String>,
    /// Revenue lines it read.
    line_count: BigInt,
    /// Royalty lines it made.
    royalty_line_count: BigInt,
    /// Revenue lines that wait.
    suspense_count: BigInt,
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
    calculated_at: Option<DateTime>,
    /// The member who approved it: never the one who asked for it.
    approved_by: Option<ID>,
    /// When it was approved.
    approved_at: Option<DateTime>,
    /// When it was posted to the ledger.
    finalised_at: Option<DateTime>,
    #[graphql(skip)]
    row_id: RunId,
    #[graphql(skip)]
    replaces_id: Option<RunId>,
    #[graphql(skip)]
    operation_id: OperationId,
}

fn hex(digest: &[u8]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::with_capacity(digest.len() * 2), |mut text, byte| {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl From<calculation::Run> for CalculationRun {
    fn from(row: calculation::Run) -> Self {
        Self {
            id: ID(row.id.to_string()),
            accounting_month: row.month.into(),
            mode: row.mode.into(),
            state: row.state.into(),
            input_digest: row.input_digest.as_deref().map(hex),
            outcome_digest: row.outcome_digest.as_deref().map(hex),
            line_count: row.line_count.into(),
            royalty_line_count: row.royalty_line_count.into(),
            suspense_count: row.suspense_count.into(),
            failure: row.failure.map(CalculationFailure::from),
            version: row.version,
            created_by: ID(row.created_by.to_string()),
            created_at: row.created_at.into(),
            calculated_at: row.calculated_at.map(Into::into),
            approved_by: row.approved_by.map(|member| ID(member.to_string())),
            approved_at: row.approved_at.map(Into::into),
            finalised_at: row.finalised_at.map(Into::into),
            row_id: row.id,
            replaces_id: row.replaces,
            operation_id: row.operation_id,
        }
    }
}

#[ComplexObject]
impl CalculationRun {
    /// Where the money of the lines went, per currency.
    async fn totals(&self, gql: &Context<'_>) -> Result<Vec<CalculationTotal>> {
        let rows = load::<Totals>(gql, self.row_id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// Lines that could not be given to anybody, by reason. The next run takes them up.
    async fn exceptions(&self, gql: &Context<'_>) -> Result<Vec<CalculationException>> {
        let rows = load::<Exceptions>(gql, self.row_id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The run that a recalculation took the place of; null for others.
    async fn replaces(&self, gql: &Context<'_>) -> Result<Option<CalculationRun>> {
        let Some(run) = self.replaces_id else { return Ok(None) };
        Ok(load::<Runs>(gql, run).await?.map(Into::into))
    }

    /// The latest long work on it: the calculation, or its posting.
    async fn operation(&self, gql: &Context<'_>) -> Result<Option<Operation>> {
        Ok(load::<Operations>(gql, self.operation_id).await?.map(Operation::from))
    }

    /// What every payee earned under every contract, by contract and payee.
    async fn accounts(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<CalculationAccount>> {
        let id = self.row_id;
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = calculation::run_accounts(&ctx, &core, id, page).await?;
            let cursor = |row: &calculation::RunAccount| Cursor {
                value: row.contract_id.uuid().to_string(),
                id: row.party_id.uuid(),
            };
            Ok(List::of(rows, cursor, CalculationAccount::from))
        })
        .await
    }
}

/// Which runs.
#[derive(Debug, Default, InputObject)]
pub struct CalculationRunFilter {
    /// Only in this state.
    state: Option<CalculationRunState>,
    /// Only of this accounting month.
    accounting_month: Option<Month>,
}

impl From<CalculationRunFilter> for calculation::RunFilter {
    fn from(filter: CalculationRunFilter) -> Self {
        Self { state: filter.state.map(Into::into), month: filter.accounting_month.map(Into::into) }
    }
}

/// Whether an accounting month still takes postings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calculation::MonthState")]
pub enum AccountingMonthState {
    /// It does.
    Open,
    /// A finalised run has closed it. What comes late is accounted in the first open month.
    Closed,
}

/// An accounting month with reports or runs.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AccountingMonth {
    /// The month.
    month: Month,
    /// Whether it still takes postings.
    state: AccountingMonthState,
    /// How many reports it has.
    report_count: BigInt,
    /// When it was closed.
    closed_at: Option<DateTime>,
    #[graphql(skip)]
    closed_by: Option<RunId>,
}

#[ComplexObject]
impl AccountingMonth {
    /// The run that closed it.
    async fn closed_by(&self, gql: &Context<'_>) -> Result<Option<CalculationRun>> {
        let Some(run) = self.closed_by else { return Ok(None) };
        Ok(load::<Runs>(gql, run).await?.map(Into::into))
    }
}

impl From<calculation::AccountingMonth> for AccountingMonth {
    fn from(row: calculation::AccountingMonth) -> Self {
        Self {
            month: row.month.into(),
            state: row.state.into(),
            report_count: row.report_count.into(),
            closed_by: row.closed_by,
            closed_at: row.closed_at.map(Into::into),
        }
    }
}

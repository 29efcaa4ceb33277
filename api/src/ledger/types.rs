//! Accounts, transfers and the proof of conservation.

use std::collections::HashMap;

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject};
use domain::Core;
use domain::ledger;
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::{AccountId, AdvanceId, ContractId, PartyId, PaymentId, ReportId, RunId, to_typeid};

use crate::collection::ExactDecimal;
use crate::frame::ids;
use crate::frame::loader::{Batch, load, load_visible};
use crate::frame::scalars::{CurrencyCode, DateTime, Decimal, Month};
use crate::parties::{Party, PartyBatch};
use crate::rights::{Contract, ContractBatch};

/// What an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "ledger::AccountKind")]
pub enum LedgerAccountKind {
    /// What providers owe us by their reports.
    ProviderReceivable,
    /// Posted lines waiting for a run.
    RevenueClearing,
    /// Money that waits for an item, a contract, a rate.
    Suspense,
    /// Amounts in rows that are no revenue.
    Skipped,
    /// Digits beyond the 18 places a line keeps.
    Precision,
    /// Payees' royalties between line and contract currency.
    FxClearing,
    /// What stays with the tenant.
    Margin,
    /// Taxes and fees that providers kept of whole reports.
    Charge,
    /// Owed to a payee under a contract.
    RoyaltyPayable,
    /// Remainders of rounding, carried per payee and contract.
    Rounding,
    /// Advances paid and not yet recouped.
    Advance,
    /// Money that left the house.
    Cash,
    /// Payments released and not yet settled.
    InTransit,
    /// A payee's internal wallet.
    Wallet,
    /// Held back against returns, per payee and contract.
    Reserve,
    /// What holds and disputes keep back, per payee and contract.
    Held,
    /// Between what providers reported and what they paid: rates, fees, what nobody can explain.
    ReceiptDifference,
}

/// An account of the ledger with its balance.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct LedgerAccount {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// What it is for.
    kind: LedgerAccountKind,
    /// Its currency.
    currency: CurrencyCode,
    /// What it holds: debits less credits for what we own or are owed (receivables, advances), credits less debits for
    /// everything else.
    balance: Decimal,
    /// Sum of debits.
    debits: Decimal,
    /// Sum of credits.
    credits: Decimal,
    /// Debits that are announced and neither settled nor withdrawn.
    pending_debits: Decimal,
    /// Credits that are announced and neither settled nor withdrawn.
    pending_credits: Decimal,
    #[graphql(skip)]
    party_id: Option<PartyId>,
    #[graphql(skip)]
    contract_id: Option<ContractId>,
}

#[ComplexObject]
impl LedgerAccount {
    /// The payee, for accounts of one payee.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        let Some(id) = self.party_id else { return Ok(None) };
        Ok(load_visible::<PartyBatch>(gql, id).await?.map(Into::into))
    }

    /// The contract, for accounts of one contract.
    async fn contract(&self, gql: &Context<'_>) -> Result<Option<Contract>> {
        let Some(id) = self.contract_id else { return Ok(None) };
        Ok(load_visible::<ContractBatch>(gql, id).await?.map(Into::into))
    }
}

impl From<ledger::Account> for LedgerAccount {
    fn from(row: ledger::Account) -> Self {
        let balance = if row.key.kind.is_debit() { row.balance.net_debit() } else { row.balance.net_credit() };
        let shown = |amount: rust_decimal::Decimal| amount.normalize().into();
        Self {
            id: ID(row.id.to_string()),
            kind: row.key.kind.into(),
            currency: row.key.currency.into(),
            party_id: row.key.party_id,
            contract_id: row.key.contract_id,
            balance: shown(balance),
            debits: shown(row.balance.debits),
            credits: shown(row.balance.credits),
            pending_debits: shown(row.balance.pending_debits),
            pending_credits: shown(row.balance.pending_credits),
        }
    }
}

/// Accounts by id.
pub struct Accounts;

impl Batch for Accounts {
    type Key = AccountId;
    type Value = ledger::Account;

    async fn load(ctx: &OpContext, core: &Core, keys: &[AccountId]) -> Outcome<HashMap<AccountId, Self::Value>> {
        Ok(ledger::accounts_of(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Whether a transfer moves money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum LedgerTransferPhase {
    /// Announced: it reserves and moves nothing yet.
    Pending,
    /// Final.
    Posted,
    /// The withdrawal of an announced transfer.
    Voided,
}

/// Money moving from the credit account to the debit account. Never changed; corrections are new transfers.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct LedgerTransfer {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The currency of both accounts.
    currency: CurrencyCode,
    /// The amount: positive, exact.
    amount: ExactDecimal,
    /// The accounting month it belongs to.
    accounting_month: Month,
    /// What caused it: `REPORT`, `RUN`, `ADVANCE`, `PAYMENT`.
    source_kind: String,
    /// The global id of what caused it.
    source_id: Option<ID>,
    /// What for; unique within the source.
    purpose: String,
    /// Whether it moves money.
    phase: LedgerTransferPhase,
    /// When it was written.
    posted_at: DateTime,
    #[graphql(skip)]
    debit: AccountId,
    #[graphql(skip)]
    credit: AccountId,
}

/// The public id of a source.
fn source(kind: &str, id: uuid::Uuid) -> Option<ID> {
    let prefix = match kind {
        "REPORT" => ReportId::PREFIX,
        "RUN" => RunId::PREFIX,
        "ADVANCE" => AdvanceId::PREFIX,
        "PAYMENT" => PaymentId::PREFIX,
        _ => return None,
    };
    Some(ID(to_typeid(prefix, id)))
}

impl From<ledger::TransferRow> for LedgerTransfer {
    fn from(row: ledger::TransferRow) -> Self {
        Self {
            id: ID(row.id.to_string()),
            currency: row.currency.into(),
            amount: ExactDecimal(row.amount),
            accounting_month: row.month.into(),
            source_id: source(&row.source_kind, row.source_id),
            source_kind: row.source_kind,
            purpose: row.purpose,
            phase: match row.phase.as_str() {
                "PENDING" => LedgerTransferPhase::Pending,
                "VOIDED" => LedgerTransferPhase::Voided,
                _ => LedgerTransferPhase::Posted,
            },
            posted_at: row.posted_at.into(),
            debit: row.debit,
            credit: row.credit,
        }
    }
}

#[ComplexObject]
impl LedgerTransfer {
    /// The account that is debited.
    async fn debit_account(&self, gql: &Context<'_>) -> Result<Option<LedgerAccount>> {
        Ok(load::<Accounts>(gql, self.debit).await?.map(Into::into))
    }

    /// The account that is credited.
    async fn credit_account(&self, gql: &Context<'_>) -> Result<Option<LedgerAccount>> {
        Ok(load::<Accounts>(gql, self.credit).await?.map(Into::into))
    }
}

/// Which accounts.
#[derive(Debug, Default, InputObject)]
pub struct LedgerAccountFilter {
    /// Only of this kind.
    kind: Option<LedgerAccountKind>,
    /// Only of this payee.
    party_id: Option<ID>,
    /// Only under this contract.
    contract_id: Option<ID>,
}

impl LedgerAccountFilter {
    /// Reads the ids.
    ///
    /// # Errors
    /// `BAD_USER_INPUT`.
    pub fn read(&self) -> Outcome<ledger::AccountFilter> {
        Ok(ledger::AccountFilter {
            kind: self.kind.map(Into::into),
            party_id: ids::parse_opt(self.party_id.as_ref(), ["filter", "partyId"])?,
            contract_id: ids::parse_opt(self.contract_id.as_ref(), ["filter", "contractId"])?,
        })
    }
}

/// Where the money of one currency is:
/// `moneyIn = payees + margin + suspense + waiting + skipped + cut + rounding + fx + difference`.
#[derive(Debug, Clone, SimpleObject)]
pub struct Conservation {
    /// The currency.
    currency: CurrencyCode,
    /// What the imported files add up to.
    money_in: ExactDecimal,
    /// Royalties credited to payees in this currency, before recoupment.
    payees: ExactDecimal,
    /// What stayed with the tenant.
    margin: ExactDecimal,
    /// Taxes and fees that providers kept of whole reports.
    charges: ExactDecimal,
    /// Waiting for an item, a contract, a rate.
    suspense: ExactDecimal,
    /// Posted lines that no finalised run has taken up.
    waiting: ExactDecimal,
    /// Amounts in rows that are no revenue.
    skipped: ExactDecimal,
    /// Digits beyond the 18 places a line keeps.
    cut: ExactDecimal,
    /// Remainders below the minor unit, carried per payee and contract.
    rounding: ExactDecimal,
    /// Converted into other currencies (positive) or from them (negative).
    fx: ExactDecimal,
    /// What cannot be accounted for: zero.
    difference: ExactDecimal,
    /// Whether the difference is zero and every balance agrees with its transfers.
    holds: bool,
}

impl From<ledger::Conservation> for Conservation {
    fn from(row: ledger::Conservation) -> Self {
        Self {
            currency: row.currency.into(),
            money_in: ExactDecimal(row.money_in),
            payees: ExactDecimal(row.payees),
            margin: ExactDecimal(row.margin),
            charges: ExactDecimal(row.charges),
            suspense: ExactDecimal(row.suspense),
            waiting: ExactDecimal(row.waiting),
            skipped: ExactDecimal(row.skipped),
            cut: ExactDecimal(row.cut),
            rounding: ExactDecimal(row.rounding),
            fx: ExactDecimal(row.fx),
            difference: ExactDecimal(row.difference),
            holds: row.holds,
        }
    }
}

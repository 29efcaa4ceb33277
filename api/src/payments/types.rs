//! Types of payments.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject};
use domain::payments as paying;
use kernel::currency::Currency;
use kernel::failure::Outcome;
use kernel::ids::{ContractId, OperationId, PartyId, PaymentBatchId, PaymentId, StatementId};
use rust_decimal::Decimal;

use super::loaders::{Batches, Parts};
use crate::collection::Operations;
use crate::frame::ids;
use crate::frame::loader::{load, load_visible};
use crate::frame::scalars::{Date, DateTime, Decimal as ScalarDecimal, Money, Month};
use crate::operations::Operation;
use crate::parties::{Party, PartyBatch};
use crate::rights::{Contract, ContractBatch};
use crate::settings::SettingLevel;
use crate::statements::{Statement, Statements};

/// How payees are paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "paying::Method")]
pub enum PaymentMethod {
    /// Credit to the payee's wallet in our own ledger.
    InternalLedger,
}

/// How far a batch of payments is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "paying::BatchState")]
pub enum PaymentBatchState {
    /// Made, waiting for approval.
    Draft,
    /// Approved by a second person.
    Approved,
    /// Money is moving.
    Executing,
    /// Every payment has ended.
    Executed,
    /// Given up before any money moved.
    Cancelled,
}

/// How far a payment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "paying::PaymentState")]
pub enum PaymentState {
    /// Waiting for its batch.
    Planned,
    /// Handed to the method; the money is reserved.
    Sent,
    /// The payee has the money.
    Settled,
    /// The method refused it; the money is owed again.
    Failed,
    /// Its batch was cancelled.
    Cancelled,
}

/// Why a payee is not paid now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "paying::Skipped")]
pub enum PayableSkipReason {
    /// The balance is below the payee's threshold; it carries over.
    BelowThreshold,
    /// The payee is on hold.
    OnHold,
    /// The payee wants another method.
    OtherMethod,
    /// There is no exchange rate into the currency the payee is paid in.
    NoRate,
}

/// What a payee gets in another currency than the statement's.
#[derive(Debug, Clone, SimpleObject)]
pub struct PaymentConversion {
    /// What the payee gets.
    amount: Money,
    /// One unit of the statement's currency in this one, rounded to 12 places.
    rate: ScalarDecimal,
    /// The day of the rate: of the older one where two were used.
    rate_on: Option<Date>,
    /// Who says so; two where the amount went through a third currency.
    rate_sources: Vec<String>,
}

impl From<paying::Converted> for PaymentConversion {
    fn from(row: paying::Converted) -> Self {
        Self {
            amount: money(row.amount, row.currency),
            rate: row.rate.into(),
            rate_on: row.on.map(Into::into),
            rate_sources: row.sources,
        }
    }
}

pub(super) fn money(amount: Decimal, currency: Currency) -> Money {
    let mut amount = amount;
    amount.rescale(currency.exponent());
    Money { amount: amount.into(), currency: currency.into() }
}

/// What is owed to a payee by published statements, less what was paid since.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Payable {
    /// The amount.
    amount: Money,
    /// What the payee gets; null when it is the amount as it is.
    converted: Option<PaymentConversion>,
    /// The smallest payment, in the currency the payee is paid in; null without one.
    threshold: Option<Money>,
    /// Where the threshold comes from; a payee's own wish is the level of the rights holder.
    threshold_level: SettingLevel,
    /// Why it is not paid now; null when it is payable.
    skip_reason: Option<PayableSkipReason>,
    #[graphql(skip)]
    party_id: PartyId,
    #[graphql(skip)]
    statement_id: StatementId,
}

impl From<paying::Payable> for Payable {
    fn from(row: paying::Payable) -> Self {
        Self {
            amount: money(row.amount, row.currency),
            threshold: row.threshold.map(|amount| {
                money(amount, row.converted.as_ref().map_or(row.currency, |converted| converted.currency))
            }),
            threshold_level: row.threshold_level.into(),
            converted: row.converted.map(Into::into),
            skip_reason: row.skipped.map(Into::into),
            party_id: row.party_id,
            statement_id: row.statement_id,
        }
    }
}

#[ComplexObject]
impl Payable {
    /// The payee; null when the caller may not see parties.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load_visible::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }

    /// The statement that shows it.
    async fn statement(&self, gql: &Context<'_>) -> Result<Option<Statement>> {
        Ok(load_visible::<Statements>(gql, self.statement_id).await?.map(Into::into))
    }
}

/// Payments made together.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct PaymentBatch {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The accounting month of its transfers.
    accounting_month: Month,
    /// How it pays.
    method: PaymentMethod,
    /// How far it is.
    state: PaymentBatchState,
    /// What an approval is bound to, in hexadecimal.
    content_hash: String,
    /// How many payments.
    payment_count: i32,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    /// When it was made.
    created_at: DateTime,
    /// When a second person approved it.
    approved_at: Option<DateTime>,
    /// When every payment had ended.
    executed_at: Option<DateTime>,
    #[graphql(skip)]
    operation_id: Option<OperationId>,
}

impl From<paying::PaymentBatch> for PaymentBatch {
    fn from(row: paying::PaymentBatch) -> Self {
        Self {
            id: ID(row.id.to_string()),
            accounting_month: row.accounting_month.into(),
            method: row.method.into(),
            state: row.state.into(),
            content_hash: row.content_hash.iter().map(|byte| format!("{byte:02x}")).collect(),
            payment_count: row.payment_count,
            version: row.version,
            created_at: row.created_at.into(),
            approved_at: row.approved_at.map(Into::into),
            executed_at: row.executed_at.map(Into::into),
            operation_id: row.operation_id,
        }
    }
}

#[ComplexObject]
impl PaymentBatch {
    /// The execution; null before it was asked for.
    async fn operation(&self, gql: &Context<'_>) -> Result<Option<Operation>> {
        let Some(id) = self.operation_id else { return Ok(None) };
        Ok(load::<Operations>(gql, id).await?.map(Into::into))
    }
}

/// What a payment pays under one contract.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct PaymentPart {
    /// The amount.
    amount: Money,
    #[graphql(skip)]
    contract_id: Option<ContractId>,
    #[graphql(skip)]
    statement_id: Option<StatementId>,
}

#[ComplexObject]
impl PaymentPart {
    /// The contract; null for an account without one, and for who may not see contracts.
    async fn contract(&self, gql: &Context<'_>) -> Result<Option<Contract>> {
        let Some(id) = self.contract_id else { return Ok(None) };
        Ok(load_visible::<ContractBatch>(gql, id).await?.map(Into::into))
    }

    /// The statement that shows the balance.
    async fn statement(&self, gql: &Context<'_>) -> Result<Option<Statement>> {
        let Some(id) = self.statement_id else { return Ok(None) };
        Ok(load_visible::<Statements>(gql, id).await?.map(Into::into))
    }
}

/// A payment to one payee.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Payment {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The amount.
    amount: Money,
    /// How it is paid.
    method: PaymentMethod,
    /// How far it is.
    state: PaymentState,
    /// Why the method refused it; null unless it failed.
    failure_code: Option<String>,
    /// When it was made.
    created_at: DateTime,
    /// When the payee had the money.
    settled_at: Option<DateTime>,
    /// What the payee gets; null when it is the amount as it is.
    converted: Option<PaymentConversion>,
    #[graphql(skip)]
    row_id: PaymentId,
    #[graphql(skip)]
    batch_id: PaymentBatchId,
    #[graphql(skip)]
    party_id: PartyId,
    #[graphql(skip)]
    currency: Option<Currency>,
}

impl From<paying::Payment> for Payment {
    fn from(row: paying::Payment) -> Self {
        Self {
            id: ID(row.id.to_string()),
            amount: money(row.amount, row.currency),
            method: row.method.into(),
            state: row.state.into(),
            failure_code: row.failure_code,
            created_at: row.created_at.into(),
            settled_at: row.settled_at.map(Into::into),
            converted: row.converted.map(Into::into),
            row_id: row.id,
            batch_id: row.batch_id,
            party_id: row.party_id,
            currency: Some(row.currency),
        }
    }
}

#[ComplexObject]
impl Payment {
    /// The payee; null when the caller may not see parties.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load_visible::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }

    /// The batch it belongs to; null when the caller sees only their own payments.
    async fn batch(&self, gql: &Context<'_>) -> Result<Option<PaymentBatch>> {
        Ok(load_visible::<Batches>(gql, self.batch_id).await?.map(Into::into))
    }

    /// What it pays, by contract, with the statements it pays.
    async fn parts(&self, gql: &Context<'_>) -> Result<Vec<PaymentPart>> {
        let parts = load::<Parts>(gql, self.row_id).await?.unwrap_or_default();
        Ok(parts
            .into_iter()
            .filter_map(|part| {
                Some(PaymentPart {
                    amount: money(part.amount, self.currency?),
                    contract_id: part.contract_id,
                    statement_id: part.statement_id,
                })
            })
            .collect())
    }
}

/// Which payments to list.
#[derive(Debug, Default, InputObject)]
pub struct PaymentFilter {
    /// Only to this payee.
    party_id: Option<ID>,
    /// Only in this state.
    state: Option<PaymentState>,
    /// Only of this batch.
    batch_id: Option<ID>,
}

impl PaymentFilter {
    /// Reads the ids.
    pub(super) fn checked(self) -> Outcome<paying::PaymentFilter> {
        Ok(paying::PaymentFilter {
            party_id: ids::parse_opt(self.party_id.as_ref(), ["filter", "partyId"])?,
            state: self.state.map(Into::into),
            batch_id: ids::parse_opt(self.batch_id.as_ref(), ["filter", "batchId"])?,
        })
    }
}

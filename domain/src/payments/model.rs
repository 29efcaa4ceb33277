//! Payments and their batches, as the outside sees them, and which changes of state are allowed.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{AccountId, ContractId, MemberId, OperationId, PartyId, PaymentBatchId, PaymentId, StatementId};
use kernel::period::Month;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::method::Method;
use crate::settings::Level;

/// What to pay.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewPaymentBatch {
    /// The accounting month of the transfers.
    pub accounting_month: Month,
    /// How to pay.
    pub method: Method,
    /// Makes a repeated request the same request.
    pub idempotency_key: String,
}

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal;)* } allows { $($from:ident -> $to:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
        }

        impl $name {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Every allowed change; everything else is refused.
            pub const TRANSITIONS: &'static [(Self, Self)] = &[$((Self::$from, Self::$to)),*];

            /// The name in data.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The state with this name.
            ///
            /// # Errors
            /// `INTERNAL` for a name the table does not allow.
            pub fn from_name(name: &str) -> Outcome<Self> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|state| state.as_str() == name)
                    .ok_or_else(|| Failure::internal(format!("unknown state {name}")))
            }

            /// Checks a change of state.
            ///
            /// # Errors
            /// `INVALID_STATE`.
            pub fn require(self, next: Self) -> Outcome<()> {
                if Self::TRANSITIONS.contains(&(self, next)) {
                    return Ok(());
                }
                let message = format!("What is {} cannot become {}.", self.as_str(), next.as_str());
                Err(Failure::refused("INVALID_STATE", message).at(["input", "id"]))
            }
        }
    };
}

states! {
    /// How far a batch is.
    BatchState {
        /// Made, waiting for approval.
        Draft = "DRAFT";
        /// Approved by a second person.
        Approved = "APPROVED";
        /// Money is moving.
        Executing = "EXECUTING";
        /// Every payment has ended.
        Executed = "EXECUTED";
        /// Given up before any money moved.
        Cancelled = "CANCELLED";
    } allows {
        Draft -> Approved,
        Draft -> Cancelled,
        Approved -> Executing,
        Approved -> Cancelled,
        Executing -> Executed,
    }
}

states! {
    /// How far a payment is.
    PaymentState {
        /// Waiting for its batch.
        Planned = "PLANNED";
        /// Handed to the method; the money is reserved.
        Sent = "SENT";
        /// The payee has the money.
        Settled = "SETTLED";
        /// The method refused it; the money is owed again.
        Failed = "FAILED";
        /// Its batch was cancelled.
        Cancelled = "CANCELLED";
    } allows {
        Planned -> Sent,
        Planned -> Cancelled,
        Sent -> Settled,
        Sent -> Failed,
    }
}

/// Why a payee is not paid now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skipped {
    /// The balance is below the payee's threshold; it carries over.
    BelowThreshold,
    /// The payee is on hold.
    OnHold,
    /// The payee wants another method.
    OtherMethod,
    /// There is no exchange rate into the currency the payee is paid in.
    NoRate,
}

/// What a payee gets instead of the currency of the statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Converted {
    /// In which currency.
    pub currency: Currency,
    /// How much, rounded once to the exponent of the currency.
    pub amount: Decimal,
    /// The rate as one number, rounded to 12 places: for reading.
    pub rate: Decimal,
    /// The amount was multiplied by this,
    pub multiply: Decimal,
    /// and divided by this.
    pub divide: Decimal,
    /// The day of the (older) rate used.
    pub on: Option<NaiveDate>,
    /// Who says so.
    pub sources: Vec<String>,
}

/// What is owed to a payee by published statements, less what was paid since.
#[derive(Debug, Clone)]
pub struct Payable {
    /// The payee.
    pub party_id: PartyId,
    /// The currency.
    pub currency: Currency,
    /// The amount.
    pub amount: Decimal,
    /// The statement that shows it.
    pub statement_id: StatementId,
    /// What the payee gets; none: the amount as it is.
    pub converted: Option<Converted>,
    /// The smallest payment, in the currency the payee is paid in; none without one.
    pub threshold: Option<Decimal>,
    /// Where the threshold comes from: the payee's wish is the level of the rights holder.
    pub threshold_level: Level,
    /// Why it is not paid now; `None` when it is payable.
    pub skipped: Option<Skipped>,
}

/// Payments made together.
#[derive(Debug, Clone)]
pub struct PaymentBatch {
    /// Its id.
    pub id: PaymentBatchId,
    /// The execution, once asked for.
    pub operation_id: Option<OperationId>,
    /// The accounting month of its transfers.
    pub accounting_month: Month,
    /// How it pays.
    pub method: Method,
    /// How far it is.
    pub state: BatchState,
    /// What an approval is bound to.
    pub content_hash: Vec<u8>,
    /// How many payments.
    pub payment_count: i32,
    /// Raised by every change.
    pub version: i32,
    /// Who made it.
    pub created_by: MemberId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Who approved it: never who made it.
    pub approved_by: Option<MemberId>,
    /// When it was approved.
    pub approved_at: Option<DateTime<Utc>>,
    /// When every payment had ended.
    pub executed_at: Option<DateTime<Utc>>,
}

/// One payment.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Its id.
    pub id: PaymentId,
    /// Its batch.
    pub batch_id: PaymentBatchId,
    /// The payee.
    pub party_id: PartyId,
    /// The currency.
    pub currency: Currency,
    /// The amount.
    pub amount: Decimal,
    /// How it is paid.
    pub method: Method,
    /// How far it is.
    pub state: PaymentState,
    /// Why it failed.
    pub failure_code: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When the payee had the money.
    pub settled_at: Option<DateTime<Utc>>,
    /// What the payee gets; none: the amount as it is.
    pub converted: Option<Converted>,
}

/// What a payment pays under one contract.
#[derive(Debug, Clone)]
pub struct PaymentPart {
    /// The payment.
    pub payment_id: PaymentId,
    /// The ledger account.
    pub account_id: AccountId,
    /// The contract.
    pub contract_id: Option<ContractId>,
    /// The statement that shows the balance.
    pub statement_id: Option<StatementId>,
    /// The amount.
    pub amount: Decimal,
}

/// Which payments to list.
#[derive(Debug, Clone, Default)]
pub struct PaymentFilter {
    /// Only to this party.
    pub party_id: Option<PartyId>,
    /// Only in this state.
    pub state: Option<PaymentState>,
    /// Only of this batch.
    pub batch_id: Option<PaymentBatchId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_states_stay_final() {
        for last in [PaymentState::Settled, PaymentState::Failed, PaymentState::Cancelled] {
            assert!(PaymentState::ALL.iter().all(|next| last.require(*next).is_err()), "{last:?}");
        }
        for last in [BatchState::Executed, BatchState::Cancelled] {
            assert!(BatchState::ALL.iter().all(|next| last.require(*next).is_err()), "{last:?}");
        }
        assert!(BatchState::Draft.require(BatchState::Executing).is_err());
        assert!(BatchState::Approved.require(BatchState::Executing).is_ok());
    }
}

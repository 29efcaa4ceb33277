//! The port behind which every way of paying stands.

use kernel::currency::Currency;
use kernel::failure::Outcome;
use kernel::ids::{PartyId, PaymentId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The ways of paying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Method {
    /// Credit to the payee's wallet in our own ledger.
    InternalLedger,
}

impl Method {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InternalLedger => "INTERNAL_LEDGER",
        }
    }

    /// The method with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        (name == Self::InternalLedger.as_str()).then_some(Self::InternalLedger)
    }

    /// What stands behind it.
    #[must_use]
    pub fn port(self) -> &'static dyn PaymentMethod {
        match self {
            Self::InternalLedger => &InternalLedger,
        }
    }
}

/// What a method can do.
#[derive(Debug, Clone, Copy)]
pub struct Capability {
    /// Currencies it pays in; `None` for every currency.
    pub currencies: Option<&'static [&'static str]>,
    /// The largest payment, in the payment's currency; `None` without a limit.
    pub limit: Option<Decimal>,
}

/// One payment as it is handed to a method. The payment's id is the idempotency key: a method that is asked twice
/// pays once.
#[derive(Debug, Clone)]
pub struct Instruction {
    /// The payment.
    pub payment_id: PaymentId,
    /// The payee.
    pub party_id: PartyId,
    /// The amount, with the currency's exponent.
    pub amount: Decimal,
    /// The currency.
    pub currency: Currency,
}

/// What a method says about an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The payee has the money.
    Settled,
    /// It is on its way; the method will be asked again.
    Pending,
}

/// A way of paying.
#[async_trait::async_trait]
pub trait PaymentMethod: Send + Sync {
    /// What it can do.
    fn capability(&self) -> Capability;

    /// Hands an instruction over. Called outside any transaction.
    ///
    /// # Errors
    /// Refusals with the method's reason; `Unavailable` when it should be tried again.
    async fn send(&self, instruction: &Instruction) -> Outcome<Settlement>;
}

/// The payee's wallet in our own ledger: settled by the transfers themselves.
struct InternalLedger;

#[async_trait::async_trait]
impl PaymentMethod for InternalLedger {
    fn capability(&self) -> Capability {
        Capability { currencies: None, limit: None }
    }

    async fn send(&self, _instruction: &Instruction) -> Outcome<Settlement> {
        Ok(Settlement::Settled)
    }
}

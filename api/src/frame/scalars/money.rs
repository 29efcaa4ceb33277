//! Amounts with their currency. Two types, so that nobody pays an unrounded amount.

use async_graphql::SimpleObject;

use super::{CurrencyCode, Decimal};

/// An amount with the decimal places of its currency: it can be stated and paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub struct Money {
    /// The amount.
    pub amount: Decimal,
    /// The currency.
    pub currency: CurrencyCode,
}

/// An exact, unrounded amount. It cannot be paid; what is payable is `Money`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
pub struct Earning {
    /// The exact amount.
    pub amount: Decimal,
    /// The currency.
    pub currency: CurrencyCode,
}

impl From<kernel::money::Money> for Money {
    fn from(money: kernel::money::Money) -> Self {
        Self { amount: money.amount.into(), currency: money.currency.into() }
    }
}

impl From<kernel::money::Earning> for Earning {
    fn from(earning: kernel::money::Earning) -> Self {
        Self { amount: earning.amount.normalize().into(), currency: earning.currency.into() }
    }
}

//! Amounts with a currency: rounded money that can be paid, unrounded earnings that cannot.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::currency::Currency;

/// How an amount is rounded to the minor unit. Both are symmetric for negatives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rounding {
    /// Half away from zero.
    #[default]
    HalfUp,
    /// Half to the even neighbour.
    HalfEven,
}

/// Rounds to the exponent of the currency: the one rounding place of the system, used when posting.
#[must_use]
pub fn round_to(amount: Decimal, currency: Currency, rounding: Rounding) -> Decimal {
    let strategy = match rounding {
        Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
        Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
    };
    let mut rounded = amount.round_dp_with_strategy(currency.exponent(), strategy);
    rounded.rescale(currency.exponent());
    rounded
}

/// An amount that has the exponent of its currency and can be stated and paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// The amount, with the exponent of the currency.
    pub amount: Decimal,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Rounds an amount into money.
    #[must_use]
    pub fn rounded(amount: Decimal, currency: Currency, rounding: Rounding) -> Self {
        Self { amount: round_to(amount, currency, rounding), currency }
    }

    /// Takes an amount that already has no more places than the currency; `None` otherwise.
    #[must_use]
    pub fn exact(amount: Decimal, currency: Currency) -> Option<Self> {
        let rounded = Self::rounded(amount, currency, Rounding::HalfUp);
        (rounded.amount == amount).then_some(rounded)
    }
}

/// An unrounded amount: exact inside, another type than [`Money`] so that nobody pays it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earning {
    /// The exact amount.
    pub amount: Decimal,
    /// The currency.
    pub currency: Currency,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    #[test]
    fn rounds_to_the_exponent_and_symmetrically() {
        let eur = Currency::parse("EUR").unwrap();
        let jpy = Currency::parse("JPY").unwrap();
        assert_eq!(round_to(dec!(1.005), eur, Rounding::HalfUp), dec!(1.01));
        assert_eq!(round_to(dec!(-1.005), eur, Rounding::HalfUp), dec!(-1.01));
        assert_eq!(round_to(dec!(1.005), eur, Rounding::HalfEven), dec!(1.00));
        assert_eq!(round_to(dec!(10.5), jpy, Rounding::HalfUp).to_string(), "11");
        assert_eq!(round_to(dec!(3), eur, Rounding::HalfUp).to_string(), "3.00");
        assert_eq!(Money::exact(dec!(1.001), eur), None);
    }
}

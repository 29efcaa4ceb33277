//! Whole minor units: what an amount is after its one rounding.
//!
//! Everything that happens after posting (recoupment, reserves, guarantees, letters, holds) moves whole minor units
//! from one place to another, so nothing is rounded a second time and every sum is exact.

use kernel::currency::Currency;
use kernel::decimal::{OutOfRange, ROYALTY_SCALE};
use kernel::money::Rounding;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;

use crate::compute::split::shares;
use crate::fixed::{POW10, Pico, div_round, mul_div_round};

/// Whole minor units of a currency (cents of US dollars, yen, thousandths of Bahraini dinars).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Minor(pub i128);

impl Minor {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads money without loss.
    ///
    /// # Errors
    /// [`OutOfRange`] when the amount is not in whole minor units, or does not fit.
    pub fn exact(amount: Decimal, currency: Currency) -> Result<Self, OutOfRange> {
        let amount = amount.normalize();
        let Some(places) = currency.exponent().checked_sub(amount.scale()) else {
            return Err(OutOfRange);
        };
        let factor = i128::try_from(POW10[places as usize]).map_err(|_| OutOfRange)?;
        amount.mantissa().checked_mul(factor).map(Self).ok_or(OutOfRange)
    }

    /// The one rounding of an exact amount.
    ///
    /// # Errors
    /// [`OutOfRange`] when it does not fit.
    pub fn rounded(amount: Pico, currency: Currency, rounding: Rounding) -> Result<Self, OutOfRange> {
        let units = div_round(amount.0.unsigned_abs(), POW10[beyond(currency)? as usize], rounding);
        let units = i128::try_from(units).map_err(|_| OutOfRange)?;
        Ok(Self(if amount.0 < 0 { -units } else { units }))
    }

    /// A part of an exact amount, rounded once.
    ///
    /// # Errors
    /// [`OutOfRange`] when it does not fit.
    pub fn part(amount: Pico, ratio: Ratio, currency: Currency, rounding: Rounding) -> Result<Self, OutOfRange> {
        let ratio = ratio.get();
        // At most 12 places each: fits 128 bits.
        let divisor = POW10[(ratio.scale() + beyond(currency)?) as usize];
        let units = mul_div_round(amount.0.unsigned_abs(), ratio.mantissa().unsigned_abs(), divisor, rounding)?;
        let units = i128::try_from(units).map_err(|_| OutOfRange)?;
        Ok(Self(if amount.0 < 0 { -units } else { units }))
    }

    /// As an exact amount.
    ///
    /// # Errors
    /// [`OutOfRange`] when it does not fit.
    pub fn pico(self, currency: Currency) -> Result<Pico, OutOfRange> {
        let factor = i128::try_from(POW10[beyond(currency)? as usize]).map_err(|_| OutOfRange)?;
        self.0.checked_mul(factor).map(Pico).ok_or(OutOfRange)
    }

    /// As a decimal with the places of the currency.
    ///
    /// # Errors
    /// [`OutOfRange`] when it has more than 28 digits.
    pub fn decimal(self, currency: Currency) -> Result<Decimal, OutOfRange> {
        Decimal::try_from_i128_with_scale(self.0, currency.exponent()).map_err(|_| OutOfRange)
    }

    /// Adds. Saturates, which [`Self::decimal`] reports: no amount of 28 digits is anywhere near the end.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Subtracts; saturates as [`Self::plus`] does.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The amount, or nothing when it is negative.
    #[must_use]
    pub const fn positive(self) -> Self {
        if self.0 > 0 { self } else { Self::ZERO }
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The lesser of two amounts.
    #[must_use]
    pub fn at_most(self, most: Self) -> Self {
        self.min(most)
    }
}

impl std::iter::Sum for Minor {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Self::plus)
    }
}

/// The places that an exact amount has beyond those of the currency.
fn beyond(currency: Currency) -> Result<u32, OutOfRange> {
    ROYALTY_SCALE.checked_sub(currency.exponent()).ok_or(OutOfRange)
}

/// A part of an exact amount, rounded once to 12 places.
///
/// # Errors
/// [`OutOfRange`] when it does not fit.
pub(crate) fn part(amount: Pico, ratio: Ratio, rounding: Rounding) -> Result<Pico, OutOfRange> {
    let ratio = ratio.get();
    proportion(amount, ratio.mantissa().unsigned_abs(), POW10[ratio.scale() as usize], rounding)
}

/// `amount × over / of`, rounded once to 12 places; `of` is above zero.
///
/// # Errors
/// [`OutOfRange`] when it does not fit.
pub(crate) fn proportion(amount: Pico, over: u128, of: u128, rounding: Rounding) -> Result<Pico, OutOfRange> {
    let units = mul_div_round(amount.0.unsigned_abs(), over, of, rounding)?;
    let units = i128::try_from(units).map_err(|_| OutOfRange)?;
    Ok(Pico(if amount.0 < 0 { -units } else { units }))
}

/// An amount as a weight for [`allocate`]: nothing when it is negative.
pub(crate) const fn weight(units: i128) -> u128 {
    if units > 0 { units.unsigned_abs() } else { 0 }
}

/// Divides a total over weights by largest remainder, ties to the first; the caller puts them in the order of a
/// stable key. Negative totals are divided as their mirror image. The parts sum to the total, except that without
/// any weight nothing is given. The units may be minor units or those of exact amounts.
///
/// # Errors
/// [`OutOfRange`] when the weights do not fit.
pub(crate) fn allocate(total: i128, weights: &[u128]) -> Result<Vec<i128>, OutOfRange> {
    let sum = weights.iter().try_fold(0u128, |sum, weight| sum.checked_add(*weight)).ok_or(OutOfRange)?;
    if sum == 0 || total == 0 {
        return Ok(vec![0; weights.len()]);
    }
    shares(total.unsigned_abs(), sum, weights.iter().copied())?
        .into_iter()
        .map(|share| {
            let share = i128::try_from(share).map_err(|_| OutOfRange)?;
            Ok(if total < 0 { -share } else { share })
        })
        .collect()
}

/// Ratios as weights: their numerators over one common power of ten.
///
/// # Errors
/// [`OutOfRange`] for more than 28 places, which no ratio has.
pub(crate) fn weights_of(ratios: impl Iterator<Item = Decimal> + Clone) -> Result<Vec<u128>, OutOfRange> {
    let places = ratios.clone().map(|ratio| ratio.normalize().scale()).max().unwrap_or(0);
    ratios
        .map(|ratio| {
            let ratio = ratio.normalize();
            let shift = POW10[(places - ratio.scale()) as usize];
            ratio.mantissa().unsigned_abs().checked_mul(shift).ok_or(OutOfRange)
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal_macros::dec;

    fn cur(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn money_goes_in_and_out() {
        assert_eq!(Minor::exact(dec!(1.50), cur("USD")), Ok(Minor(150)));
        assert_eq!(Minor::exact(dec!(1.505), cur("USD")), Err(OutOfRange));
        assert_eq!(Minor::exact(dec!(1.505), cur("BHD")), Ok(Minor(1505)));
        let half = Pico::from_decimal(dec!(-0.5)).unwrap();
        assert_eq!(Minor::rounded(half, cur("JPY"), Rounding::HalfUp), Ok(Minor(-1)));
        assert_eq!(Minor::rounded(half, cur("JPY"), Rounding::HalfEven), Ok(Minor(0)));
        assert_eq!(Minor(-1).pico(cur("USD")).unwrap().to_decimal(), Some(dec!(-0.01)));
        assert_eq!(Minor(-150).decimal(cur("USD")), Ok(dec!(-1.50)));
        assert_eq!(Minor(i128::MAX).decimal(cur("USD")), Err(OutOfRange));
    }

    #[test]
    fn a_part_is_rounded_once() {
        // 0.499999999996 is less than half a yen.
        let (amount, yen) = (Pico::from_decimal(dec!(0.999999999992)).unwrap(), cur("JPY"));
        let half = Ratio::new(dec!(0.5)).unwrap();
        assert_eq!(Minor::part(amount, half, yen, Rounding::HalfUp), Ok(Minor(0)));
        assert_eq!(Minor::part(Pico(-amount.0), Ratio::ONE, yen, Rounding::HalfUp), Ok(Minor(-1)));
        let tiny = Ratio::new(dec!(0.499999999999)).unwrap();
        assert_eq!(Minor::part(Pico::from_decimal(dec!(1)).unwrap(), tiny, yen, Rounding::HalfUp), Ok(Minor(0)));
    }

    #[test]
    fn a_cent_over_three_goes_to_the_first() {
        assert_eq!(allocate(1, &[1, 1, 1]), Ok(vec![1, 0, 0]));
        assert_eq!(allocate(-100, &[1, 0, 2]), Ok(vec![-33, 0, -67]));
        assert_eq!(allocate(5, &[0, 0]), Ok(vec![0, 0]));
    }

    #[test]
    fn ratios_become_weights() {
        assert_eq!(weights_of([dec!(0.5), dec!(0.125), dec!(0)].into_iter()), Ok(vec![500, 125, 0]));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_total(
            total in -(1i128 << 95)..(1i128 << 95),
            weights in proptest::collection::vec(0u128..1 << 90, 0..40),
        ) {
            let parts = allocate(total, &weights).unwrap();
            prop_assert_eq!(parts.len(), weights.len());
            let any = weights.iter().any(|weight| *weight > 0);
            prop_assert_eq!(parts.iter().sum::<i128>(), if any { total } else { 0 });
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!(*weight > 0 || *part == 0);
                prop_assert!(*part == 0 || (*part < 0) == (total < 0));
            }
        }
    }
}

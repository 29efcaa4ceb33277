//! The scales money is kept at, and checked decimal arithmetic.

use rust_decimal::{Decimal, RoundingStrategy};

/// Decimal places a revenue line keeps. What a report carries beyond is cut and accounted for per file.
pub const LINE_SCALE: u32 = 18;
/// Decimal places a royalty in contract currency keeps.
pub const ROYALTY_SCALE: u32 = 12;

/// The result would not fit 28 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("amount out of range: the result does not fit 28 significant digits")]
pub struct OutOfRange;

/// Adds, or says that the sum does not fit.
///
/// # Errors
/// [`OutOfRange`].
pub fn add(a: Decimal, b: Decimal) -> Result<Decimal, OutOfRange> {
    a.checked_add(b).ok_or(OutOfRange)
}

/// Subtracts, or says that the difference does not fit.
///
/// # Errors
/// [`OutOfRange`].
pub fn sub(a: Decimal, b: Decimal) -> Result<Decimal, OutOfRange> {
    a.checked_sub(b).ok_or(OutOfRange)
}

/// Multiplies, or says that the product does not fit.
///
/// # Errors
/// [`OutOfRange`].
pub fn mul(a: Decimal, b: Decimal) -> Result<Decimal, OutOfRange> {
    a.checked_mul(b).ok_or(OutOfRange)
}

/// Sums a sequence, or says that the sum does not fit.
///
/// # Errors
/// [`OutOfRange`].
pub fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Result<Decimal, OutOfRange> {
    amounts.into_iter().try_fold(Decimal::ZERO, add)
}

/// Cuts towards zero to `scale` places: what is cut keeps the sign of the amount.
#[must_use]
pub fn cut(amount: Decimal, scale: u32) -> Decimal {
    amount.round_dp_with_strategy(scale, RoundingStrategy::ToZero)
}

/// Plain notation without trailing zeros, as the API prints decimals.
#[must_use]
pub fn plain(amount: Decimal) -> String {
    amount.normalize().to_string()
}

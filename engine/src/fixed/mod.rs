//! Fixed-point numbers: integers with a known number of decimal places.
//!
//! Inside the engine money is never a float and rarely a `Decimal`: an amount in line currency is an [`Atto`]
//! (18 places), a royalty in contract currency is a [`Pico`] (12 places). Products that do not fit 128 bits
//! are formed in 256; what does not fit 256, or cannot be written as a `Decimal` afterwards, is an
//! [`OutOfRange`] that the line reports as an exception.

mod exact;
mod wide;

pub use exact::Exact;
pub use wide::{Product, div_round, mul_div_round};

use std::fmt;

use kernel::decimal::{LINE_SCALE, OutOfRange, ROYALTY_SCALE};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Powers of ten that fit 128 bits: `POW10[n]` is 10 to the power n.
pub const POW10: [u128; 39] = {
    let mut table = [1u128; 39];
    let mut n = 1;
    while n < 39 {
        table[n] = table[n - 1] * 10;
        n += 1;
    }
    table
};

/// The largest magnitude a single amount may have: what a `Decimal` holds (96 bits).
pub const MAX_MAGNITUDE: u128 = (1 << 96) - 1;

/// The largest magnitude of a single amount in units of 10⁻¹⁸: a thousand million million. Totals of a hundred
/// thousand such amounts still fit.
const MAX_ATTO: u128 = POW10[33];

/// Whether a magnitude in units of 10⁻¹⁸ may be an amount: it can be written as a `Decimal`, and totals of such
/// amounts fit.
#[inline]
pub(crate) fn is_amount(atto: u128) -> bool {
    atto <= MAX_MAGNITUDE || (atto <= MAX_ATTO && strip_magnitude(atto, 18).0 <= MAX_MAGNITUDE)
}

macro_rules! fixed {
    ($(#[$doc:meta])* $name:ident, $scale:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub i128);

        impl $name {
            /// Decimal places.
            pub const SCALE: u32 = $scale;
            /// Nothing.
            pub const ZERO: Self = Self(0);

            /// Reads a decimal without loss.
            ///
            /// # Errors
            /// [`OutOfRange`] when it has more places than the scale, or does not fit.
            pub fn from_decimal(value: Decimal) -> Result<Self, OutOfRange> {
                let (mut mantissa, mut scale) = (value.mantissa(), value.scale());
                while scale > Self::SCALE {
                    if mantissa % 10 != 0 {
                        return Err(OutOfRange);
                    }
                    mantissa /= 10;
                    scale -= 1;
                }
                let factor = i128::try_from(POW10[(Self::SCALE - scale) as usize]).map_err(|_| OutOfRange)?;
                mantissa.checked_mul(factor).map(Self).ok_or(OutOfRange)
            }

            /// The amount as a decimal without trailing zeros; `None` when it has more than 28 digits
            /// (only totals can: every single amount is checked when it is computed).
            #[must_use]
            pub fn to_decimal(self) -> Option<Decimal> {
                let (magnitude, scale) = strip_magnitude(self.0.unsigned_abs(), Self::SCALE);
                let magnitude = i128::try_from(magnitude).ok()?;
                let mantissa = if self.0 < 0 { -magnitude } else { magnitude };
                Decimal::try_from_i128_with_scale(mantissa, scale).ok()
            }

            /// Adds. Saturates, which no sum of fewer than two thousand million amounts can reach, and which
            /// the conservation check would report.
            #[must_use]
            pub const fn plus(self, other: Self) -> Self {
                Self(self.0.saturating_add(other.0))
            }

            /// Subtracts; saturates as [`Self::plus`] does.
            #[must_use]
            pub const fn minus(self, other: Self) -> Self {
                Self(self.0.saturating_sub(other.0))
            }

            /// Whether it is zero.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_plain(f, self.0 < 0, self.0.unsigned_abs(), Self::SCALE)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = <Decimal as Deserialize>::deserialize(deserializer)?;
                Self::from_decimal(value).map_err(serde::de::Error::custom)
            }
        }

        impl std::iter::Sum for $name {
            fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
                iter.fold(Self::ZERO, Self::plus)
            }
        }
    };
}

fixed! {
    /// An amount in the currency it was received in, in units of 10⁻¹⁸.
    Atto, LINE_SCALE
}

fixed! {
    /// An amount in the currency of a contract, in units of 10⁻¹².
    Pico, ROYALTY_SCALE
}

/// Drops trailing zeros, the long runs first.
#[inline]
pub(crate) fn strip_magnitude(mut magnitude: u128, mut scale: u32) -> (u128, u32) {
    if magnitude == 0 {
        return (0, 0);
    }
    for step in [16, 8, 4, 2, 1] {
        while scale >= step && magnitude.is_multiple_of(POW10[step as usize]) {
            magnitude /= POW10[step as usize];
            scale -= step;
        }
    }
    (magnitude, scale)
}

/// Plain notation, without trailing zeros and without an exponent.
fn write_plain(f: &mut fmt::Formatter<'_>, negative: bool, magnitude: u128, scale: u32) -> fmt::Result {
    write_digits(f, negative, &magnitude.to_string(), scale)
}

fn write_digits(f: &mut fmt::Formatter<'_>, negative: bool, digits: &str, scale: u32) -> fmt::Result {
    let scale = scale as usize;
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    let sign = if negative { "-" } else { "" };
    if fraction.is_empty() { write!(f, "{sign}{whole}") } else { write!(f, "{sign}{whole}.{fraction}") }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    #[test]
    fn trailing_zeros_go() {
        assert_eq!(strip_magnitude(3_456_000_000_000_000, 18), (3456, 6));
        assert_eq!(strip_magnitude(10, 0), (10, 0));
        assert_eq!(strip_magnitude(0, 12), (0, 0));
        assert_eq!(strip_magnitude(1, 18), (1, 18));
    }

    #[test]
    fn decimals_go_in_and_out_without_loss() {
        assert_eq!(Atto::from_decimal(dec!(0.000000000000000001)).unwrap(), Atto(1));
        assert_eq!(Atto::from_decimal(dec!(-2.50)).unwrap().to_string(), "-2.5");
        assert_eq!(Atto::from_decimal(dec!(0.0000000000000000010)).unwrap(), Atto(1));
        assert!(Atto::from_decimal(dec!(0.0000000000000000001)).is_err());
        assert!(Atto::from_decimal(Decimal::MAX).is_err());
        assert_eq!(Pico::from_decimal(dec!(12)).unwrap().to_decimal(), Some(dec!(12)));
        assert_eq!(Pico(0).to_string(), "0");
        assert_eq!(Pico(-1).to_string(), "-0.000000000001");
        assert_eq!(Atto(i128::MAX).to_decimal(), None);
    }
}

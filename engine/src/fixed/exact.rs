//! Exact decimals of any width the engine forms, for explanations.

use std::fmt;

use ethnum::U256;
use kernel::decimal::OutOfRange;
use kernel::money::Rounding;
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

use super::{Atto, Pico, Product, write_digits};

/// An exact decimal of up to 256 bits: what stands between two roundings.
///
/// Written as a plain decimal without trailing zeros (`"0.00123"`), also in JSON.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    negative: bool,
    mantissa: U256,
    scale: u32,
}

impl Exact {
    /// A number from its sign, product and places; trailing zeros are dropped.
    #[must_use]
    pub fn new(negative: bool, product: Product, scale: u32) -> Self {
        let (mut mantissa, mut scale) = (product.wide(), scale);
        let ten = U256::new(10);
        if mantissa == U256::ZERO {
            return Self { negative: false, mantissa, scale: 0 };
        }
        while scale > 0 && mantissa % ten == U256::ZERO {
            mantissa /= ten;
            scale -= 1;
        }
        Self { negative, mantissa, scale }
    }

    /// The product of two exact numbers.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond 256 bits.
    pub fn times(self, other: Self) -> Result<Self, OutOfRange> {
        let mantissa = self.mantissa.checked_mul(other.mantissa).ok_or(OutOfRange)?;
        Ok(Self::new(self.negative != other.negative, Product::Wide(mantissa), self.scale + other.scale))
    }

    /// The difference of two exact numbers.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond 256 bits.
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        let scale = self.scale.max(other.scale);
        let widened = |one: Self| {
            let factor = U256::new(10).checked_pow(scale - one.scale)?;
            one.mantissa.checked_mul(factor)
        };
        let (a, b) = (widened(self).ok_or(OutOfRange)?, widened(other).ok_or(OutOfRange)?);
        let (negative, mantissa) = if self.negative == other.negative {
            if a >= b { (self.negative, a - b) } else { (!self.negative, b - a) }
        } else {
            (self.negative, a.checked_add(b).ok_or(OutOfRange)?)
        };
        Ok(Self::new(negative, Product::Wide(mantissa), scale))
    }

    /// Rounded to a number of places.
    ///
    /// # Errors
    /// [`OutOfRange`] when the rounded number does not fit 128 bits.
    pub fn rounded(self, places: u32, rounding: Rounding) -> Result<Self, OutOfRange> {
        if self.scale <= places {
            return Ok(self);
        }
        let magnitude = Product::Wide(self.mantissa).unshifted(self.scale - places, rounding)?;
        Ok(Self::new(self.negative, Product::Narrow(magnitude), places))
    }

    /// As a `Decimal`; `None` when it has more than 28 digits.
    #[must_use]
    pub fn to_decimal(self) -> Option<Decimal> {
        let magnitude = i128::try_from(u128::try_from(self.mantissa).ok()?).ok()?;
        let mantissa = if self.negative { -magnitude } else { magnitude };
        Decimal::try_from_i128_with_scale(mantissa, self.scale).ok()
    }
}

impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Self {
        Self::new(value.is_sign_negative(), Product::Narrow(value.mantissa().unsigned_abs()), value.scale())
    }
}

impl From<Atto> for Exact {
    fn from(value: Atto) -> Self {
        Self::new(value.0 < 0, Product::Narrow(value.0.unsigned_abs()), Atto::SCALE)
    }
}

impl From<Pico> for Exact {
    fn from(value: Pico) -> Self {
        Self::new(value.0 < 0, Product::Narrow(value.0.unsigned_abs()), Pico::SCALE)
    }
}

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_digits(f, self.negative, &self.mantissa.to_string(), self.scale)
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    #[test]
    fn products_are_exact_and_plain() {
        let tiny = Exact::from(dec!(0.0000000000000000000000000001));
        assert_eq!(tiny.times(tiny).unwrap().to_string(), format!("0.{}1", "0".repeat(55)));
        assert_eq!(Exact::from(dec!(-1.50)).times(Exact::from(dec!(2))).unwrap().to_string(), "-3");
        assert_eq!(Exact::from(Pico(1_500_000_000_000)).to_decimal(), Some(dec!(1.5)));
        assert_eq!(Exact::from(dec!(-0.0)).to_string(), "0");
    }
}

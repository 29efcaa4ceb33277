//! Products and quotients that are rounded once, at the end.

use ethnum::U256;
use kernel::decimal::{LINE_SCALE, OutOfRange};
use kernel::money::Rounding;
use rust_decimal::Decimal;

use super::royalty::{Amount, signed};
use crate::compile::Factor;
use crate::fixed::{Exact, MAX_MAGNITUDE, POW10, Product, is_amount};

/// An exact number: `±product / 10^scale / divisor`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    negative: bool,
    product: Product,
    scale: u32,
    divisor: u128,
}

impl From<Amount> for Chain {
    fn from(amount: Amount) -> Self {
        Self { negative: amount.negative, product: Product::Narrow(amount.magnitude), scale: amount.scale, divisor: 1 }
    }
}

impl Chain {
    /// Of a decimal, however many places it has.
    pub fn of_decimal(value: Decimal) -> Self {
        let mantissa = value.mantissa();
        Self {
            negative: mantissa < 0,
            product: Product::Narrow(mantissa.unsigned_abs()),
            scale: value.scale(),
            divisor: 1,
        }
    }

    /// Multiplies.
    pub fn times(self, factor: Factor) -> Result<Self, OutOfRange> {
        Ok(Self { product: self.product.times(factor.value)?, scale: self.scale + factor.scale, ..self })
    }

    /// Divides by a factor above zero.
    pub fn divided(self, factor: Factor) -> Result<Self, OutOfRange> {
        let divisor = self.divisor.checked_mul(factor.value).ok_or(OutOfRange)?;
        let scale = self.scale.saturating_sub(factor.scale);
        let product = self.product.shifted(factor.scale.saturating_sub(self.scale))?;
        Ok(Self { product, scale, divisor, ..self })
    }

    /// Multiplies by `numerator / denominator`, the denominator above zero.
    pub fn scaled(self, numerator: u128, denominator: u128) -> Result<Self, OutOfRange> {
        let divisor = self.divisor.checked_mul(denominator).ok_or(OutOfRange)?;
        Ok(Self { product: self.product.times(numerator)?, divisor, ..self })
    }

    /// Rounded once to 18 places, where it has more.
    pub fn amount(self, rounding: Rounding) -> Result<Amount, OutOfRange> {
        let (magnitude, scale) = match self.product {
            Product::Narrow(magnitude) if self.divisor == 1 && self.scale <= LINE_SCALE => (magnitude, self.scale),
            product if self.divisor == 1 && self.scale > LINE_SCALE => {
                (product.unshifted(self.scale - LINE_SCALE, rounding)?, LINE_SCALE)
            }
            product => {
                let up = LINE_SCALE.saturating_sub(self.scale);
                let down = self.scale.saturating_sub(LINE_SCALE);
                let divisor = U256::new(10)
                    .checked_pow(down)
                    .and_then(|shift| shift.checked_mul(U256::new(self.divisor)))
                    .ok_or(OutOfRange)?;
                (product.shifted(up)?.over_wide(divisor, rounding)?, LINE_SCALE)
            }
        };
        if magnitude > MAX_MAGNITUDE && !is_amount(magnitude) {
            return Err(OutOfRange);
        }
        Ok(Amount { negative: self.negative && magnitude != 0, magnitude, scale })
    }

    /// For explanations; none while a division is pending.
    pub fn exact(self) -> Option<Exact> {
        (self.divisor == 1).then(|| Exact::new(self.negative, self.product, self.scale))
    }
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self { negative: false, magnitude: 0, scale: 0 };

    /// Of units of 10⁻¹⁸.
    pub fn of_atto(atto: i128) -> Self {
        Self { negative: atto < 0, magnitude: atto.unsigned_abs(), scale: LINE_SCALE }
    }

    /// Of a whole number.
    pub fn of_units(units: i64) -> Self {
        Self { negative: units < 0, magnitude: u128::from(units.unsigned_abs()), scale: 0 }
    }

    /// In units of 10⁻¹⁸ where it need not be written as a `Decimal`.
    pub fn wide_atto(self) -> Result<i128, OutOfRange> {
        match Product::Narrow(self.magnitude).shifted(LINE_SCALE - self.scale)? {
            Product::Narrow(atto) if atto <= i128::MAX.unsigned_abs() => Ok(signed(self.negative, atto)),
            _ => Err(OutOfRange),
        }
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.magnitude == 0
    }

    /// The difference.
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        let atto = self.wide_atto()?.checked_sub(other.wide_atto()?).ok_or(OutOfRange)?;
        Ok(Self::of_atto(atto))
    }

    /// With the sign of a return.
    pub const fn returned(self) -> Self {
        Self { negative: self.magnitude != 0, ..self }
    }

    /// For explanations.
    pub fn exact(self) -> Exact {
        Exact::new(self.negative, Product::Narrow(self.magnitude), self.scale)
    }

    /// Rounded to units of 10⁻¹².
    pub fn pico(self, rounding: Rounding) -> Result<i128, OutOfRange> {
        let magnitude = if self.scale <= 12 {
            match Product::Narrow(self.magnitude).shifted(12 - self.scale)? {
                Product::Narrow(magnitude) => magnitude,
                Product::Wide(_) => return Err(OutOfRange),
            }
        } else {
            crate::fixed::div_round(self.magnitude, POW10[(self.scale - 12) as usize], rounding)
        };
        if magnitude > MAX_MAGNITUDE {
            return Err(OutOfRange);
        }
        Ok(signed(self.negative, magnitude))
    }
}

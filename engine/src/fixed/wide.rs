//! Products and quotients that are exact, whatever their width.

use ethnum::U256;
use kernel::decimal::OutOfRange;
use kernel::money::Rounding;

use super::POW10;

/// A product of magnitudes: 128 bits while that holds, 256 when it must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Product {
    /// Fits 128 bits.
    Narrow(u128),
    /// Needs more.
    Wide(U256),
}

impl Product {
    /// Multiplies.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond 256 bits.
    #[inline]
    pub fn times(self, factor: u128) -> Result<Self, OutOfRange> {
        match self {
            Self::Narrow(value) if value.leading_zeros() + factor.leading_zeros() >= 128 => {
                // The bits of both together are at most 128, so the product cannot wrap.
                Ok(Self::Narrow(value.wrapping_mul(factor)))
            }
            Self::Narrow(value) => Self::Wide(U256::new(value)).times(factor),
            Self::Wide(value) => value.checked_mul(U256::new(factor)).map(Self::Wide).ok_or(OutOfRange),
        }
    }

    /// Multiplies by a power of ten.
    ///
    /// # Errors
    /// [`OutOfRange`] beyond 256 bits.
    #[inline]
    pub fn shifted(self, mut places: u32) -> Result<Self, OutOfRange> {
        let mut product = self;
        while places > 38 {
            product = product.times(POW10[38])?;
            places -= 38;
        }
        product.times(POW10[places as usize])
    }

    /// Divides by a power of ten and rounds.
    ///
    /// # Errors
    /// [`OutOfRange`] when the quotient does not fit 128 bits.
    #[inline]
    pub fn unshifted(self, places: u32, rounding: Rounding) -> Result<u128, OutOfRange> {
        if places <= 38 {
            return self.over(POW10[places as usize], rounding);
        }
        let wide = self.wide();
        match U256::new(10).checked_pow(places) {
            Some(divisor) => narrow(round_wide(wide, divisor, rounding)),
            // Ten to the 77th and beyond exceeds twice any product: the quotient rounds to zero.
            None => Ok(0),
        }
    }

    /// Divides by a divisor above zero and rounds.
    ///
    /// # Errors
    /// [`OutOfRange`] when the quotient does not fit 128 bits.
    #[inline]
    pub fn over(self, divisor: u128, rounding: Rounding) -> Result<u128, OutOfRange> {
        match self {
            Self::Narrow(value) => Ok(div_round(value, divisor, rounding)),
            Self::Wide(value) => narrow(round_wide(value, U256::new(divisor), rounding)),
        }
    }

    /// Divides by a wide divisor above zero and rounds.
    ///
    /// # Errors
    /// [`OutOfRange`] when the quotient does not fit 128 bits.
    pub fn over_wide(self, divisor: U256, rounding: Rounding) -> Result<u128, OutOfRange> {
        narrow(round_wide(self.wide(), divisor, rounding))
    }

    /// Quotient and remainder by a divisor above zero.
    ///
    /// # Errors
    /// [`OutOfRange`] when the quotient does not fit 128 bits.
    #[inline]
    pub fn div_rem(self, divisor: u128) -> Result<(u128, u128), OutOfRange> {
        match self {
            Self::Narrow(value) => Ok((value / divisor, value % divisor)),
            Self::Wide(value) => {
                let (quotient, remainder) = value.div_rem(U256::new(divisor));
                Ok((narrow(quotient)?, narrow(remainder)?))
            }
        }
    }

    /// As 256 bits.
    #[must_use]
    pub fn wide(self) -> U256 {
        match self {
            Self::Narrow(value) => U256::new(value),
            Self::Wide(value) => value,
        }
    }
}

fn narrow(value: U256) -> Result<u128, OutOfRange> {
    u128::try_from(value).map_err(|_| OutOfRange)
}

fn round_wide(value: U256, divisor: U256, rounding: Rounding) -> U256 {
    let (quotient, remainder) = value.div_rem(divisor);
    let rest = divisor - remainder;
    let up = match rounding {
        Rounding::HalfUp => remainder >= rest,
        Rounding::HalfEven => remainder > rest || (remainder == rest && quotient % 2 == U256::ONE),
    };
    if up { quotient + U256::ONE } else { quotient }
}

/// `value / divisor`, rounded. The divisor is above zero.
#[inline]
#[must_use]
pub fn div_round(value: u128, divisor: u128, rounding: Rounding) -> u128 {
    let (quotient, remainder) = if let (Ok(small), Ok(by)) = (u64::try_from(value), u64::try_from(divisor)) {
        (u128::from(small / by), u128::from(small % by))
    } else {
        (value / divisor, value % divisor)
    };
    let rest = divisor - remainder;
    let up = match rounding {
        Rounding::HalfUp => remainder >= rest,
        Rounding::HalfEven => remainder > rest || (remainder == rest && quotient & 1 == 1),
    };
    // The quotient is below its maximum whenever the divisor is above one, and never rounded up when it is one.
    quotient + u128::from(up)
}

/// `value × factor / divisor`, exact inside and rounded once.
///
/// # Errors
/// [`OutOfRange`] when the result does not fit 128 bits.
#[inline]
pub fn mul_div_round(value: u128, factor: u128, divisor: u128, rounding: Rounding) -> Result<u128, OutOfRange> {
    Product::Narrow(value).times(factor)?.over(divisor, rounding)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn halves_round_by_their_rule() {
        for (value, up, even) in [(5, 1, 0), (15, 2, 2), (25, 3, 2), (24, 2, 2), (26, 3, 3)] {
            assert_eq!(div_round(value, 10, Rounding::HalfUp), up);
            assert_eq!(div_round(value, 10, Rounding::HalfEven), even);
            let wide = Product::Wide(U256::new(value));
            assert_eq!(wide.over(10, Rounding::HalfUp).unwrap(), up);
            assert_eq!(wide.over(10, Rounding::HalfEven).unwrap(), even);
        }
        assert_eq!(div_round(u128::MAX, 1, Rounding::HalfUp), u128::MAX);
        assert_eq!(Product::Narrow(u128::MAX).unshifted(80, Rounding::HalfUp).unwrap(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]
        #[test]
        fn wide_and_narrow_agree(a: u64, b: u64, d in 1u64..) {
            let narrow = div_round(u128::from(a) * u128::from(b), u128::from(d), Rounding::HalfEven);
            let wide = Product::Wide(U256::new(u128::from(a))).times(u128::from(b)).unwrap();
            prop_assert_eq!(wide.over(u128::from(d), Rounding::HalfEven).unwrap(), narrow);
        }

        #[test]
        fn a_factor_and_its_divisor_cancel(a: u128, b in 1u128..) {
            prop_assert_eq!(mul_div_round(a, b, b, Rounding::HalfUp).unwrap(), a);
        }
    }
}

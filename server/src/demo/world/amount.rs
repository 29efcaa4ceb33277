//! Exact amounts of up to 30 decimals, as providers send them: more than a 28-digit decimal can hold.

use std::fmt;
use std::io;

/// The decimals an [`Amount`] carries.
const SCALE: u32 = 30;

/// An exact amount, a multiple of 10⁻³⁰, up to 1.7 × 10⁸ in size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Amount(i128);

impl Amount {
    /// `mantissa` × 10^-`scale`.
    ///
    /// # Errors
    /// When the value is too large, or `scale` is over 30.
    pub fn new(mantissa: i128, scale: u32) -> io::Result<Self> {
        let factor = SCALE.checked_sub(scale).and_then(|places| 10i128.checked_pow(places));
        factor.and_then(|factor| mantissa.checked_mul(factor)).map(Self).ok_or_else(too_large)
    }

    /// The sum.
    ///
    /// # Errors
    /// When the sum is too large.
    pub fn plus(self, other: Self) -> io::Result<Self> {
        self.0.checked_add(other.0).map(Self).ok_or_else(too_large)
    }

    /// Plain notation with at least `decimals` decimals, and no more than needed beyond.
    #[must_use]
    pub fn text(self, decimals: usize) -> String {
        let digits = format!("{:031}", self.0.unsigned_abs());
        let (whole, part) = digits.split_at(digits.len() - SCALE as usize);
        let used = part.trim_end_matches('0').len().max(decimals);
        let sign = if self.0 < 0 { "-" } else { "" };
        if used == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{}", &part[..used]) }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(0))
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "an invented amount is too large for 30 exact decimals")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn amounts_print_exactly() {
        assert_eq!(
            Amount::new(4_728_602_417_533_660_881_608_229_722, 30).unwrap().to_string(),
            "0.004728602417533660881608229722"
        );
        assert_eq!(Amount::new(-150, 2).unwrap().text(2), "-1.50");
        assert_eq!(Amount::new(-150, 2).unwrap().to_string(), "-1.5");
        assert_eq!(Amount::new(7, 0).unwrap().text(0), "7");
        assert!(Amount::new(i128::MAX, 29).is_err());
    }
}

//! Numbers between 0 and 1, and what a line is looked up by.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::terms::parts;
use crate::fixed::strip_magnitude;

/// `value / 10^scale`, without trailing zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Factor {
    pub value: u128,
    pub scale: u32,
}

impl Factor {
    /// Everything.
    pub const ONE: Self = Self { value: 1, scale: 0 };

    /// Of a decimal that is not negative.
    pub fn of(value: Decimal) -> Self {
        let (value, scale) = parts(value);
        Self { value, scale }
    }

    /// The product of two of at most 18 places each.
    pub fn times(self, other: Self) -> Self {
        let (value, scale) = strip_magnitude(self.value.saturating_mul(other.value), self.scale + other.scale);
        Self { value, scale }
    }

    /// Whether it changes nothing.
    pub fn is_one(self) -> bool {
        self == Self::ONE
    }
}

/// What terms and tables look a line up by, found once per line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// The number of the territory.
    pub territory: usize,
    /// When the report was received.
    pub received: NaiveDate,
}

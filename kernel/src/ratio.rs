//! Ratios between 0 and 1. Percentages exist only on paper.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};

/// The value is not between 0 and 1, or has more than twelve places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a ratio between 0 and 1 with at most 12 decimal places")]
pub struct NotARatio(pub Decimal);

/// A number between 0 and 1 with at most twelve decimal places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Ratio(Decimal);

impl Ratio {
    /// Nothing. Zero is a rate like any other: it never falls through to another rule.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// Everything.
    pub const ONE: Self = Self(Decimal::ONE);
    /// The most decimal places a ratio has.
    pub const MAX_SCALE: u32 = 12;

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`NotARatio`].
    pub fn new(value: Decimal) -> Result<Self, NotARatio> {
        let value = value.normalize();
        if value < Decimal::ZERO || value > Decimal::ONE || value.scale() > Self::MAX_SCALE {
            return Err(NotARatio(value));
        }
        Ok(Self(value))
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> Decimal {
        self.0
    }
}

impl TryFrom<Decimal> for Ratio {
    type Error = NotARatio;

    fn try_from(value: Decimal) -> Result<Self, NotARatio> {
        Self::new(value)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(<Decimal as Deserialize>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

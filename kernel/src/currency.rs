//! Currencies of ISO 4217.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text is not a currency of ISO 4217.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an ISO 4217 currency code")]
pub struct UnknownCurrency(pub String);

/// A currency of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// Reads a three-letter code; lower case and surrounding blanks are tolerated.
    ///
    /// # Errors
    /// [`UnknownCurrency`] when the code is not in ISO 4217.
    pub fn parse(text: &str) -> Result<Self, UnknownCurrency> {
        let trimmed = text.trim();
        if trimmed.len() != 3 {
            return Err(UnknownCurrency(text.to_owned()));
        }
        let mut code = [0u8; 3];
        for (to, from) in code.iter_mut().zip(trimmed.bytes()) {
            *to = from.to_ascii_uppercase();
        }
        std::str::from_utf8(&code)
            .ok()
            .and_then(iso_currency::Currency::from_code)
            .map(Self)
            .ok_or_else(|| UnknownCurrency(text.to_owned()))
    }

    /// The three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Decimal places of the minor unit: JPY 0, EUR 2, BHD 3. Codes without one (XAU) count as 2.
    #[must_use]
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }

    /// The English name.
    #[must_use]
    pub fn name(self) -> String {
        self.0.name().to_owned()
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_exponents() {
        for (code, exponent) in [("JPY", 0), ("EUR", 2), ("BHD", 3), ("usd", 2)] {
            assert_eq!(Currency::parse(code).map(Currency::exponent), Ok(exponent));
        }
        assert!(Currency::parse("EURO").is_err());
        assert!(Currency::parse("XXQ").is_err());
        assert!(Currency::parse("é1").is_err());
    }
}

//! Territories of ISO 3166-1, with the names that reports use for them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The text names no territory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a territory of ISO 3166-1")]
pub struct UnknownTerritory(pub String);

/// A country or area of ISO 3166-1, by its alpha-2 code.
///
/// `ZZ` (user-assigned in ISO 3166) stands for "unknown or several", as in many sales reports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Territory([u8; 2]);

/// Names that reports use and ISO does not, folded as [`fold`] does.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("bolivia", "BO"),
    ("bosnia", "BA"),
    ("brunei", "BN"),
    ("cape verde", "CV"),
    ("czech republic", "CZ"),
    ("england", "GB"),
    ("great britain", "GB"),
    ("hong kong sar", "HK"),
    ("iran", "IR"),
    ("ivory coast", "CI"),
    ("korea", "KR"),
    ("laos", "LA"),
    ("macau", "MO"),
    ("macedonia", "MK"),
    ("moldova", "MD"),
    ("netherlands", "NL"),
    ("palestine", "PS"),
    ("russia", "RU"),
    ("south korea", "KR"),
    ("swaziland", "SZ"),
    ("syria", "SY"),
    ("taiwan", "TW"),
    ("tanzania", "TZ"),
    ("the netherlands", "NL"),
    ("turkey", "TR"),
    ("uk", "GB"),
    ("united kingdom", "GB"),
    ("united states", "US"),
    ("united states of america", "US"),
    ("usa", "US"),
    ("venezuela", "VE"),
    ("vietnam", "VN"),
];

fn fold(name: &str) -> String {
    let lower = name.trim().to_lowercase();
    lower.split_once(" (").map_or(lower.as_str(), |(head, _)| head).to_owned()
}

impl Territory {
    /// Unknown, other, or several territories.
    pub const UNKNOWN: Self = Self(*b"ZZ");

    /// Reads an alpha-2 code; lower case and blanks are tolerated; `UK` is read as `GB`.
    ///
    /// # Errors
    /// [`UnknownTerritory`] when ISO 3166-1 has no such code and it is not `ZZ`.
    pub fn parse(text: &str) -> Result<Self, UnknownTerritory> {
        let trimmed = text.trim().as_bytes();
        let [a, b] = trimmed else { return Err(UnknownTerritory(text.to_owned())) };
        let code = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
        match &code {
            b"ZZ" | b"XX" | b"OU" => return Ok(Self::UNKNOWN),
            b"UK" => return Ok(Self(*b"GB")),
            b"XK" => return Ok(Self(code)),
            _ => {}
        }
        std::str::from_utf8(&code)
            .ok()
            .and_then(rust_iso3166::from_alpha2)
            .map(|_| Self(code))
            .ok_or_else(|| UnknownTerritory(text.to_owned()))
    }

    /// Reads an alpha-3 code.
    ///
    /// # Errors
    /// [`UnknownTerritory`].
    pub fn from_alpha3(text: &str) -> Result<Self, UnknownTerritory> {
        rust_iso3166::from_alpha3(text.trim().to_ascii_uppercase().as_str())
            .and_then(|country| Self::parse(country.alpha2).ok())
            .ok_or_else(|| UnknownTerritory(text.to_owned()))
    }

    /// Reads an English country name as ISO or as sales reports write it.
    ///
    /// # Errors
    /// [`UnknownTerritory`].
    pub fn from_name(text: &str) -> Result<Self, UnknownTerritory> {
        let folded = fold(text);
        if let Ok(found) = OTHER_NAMES.binary_search_by(|(name, _)| (*name).cmp(folded.as_str())) {
            return Self::parse(OTHER_NAMES[found].1);
        }
        rust_iso3166::ALL
            .iter()
            .find(|country| fold(country.name) == folded)
            .and_then(|country| Self::parse(country.alpha2).ok())
            .ok_or_else(|| UnknownTerritory(text.to_owned()))
    }

    /// The alpha-2 code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }

    /// The English short name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match &self.0 {
            b"ZZ" => "Unknown or several territories",
            b"XK" => "Kosovo",
            _ => rust_iso3166::from_alpha2(self.code()).map_or("Unknown territory", |country| country.name),
        }
    }
}

impl fmt::Display for Territory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Territory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Territory {
    type Err = UnknownTerritory;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Territory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Territory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_are_sorted_and_known() {
        assert!(OTHER_NAMES.is_sorted_by_key(|(name, _)| *name));
        for (name, code) in OTHER_NAMES {
            assert_eq!(Territory::from_name(name).unwrap().code(), *code);
        }
    }

    #[test]
    fn reads_codes_and_names() {
        assert_eq!(Territory::parse("us").unwrap().code(), "US");
        assert_eq!(Territory::parse("UK").unwrap().code(), "GB");
        assert_eq!(Territory::parse("OU").unwrap(), Territory::UNKNOWN);
        assert_eq!(Territory::from_alpha3("GBR").unwrap().code(), "GB");
        assert_eq!(Territory::from_name("United Kingdom").unwrap().code(), "GB");
        assert_eq!(Territory::from_name("Germany").unwrap().code(), "DE");
        assert_eq!(Territory::from_name("Iran (Islamic Republic of)").unwrap().code(), "IR");
        assert!(Territory::parse("QQ").is_err());
        assert!(Territory::from_name("Atlantis").is_err());
    }
}

//! The trade's identifiers and closed lists: ISRC, ISWC, UPC/EAN, IPI, ISNI, kinds of revenue and items.
//!
//! Identifiers are normalised (case, hyphens, dots, blanks); what a spreadsheet damaged (`1,91774E+11`) is
//! refused with a reason of its own, so that it is flagged and never matched.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text is not the identifier it claims to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Length or characters are wrong.
    #[error("`{value}` is not a well-formed {scheme}")]
    Malformed {
        /// ISRC, ISWC …
        scheme: &'static str,
        /// The text as given.
        value: String,
    },
    /// The check digit does not fit.
    #[error("`{value}` has a wrong {scheme} check digit")]
    CheckDigit {
        /// ISRC, ISWC …
        scheme: &'static str,
        /// The text as given.
        value: String,
    },
    /// A spreadsheet turned the number into scientific notation; digits are lost.
    #[error("`{value}` was damaged by a spreadsheet (scientific notation): the {scheme} is lost")]
    SpreadsheetDamage {
        /// ISRC, ISWC …
        scheme: &'static str,
        /// The text as given.
        value: String,
    },
}

/// Keeps letters and digits in upper case; hyphens, dots, blanks and slashes go.
fn squeeze<const N: usize>(text: &str) -> Option<([u8; N], usize)> {
    let mut out = [0u8; N];
    let mut len = 0;
    for byte in text.bytes() {
        match byte {
            b'-' | b'.' | b' ' | b'\t' | b'/' | b'"' | b'\'' => {}
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                *out.get_mut(len)? = byte.to_ascii_uppercase();
                len += 1;
            }
            _ => return None,
        }
    }
    Some((out, len))
}

fn looks_scientific(text: &str) -> bool {
    let upper = text.trim().to_ascii_uppercase();
    match upper.split_once("E+") {
        Some((mantissa, exponent)) => {
            !mantissa.is_empty()
                && mantissa.bytes().all(|b| b.is_ascii_digit() || b == b',' || b == b'.')
                && exponent.bytes().all(|b| b.is_ascii_digit())
        }
        None => false,
    }
}

macro_rules! code_type {
    ($(#[$doc:meta])* $name:ident, $scheme:literal, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// The name of the scheme.
            pub const SCHEME: &'static str = $scheme;

            /// The normalised text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                // Only ASCII is ever stored.
                std::str::from_utf8(&self.0).unwrap_or_default()
            }

            fn malformed(text: &str) -> CodeError {
                if looks_scientific(text) {
                    CodeError::SpreadsheetDamage { scheme: $scheme, value: text.to_owned() }
                } else {
                    CodeError::Malformed { scheme: $scheme, value: text.to_owned() }
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

code_type! {
    /// International Standard Recording Code (ISO 3901): 12 characters, `GBAYE0601498`.
    Isrc, "ISRC", 12
}
code_type! {
    /// International Standard Musical Work Code (ISO 15707): `T` and ten digits, the last a check digit.
    Iswc, "ISWC", 11
}
code_type! {
    /// UPC-A or EAN-13, kept as 13 digits with leading zeros, check digit verified (GS1).
    Upc, "UPC", 13
}
code_type! {
    /// Interested Party Information name number (CISAC), kept as eleven digits.
    Ipi, "IPI", 11
}
code_type! {
    /// International Standard Name Identifier (ISO 27729): 16 characters, ISO 7064 MOD 11-2 check.
    Isni, "ISNI", 16
}

impl Isrc {
    /// Reads an ISRC with or without hyphens, in any case.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let Some((code, 12)) = squeeze::<12>(text) else { return Err(Self::malformed(text)) };
        let shape = code[..2].iter().all(u8::is_ascii_alphabetic)
            && code[2..5].iter().all(u8::is_ascii_alphanumeric)
            && code[5..].iter().all(u8::is_ascii_digit);
        if shape { Ok(Self(code)) } else { Err(Self::malformed(text)) }
    }
}

impl Iswc {
    /// Reads an ISWC with or without dots and hyphens and verifies its check digit.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let Some((code, 11)) = squeeze::<11>(text) else { return Err(Self::malformed(text)) };
        if code[0] != b'T' || !code[1..].iter().all(u8::is_ascii_digit) {
            return Err(Self::malformed(text));
        }
        let weighted: u32 = (1u32..).zip(&code[1..10]).map(|(weight, digit)| weight * u32::from(digit - b'0')).sum();
        let check = (10 - (weighted + 1) % 10) % 10;
        if check == u32::from(code[10] - b'0') {
            Ok(Self(code))
        } else {
            Err(CodeError::CheckDigit { scheme: Self::SCHEME, value: text.to_owned() })
        }
    }
}

impl Upc {
    /// Reads 8 to 14 digits (leading zeros may be missing or in excess) and verifies the check digit.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let Some((code, len @ 8..=14)) = squeeze::<14>(text) else { return Err(Self::malformed(text)) };
        if !code[..len].iter().all(u8::is_ascii_digit) {
            return Err(Self::malformed(text));
        }
        let digits = if len == 14 && code[0] == b'0' { &code[1..14] } else { &code[..len] };
        let mut padded = [b'0'; 13];
        let Some(start) = 13usize.checked_sub(digits.len()) else { return Err(Self::malformed(text)) };
        padded[start..].copy_from_slice(digits);
        let sum: u32 = padded
            .iter()
            .enumerate()
            .map(|(index, digit)| u32::from(digit - b'0') * if index.is_multiple_of(2) { 1 } else { 3 })
            .sum();
        if sum.is_multiple_of(10) {
            Ok(Self(padded))
        } else {
            Err(CodeError::CheckDigit { scheme: Self::SCHEME, value: text.to_owned() })
        }
    }
}

impl Ipi {
    /// Reads up to eleven digits; leading zeros may be missing.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let Some((code, len @ 8..=11)) = squeeze::<11>(text) else { return Err(Self::malformed(text)) };
        if !code[..len].iter().all(u8::is_ascii_digit) {
            return Err(Self::malformed(text));
        }
        let mut padded = [b'0'; 11];
        padded[11 - len..].copy_from_slice(&code[..len]);
        Ok(Self(padded))
    }
}

impl Isni {
    /// Reads sixteen characters and verifies the ISO 7064 MOD 11-2 check.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn parse(text: &str) -> Result<Self, CodeError> {
        let Some((code, 16)) = squeeze::<16>(text) else { return Err(Self::malformed(text)) };
        if !code[..15].iter().all(u8::is_ascii_digit) || !(code[15].is_ascii_digit() || code[15] == b'X') {
            return Err(Self::malformed(text));
        }
        let total = code[..15].iter().fold(0u32, |total, digit| (total + u32::from(digit - b'0')) * 2);
        let check = (12 - total % 11) % 11;
        let given = if code[15] == b'X' { 10 } else { u32::from(code[15] - b'0') };
        if check == given {
            Ok(Self(code))
        } else {
            Err(CodeError::CheckDigit { scheme: Self::SCHEME, value: text.to_owned() })
        }
    }
}

/// Declares a closed list whose members have a name for data and a number for fact tables.
macro_rules! closed_list {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $number:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)*
        }

        impl $name {
            /// Every member.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name used in data and in GraphQL.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// The number used in fact tables. Numbers never change their meaning.
            #[must_use]
            pub const fn number(self) -> i16 {
                match self { $(Self::$variant => $number),* }
            }

            /// The member with this number.
            #[must_use]
            pub const fn from_number(number: i16) -> Option<Self> {
                match number { $($number => Some(Self::$variant),)* _ => None }
            }

            /// The member with this name.
            #[must_use]
            pub fn from_name(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.as_str() == text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

closed_list! {
    /// What a report line earned its money with.
    RevenueType {
        /// Audio streaming.
        Stream = 1, "STREAM";
        /// Permanent download.
        Download = 2, "DOWNLOAD";
        /// Video streaming or user-generated video.
        Video = 3, "VIDEO";
        /// CD, vinyl and other carriers.
        Physical = 4, "PHYSICAL";
        /// Short video and social platforms.
        Social = 5, "SOCIAL";
        /// Performing rights.
        Performance = 6, "PERFORMANCE";
        /// Mechanical rights.
        Mechanical = 7, "MECHANICAL";
        /// Synchronisation.
        Sync = 8, "SYNC";
        /// Neighbouring rights.
        Neighbouring = 9, "NEIGHBOURING";
        /// Breakage and unattributed settlements.
        Breakage = 10, "BREAKAGE";
        /// Anything else.
        Other = 11, "OTHER";
    }
}

closed_list! {
    /// The two copyrights and the product that carries recordings.
    ItemKind {
        /// A sound recording (ISRC).
        Recording = 1, "RECORDING";
        /// A musical work (ISWC).
        Work = 2, "WORK";
        /// A release (UPC/EAN).
        Release = 3, "RELEASE";
    }
}

closed_list! {
    /// Why money cannot be posted. It waits in suspense and is never dropped.
    SuspenseReason {
        /// No catalogue item has the identifiers of the line.
        NoItem = 1, "NO_ITEM";
        /// The item takes part in no contract on the sale date in the territory.
        NoContract = 2, "NO_CONTRACT";
        /// The contract that covers the item is not active.
        InactiveContract = 3, "INACTIVE_CONTRACT";
        /// No term of the contract matches the line.
        NoTerm = 4, "NO_TERM";
        /// The term needs a value the line does not have (units, gross).
        MissingInput = 5, "MISSING_INPUT";
        /// No exchange rate for the pair and date.
        MissingRate = 6, "MISSING_RATE";
        /// Ownership participations total more than 1.
        OverClaimed = 7, "OVER_CLAIMED";
        /// The amount does not fit exact arithmetic.
        OutOfRange = 8, "OUT_OF_RANGE";
        /// A person has put the item or contract in dispute.
        Disputed = 9, "DISPUTED";
        /// The identifier was damaged on its way, for example by a spreadsheet.
        DamagedIdentifier = 10, "DAMAGED_IDENTIFIER";
        /// Neither the line nor the price tables have the price that the term needs.
        MissingPrice = 11, "MISSING_PRICE";
        /// The tables have no statutory rate for the day.
        MissingStatutoryRate = 12, "MISSING_STATUTORY_RATE";
        /// A formula divides by zero, does not come to an end, or gives no number.
        FormulaFailed = 13, "FORMULA_FAILED";
        /// The line's place in the order of a counter is not known: the calculation was not prepared with it.
        NotOrdered = 14, "NOT_ORDERED";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn isrc_is_normalised() {
        assert_eq!(Isrc::parse(" gb-aye-06-01498 ").unwrap().as_str(), "GBAYE0601498");
        for bad in ["", "GBAYE060149", "GBAYE06014988", "1BAYE0601498", "GBAYE060149X", "gbäye0601498"] {
            assert!(Isrc::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn iswc_checks_its_digit() {
        assert_eq!(Iswc::parse("T-034.524.680-1").unwrap().as_str(), "T0345246801");
        assert!(matches!(Iswc::parse("T-034.524.680-2"), Err(CodeError::CheckDigit { .. })));
    }

    #[test]
    fn upc_tolerates_leading_zeros_and_knows_spreadsheets() {
        let upc = Upc::parse("718752340625").unwrap();
        assert_eq!(upc.as_str(), "0718752340625");
        assert_eq!(Upc::parse("00718752340625").unwrap(), upc);
        assert!(matches!(Upc::parse("1,91774E+11"), Err(CodeError::SpreadsheetDamage { .. })));
        assert!(matches!(Upc::parse("718752340626"), Err(CodeError::CheckDigit { .. })));
    }

    #[test]
    fn isni_and_ipi() {
        assert!(Isni::parse("0000 0001 2103 2683").is_ok());
        assert!(Isni::parse("0000 0001 2103 2684").is_err());
        assert_eq!(Ipi::parse("123456789").unwrap().as_str(), "00123456789");
    }

    #[test]
    fn closed_lists_round_trip() {
        for kind in RevenueType::ALL {
            assert_eq!(RevenueType::from_number(kind.number()), Some(*kind));
            assert_eq!(RevenueType::from_name(kind.as_str()), Some(*kind));
        }
    }
}

//! IBAN, and the creditor reference that is checked the same way.

use std::fmt;

use iban::IbanLike as _;

use super::{squeeze, wrong};
use crate::payments::problem::Problem;

/// Countries and territories of the single euro payments area.
pub const SEPA_COUNTRIES: &[&str] = &[
    "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GI", "GR", "HR", "HU",
    "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK", "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE",
    "SI", "SK", "SM", "VA",
];
/// Those of them outside of the European Economic Area: a transfer there states the payee's address.
const OUTSIDE_EEA: &[&str] = &["AD", "AL", "CH", "GB", "GI", "MC", "MD", "ME", "MK", "RS", "SM", "VA"];

/// An international bank account number whose length, form and check digits are right for its country.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Iban(String);

impl Iban {
    /// Without blanks, in capitals.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country, two letters.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.0[..2]
    }

    /// Whether the account can be reached by a SEPA credit transfer.
    #[must_use]
    pub fn is_sepa(&self) -> bool {
        SEPA_COUNTRIES.contains(&self.country())
    }
}

impl fmt::Display for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a SEPA transfer to this country needs the payee's address.
#[must_use]
pub fn sepa_needs_address(country: &str) -> bool {
    OUTSIDE_EEA.contains(&country)
}

/// Reads an IBAN; blanks, hyphens and small letters are tolerated.
///
/// # Errors
/// `IBAN_FORM`, `IBAN_CHECK`, `IBAN_COUNTRY`, `IBAN_LENGTH`.
pub fn iban(text: &str) -> Result<Iban, Problem> {
    let bare = squeeze(text).filter(|bare| bare.len() >= 5 && bare.len() <= 34);
    let head = bare.as_deref().filter(|bare| {
        let bytes = bare.as_bytes();
        bytes[..2].iter().all(u8::is_ascii_uppercase) && bytes[2..4].iter().all(u8::is_ascii_digit)
    });
    let Some(bare) = head else {
        let message = "An IBAN is two letters of the country, two check digits and up to 30 letters and digits.";
        return Err(wrong("IBAN_FORM", "iban", message));
    };
    let country = &bare[..2];
    match bare.parse::<::iban::Iban>() {
        Ok(good) => Ok(Iban(good.electronic_str().to_owned())),
        Err(::iban::ParseIbanError::UnknownCountry(_)) => {
            Err(wrong("IBAN_COUNTRY", "iban", format!("`{country}` is no country with IBANs.")))
        }
        Err(::iban::ParseIbanError::InvalidBban(_)) => {
            let message =
                format!("Its length or its parts are not those of {country}: compare it with the payee's own.");
            Err(wrong("IBAN_LENGTH", "iban", message))
        }
        Err(_) => {
            Err(wrong("IBAN_CHECK", "iban", "Its check digits are wrong: a digit was mistyped or two changed places."))
        }
    }
}

/// Reads a structured creditor reference (`RF` and two check digits, ISO 11649).
///
/// # Errors
/// `REFERENCE_FORM`, `REFERENCE_CHECK`.
pub fn creditor_reference(text: &str) -> Result<String, Problem> {
    let bare = squeeze(text).filter(|bare| (5..=25).contains(&bare.len()) && bare.starts_with("RF"));
    let Some(bare) = bare else {
        return Err(wrong(
            "REFERENCE_FORM",
            "reference",
            "A creditor reference is RF, two digits and up to 21 characters.",
        ));
    };
    if mod97(&bare) == Some(1) {
        Ok(bare)
    } else {
        Err(wrong("REFERENCE_CHECK", "reference", "The creditor reference's check digits are wrong."))
    }
}

/// The remainder of ISO 7064: the first four characters go to the end, letters count 10 to 35.
fn mod97(text: &str) -> Option<u32> {
    let (head, tail) = text.split_at_checked(4)?;
    tail.chars().chain(head.chars()).try_fold(0_u32, |rest, letter| {
        let value = letter.to_digit(36)?;
        Some(if value < 10 { rest * 10 + value } else { rest * 100 + value } % 97)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_ones_pass_in_any_dress() {
        for text in [
            "DE89 3704 0044 0532 0130 00",
            "gb29nwbk60161331926819",
            "FR14 2004 1010 0505 0001 3M02 606",
            "NO93 8601 1117 947",
        ] {
            assert!(iban(text).is_ok(), "{text}");
        }
        let german = iban("DE89370400440532013000").unwrap();
        assert_eq!((german.country(), german.is_sepa()), ("DE", true));
        assert!(!iban("AE070331234567890123456").unwrap().is_sepa());
    }

    #[test]
    fn every_fault_has_its_reason() {
        let code = |text: &str| iban(text).unwrap_err().code;
        assert_eq!(code("DE88370400440532013000"), "IBAN_CHECK");
        assert_eq!(code("DE89370400440532013"), "IBAN_CHECK");
        assert_eq!(code("3704 0044"), "IBAN_FORM");
        assert_eq!(code("DE89_3704"), "IBAN_FORM");
        assert_eq!(code(""), "IBAN_FORM");
        assert_eq!(code("日本"), "IBAN_FORM");
    }

    #[test]
    fn a_creditor_reference_is_checked() {
        assert_eq!(creditor_reference("RF18 5390 0754 7034").as_deref(), Ok("RF18539007547034"));
        assert_eq!(creditor_reference("RF19539007547034").unwrap_err().code, "REFERENCE_CHECK");
        assert_eq!(creditor_reference("XX18").unwrap_err().code, "REFERENCE_FORM");
    }
}

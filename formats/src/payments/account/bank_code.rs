//! Codes of banks: ABA routing numbers and BICs.

use super::{squeeze, wrong};
use crate::payments::problem::Problem;

/// Reads an ABA routing number, nine digits with a check digit.
///
/// # Errors
/// `ABA_FORM`, `ABA_CHECK`.
pub fn aba(text: &str) -> Result<String, Problem> {
    let bare = squeeze(text).filter(|bare| bare.len() == 9 && bare.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(bare) = bare else {
        return Err(wrong("ABA_FORM", "routing", "A routing number has nine digits."));
    };
    // Weights 3, 7, 1 over all nine digits: a multiple of ten.
    let sum: u32 =
        bare.chars().filter_map(|digit| digit.to_digit(10)).zip([3, 7, 1].iter().cycle()).map(|(d, w)| d * w).sum();
    // 00 United States Government, 01-12 Federal Reserve districts, 21-32 thrifts, 61-72 electronic, 80 traveller's checks.
    let district: u32 = bare[..2].parse().unwrap_or(99);
    let known = matches!(district, 0..=12 | 21..=32 | 61..=72 | 80);
    if !sum.is_multiple_of(10) || bare == "000000000" {
        return Err(wrong("ABA_CHECK", "routing", "The routing number's check digit is wrong: a digit was mistyped."));
    }
    if !known {
        return Err(wrong("ABA_FORM", "routing", format!("No routing number begins with {district:02}.")));
    }
    Ok(bare)
}

/// Reads a BIC of eight or eleven characters; the head office's `XXX` stays as it was given.
///
/// # Errors
/// `BIC_FORM`, `BIC_COUNTRY`.
pub fn bic(text: &str) -> Result<String, Problem> {
    let bare = squeeze(text).unwrap_or_default();
    let bytes = bare.as_bytes();
    let form = matches!(bytes.len(), 8 | 11) && bytes[..6].iter().all(u8::is_ascii_uppercase);
    if !form {
        let message = "A BIC is four letters of the bank, two of the country, two characters of the place, and three more of a branch or none.";
        return Err(wrong("BIC_FORM", "bic", message));
    }
    let country = &bare[4..6];
    // Kosovo has no code of its own in ISO 3166.
    if country != "XK" && rust_iso3166::from_alpha2(country).is_none() {
        return Err(wrong("BIC_COUNTRY", "bic", format!("`{country}` is no country.")));
    }
    Ok(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routing_numbers() {
        assert_eq!(aba("0210-0002-1").as_deref(), Ok("021000021"));
        assert_eq!(aba("021000020").unwrap_err().code, "ABA_CHECK");
        assert_eq!(aba("02100002").unwrap_err().code, "ABA_FORM");
        assert_eq!(aba("000000000").unwrap_err().code, "ABA_CHECK");
        // 9+9*... : 990000000 has 9*3 + 9*7 = 90, a good sum in a district that does not exist.
        assert_eq!(aba("990000000").unwrap_err().code, "ABA_FORM");
    }

    #[test]
    fn bics() {
        assert_eq!(bic("deutdeff").as_deref(), Ok("DEUTDEFF"));
        assert_eq!(bic("DEUTDEFF500").as_deref(), Ok("DEUTDEFF500"));
        assert_eq!(bic("DEUTQQFF").unwrap_err().code, "BIC_COUNTRY");
        for text in ["", "DEUTDEF", "D3UTDEFF", "DEUTDEFF5", "ドイツ"] {
            assert_eq!(bic(text).unwrap_err().code, "BIC_FORM", "{text}");
        }
    }
}

//! Where money can go: account numbers, bank codes, tax numbers and chain addresses, checked as far as their own
//! digits tell. A good check digit says that nobody mistyped, not that the account exists.

mod bank_code;
mod domestic;
mod iban;
mod tax_id;

pub use bank_code::{aba, bic};
pub use domestic::{DomesticAccount, SCHEMES, Scheme, domestic};
pub use iban::{Iban, SEPA_COUNTRIES, creditor_reference, iban, sepa_needs_address};
pub use tax_id::{TAX_IDS, TaxIdKind, tax_id};

use super::problem::Problem;

/// Keeps letters and digits, in capitals; `None` when something else than blanks, hyphens, dots and slashes is there.
pub(super) fn squeeze(text: &str) -> Option<String> {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ' ' | '\u{a0}' | '-' | '.' | '/' | '\t' => {}
            _ if letter.is_ascii_alphanumeric() => result.push(letter.to_ascii_uppercase()),
            _ => return None,
        }
    }
    Some(result)
}

/// What is wrong with an identifier.
fn wrong(code: &'static str, field: &str, message: impl Into<String>) -> Problem {
    Problem::new(code, message).of_field(field)
}

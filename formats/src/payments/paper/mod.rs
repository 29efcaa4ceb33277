//! Papers of a payment: the check itself, the remittance advice before it arrives, the receipt after it has.
//!
//! The same paper gives the same bytes: dates and ids are given. Figures that do not add up are refused.

mod check;
mod remittance;

#[cfg(test)]
mod tests;

use rust_decimal::Decimal;
use serde::Serialize;

pub use check::{CheckPaper, check_pdf};
pub use remittance::{PaidFact, RemittancePaper, RemittanceRow, TaxWithheld, remittance_pdf};

use super::problem::{Problem, Problems, Refused};
use crate::documents::paper_text;

/// A name with an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaperParty {
    /// The name.
    pub name: String,
    /// The address, line by line.
    pub address: Vec<String>,
}

/// Why a paper cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// What stands on it is wrong.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The template and its data do not fit.
    #[error("{0}")]
    Template(String),
}

#[derive(Serialize)]
struct PartyView {
    name: String,
    address: Vec<String>,
}

impl From<&PaperParty> for PartyView {
    fn from(party: &PaperParty) -> Self {
        let address =
            party.address.iter().filter(|line| !line.trim().is_empty()).map(|line| paper_text(line)).collect();
        Self { name: paper_text(&party.name), address }
    }
}

/// An amount with its places and a comma between thousands.
fn figure(amount: Decimal, places: u32) -> String {
    let mut amount = amount;
    amount.rescale(places);
    let text = amount.abs().to_string();
    let (whole, rest) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if amount.is_sign_negative() && !amount.is_zero() { "\u{2212}" } else { "" };
    if rest.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{rest}") }
}

/// Refuses when parts do not make their sum.
fn must_sum(path: &str, mut parts: impl Iterator<Item = Decimal>, sum: Decimal, problems: &mut Problems) {
    let found = parts.try_fold(Decimal::ZERO, Decimal::checked_add);
    if found != Some(sum) {
        let found = found.map_or_else(|| "more than can be counted".to_owned(), |found| found.to_string());
        let message = format!("The parts come to {found}, not to {sum}.");
        problems.push(Problem::new("PAPER_SUM", message).of_field(path));
    }
}

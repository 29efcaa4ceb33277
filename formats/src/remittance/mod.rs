//! Remittances: what a provider says it pays, and for what. Totals that reports are held against, not revenue.

mod x12;

use chrono::NaiveDate;
use rust_decimal::Decimal;

pub use x12::{X12Error, read_x12_820};

/// One payment that was announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remittance {
    /// Who pays.
    pub payer: String,
    /// Who is paid.
    pub payee: String,
    /// The trace number of the payment.
    pub reference: String,
    /// Currency, three letters.
    pub currency: String,
    /// What is paid; negative when it is taken back.
    pub amount: Decimal,
    /// The day of the payment.
    pub paid_on: Option<NaiveDate>,
    /// What it is paid for.
    pub items: Vec<RemittanceItem>,
}

/// One thing that is paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemittanceItem {
    /// Its number: an invoice, a statement.
    pub reference: String,
    /// Its part of the payment.
    pub amount: Decimal,
}

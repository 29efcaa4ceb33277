//! Remittance advice and receipt: what a payment is for, what was taken off, and where it went.

use chrono::NaiveDate;
use kernel::currency::Currency;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{PaperError, PaperParty, PartyView, figure, must_sum};
use crate::documents::{PaperJob, paper_families, paper_text, typeset_paper};
use crate::payments::problem::Problems;

/// A row: what an amount is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemittanceRow {
    /// A statement's number, an advance's …
    pub reference: String,
    /// In words.
    pub text: String,
    /// The amount; below zero for what is taken off.
    pub amount: Decimal,
}

/// Tax that was withheld.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxWithheld {
    /// For whom: `IRS`, `BZSt` …
    pub authority: String,
    /// The law or treaty.
    pub ground: String,
    /// Percent.
    pub rate: Decimal,
    /// The amount.
    pub amount: Decimal,
}

/// A fact beside the payee: a label and a value, both as they are to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidFact {
    /// `Method`, `Account`, `Bank reference` …
    pub label: String,
    /// Account numbers masked by whoever makes the paper.
    pub value: String,
}

/// A remittance advice, or the receipt once the money has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemittancePaper {
    /// The payment's number.
    pub number: String,
    /// The paper's day.
    pub on: NaiveDate,
    /// When the money arrived: makes it a receipt.
    pub settled_on: Option<NaiveDate>,
    /// Who pays.
    pub payer: PaperParty,
    /// Whom.
    pub payee: PaperParty,
    /// The currency.
    pub currency: Currency,
    /// What is paid before tax and fees, row by row.
    pub rows: Vec<RemittanceRow>,
    /// Tax.
    pub tax: Vec<TaxWithheld>,
    /// Fees taken off.
    pub fees: Decimal,
    /// Value added tax on top.
    pub vat: Decimal,
    /// What the payee gets: rows less tax less fees plus value added tax.
    pub net: Decimal,
    /// Facts beside the payee.
    pub facts: Vec<PaidFact>,
    /// Sentences at the foot.
    pub notes: Vec<String>,
    /// Whether the page is of American size.
    pub letter: bool,
}

#[derive(Serialize)]
struct View<'a> {
    title: &'static str,
    subtitle: String,
    number: String,
    payer: PartyView,
    payee: PartyView,
    currency: &'a str,
    paper: &'static str,
    facts: Vec<FactView>,
    rows: Vec<RowView>,
    sums: Vec<SumView>,
    tax: Vec<TaxView>,
    notes: Vec<String>,
    families: &'static [String],
}

#[derive(Serialize)]
struct FactView {
    label: String,
    value: String,
}

#[derive(Serialize)]
struct RowView {
    reference: String,
    text: String,
    amount: String,
}

#[derive(Serialize)]
struct SumView {
    text: &'static str,
    amount: String,
    weight: u16,
}

#[derive(Serialize)]
struct TaxView {
    authority: String,
    ground: String,
    rate: String,
    amount: String,
}

/// The paper as PDF.
///
/// # Errors
/// [`PaperError::Refused`] when the figures do not add up or a name is missing; [`PaperError::Template`] when
/// typesetting fails.
pub fn remittance_pdf(paper: &RemittancePaper) -> Result<Vec<u8>, PaperError> {
    let mut problems = Problems::default();
    if paper.payee.name.trim().is_empty() {
        problems.refuse("payee.name", "PAPER_PAYEE", "The paper names its payee.");
    }
    if paper.rows.is_empty() {
        problems.refuse("rows", "PAPER_EMPTY", "The paper says what the payment is for.");
    }
    let rows = paper.rows.iter().map(|row| row.amount);
    let tax = paper.tax.iter().map(|tax| -tax.amount);
    must_sum("net", rows.chain(tax).chain([-paper.fees, paper.vat]), paper.net, &mut problems);
    problems.or_refuse()?;
    let places = paper.currency.exponent();
    let sum = |amounts: &mut dyn Iterator<Item = Decimal>| amounts.fold(Decimal::ZERO, Decimal::saturating_add);
    let gross = sum(&mut paper.rows.iter().map(|row| row.amount));
    let withheld = sum(&mut paper.tax.iter().map(|tax| tax.amount));
    let mut sums = vec![SumView { text: "Gross", amount: figure(gross, places), weight: 400 }];
    for (text, amount) in [("Tax withheld", -withheld), ("Fees", -paper.fees), ("Value added tax", paper.vat)] {
        if !amount.is_zero() {
            sums.push(SumView { text, amount: figure(amount, places), weight: 400 });
        }
    }
    let arrived = paper.settled_on.map(|day| day.to_string());
    sums.push(SumView {
        text: if arrived.is_some() { "Paid" } else { "To be paid" },
        amount: figure(paper.net, places),
        weight: 600,
    });
    let title = if arrived.is_some() { "Payment receipt" } else { "Remittance advice" };
    let subtitle = match &arrived {
        Some(day) => format!("Arrived {day}"),
        None => format!("Issued {}", paper.on),
    };
    let number = paper_text(&paper.number);
    let fact = |label: &str, value: &str| FactView { label: paper_text(label), value: paper_text(value) };
    let own = [fact("Payment", &paper.number), fact("Date", &paper.on.to_string())];
    let view = View {
        title,
        subtitle,
        number: number.clone(),
        payer: (&paper.payer).into(),
        payee: (&paper.payee).into(),
        currency: paper.currency.code(),
        paper: if paper.letter { "us-letter" } else { "a4" },
        facts: own.into_iter().chain(paper.facts.iter().map(|one| fact(&one.label, &one.value))).collect(),
        rows: paper
            .rows
            .iter()
            .map(|row| RowView {
                reference: paper_text(&row.reference),
                text: paper_text(&row.text),
                amount: figure(row.amount, places),
            })
            .collect(),
        sums,
        tax: paper
            .tax
            .iter()
            .map(|tax| TaxView {
                authority: paper_text(&tax.authority),
                ground: paper_text(&tax.ground),
                rate: format!("{} %", tax.rate.normalize()),
                amount: figure(tax.amount, places),
            })
            .collect(),
        notes: paper.notes.iter().map(|note| paper_text(note)).collect(),
        families: paper_families(),
    };
    let job = PaperJob {
        template: include_str!("../../../templates/remittance.typ"),
        data: serde_json::to_vec(&view).map_err(|error| PaperError::Template(error.to_string()))?,
        on: paper.settled_on.unwrap_or(paper.on),
        id: format!("{title} {number}"),
        font: None,
    };
    typeset_paper(&job).map_err(|error| PaperError::Template(error.to_string()))
}

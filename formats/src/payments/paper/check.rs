//! A check as PDF: figures and words, a stub with what it is for, the line that machines read.
//!
//! No open E-13B font ships with the program: those that are free to use are not free to pass on. A tenant that prints
//! on blank paper brings its font; without one the band at the foot stays empty, for paper that is encoded already.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::{PaperError, PaperParty, PartyView, RemittanceRow, figure, must_sum};
use crate::documents::{PaperJob, font_family, paper_families, paper_text, typeset_paper};
use crate::payments::check::{amount_in_words, micr_line};
use crate::payments::problem::Problems;

/// Rows that a stub has room for; what is more is told as one.
const ROWS: usize = 12;

/// A check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckPaper {
    /// Its number.
    pub number: u64,
    /// Its day.
    pub on: NaiveDate,
    /// Who pays.
    pub payer: PaperParty,
    /// Whom.
    pub payee: PaperParty,
    /// US dollars.
    pub amount: Decimal,
    /// The bank, in words.
    pub bank: String,
    /// The bank's fraction, where it has one: `1-2/210`.
    pub fraction: String,
    /// Routing number of the bank.
    pub routing: String,
    /// The account it is drawn on.
    pub account: String,
    /// What it is for, in a few words.
    pub memo: String,
    /// What it is for, row by row: royalties above zero, tax and fees below. They come to the amount.
    pub rows: Vec<RemittanceRow>,
}

#[derive(Serialize)]
struct View {
    number: String,
    date: String,
    payer: PartyView,
    payee: PartyView,
    amount: String,
    words: String,
    bank: String,
    fraction: String,
    memo: String,
    rows: Vec<RowView>,
    more: String,
    micr: Micr,
    families: &'static [String],
}

#[derive(Serialize)]
struct RowView {
    reference: String,
    text: String,
    amount: String,
}

#[derive(Serialize)]
struct Micr {
    line: String,
    /// Empty without a font.
    font: String,
}

/// The check as PDF. The font is an E-13B font of the tenant's own; without one the line stays out.
///
/// # Errors
/// [`PaperError::Refused`] with every field that is wrong; [`PaperError::Template`] when typesetting fails.
pub fn check_pdf(check: &CheckPaper, micr_font: Option<&[u8]>) -> Result<Vec<u8>, PaperError> {
    let mut problems = Problems::default();
    let words = amount_in_words(check.amount).filter(|_| check.amount > Decimal::ZERO);
    if words.is_none() {
        let message = format!("{} is no amount above zero in whole cents.", check.amount);
        problems.refuse("amount", "CHECK_AMOUNT", message);
    }
    if check.payee.name.trim().is_empty() {
        problems.refuse("payee.name", "CHECK_PAYEE", "A check names its payee.");
    }
    must_sum("rows", check.rows.iter().map(|row| row.amount), check.amount, &mut problems);
    let line = micr_line(check.number, &check.routing, &check.account);
    let font = micr_font.map(|font| font_family(font, '\u{2446}'));
    if font == Some(None) {
        problems.refuse("font", "CHECK_FONT", "This is no font: give an E-13B font as TTF or OTF.");
    }
    if let Err(refused) = &line {
        refused.0.iter().for_each(|problem| problems.push(problem.clone()));
    }
    problems.or_refuse()?;
    let line = line?;
    // Fonts of today have the symbols where Unicode has them, older ones as letters.
    let micr = match font.flatten() {
        Some((family, true)) => Micr { line: line.text, font: family },
        Some((family, false)) => Micr { line: line.letters, font: family },
        None => Micr { line: String::new(), font: String::new() },
    };
    let shown = if check.rows.len() > ROWS { ROWS - 1 } else { check.rows.len() };
    let mut rows: Vec<RowView> = check.rows[..shown].iter().map(view).collect();
    let mut more = String::new();
    if check.rows.len() > shown {
        let rest = &check.rows[shown..];
        let sum = rest.iter().fold(Decimal::ZERO, |sum, row| sum.saturating_add(row.amount));
        rows.push(RowView { reference: String::new(), text: format!("{} more", rest.len()), amount: figure(sum, 2) });
        more = "All rows stand in the remittance advice.".to_owned();
    }
    let number = check.number.to_string();
    let view = View {
        date: check.on.format("%m/%d/%Y").to_string(),
        payer: (&check.payer).into(),
        payee: (&check.payee).into(),
        // Stars leave no room for another digit.
        amount: format!("$***{}", figure(check.amount, 2)),
        words: format!("{} {}", words.unwrap_or_default(), "*".repeat(12)),
        bank: paper_text(&check.bank),
        fraction: paper_text(&check.fraction),
        memo: paper_text(&check.memo),
        rows,
        more,
        micr,
        families: paper_families(),
        number: number.clone(),
    };
    let job = PaperJob {
        template: include_str!("../../../templates/check.typ"),
        data: serde_json::to_vec(&view).map_err(|error| PaperError::Template(error.to_string()))?,
        on: check.on,
        id: format!("check {} {number}", check.routing),
        font: micr_font,
    };
    typeset_paper(&job).map_err(|error| PaperError::Template(error.to_string()))
}

fn view(row: &RemittanceRow) -> RowView {
    RowView { reference: paper_text(&row.reference), text: paper_text(&row.text), amount: figure(row.amount, 2) }
}

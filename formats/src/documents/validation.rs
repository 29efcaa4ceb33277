//! The validation report of a provider's file: what came, what became of it, and what the checks found. One model, two
//! forms, the same figures.

use chrono::NaiveDate;
use serde::Serialize;

use super::DocumentError;
use super::summary_csv::neutral;

/// The report. Amounts are exact texts, and every list has its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidationReport {
    /// The TypeID of the revenue report.
    pub id: String,
    /// Who keeps the books.
    pub tenant: String,
    /// The name of the file.
    pub file_name: String,
    /// BLAKE3 of its bytes, in hexadecimal.
    pub content_hash: String,
    /// The day it is written for: of the import.
    pub day: NaiveDate,
    /// What is known of the file: name and value.
    pub particulars: Vec<(String, String)>,
    /// Rows by what became of them: name and number.
    pub rows: Vec<(String, String)>,
    /// Money by currency.
    pub totals: Vec<ValidationTotal>,
    /// What the checks found.
    pub findings: Vec<ValidationFinding>,
    /// What providers say they pay for it.
    pub controls: Vec<ValidationControl>,
    /// What it adds up to by territory.
    pub territories: Vec<ValidationTerritory>,
    /// Rows that are no revenue.
    pub skips: Vec<ValidationSkip>,
    /// Rows that could not be read, the first ones.
    pub errors: Vec<ValidationError>,
    /// How many more there are.
    pub more_errors: u64,
}

/// Money of one currency: file = posted + suspense + skipped + cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidationTotal {
    /// The currency.
    pub currency: String,
    /// The whole file.
    pub file: String,
    /// Matched to items.
    pub posted: String,
    /// Waiting for a decision.
    pub suspense: String,
    /// In rows that are no revenue.
    pub skipped: String,
    /// Digits beyond 18 places.
    pub cut: String,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidationFinding {
    /// `PASSED`, `NOTE` or `WARNING`.
    pub severity: String,
    /// What was looked at.
    pub check: String,
    /// Where: a territory, a currency; empty for the file.
    pub subject: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What it means.
    pub message: String,
    /// Names of items.
    pub details: Vec<String>,
}

/// A total that somebody says was paid, beside what the reports say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidationControl {
    /// The reference of the payment.
    pub reference: String,
    /// The currency.
    pub currency: String,
    /// What was paid.
    pub paid: String,
    /// What the reports it is for say.
    pub reported: String,
    /// Paid less reported.
    pub difference: String,
    /// How it stands.
    pub state: String,
}

/// Lines of one territory and currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidationTerritory {
    /// Two letters.
    pub territory: String,
    /// The currency.
    pub currency: String,
    /// Lines.
    pub rows: String,
    /// Units.
    pub units: String,
    /// Net to us.
    pub amount: String,
}

/// Rows that are no revenue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidationSkip {
    /// Why.
    pub reason: String,
    /// The currency; empty where the rows carry none.
    pub currency: String,
    /// How many.
    pub rows: String,
    /// Their amount.
    pub amount: String,
}

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValidationError {
    /// Physical line of the file.
    pub line: String,
    /// The column, from 1; empty for the whole row.
    pub column: String,
    /// What was meant to be read.
    pub field: String,
    /// The code, for programs.
    pub code: String,
    /// What was wrong.
    pub message: String,
}

impl ValidationReport {
    /// How many findings are warnings.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.findings.iter().filter(|finding| finding.severity == "WARNING").count()
    }

    /// The whole report as CSV (RFC 4180, UTF-8): a line per figure, every line with its section. Figures are plain.
    ///
    /// # Errors
    /// Failures of the writer.
    pub fn csv(&self) -> Result<Vec<u8>, DocumentError> {
        let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        file.write_record(VALIDATION_COLUMNS)?;
        let mut line = |section: &str, texts: [&str; 3], figures: [&str; 5], message: &str| {
            let [name, currency, state] = texts.map(neutral);
            let [rows, units, amount, expected, found] = figures;
            file.write_record([
                section,
                &name,
                &currency,
                &state,
                rows,
                units,
                amount,
                expected,
                found,
                &neutral(message),
            ])
        };
        line("report", ["id", "", ""], [""; 5], &self.id)?;
        line("report", ["content", "", ""], [""; 5], &self.content_hash)?;
        for (name, value) in &self.particulars {
            line("report", [name, "", ""], [""; 5], value)?;
        }
        for (name, number) in &self.rows {
            line("rows", [name, "", ""], [number, "", "", "", ""], "")?;
        }
        for total in &self.totals {
            let parts = [
                ("file", &total.file),
                ("posted", &total.posted),
                ("suspense", &total.suspense),
                ("skipped", &total.skipped),
                ("cut", &total.cut),
            ];
            for (name, amount) in parts {
                line("totals", [name, &total.currency, ""], ["", "", amount, "", ""], "")?;
            }
        }
        for one in &self.findings {
            let message = [std::slice::from_ref(&one.message), &one.details].concat().join("; ");
            let name =
                if one.subject.is_empty() { one.check.clone() } else { format!("{} {}", one.check, one.subject) };
            line("findings", [&name, "", &one.severity], ["", "", "", &one.expected, &one.found], &message)?;
        }
        for one in &self.controls {
            let figures = ["", "", &one.difference, &one.reported, &one.paid];
            line("payments", [&one.reference, &one.currency, &one.state], figures, "")?;
        }
        for one in &self.territories {
            line("territories", [&one.territory, &one.currency, ""], [&one.rows, &one.units, &one.amount, "", ""], "")?;
        }
        for one in &self.skips {
            line("skipped", [&one.reason, &one.currency, ""], [&one.rows, "", &one.amount, "", ""], "")?;
        }
        for one in &self.errors {
            let place = format!("line {} column {} {}", one.line, one.column, one.field);
            line("errors", [&place, "", &one.code], [""; 5], &one.message)?;
        }
        if self.more_errors > 0 {
            line("errors", ["further", "", ""], [&self.more_errors.to_string(), "", "", "", ""], "")?;
        }
        file.into_inner().map_err(|error| DocumentError::Csv(error.into_error().into()))
    }
}

/// Column names of the CSV. Of a payment `expected` is what was reported, `found` what was paid, `amount` the difference.
pub const VALIDATION_COLUMNS: [&str; 10] =
    ["section", "name", "currency", "state", "rows", "units", "amount", "expected", "found", "message"];

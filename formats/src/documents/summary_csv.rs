//! The statement as one CSV file (RFC 4180, UTF-8): a line per figure, every line with its section.

use std::borrow::Cow;
use std::io::Write;

use super::check::CheckedStatement;
use super::tables::{self, Cell, Role, Table};
use super::{DocumentError, words_of};

/// Column names of the file. `measure` says which figure `amount` is ("royalty", "opening", "recouped"…); lines of the
/// sections carry units and net receipts beside the royalty.
pub const CSV_COLUMNS: [&str; 8] =
    ["section", "label", "detail", "measure", "units", "net_receipts", "amount", "currency"];

/// Writes the statement as CSV. Figures are plain (`-1234.50`), whatever the language.
pub fn write_csv(statement: &CheckedStatement, target: impl Write) -> Result<(), DocumentError> {
    let words = words_of(statement)?;
    let mut file = File {
        writer: csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(target),
        currency: &statement.currency,
    };
    file.writer.write_record(CSV_COLUMNS)?;
    for row in tables::particulars(statement, &statement.hash_hex(), words).rows {
        let [label, value] = &row[..] else { continue };
        file.line("statement", &plain(label), &plain(value), "", Figures::default())?;
    }
    for line in tables::identity(statement, words) {
        let figures = Figures { amount: line.amount.to_string(), ..Figures::default() };
        file.line("summary", line.label, "", line.key, figures)?;
    }
    for table in tables::parts(statement, words) {
        file.table(table)?;
    }
    for remark in tables::remarks(statement, words) {
        file.line("notes", &remark, "", "", Figures::default())?;
    }
    file.writer.flush().map_err(|error| DocumentError::Csv(error.into()))
}

/// The statement as CSV in memory.
pub fn csv(statement: &CheckedStatement) -> Result<Vec<u8>, DocumentError> {
    let mut bytes = Vec::new();
    write_csv(statement, &mut bytes)?;
    Ok(bytes)
}

#[derive(Default)]
struct Figures {
    units: String,
    net_receipts: String,
    amount: String,
    /// Where it is not the statement's.
    currency: Option<String>,
}

struct File<'a, W: Write> {
    writer: csv::Writer<W>,
    currency: &'a str,
}

impl<W: Write> File<'_, W> {
    fn line(
        &mut self,
        section: &str,
        label: &str,
        detail: &str,
        measure: &str,
        figures: Figures,
    ) -> Result<(), DocumentError> {
        let Figures { units, net_receipts, amount, currency } = &figures;
        let currency = match currency {
            _ if amount.is_empty() => "",
            Some(currency) => currency,
            None => self.currency,
        };
        let (label, detail) = (neutral(label), neutral(detail));
        self.writer.write_record([section, &label, &detail, measure, units, net_receipts, amount, currency])?;
        Ok(())
    }

    /// A line per figure; those of a section share one.
    fn table(&mut self, table: Table<'_>) -> Result<(), DocumentError> {
        let is_section = table.columns.iter().any(|column| column.role == Role::Units);
        for row in table.rows {
            let (mut label, mut details, mut figures) = (String::new(), Vec::new(), Figures::default());
            for (column, cell) in table.columns.iter().zip(&row) {
                match column.role {
                    _ if column.key == "currency" => figures.currency = Some(plain(cell)),
                    Role::Label => label = plain(cell),
                    Role::Detail | Role::Code | Role::Remark | Role::Day | Role::Ratio => details.push(plain(cell)),
                    Role::Units => figures.units = plain(cell),
                    Role::Money if column.key == "net_receipts" => figures.net_receipts = plain(cell),
                    Role::Money => {}
                }
            }
            details.retain(|detail| !detail.is_empty());
            let detail = details.join(" · ");
            for (column, cell) in table.columns.iter().zip(&row) {
                if column.role == Role::Money && !(is_section && column.key == "net_receipts") {
                    let figures = Figures { amount: plain(cell), ..std::mem::take(&mut figures) };
                    self.line(table.key, &label, &detail, column.key, figures)?;
                }
            }
        }
        Ok(())
    }
}

/// A cell as text without any language's marks.
fn plain(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.to_string(),
        Cell::Units(units) => units.to_string(),
        Cell::Money(amount) | Cell::Ratio(amount) => amount.to_string(),
        Cell::Day(day) => day.to_string(),
    }
}

/// Text that no spreadsheet takes for a formula: an apostrophe goes before a first character that would start one
/// (OWASP, "CSV Injection"). Figures never pass through here.
pub(super) fn neutral(text: &str) -> Cow<'_, str> {
    match text.trim_start_matches(' ').chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}') => {
            Cow::Owned(format!("'{text}"))
        }
        _ => Cow::Borrowed(text),
    }
}

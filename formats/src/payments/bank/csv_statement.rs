//! Reads CSV statements by their layout, row by row.

use std::io::{self, BufRead};

use chrono::NaiveDate;
use kernel::currency::Currency;
use rust_decimal::Decimal;

use super::layout::{BankLayout, title};
use crate::payments::problem::{Problem, Problems};
use crate::payments::statement::{Charge, EntryDetail, EntryState, Statement, StatementEntry, StatementRead};

/// Rows above the header at most.
const ABOVE: usize = 40;

/// Reads a statement. Every row goes to the sink.
///
/// # Errors
/// When the source cannot be read. Faults of the file are in [`StatementRead::problems`].
pub fn read_csv_statement<R: BufRead>(
    source: R,
    layout: &BankLayout,
    sink: &mut dyn FnMut(StatementEntry),
) -> io::Result<StatementRead> {
    let label = layout.encoding.as_deref().unwrap_or("utf-8");
    let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    let mut rows =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(layout.delimiter()).from_reader(source);
    let mut reader =
        Rows { layout, read: StatementRead::default(), problems: Problems::default(), places: None, last: None };
    layout.name.clone_into(&mut reader.read.message);
    reader.read.statements.push(Statement { line: 1, ..Statement::default() });
    let mut bytes = csv::ByteRecord::new();
    let mut above = 0;
    loop {
        let more = match rows.read_byte_record(&mut bytes) {
            Ok(more) => more,
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error) => return Err(error),
                other => return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}"))),
            },
        };
        if !more {
            break;
        }
        let line = bytes.position().map_or(0, csv::Position::line);
        let cells: Vec<String> = bytes.iter().map(|cell| encoding.decode(cell).0.trim().to_owned()).collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if reader.places.is_none() {
            above += 1;
            reader.header(&cells);
            if reader.places.is_none() && above >= ABOVE {
                break;
            }
            continue;
        }
        if let Some(entry) = reader.row(&cells, line) {
            reader.read.count(&entry);
            sink(entry);
        }
    }
    Ok(reader.end())
}

/// The text of a source's beginning, for finding a layout.
pub(in crate::payments) fn head_text(head: &[u8]) -> String {
    match std::str::from_utf8(head) {
        Ok(text) => text.to_owned(),
        // A character that is cut at the end of the head is none of another encoding.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(head).into_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode(head).0.into_owned(),
    }
}

struct Rows<'a> {
    layout: &'a BankLayout,
    read: StatementRead,
    problems: Problems,
    /// Titles of the columns, once the header was found.
    places: Option<Vec<String>>,
    last: Option<NaiveDate>,
}

impl Rows<'_> {
    fn header(&mut self, cells: &[String]) {
        if self.layout.has_all(cells.iter().map(String::as_str)) {
            self.places = Some(cells.iter().map(|cell| title(cell)).collect());
        }
    }

    /// The cell of a column; empty when the layout has none.
    fn cell<'c>(&self, column: Option<&String>, cells: &'c [String]) -> &'c str {
        let place = column.and_then(|column| self.places.as_ref()?.iter().position(|own| *own == title(column)));
        place.and_then(|place| cells.get(place)).map_or("", String::as_str)
    }

    fn wrong(&mut self, code: &'static str, line: u64, column: Option<&String>, message: String) {
        let field = column.cloned().unwrap_or_default();
        self.problems.push(Problem::new(code, message).at_line(line).of_field(field));
    }

    fn row(&mut self, cells: &[String], line: u64) -> Option<StatementEntry> {
        let columns = &self.layout.columns;
        let booked = self.cell(columns.booked.as_ref(), cells).to_owned();
        let Some(booked_on) = self.day(&booked) else {
            self.wrong(
                "CSV_DATE",
                line,
                columns.booked.as_ref(),
                format!("`{booked}` is no day as {}.", self.layout.date),
            );
            return None;
        };
        let value_on = self.day(self.cell(columns.value.as_ref(), cells));
        let (amount, credit) = self.money(cells, line)?;
        let code = match self.cell(columns.currency.as_ref(), cells) {
            "" => self.layout.currency.as_deref().unwrap_or_default(),
            own => own,
        };
        let Ok(currency) = Currency::parse(code) else {
            self.wrong("CSV_CURRENCY", line, columns.currency.as_ref(), format!("`{code}` is no currency."));
            return None;
        };
        let status = self.cell(columns.status.as_ref(), cells);
        let is = |words: &[String]| words.iter().any(|word| word.eq_ignore_ascii_case(status));
        let state = match () {
            () if columns.status.is_none() || is(&self.layout.booked_words) => EntryState::Booked,
            () if is(&self.layout.pending_words) => EntryState::Pending,
            () => EntryState::Unknown,
        };
        let text: Vec<&str> =
            columns.text.iter().map(|column| self.cell(Some(column), cells)).filter(|text| !text.is_empty()).collect();
        let reference = self.cell(columns.reference.as_ref(), cells).to_owned();
        let fee = self.number(self.cell(columns.fee.as_ref(), cells)).filter(|fee| !fee.is_zero());
        let detail = EntryDetail {
            line,
            end_to_end_id: self.cell(columns.end_to_end.as_ref(), cells).to_owned(),
            payment_id: self.cell(columns.batch.as_ref(), cells).to_owned(),
            check_number: self.cell(columns.check.as_ref(), cells).to_owned(),
            amount: Some(amount),
            currency: currency.code().to_owned(),
            counterparty: self.cell(columns.counterparty.as_ref(), cells).to_owned(),
            counterparty_account: self.cell(columns.counterparty_account.as_ref(), cells).to_owned(),
            remittance: text.iter().map(|text| (*text).to_owned()).collect(),
            references: Some(reference.clone()).filter(|text| !text.is_empty()).into_iter().collect(),
            ..EntryDetail::default()
        };
        let account = self.cell(columns.account.as_ref(), cells).to_owned();
        let statement = self.read.statements.first_mut()?;
        if statement.account.is_empty() {
            statement.account = account;
        }
        statement.from = Some(statement.from.map_or(booked_on, |from| from.min(booked_on)));
        statement.to = Some(statement.to.map_or(booked_on, |to| to.max(booked_on)));
        self.last = Some(booked_on);
        Some(StatementEntry {
            line,
            statement: 0,
            number: self.read.entries + 1,
            amount,
            currency: currency.code().to_owned(),
            credit,
            reversal: false,
            state,
            booked_on: Some(booked_on),
            value_on,
            reference,
            bank_reference: self.cell(columns.bank_reference.as_ref(), cells).to_owned(),
            kind: text.first().map(|text| (*text).to_owned()).unwrap_or_default(),
            batch: None,
            charges: fee
                .map(|fee| Charge {
                    amount: fee.abs(),
                    currency: currency.code().to_owned(),
                    credit: false,
                    included: Some(true),
                    kind: String::new(),
                })
                .into_iter()
                .collect(),
            details: vec![detail],
            part: 0,
            last_part: true,
            text: text.join(" "),
        })
    }

    fn day(&self, text: &str) -> Option<NaiveDate> {
        // Some exports put the time behind the day.
        let day = text.split(['T', ' ']).next().filter(|_| !self.layout.date.contains(' ')).unwrap_or(text);
        NaiveDate::parse_from_str(day, &self.layout.date).ok()
    }

    fn number(&self, text: &str) -> Option<Decimal> {
        number(text, self.layout.decimal)
    }

    /// The amount and whether it came in.
    fn money(&mut self, cells: &[String], line: u64) -> Option<(Decimal, bool)> {
        let columns = &self.layout.columns;
        if let Some(column) = &columns.amount {
            let text = self.cell(Some(column), cells).to_owned();
            let Some(amount) = self.number(&text) else {
                self.wrong("CSV_AMOUNT", line, Some(column), format!("`{text}` is no amount."));
                return None;
            };
            let credit = match &columns.sign {
                Some(sign) => {
                    let word = self.cell(Some(sign), cells);
                    self.layout.credit_words.iter().any(|own| own.eq_ignore_ascii_case(word))
                }
                None => !amount.is_sign_negative(),
            };
            return Some((amount.abs(), credit));
        }
        for (column, credit) in [(&columns.credit, true), (&columns.debit, false)] {
            let text = self.cell(column.as_ref(), cells).to_owned();
            if text.is_empty() {
                continue;
            }
            match self.number(&text) {
                Some(amount) if amount.is_zero() => {}
                Some(amount) => return Some((amount.abs(), credit)),
                None => {
                    self.wrong("CSV_AMOUNT", line, column.as_ref(), format!("`{text}` is no amount."));
                    return None;
                }
            }
        }
        self.wrong("CSV_AMOUNT", line, columns.credit.as_ref(), "Neither credit nor debit has an amount.".into());
        None
    }

    fn end(mut self) -> StatementRead {
        if self.places.is_none() {
            let wanted: Vec<&str> = self.layout.columns.titles().map(String::as_str).collect();
            let message = format!("No header with the columns {} is there.", wanted.join(", "));
            self.problems.push(Problem::new("CSV_HEADER", message));
        }
        if let Some(statement) = self.read.statements.first_mut()
            && let Some(Ok(currency)) = self.layout.currency.as_deref().map(Currency::parse)
        {
            currency.code().clone_into(&mut statement.currency);
        }
        self.read.problem_count = self.problems.count;
        self.read.problems = self.problems.into_kept();
        self.read
    }
}

/// A number in the notation of a layout: thousands apart by points, commas, blanks or apostrophes; the sign before,
/// behind or as brackets.
fn number(text: &str, decimal: char) -> Option<Decimal> {
    let text = text.trim();
    let (text, minus) = match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (text, text.starts_with(['-', '\u{2212}']) || text.ends_with('-')),
    };
    let mut plain = String::with_capacity(text.len());
    for letter in text.trim_matches(['-', '+', '\u{2212}', ' ']).chars() {
        match letter {
            '0'..='9' => plain.push(letter),
            _ if letter == decimal => plain.push('.'),
            '.' | ',' | ' ' | '\'' | '\u{2019}' | '\u{a0}' | '\u{202f}' => {}
            _ => return None,
        }
    }
    // Groups of thousands stand before the decimal sign and have three digits.
    let whole = text.split(decimal).next().unwrap_or_default();
    let groups: Vec<&str> =
        whole.trim_matches(['-', '+', ' ']).split(['.', ',', ' ', '\'', '\u{2019}', '\u{a0}', '\u{202f}']).collect();
    if groups.len() > 1 && groups[1..].iter().any(|group| group.len() != 3) {
        return None;
    }
    let value: Decimal = plain.parse().ok()?;
    Some(if minus { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    #[test]
    fn numbers_in_every_dress() {
        for (text, decimal, value) in [
            ("1,234.56", '.', dec!(1234.56)),
            ("1.234,56", ',', dec!(1234.56)),
            ("-12,30", ',', dec!(-12.30)),
            ("12,30-", ',', dec!(-12.30)),
            ("(12.30)", '.', dec!(-12.30)),
            ("+7", '.', dec!(7)),
            ("1'000.5", '.', dec!(1000.5)),
            ("1\u{a0}000", ',', dec!(1000)),
        ] {
            assert_eq!(number(text, decimal), Some(value), "{text}");
        }
        // A comma as decimal sign where a point was declared is no thousand.
        for (text, decimal) in [("12,30", '.'), ("1.5", ','), ("abc", '.'), ("", '.'), ("1.2.3", '.'), ("5 EUR", '.')] {
            assert_eq!(number(text, decimal), None, "{text}");
        }
    }
}

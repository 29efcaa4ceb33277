//! A CSV file as rows of named cells, and the reading of cells.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use chrono::NaiveDate;
use kernel::limits::BULK_IMPORT_ROWS;
use rust_decimal::Decimal;

use super::model::Refusal;

/// A column: its name, and whether the file must have it.
pub(super) type Column = (&'static str, bool);

/// A row with its line in the file.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) line: u64,
    cells: csv::StringRecord,
}

/// A file that has the columns of its kind.
#[derive(Debug, Clone)]
pub(super) struct Sheet {
    columns: HashMap<&'static str, usize>,
    width: usize,
    pub(super) rows: Vec<Row>,
}

impl Sheet {
    /// Reads a file.
    ///
    /// # Errors
    /// Why the whole file is refused, by line and column.
    pub(super) fn read(bytes: &[u8], known: &[Column]) -> Result<Self, Vec<Refusal>> {
        let one = |line, code, message: String| vec![Refusal::new(line, None, code, message)];
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if let Err(error) = std::str::from_utf8(bytes) {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64;
            return Err(one(line, "NOT_UTF8", format!("Line {line} has bytes that are not UTF-8.")));
        }
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
        let mut records = reader.records();
        let header = match records.next() {
            Some(Ok(header)) if header.iter().any(|name| !name.trim().is_empty()) => header,
            _ => return Err(one(1, "EMPTY_FILE", "The file has no header line.".to_owned())),
        };
        let columns = columns(&header, known)?;
        let mut rows = Vec::new();
        for record in records {
            // Bytes are UTF-8 and rows may have any length, so only the end of the file can be odd.
            let cells = record.map_err(|error| one(1, "NOT_UTF8", error.to_string()))?;
            if cells.iter().all(|cell| cell.trim().is_empty()) && cells.len() <= 1 {
                continue;
            }
            if rows.len() as u64 >= BULK_IMPORT_ROWS {
                let message = format!("The file has more than {BULK_IMPORT_ROWS} rows: split it.");
                return Err(one(1, "TOO_MANY_ROWS", message));
            }
            let line = cells.position().map_or(0, |position| first_line(bytes, position));
            rows.push(Row { line, cells });
        }
        Ok(Self { columns, width: header.len(), rows })
    }

    /// The cells of a row, and the errors found in them.
    pub(super) fn cells<'a>(&'a self, row: &'a Row) -> Cells<'a> {
        let mut cells = Cells { sheet: self, row, found: Vec::new() };
        if row.cells.len() != self.width {
            let message = format!("The row has {} cells, the header {}.", row.cells.len(), self.width);
            cells.refuse(None, "CELL_COUNT", message);
        }
        cells
    }

    /// The text of a line, for showing it next to its errors.
    pub(super) fn raw(&self, line: u64) -> String {
        let Ok(index) = self.rows.binary_search_by_key(&line, |row| row.line) else { return String::new() };
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        let written = writer.write_record(&self.rows[index].cells).is_ok();
        let bytes = writer.into_inner().unwrap_or_default();
        if written { String::from_utf8_lossy(&bytes).trim_end().to_owned() } else { String::new() }
    }
}

fn columns(header: &csv::StringRecord, known: &[Column]) -> Result<HashMap<&'static str, usize>, Vec<Refusal>> {
    let mut found = HashMap::new();
    let mut refusals = Vec::new();
    for (index, name) in header.iter().enumerate() {
        let name = name.trim().to_lowercase();
        let Some((column, _)) = known.iter().find(|(column, _)| *column == name) else {
            let message = format!("This file has no column `{name}`.");
            refusals.push(Refusal::new(1, Some(&name), "UNKNOWN_COLUMN", message));
            continue;
        };
        if found.insert(*column, index).is_some() {
            let message = format!("The column `{name}` stands twice in the header.");
            refusals.push(Refusal::new(1, Some(&name), "DUPLICATE_COLUMN", message));
        }
    }
    for (column, _) in known.iter().filter(|(column, required)| *required && !found.contains_key(column)) {
        let message = format!("The column `{column}` is missing.");
        refusals.push(Refusal::new(1, Some(column), "MISSING_COLUMN", message));
    }
    if refusals.is_empty() { Ok(found) } else { Err(refusals) }
}

/// One row being read. A method that refuses a cell answers nothing and notes why.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    sheet: &'a Sheet,
    row: &'a Row,
    pub(super) found: Vec<Refusal>,
}

impl<'a> Cells<'a> {
    pub(super) const fn line(&self) -> u64 {
        self.row.line
    }

    pub(super) fn refuse(&mut self, column: Option<&str>, code: &'static str, message: impl Into<String>) {
        self.found.push(Refusal::new(self.row.line, column, code, message));
    }

    /// What stands in a cell; nothing when it is empty or the file has no such column.
    pub(super) fn get(&self, column: &str) -> Option<&'a str> {
        let index = self.sheet.columns.get(column)?;
        self.row.cells.get(*index).map(str::trim).filter(|cell| !cell.is_empty())
    }

    /// A cell that must be filled.
    pub(super) fn required(&mut self, column: &str) -> Option<&'a str> {
        let cell = self.get(column);
        if cell.is_none() {
            self.refuse(Some(column), "REQUIRED", format!("`{column}` must be filled."));
        }
        cell
    }

    /// A text of bounded length.
    pub(super) fn text(&mut self, column: &str, most: usize) -> Option<String> {
        let cell = self.get(column)?;
        if cell.chars().count() > most {
            self.refuse(Some(column), "TOO_LONG", format!("`{column}` has at most {most} characters."));
            return None;
        }
        Some(cell.to_owned())
    }

    /// A text of bounded length that must be there.
    pub(super) fn required_text(&mut self, column: &str, most: usize) -> Option<String> {
        self.required(column)?;
        self.text(column, most)
    }

    /// A value of the trade.
    pub(super) fn parsed<T, E: Display>(
        &mut self,
        column: &str,
        code: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(self.get(column)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.refuse(Some(column), code, format!("{error}."));
                None
            }
        }
    }

    /// One of the words a column allows.
    pub(super) fn word(&mut self, column: &str, words: &[&'static str]) -> Option<&'static str> {
        let cell = self.get(column)?;
        let word = words.iter().copied().find(|word| *word == cell);
        if word.is_none() {
            let message = format!("`{cell}` is none of {}.", words.join(", "));
            self.refuse(Some(column), "UNKNOWN_VALUE", message);
        }
        word
    }

    pub(super) fn date(&mut self, column: &str) -> Option<NaiveDate> {
        self.parsed(column, "INVALID_DATE", date)
    }

    /// A plain decimal of at most this many places, within bounds.
    pub(super) fn decimal(
        &mut self,
        column: &str,
        places: u32,
        least: Decimal,
        most: Option<Decimal>,
    ) -> Option<Decimal> {
        let number = self.parsed(column, "INVALID_NUMBER", |cell| decimal(cell, places))?;
        if number < least || most.is_some_and(|most| number > most) {
            let bound = most.map_or_else(|| format!("at least {least}"), |most| format!("from {least} to {most}"));
            self.refuse(Some(column), "OUT_OF_RANGE", format!("`{column}` is {bound}, not {number}."));
            return None;
        }
        Some(number)
    }

    /// A plain integer within bounds.
    pub(super) fn integer(&mut self, column: &str, least: i32, most: i32) -> Option<i32> {
        let number = self.parsed(column, "INVALID_NUMBER", integer)?;
        let fitting = i32::try_from(number).ok().filter(|number| (least..=most).contains(number));
        if fitting.is_none() {
            self.refuse(Some(column), "OUT_OF_RANGE", format!("`{column}` is from {least} to {most}, not {number}."));
        }
        fitting
    }

    /// The parts of a list.
    pub(super) fn list(&self, column: &str) -> Vec<&'a str> {
        self.get(column)
            .map(|cell| cell.split('|').map(str::trim).filter(|part| !part.is_empty()).collect())
            .unwrap_or_default()
    }
}

fn date(cell: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(cell, "%Y-%m-%d")
        .ok()
        .filter(|_| cell.len() == 10)
        .ok_or_else(|| format!("`{cell}` is no day in the form 2026-01-31"))
}

/// The line a row begins on. After CR LF the reader stands before the LF, which it has not counted yet.
fn first_line(bytes: &[u8], position: &csv::Position) -> u64 {
    let at = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    position.line() + u64::from(bytes.get(at) == Some(&b'\n'))
}

fn decimal(cell: &str, places: u32) -> Result<Decimal, String> {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || whole.len() + fraction.len() > 28 {
        return Err(format!("`{cell}` is no plain decimal number such as 0.18"));
    }
    let number = Decimal::from_str(cell).map_err(|_| format!("`{cell}` is no plain decimal number"))?.normalize();
    if number.scale() > places {
        return Err(format!("`{cell}` has more than {places} decimal places"));
    }
    Ok(number)
}

fn integer(cell: &str) -> Result<i64, String> {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    cell.parse().ok().filter(|_| plain).ok_or_else(|| format!("`{cell}` is no whole number"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[("key", true), ("ratio", true), ("note", false)];

    fn codes(bytes: &[u8]) -> Vec<&'static str> {
        Sheet::read(bytes, COLUMNS).unwrap_err().into_iter().map(|refusal| refusal.code).collect()
    }

    #[test]
    fn whole_files_are_refused_with_every_reason() {
        assert_eq!(codes(b""), ["EMPTY_FILE"]);
        assert_eq!(codes(b"key,ratio\n\xff,1\n"), ["NOT_UTF8"]);
        assert_eq!(codes(b"key,key,other\n"), ["DUPLICATE_COLUMN", "UNKNOWN_COLUMN", "MISSING_COLUMN"]);
    }

    #[test]
    fn rows_keep_their_line_and_cells_say_what_is_wrong() {
        let sheet = Sheet::read("\u{feff} Ratio ,KEY\r\n0.5,a\r\n\"1.234,56\",\"b\nc\"\r\nNaN\r\n".as_bytes(), COLUMNS)
            .unwrap();
        let lines: Vec<u64> = sheet.rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 3, 5]);
        let read = |index: usize| {
            let mut cells = sheet.cells(&sheet.rows[index]);
            let ratio = cells.decimal("ratio", 12, Decimal::ZERO, Some(Decimal::ONE));
            cells.required("key");
            (ratio, cells.found.into_iter().map(|refusal| refusal.code).collect::<Vec<_>>())
        };
        assert_eq!(read(0), (Some(Decimal::new(5, 1)), vec![]));
        assert_eq!(read(1), (None, vec!["INVALID_NUMBER"]));
        assert_eq!(read(2), (None, vec!["CELL_COUNT", "INVALID_NUMBER", "REQUIRED"]));
        assert_eq!(sheet.raw(2), "0.5,a");
    }

    #[test]
    fn numbers_and_days_are_plain() {
        for bad in ["-", "1e5", "+1", ".5", "1.", "NaN", "1,5", "0.1234567890123"] {
            assert!(decimal(bad, 12).is_err(), "{bad}");
        }
        assert!(integer("1.0").is_err() && integer("+1").is_err());
        assert!(date("2026-02-30").is_err() && date("2026-1-31").is_err() && date("2024-02-29").is_ok());
    }
}

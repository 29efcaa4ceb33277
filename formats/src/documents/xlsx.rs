//! The statement as a spreadsheet: a sheet per part, typed cells, frozen headings, no formulas.
//!
//! The file format stores numbers as IEEE doubles, so a decimal must pass through one: inside the library's call and
//! nowhere else. Up to 15 significant digits that is lossless (a double carries 15 decimal digits both ways); a longer
//! amount is written as text, because a cell that shows a digit nobody booked is worse than one that does not add.

use std::io::Write;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};

use super::check::CheckedStatement;
use super::tables::{self, Cell, Column, Role, Table, Totals};
use super::words::Words;
use super::{DocumentError, words_of};

/// Rows of one sheet; the format ends at 2^20. A longer part goes on in another sheet.
pub(super) const SHEET_ROWS: u32 = 1_000_000;
/// Characters of one cell, a limit of the format.
const CELL_CHARACTERS: usize = 32_767;
/// Rows from which sheets go through temporary files, so that memory does not grow with them. Ordinary statements are
/// far below: they are made in memory and need no writable folder.
const LARGE: usize = 20_000;
/// Below this mantissa a decimal has at most 15 digits.
pub(super) const LOSSLESS: i128 = 1_000_000_000_000_000;

/// Writes the statement as XLSX, a large one in constant memory (through the system's folder for temporary files).
pub fn write_xlsx(statement: &CheckedStatement, target: impl Write + Send) -> Result<(), DocumentError> {
    let words = words_of(statement)?;
    let rows: usize = statement.sections.iter().map(|section| section.rows.len()).sum();
    let (formats, is_large) = (Formats::new(statement), rows >= LARGE);
    let mut book = Book { workbook: Workbook::new(), formats, words, is_large };
    book.properties(statement)?;
    book.summary(statement)?;
    for table in tables::parts(statement, words) {
        book.table(table)?;
    }
    book.remarks(statement)?;
    Ok(book.workbook.save_to_writer(target)?)
}

/// The statement as XLSX in memory.
pub fn xlsx(statement: &CheckedStatement) -> Result<Vec<u8>, DocumentError> {
    let mut bytes = Vec::new();
    write_xlsx(statement, &mut bytes)?;
    Ok(bytes)
}

struct Formats {
    title: Format,
    heading: Format,
    heading_right: Format,
    text: Format,
    wrapped: Format,
    units: Format,
    money: Format,
    ratio: Format,
    day: Format,
    total_text: Format,
    total_units: Format,
    total_money: Format,
}

impl Formats {
    fn new(statement: &CheckedStatement) -> Self {
        let accent = statement.issuer.accent.ink().to_string();
        let heading = Format::new().set_bold().set_font_color(accent.as_str()).set_border_bottom(FormatBorder::Thin);
        let total = Format::new().set_bold().set_border_top(FormatBorder::Thin);
        let decimals = usize::try_from(statement.exponent).unwrap_or(2);
        let money = if decimals == 0 { "#,##0".to_owned() } else { format!("#,##0.{}", "0".repeat(decimals)) };
        Self {
            title: Format::new().set_bold().set_font_size(14).set_font_color(accent.as_str()),
            heading_right: heading.clone().set_align(FormatAlign::Right),
            heading,
            // "@" keeps a spreadsheet from guessing dates and numbers in codes and titles.
            text: Format::new().set_num_format("@"),
            wrapped: Format::new().set_num_format("@").set_text_wrap().set_align(FormatAlign::Top),
            units: Format::new().set_num_format("#,##0"),
            money: Format::new().set_num_format(&money),
            ratio: Format::new().set_num_format("0.####%"),
            day: Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
            total_text: total.clone(),
            total_units: total.clone().set_num_format("#,##0"),
            total_money: total.set_num_format(&money),
        }
    }
}

struct Book<'a> {
    workbook: Workbook,
    formats: Formats,
    words: &'a Words,
    is_large: bool,
}

/// A new sheet at the end of the workbook.
fn add<'a>(workbook: &'a mut Workbook, is_large: bool, name: &str) -> Result<&'a mut Worksheet, XlsxError> {
    let sheet = if is_large { workbook.add_worksheet_with_constant_memory()? } else { workbook.add_worksheet() };
    sheet.set_name(name)
}

impl Book<'_> {
    /// Fixed by the document, so that the same statement gives the same bytes on any day.
    fn properties(&mut self, statement: &CheckedStatement) -> Result<(), XlsxError> {
        let title = format!("{} {}", self.words.document.title, statement.number);
        let properties = DocProperties::new()
            .set_title(title)
            .set_author(&statement.issuer.name)
            .set_keywords(statement.hash_hex())
            .set_creation_datetime(&day(statement.issued_on)?);
        self.workbook.set_properties(&properties);
        Ok(())
    }

    fn summary(&mut self, statement: &CheckedStatement) -> Result<(), XlsxError> {
        let (formats, words) = (&self.formats, self.words);
        let sheet = add(&mut self.workbook, self.is_large, &sheet_name(&words.sections.summary, 0))?;
        sheet.set_column_width(0, 34)?.set_column_width(1, 44)?;
        string(sheet, 0, 0, &words.document.title, &formats.title)?;
        let mut line = 2;
        for row in tables::particulars(statement, &statement.hash_hex(), words).rows {
            for (at, cell) in (0_u16..).zip(&row) {
                write(sheet, line, at, cell, formats, false)?;
            }
            line += 1;
        }
        line += 1;
        let identity = tables::summary(statement, words);
        headings(sheet, line, &identity.columns, formats)?;
        let last = line + 9;
        for row in identity.rows {
            line += 1;
            for (at, cell) in (0_u16..).zip(&row) {
                write(sheet, line, at, cell, formats, line == last)?;
            }
        }
        string(sheet, line + 2, 0, &words.remarks.closing_rule, &formats.text)?;
        Ok(())
    }

    fn table(&mut self, table: Table<'_>) -> Result<(), XlsxError> {
        let (formats, words) = (&self.formats, self.words);
        let mut totals = Totals::of(&table.columns);
        let mut rows = table.rows.peekable();
        let mut part = 0;
        while rows.peek().is_some() {
            let sheet = add(&mut self.workbook, self.is_large, &sheet_name(table.title, part))?;
            sheet.set_freeze_panes(1, 0)?.set_repeat_rows(0, 0)?;
            sheet.set_landscape().set_print_fit_to_pages(1, 0);
            for (at, column) in (0_u16..).zip(&table.columns) {
                sheet.set_column_width(at, width(column.role))?;
            }
            headings(sheet, 0, &table.columns, formats)?;
            let mut line = 0;
            for row in rows.by_ref().take(SHEET_ROWS as usize) {
                line += 1;
                totals.add(&row);
                for (at, cell) in (0_u16..).zip(&row) {
                    write(sheet, line, at, cell, formats, false)?;
                }
            }
            if rows.peek().is_none()
                && let Some(total) = totals.row(&words.columns.total)
            {
                for (at, cell) in (0_u16..).zip(&total) {
                    write(sheet, line + 1, at, cell, formats, true)?;
                }
            }
            part += 1;
        }
        Ok(())
    }

    fn remarks(&mut self, statement: &CheckedStatement) -> Result<(), XlsxError> {
        let remarks = tables::remarks(statement, self.words);
        if remarks.is_empty() {
            return Ok(());
        }
        let sheet = add(&mut self.workbook, self.is_large, &sheet_name(&self.words.sections.notes, 0))?;
        sheet.set_column_width(0, 100)?;
        for (line, remark) in (0..).zip(remarks) {
            string(sheet, line, 0, &remark, &self.formats.wrapped)?;
        }
        Ok(())
    }
}

fn headings(sheet: &mut Worksheet, line: u32, columns: &[Column<'_>], formats: &Formats) -> Result<(), XlsxError> {
    for (at, column) in (0_u16..).zip(columns) {
        let format = match column.role {
            Role::Units | Role::Money | Role::Ratio => &formats.heading_right,
            Role::Label | Role::Detail | Role::Code | Role::Remark | Role::Day => &formats.heading,
        };
        string(sheet, line, at, column.title, format)?;
    }
    Ok(())
}

fn write(
    sheet: &mut Worksheet,
    line: u32,
    at: u16,
    cell: &Cell<'_>,
    formats: &Formats,
    total: bool,
) -> Result<(), XlsxError> {
    let pick = |plain, in_total| if total { in_total } else { plain };
    match cell {
        Cell::Empty if total => string(sheet, line, at, "", &formats.total_text),
        Cell::Empty => Ok(()),
        Cell::Text(text) => string(sheet, line, at, text, pick(&formats.text, &formats.total_text)),
        Cell::Units(units) => {
            let format = pick(&formats.units, &formats.total_units);
            match Decimal::try_from_i128_with_scale(*units, 0) {
                Ok(units) => number(sheet, line, at, units, format),
                Err(_) => string(sheet, line, at, &units.to_string(), format),
            }
        }
        Cell::Money(amount) => number(sheet, line, at, *amount, pick(&formats.money, &formats.total_money)),
        Cell::Ratio(ratio) => number(sheet, line, at, *ratio, &formats.ratio),
        Cell::Day(value) => sheet.write_datetime_with_format(line, at, &day(*value)?, &formats.day).map(drop),
    }
}

/// A number cell, or text where a double would not hold every digit.
fn number(sheet: &mut Worksheet, line: u32, at: u16, amount: Decimal, format: &Format) -> Result<(), XlsxError> {
    if amount.mantissa().abs() < LOSSLESS {
        sheet.write_with_format(line, at, amount, format).map(drop)
    } else {
        string(sheet, line, at, &amount.to_string(), format)
    }
}

/// A text cell: never a formula, a link or a number, whatever it begins with.
pub(super) fn string<'a>(
    sheet: &mut Worksheet,
    line: u32,
    at: u16,
    text: &str,
    format: impl Into<Option<&'a Format>>,
) -> Result<(), XlsxError> {
    let shortened: String;
    let mut text = text;
    if text.len() > CELL_CHARACTERS {
        shortened = text.chars().take(CELL_CHARACTERS - 1).chain(['…']).collect();
        text = &shortened;
    }
    match format.into() {
        Some(format) => sheet.write_string_with_format(line, at, text, format).map(drop),
        None => sheet.write_string(line, at, text).map(drop),
    }
}

fn day(day: NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::parse_from_str(&day.to_string())
}

/// Column width in characters.
fn width(role: Role) -> u16 {
    match role {
        Role::Label => 44,
        Role::Detail | Role::Remark => 30,
        Role::Code => 18,
        Role::Units | Role::Money => 16,
        Role::Day | Role::Ratio => 12,
    }
}

/// A name the format allows: at most 31 characters, none of `[ ] : * ? / \`, and numbered from the second sheet on.
pub(super) fn sheet_name(title: &str, part: u32) -> String {
    let room = if part == 0 { 31 } else { 25 };
    let title: String =
        title.chars().map(|letter| if "[]:*?/\\'".contains(letter) { ' ' } else { letter }).take(room).collect();
    if part == 0 { title.trim().to_owned() } else { format!("{} {}", title.trim(), part + 1) }
}

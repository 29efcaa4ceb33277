//! All lines behind a statement, as an attachment of any size: written line by line, in constant memory.
//!
//! Amounts are exact, with every decimal they have; that they add up to the rounded royalties of the statement is for
//! the statement to say.

use std::borrow::Cow;
use std::io::Write;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet};

use super::DocumentError;
use super::summary_csv::neutral;
use super::xlsx::{LOSSLESS, SHEET_ROWS, string};

/// The columns, the same in both forms.
pub const LINE_COLUMNS: [&str; 18] = [
    "contract",
    "platform",
    "territory",
    "revenue_type",
    "item_code",
    "title",
    "artist",
    "sale_from",
    "sale_to",
    "units",
    "receipts",
    "receipts_currency",
    "royalty",
    "currency",
    "report",
    "report_line",
    "run",
    "royalty_line",
];

/// One royalty line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailLine<'a> {
    /// The contract's number.
    pub contract: Cow<'a, str>,
    /// The platform.
    pub platform: Cow<'a, str>,
    /// ISO 3166 code of the territory.
    pub territory: Cow<'a, str>,
    /// Kind of revenue.
    pub revenue_type: &'a str,
    /// ISRC, ISWC or UPC.
    pub item_code: Cow<'a, str>,
    /// Title.
    pub title: Cow<'a, str>,
    /// Artist.
    pub artist: Cow<'a, str>,
    /// First day of the sale period.
    pub sale_from: NaiveDate,
    /// Last day of the sale period.
    pub sale_to: NaiveDate,
    /// Units.
    pub units: i64,
    /// What entered the contract for this line, in the line's currency.
    pub receipts: Decimal,
    /// ISO 4217 code of that.
    pub receipts_currency: Cow<'a, str>,
    /// The royalty, unrounded.
    pub royalty: Decimal,
    /// ISO 4217 code of the royalty.
    pub currency: Cow<'a, str>,
    /// TypeID of the provider's report.
    pub report: Cow<'a, str>,
    /// The line in the provider's file.
    pub report_line: i64,
    /// TypeID of the run.
    pub run: Cow<'a, str>,
    /// The number of the royalty line in the run.
    pub royalty_line: i64,
}

/// Writes lines as CSV (RFC 4180, UTF-8). Texts that a spreadsheet would take for formulas are neutralised.
pub struct LinesCsv<W: Write> {
    writer: csv::Writer<W>,
    record: csv::ByteRecord,
    text: String,
}

impl<W: Write> LinesCsv<W> {
    /// Begins with the heading.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub fn new(target: W) -> Result<Self, DocumentError> {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(target);
        writer.write_record(LINE_COLUMNS)?;
        Ok(Self { writer, record: csv::ByteRecord::with_capacity(256, LINE_COLUMNS.len()), text: String::new() })
    }

    /// Writes a line.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub fn push(&mut self, line: &DetailLine<'_>) -> Result<(), DocumentError> {
        self.record.clear();
        for text in [&line.contract, &line.platform, &line.territory] {
            self.name(text);
        }
        self.record.push_field(line.revenue_type.as_bytes());
        for text in [&line.item_code, &line.title, &line.artist] {
            self.name(text);
        }
        self.figure(&line.sale_from);
        self.figure(&line.sale_to);
        self.figure(&line.units);
        self.figure(&line.receipts);
        self.record.push_field(line.receipts_currency.as_bytes());
        self.figure(&line.royalty);
        self.record.push_field(line.currency.as_bytes());
        self.record.push_field(line.report.as_bytes());
        self.figure(&line.report_line);
        self.record.push_field(line.run.as_bytes());
        self.figure(&line.royalty_line);
        Ok(self.writer.write_byte_record(&self.record)?)
    }

    fn name(&mut self, text: &str) {
        self.record.push_field(neutral(text).as_bytes());
    }

    fn figure(&mut self, value: &impl std::fmt::Display) {
        use std::fmt::Write as _;
        self.text.clear();
        // Writing to a string does not fail.
        let _ = write!(self.text, "{value}");
        self.record.push_field(self.text.as_bytes());
    }

    /// Ends and hands the target back.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub fn finish(self) -> Result<W, DocumentError> {
        self.writer.into_inner().map_err(|error| DocumentError::Csv(error.into_error().into()))
    }
}

/// Writes lines as XLSX, through temporary files: memory does not grow. A sheet that is full is followed by another.
pub struct LinesXlsx {
    workbook: Workbook,
    /// Lines on the last sheet; none before the first line.
    lines: u32,
    sheets: u32,
    heading: Format,
    day: Format,
    last_day: Option<(NaiveDate, ExcelDateTime)>,
}

impl Default for LinesXlsx {
    fn default() -> Self {
        Self::new()
    }
}

impl LinesXlsx {
    /// An empty workbook.
    #[must_use]
    pub fn new() -> Self {
        Self {
            workbook: Workbook::new(),
            lines: 0,
            sheets: 0,
            heading: Format::new().set_bold().set_border_bottom(FormatBorder::Thin),
            day: Format::new().set_num_format("yyyy-mm-dd").set_align(FormatAlign::Left),
            last_day: None,
        }
    }

    /// Writes a line.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn push(&mut self, line: &DetailLine<'_>) -> Result<(), DocumentError> {
        if self.sheets == 0 || self.lines == SHEET_ROWS {
            self.begin_sheet()?;
        }
        let (from, to) = (self.excel_day(line.sale_from)?, self.excel_day(line.sale_to)?);
        self.lines += 1;
        let (row, sheets) = (self.lines, self.sheets);
        let sheet = self.workbook.worksheet_from_index(usize::try_from(sheets).unwrap_or(1) - 1)?;
        let mut at = 0_u16;
        let mut next = || {
            at += 1;
            at - 1
        };
        for text in [line.contract.as_ref(), &line.platform, &line.territory, line.revenue_type, &line.item_code] {
            string(sheet, row, next(), text, None)?;
        }
        for text in [&line.title, &line.artist] {
            string(sheet, row, next(), text, None)?;
        }
        sheet.write_datetime_with_format(row, next(), &from, &self.day)?;
        sheet.write_datetime_with_format(row, next(), &to, &self.day)?;
        whole(sheet, row, next(), line.units)?;
        number(sheet, row, next(), line.receipts)?;
        string(sheet, row, next(), &line.receipts_currency, None)?;
        number(sheet, row, next(), line.royalty)?;
        for text in [&line.currency, &line.report] {
            string(sheet, row, next(), text, None)?;
        }
        whole(sheet, row, next(), line.report_line)?;
        string(sheet, row, next(), &line.run, None)?;
        whole(sheet, row, next(), line.royalty_line)?;
        Ok(())
    }

    fn begin_sheet(&mut self) -> Result<(), DocumentError> {
        self.sheets += 1;
        self.lines = 0;
        let name = format!("Lines {}", self.sheets);
        let sheet = self.workbook.add_worksheet_with_constant_memory()?.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (at, title) in (0_u16..).zip(LINE_COLUMNS) {
            string(sheet, 0, at, title, Some(&self.heading))?;
        }
        Ok(())
    }

    /// Neighbouring lines are of the same days.
    fn excel_day(&mut self, day: NaiveDate) -> Result<ExcelDateTime, DocumentError> {
        if let Some((known, value)) = &self.last_day
            && *known == day
        {
            return Ok(value.clone());
        }
        let value = ExcelDateTime::parse_from_str(&day.to_string())?;
        self.last_day = Some((day, value.clone()));
        Ok(value)
    }

    /// Writes the workbook out.
    ///
    /// # Errors
    /// When the target cannot be written.
    pub fn finish(mut self, target: impl Write + Send) -> Result<(), DocumentError> {
        if self.sheets == 0 {
            self.begin_sheet()?;
        }
        Ok(self.workbook.save_to_writer(target)?)
    }
}

fn whole(sheet: &mut Worksheet, row: u32, at: u16, value: i64) -> Result<(), DocumentError> {
    number(sheet, row, at, Decimal::from(value))
}

/// A number cell, or text where a double would not hold every digit.
fn number(sheet: &mut Worksheet, row: u32, at: u16, value: Decimal) -> Result<(), DocumentError> {
    if value.mantissa().abs() < LOSSLESS {
        sheet.write(row, at, value)?;
        Ok(())
    } else {
        Ok(string(sheet, row, at, &value.to_string(), None)?)
    }
}

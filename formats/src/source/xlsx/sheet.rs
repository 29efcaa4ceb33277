//! The rows of one sheet.

use std::sync::Arc;

use super::styles::Kind;
use super::xml::{Attributes, Piece, Xml};
use super::{Workbook, number};
use crate::report::FileError;
use crate::source::records::{Damage, MAX_CELLS, Record};
use crate::value::DecimalMark;

/// Rows among which a header is looked for.
const HEAD_ROWS: usize = 40;

/// A sheet before its layout is known: its first rows.
pub(crate) struct SheetHead {
    workbook: Arc<Workbook>,
    index: usize,
    /// Number and cells of the first rows.
    pub(crate) rows: Vec<(u64, Vec<String>)>,
}

impl SheetHead {
    /// Reads the beginning of a sheet.
    ///
    /// # Errors
    /// [`FileError`] for a damaged part.
    pub(crate) fn read(workbook: &Arc<Workbook>, index: usize) -> Result<Self, FileError> {
        let mut rows = SheetRows::new(workbook.clone(), index, DecimalMark::Point)?;
        let mut head = Vec::new();
        while head.len() < HEAD_ROWS
            && let Some(record) = rows.next_record()?
        {
            head.push((record.line, record.cells().map(str::to_owned).collect()));
        }
        Ok(Self { workbook: workbook.clone(), index, rows: head })
    }

    /// The rows from the first on; fractions are told with the decimal mark of the layout.
    ///
    /// # Errors
    /// [`FileError`] for a damaged part.
    pub(crate) fn into_rows(self, mark: DecimalMark) -> Result<SheetRows, FileError> {
        SheetRows::new(self.workbook, self.index, mark)
    }
}

/// Reads the rows of a sheet. A row's line is its number in the sheet.
pub(crate) struct SheetRows {
    workbook: Arc<Workbook>,
    xml: Xml,
    mark: DecimalMark,
    line: u64,
    text: String,
    cells: Vec<(u32, u32)>,
    ended: bool,
}

impl SheetRows {
    fn new(workbook: Arc<Workbook>, index: usize, mark: DecimalMark) -> Result<Self, FileError> {
        let xml = workbook.sheet(index)?;
        Ok(Self { workbook, xml, mark, line: 0, text: String::new(), cells: Vec::new(), ended: false })
    }

    /// The number of the last row read.
    pub(crate) const fn line(&self) -> u64 {
        self.line
    }

    /// The next row that is in the file; `None` after the last.
    ///
    /// # Errors
    /// [`FileError`] for XML that is damaged.
    pub(crate) fn next_record(&mut self) -> Result<Option<Record<'_>>, FileError> {
        while !self.ended {
            match self.xml.next()? {
                None => self.ended = true,
                Some(Piece::Close(name)) if name == "sheetData" => self.ended = true,
                Some(Piece::Open { name, attributes }) if name == "row" => {
                    let stated = attributes.get("r").and_then(|row| row.parse::<u64>().ok());
                    self.line = stated.filter(|row| *row > self.line).unwrap_or(self.line + 1);
                    let fits = self.read_row()?;
                    let damage = (!fits).then_some(Damage::TooManyCells);
                    let cells = if fits { self.cells.as_slice() } else { &[] };
                    return Ok(Some(Record::new(self.line, &self.text, cells, damage)));
                }
                Some(_) => {}
            }
        }
        Ok(None)
    }

    /// Reads the cells of a row; `false` when there are more than any report has.
    fn read_row(&mut self) -> Result<bool, FileError> {
        self.text.clear();
        self.cells.clear();
        let mut fits = true;
        loop {
            match self.xml.next()? {
                None => break,
                Some(Piece::Close(name)) if name == "row" => break,
                Some(Piece::Open { name, attributes }) if name == "c" => {
                    let column = attributes.get("r").and_then(|place| column(&place)).unwrap_or(self.cells.len());
                    let value = self.read_cell(&attributes)?;
                    if column >= MAX_CELLS {
                        fits &= value.is_empty();
                        continue;
                    }
                    while self.cells.len() < column {
                        self.push("");
                    }
                    self.push(&value);
                }
                Some(_) => {}
            }
        }
        while self.cells.last().is_some_and(|(start, end)| start == end) {
            self.cells.pop();
        }
        let end = self.cells.last().map_or(0, |(_, end)| *end as usize);
        self.text.truncate(end);
        Ok(fits)
    }

    /// Adds a cell; in the text of the row cells are told apart by tabs.
    fn push(&mut self, value: &str) {
        if !self.cells.is_empty() {
            self.text.push('\t');
        }
        let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
        self.text.push_str(value);
        self.cells.push((start, u32::try_from(self.text.len()).unwrap_or(u32::MAX)));
    }

    fn read_cell(&mut self, attributes: &Attributes) -> Result<String, FileError> {
        let kind = attributes.get("t").unwrap_or_default();
        let style = attributes.get("s").and_then(|style| style.parse().ok()).unwrap_or(0);
        let (mut value, mut inline) = (String::new(), String::new());
        let (mut in_value, mut in_text, mut phonetic) = (false, false, false);
        loop {
            match self.xml.next()? {
                None => break,
                Some(Piece::Close(name)) => match name.as_str() {
                    "c" => break,
                    "v" => in_value = false,
                    "t" => in_text = false,
                    "rPh" => phonetic = false,
                    _ => {}
                },
                Some(Piece::Open { name, .. }) => match name.as_str() {
                    "v" => in_value = true,
                    "t" => in_text = !phonetic,
                    "rPh" => phonetic = true,
                    _ => {}
                },
                Some(Piece::Text(text)) if in_value => value.push_str(&text),
                Some(Piece::Text(text)) if in_text => inline.push_str(&text),
                Some(Piece::Text(_)) => {}
            }
        }
        Ok(match kind.as_str() {
            "s" => {
                let number: Option<usize> = value.trim().parse().ok();
                number.and_then(|number| self.workbook.strings.get(number)).unwrap_or_default().to_owned()
            }
            "inlineStr" => inline,
            "str" | "d" | "e" => value,
            "b" => (if value.trim() == "1" { "TRUE" } else { "FALSE" }).to_owned(),
            _ => self.number(value.trim(), style),
        })
    }

    /// A number, or the date that its style declares it to be.
    fn number(&self, text: &str, style: usize) -> String {
        let styles = &self.workbook.styles;
        let kind = styles.kind(style);
        let number = number::decimal(text);
        if kind != Kind::Number
            && let Some(date) = styles.date(&number, kind)
        {
            return date;
        }
        if self.mark == DecimalMark::Comma { number.replace('.', ",") } else { number }
    }
}

/// The column of a place: `A1` is 0, `AB7` is 27.
fn column(place: &str) -> Option<usize> {
    let letters = place.bytes().take_while(u8::is_ascii_alphabetic);
    let number = letters.fold(0_usize, |number, letter| {
        number.saturating_mul(26).saturating_add(usize::from(letter.to_ascii_uppercase() - b'A') + 1)
    });
    number.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::column;

    #[test]
    fn places() {
        for (place, index) in
            [("A1", Some(0)), ("Z9", Some(25)), ("AB7", Some(27)), ("xfd1", Some(16_383)), ("7", None)]
        {
            assert_eq!(column(place), index, "{place}");
        }
    }
}

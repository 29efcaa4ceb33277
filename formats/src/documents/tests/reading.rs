//! Reading the forms back.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

/// A sheet or CSV section: rows of text; numbers as the shortest decimal that a reader sees.
pub(super) type Rows = Vec<Vec<String>>;

/// The sheets of a workbook by name.
pub(super) fn sheets(bytes: &[u8]) -> BTreeMap<String, Rows> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let names = book.sheet_names();
    let sheet = |name: String| {
        let range = book.worksheet_range(&name).unwrap();
        let rows = range.rows().map(|row| row.iter().map(cell).collect()).collect();
        let formulas = book.worksheet_formula(&name).unwrap();
        assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()), "{name} has a formula");
        (name, rows)
    };
    names.into_iter().map(sheet).collect()
}

fn cell(data: &Data) -> String {
    match data {
        Data::Empty => String::new(),
        Data::DateTime(day) => {
            let (year, month, day, ..) = day.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        other => other.to_string(),
    }
}

/// The lines of a CSV by section, without the section column; the heading is checked.
pub(super) fn csv_sections(bytes: &[u8]) -> BTreeMap<String, Rows> {
    let mut reader = csv::Reader::from_reader(bytes);
    assert_eq!(reader.headers().unwrap(), &crate::documents::CSV_COLUMNS[..]);
    let mut sections: BTreeMap<String, Rows> = BTreeMap::new();
    for record in reader.records() {
        let record = record.unwrap();
        let row = record.iter().skip(1).map(Into::into).collect();
        sections.entry(record[0].into()).or_default().push(row);
    }
    sections
}

/// The text of every page, as a reader copies or searches it, without white space and places to break.
pub(super) fn pdf_text(bytes: &[u8]) -> String {
    let document = lopdf::Document::load_mem(bytes).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    let text = document.extract_text(&pages).unwrap();
    squeeze(&text)
}

/// How a text looks without white space and places to break.
pub(super) fn squeeze(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace() && *letter != '\u{200b}').collect()
}

//! Workbooks: sheets, dates, numbers, and what is wrong or dangerous in them.

use std::io::Write;

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::*;

const HEADER: &[&str] = &[
    "Period",
    "Catalogue No.",
    "Label",
    "Sold To",
    "Sale / Cost",
    "Country",
    "Artist / Invoice Ref",
    "Title / More info",
    "UPC on report",
    "Format",
    "Net Qty",
    "Gross value",
    "Net after fee",
];

#[allow(clippy::disallowed_types, reason = "spreadsheets hold doubles")]
fn workbook() -> Vec<u8> {
    let mut book = Workbook::new();
    let month = Format::new().set_num_format("mmm\\-yy");
    let sheet = book.add_worksheet().set_name("Statement").unwrap();
    sheet.write(0, 0, "Statement of Lantern Row").unwrap();
    for (column, name) in HEADER.iter().enumerate() {
        sheet.write(2, u16::try_from(column).unwrap(), *name).unwrap();
    }
    let rows: [(&str, &str, i32, f64, f64); 3] =
        [("Sale", "VL", 2, 20.5, 16.4), ("Sale", "CD", -1, -9.5, -7.6), ("Cost", "", 0, 0.0, -0.1 - 0.2)];
    for (index, (kind, format, units, gross, net)) in rows.into_iter().enumerate() {
        let row = u32::try_from(index).unwrap() + 3;
        sheet.write_with_format(row, 0, ExcelDateTime::from_ymd(2024, 3, 1).unwrap(), &month).unwrap();
        for (column, text) in [
            (1, "LR1"),
            (2, "Lantern Row"),
            (3, "Shop & Sons"),
            (4, kind),
            (5, "Germany"),
            (6, "Mara Quill"),
            (7, "Tide"),
            (9, format),
        ] {
            sheet.write(row, column, text).unwrap();
        }
        sheet.write(row, 8, 718_752_340_625_i64).unwrap();
        sheet.write(row, 10, units).unwrap();
        sheet.write(row, 11, gross).unwrap();
        sheet.write(row, 12, net).unwrap();
    }
    sheet.write(7, 12, "(1.25)").unwrap();
    for (column, text) in
        [(0, "2024_04"), (1, "LR1"), (2, "Lantern Row"), (3, "Shop"), (4, "Cost"), (5, "Germany"), (9, "VL")]
    {
        sheet.write(7, column, text).unwrap();
    }
    book.add_worksheet().set_name("Summary").unwrap().write(0, 0, "Total").unwrap();
    book.save_to_buffer().unwrap()
}

#[test]
fn a_sheet_is_read_like_a_file() {
    let report = read(workbook()).unwrap();
    // 16.4 − 7.6 − 0.30000000000000004 − 1.25: the sum that the program left in the third row is kept as it is shown.
    assert_eq!((report.layout.as_str(), report.amounts().as_str()), ("cargo-physical", "7.24999999999999996 GBP"));
    assert_eq!((report.totals.rows, report.totals.units, report.totals.bad.rows), (4, 1, 0));
    let line = &report.lines[0];
    assert_eq!((line.sale_from, line.sale_to, line.line_no), (day("2024-03-01"), day("2024-03-31"), 4));
    assert_eq!((line.platform.as_str(), line.territory.valid().unwrap().code()), ("Shop & Sons", "DE"));
    assert_eq!(line.upc.valid().unwrap().to_string(), "0718752340625");
    assert_eq!((report.lines[3].line_no, report.lines[3].sale_from), (8, day("2024-04-01")));
}

#[test]
fn sheets_that_are_no_report_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("statement.xlsx");
    std::fs::write(&path, workbook()).unwrap();
    assert_eq!(inspect(&path).beside, ["Summary"]);
}

/// A workbook with a part of it replaced.
fn with(part: &str, content: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook())).unwrap();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).unwrap();
        let name = member.name().unwrap().into_owned();
        writer.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
        if name == part {
            writer.write_all(content).unwrap();
        } else {
            std::io::copy(&mut member, &mut writer).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn code(bytes: Vec<u8>) -> &'static str {
    read(bytes).err().map_or("OK", |error| error.code())
}

#[test]
fn dangerous_workbooks_are_refused() {
    let entity = br#"<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "aaaaaaaaaa">]><sst><si><t>&a;</t></si></sst>"#;
    assert_eq!(code(with("xl/sharedStrings.xml", entity)), "FILE_CORRUPT");
    assert_eq!(code(with("xl/sharedStrings.xml", b"<sst><si><t>&unknown;</t></si></sst>")), "FILE_CORRUPT");
    assert_eq!(code(with("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>")), "LAYOUT_UNKNOWN");
    // One text of many megabytes, one sheet that unfolds a thousandfold.
    let long = [b"<sst><si><t>".as_slice(), &vec![b'x'; 30_000_000], b"</t></si></sst>"].concat();
    let refused = code(with("xl/sharedStrings.xml", &long));
    assert!(matches!(refused, "FILE_EXPANDS_TOO_FAR" | "FILE_CORRUPT"), "{refused}");
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook())).unwrap();
    let mut sheet = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/worksheets/sheet1.xml").unwrap(), &mut sheet).unwrap();
    let rows = sheet.replace("</sheetData>", &("<row/>".repeat(5_000_000) + "</sheetData>"));
    assert_eq!(code(with("xl/worksheets/sheet1.xml", rows.as_bytes())), "FILE_EXPANDS_TOO_FAR");
}

#[test]
fn a_workbook_of_many_shared_texts_is_read() {
    // As many as a large report has; the texts of the real header are the first of them, as the writer made them.
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook())).unwrap();
    let mut table = String::new();
    std::io::Read::read_to_string(&mut archive.by_name("xl/sharedStrings.xml").unwrap(), &mut table).unwrap();
    let mut more = String::new();
    for number in 0..200_000_u64 {
        let scattered = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        more.push_str(&format!("<si><t>{scattered:x}</t></si>"));
    }
    let table = table.replace("</sst>", &format!("{more}</sst>"));
    assert_eq!(code(with("xl/sharedStrings.xml", table.as_bytes())), "OK");
}

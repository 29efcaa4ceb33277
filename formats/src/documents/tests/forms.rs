//! The forms say what the model says, and the same bytes every time.

use rust_decimal::Decimal;

use super::reading::{Rows, csv_sections, pdf_text, sheets, squeeze};
use super::sample::{self, decimal};
use crate::documents::tables::{self, Cell};
use crate::documents::xlsx::sheet_name;
use crate::documents::*;

fn checked(document: StatementDocument) -> CheckedStatement {
    CheckedStatement::new(document).unwrap()
}

/// A section as (label, units, net receipts, royalty).
type Lines = Vec<(String, i64, Decimal, Decimal)>;

fn model_lines(section: &Section) -> Lines {
    section.rows.iter().map(|row| (row.label.clone(), row.units, row.net_receipts, row.royalty)).collect()
}

fn read_lines(rows: &[Vec<String>], columns: [usize; 4]) -> Lines {
    let [label, units, receipts, royalty] = columns;
    let line = |row: &Vec<String>| {
        (row[label].clone(), row[units].parse().unwrap(), decimal(&row[receipts]), decimal(&row[royalty]))
    };
    rows.iter().map(line).collect()
}

fn sheet_title(kind: SectionKind) -> &'static str {
    match kind {
        SectionKind::Platform => "By platform",
        SectionKind::Release => "By release",
        SectionKind::Track => "By track",
        SectionKind::Territory => "By territory",
        SectionKind::RevenueType => "By type of use",
    }
}

#[test]
fn spreadsheet_and_csv_hold_every_line_of_every_section() {
    let statement = checked(sample::artist(200));
    let (sheets, csv) = (sheets(&xlsx(&statement).unwrap()), csv_sections(&csv(&statement).unwrap()));
    for section in &statement.sections {
        let sheet: &Rows = &sheets[sheet_title(section.kind)];
        let (total, lines) = sheet[1..].split_last().unwrap();
        assert_eq!(read_lines(lines, [0, 3, 4, 5]), model_lines(section), "{:?}", section.kind);
        assert_eq!(decimal(&total[5]), statement.identity.royalties);
        assert_eq!(read_lines(&csv[section.kind.key()], [0, 3, 4, 5]), model_lines(section), "{:?}", section.kind);
    }
}

#[test]
fn all_three_forms_show_the_same_figures_in_every_locale() {
    for tag in Words::tags().unwrap() {
        let document = StatementDocument { language: tag.clone(), ..sample::artist(30) };
        agree(&checked(document), Words::of(&tag).unwrap());
    }
}

/// Reads all three forms back and compares every figure with the model.
fn agree(statement: &CheckedStatement, words: &Words) {
    let tag = &statement.language;
    let (sheets, csv) = (sheets(&xlsx(statement).unwrap()), csv_sections(&csv(statement).unwrap()));
    let pdf = pdf_text(&Renderer::shared().pdf(statement).unwrap());

    let summary = &sheets[&words.sections.summary];
    for line in tables::identity(statement, words) {
        let row = summary.iter().rfind(|row| row[0] == line.label).unwrap();
        assert_eq!(decimal(&row[1]), line.amount, "{}", line.key);
        let row = csv["summary"].iter().find(|row| row[2] == line.key).unwrap();
        assert_eq!((decimal(&row[5]), row[6].as_str()), (line.amount, "EUR"));
        assert!(pdf.contains(&squeeze(&words.amount(line.amount))), "{tag} {}", line.key);
    }
    for table in tables::parts(statement, words) {
        let sheet = &sheets[&sheet_name(table.title, 0)];
        for (at, row) in table.rows.enumerate() {
            for (column, cell) in row.iter().enumerate() {
                let (written, in_pdf) = match cell {
                    Cell::Empty => continue,
                    Cell::Text(text) => (text.to_string(), text.to_string()),
                    Cell::Units(units) => (units.to_string(), words.count(*units)),
                    Cell::Money(amount) => (amount.normalize().to_string(), words.amount(*amount)),
                    Cell::Ratio(ratio) => (ratio.normalize().to_string(), words.percent(*ratio)),
                    Cell::Day(day) => (day.to_string(), words.day(*day)),
                };
                assert_eq!(sheet[at + 1][column], written, "{tag} {} {at} {column}", table.key);
                assert!(pdf.contains(&squeeze(&in_pdf)), "{tag} {} {at}: {in_pdf}", table.key);
                if let Cell::Money(amount) = cell {
                    let amount = amount.to_string();
                    let found = csv[table.key].iter().any(|row| row[4] == amount || row[5] == amount);
                    assert!(found, "{} {amount}", table.key);
                }
            }
        }
    }
    assert!(pdf.contains(&statement.hash_hex()));
    let value = |rows: &Rows, label: &str, at: usize| rows.iter().find(|row| row[0] == label).unwrap()[at].clone();
    assert_eq!(value(summary, &words.document.fingerprint, 1), statement.hash_hex());
    assert_eq!(value(&csv["statement"], &words.document.fingerprint, 1), statement.hash_hex());
}

#[test]
fn names_stay_names_in_every_form() {
    let statement = checked(sample::hostile());
    let csv_bytes = csv(&statement).unwrap();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&csv_bytes[..]);
    for record in reader.records() {
        let record = record.unwrap();
        for (at, cell) in record.iter().enumerate() {
            let is_figure = (4..7).contains(&at) && cell.parse::<Decimal>().is_ok();
            assert!(is_figure || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
    }
    // `sheets` refuses formulas; the text itself is untouched.
    let sheets = sheets(&xlsx(&statement).unwrap());
    let labels: Vec<&str> = sheets["By track"].iter().map(|row| row[0].as_str()).collect();
    for row in &statement.sections[0].rows {
        assert!(labels.contains(&row.label.as_str()), "{}", row.label);
    }
    let pdf = pdf_text(&Renderer::shared().pdf(&statement).unwrap());
    for text in [
        "=HYPERLINK(\"http://evil.example\";\"click\")",
        "#import \"x.typ\": * $1 + 1$ *bold* _under_ @ref <label> \\n [x]",
        "東京の夜",
        "서울의",
        "Ночь над Невой",
        "Ωμέγα",
        "🔥",
        "#panic()",
        "−51,230",
    ] {
        assert!(pdf.contains(&squeeze(text)), "{text}");
    }
}

#[test]
fn the_same_statement_gives_the_same_bytes() {
    for document in [sample::artist(40), sample::empty(), sample::hostile()] {
        let statement = checked(document);
        let again = statement.clone();
        assert!(Renderer::shared().pdf(&statement).unwrap() == Renderer::shared().pdf(&again).unwrap());
        assert!(xlsx(&statement).unwrap() == xlsx(&again).unwrap());
        assert!(csv(&statement).unwrap() == csv(&again).unwrap());
    }
    // Another renderer, and other documents in between and beside it, change nothing.
    let statement = checked(sample::artist(12));
    let first = Renderer::shared().pdf(&statement).unwrap();
    let template = include_str!("../../../templates/statement.typ");
    std::thread::scope(|scope| {
        let beside = scope.spawn(|| Renderer::shared().pdf(&checked(sample::artist(13))).unwrap());
        assert!(Renderer::with_template(template).pdf(&statement).unwrap() == first);
        beside.join().unwrap();
    });
}

#[test]
fn the_pdf_is_tagged_dated_and_fit_for_archives() {
    for document in [sample::artist(3), sample::hostile()] {
        let statement = checked(document);
        let pdf = Renderer::shared().pdf(&statement).unwrap();
        let document = lopdf::Document::load_mem(&pdf).unwrap();
        let catalogue = document.catalog().unwrap();
        assert!(catalogue.get(b"StructTreeRoot").is_ok() && catalogue.get(b"Lang").is_ok());
        let metadata = catalogue.get(b"Metadata").unwrap().as_reference().unwrap();
        let metadata = document.get_object(metadata).unwrap().as_stream().unwrap();
        let metadata = metadata.decompressed_content().unwrap_or_else(|_| metadata.content.clone());
        let metadata = String::from_utf8_lossy(&metadata);
        assert!(metadata.contains("pdfaid") && metadata.contains("pdfuaid"), "{metadata}");
        assert!(metadata.contains(&statement.issued_on.to_string()), "{metadata}");
        assert!(metadata.contains(&statement.hash_hex()), "{metadata}");
    }
}

#[test]
fn long_parts_are_folded_on_paper_and_complete_in_the_files() {
    let statement = checked(sample::artist(1_250));
    let pdf = pdf_text(&Renderer::shared().pdf(&statement).unwrap());
    assert!(pdf.contains(&squeeze("250 further lines, listed in the spreadsheet")));
    assert_eq!(csv_sections(&csv(&statement).unwrap())["track"].len(), 1_250);
}

#[test]
fn a_large_spreadsheet_is_as_complete_and_as_constant() {
    let statement = checked(sample::artist(25_000));
    let bytes = xlsx(&statement).unwrap();
    assert!(bytes == xlsx(&statement).unwrap());
    let sheet = &sheets(&bytes)["By track"];
    let section = statement.sections.iter().find(|section| section.kind == SectionKind::Track).unwrap();
    assert_eq!(read_lines(&sheet[1..25_001], [0, 3, 4, 5]), model_lines(section));
}

#[test]
fn figures_beyond_fifteen_digits_stay_exact() {
    let mut document = sample::empty();
    let huge = decimal("12345678901234567.89");
    document.identity.opening = huge;
    document.identity.closing = huge;
    let statement = checked(document);
    let summary = &sheets(&xlsx(&statement).unwrap())["Summary"];
    assert!(summary.iter().any(|row| row[0] == "Closing balance" && row[1] == "12345678901234567.89"));
    let large = decimal("9999999999999.99");
    let mut document = sample::empty();
    document.identity.opening = large;
    document.identity.closing = large;
    let summary = &sheets(&xlsx(&checked(document)).unwrap())["Summary"];
    assert!(summary.iter().any(|row| row[0] == "Closing balance" && decimal(&row[1]) == large));
}

#[test]
fn an_unknown_language_and_a_bad_template_are_refused_with_the_reason() {
    let mut document = sample::empty();
    document.language = "tlh".into();
    let statement = checked(document);
    assert!(matches!(csv(&statement), Err(DocumentError::Language(language)) if language == "tlh"));
    let statement = checked(sample::empty());
    let refused = |template: &str| Renderer::with_template(template).pdf(&statement).unwrap_err().to_string();
    assert!(refused("\n#let x = ").contains("line 2"));
    let missing = refused("#let d = json(\"/statement.json\")\n#d.nothing");
    assert!(missing.contains("line 2") && missing.contains("nothing"), "{missing}");
    assert!(refused("#read(\"/etc/passwd\")").contains("not found"));
    assert!(refused("#import \"@preview/x:1.0.0\": y").contains("line 1"));
}

//! The validation report in its forms.

use chrono::NaiveDate;

use crate::documents::{
    ValidationControl, ValidationError, ValidationFinding, ValidationReport, ValidationSkip, ValidationTerritory,
    ValidationTotal,
};

fn texts<const N: usize>(texts: [&str; N]) -> [String; N] {
    texts.map(str::to_owned)
}

fn sample() -> ValidationReport {
    let finding = |severity: &str, check: &str, subject: &str, expected: &str, found: &str, message: &str| {
        let [severity, check, subject, expected, found, message] =
            texts([severity, check, subject, expected, found, message]);
        ValidationFinding { severity, check, subject, expected, found, message, details: Vec::new() }
    };
    let [id, tenant, file_name] = texts(["rep_01", "Aurora Records Group", "=cmd_sales_2026-03.tsv"]);
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    ValidationReport {
        id,
        tenant,
        file_name,
        content_hash: "ab".repeat(32),
        day: NaiveDate::from_ymd_opt(2026, 4, 12).unwrap(),
        particulars: vec![pair("Source", "Spotify, monthly"), pair("Layout", "spotify.royalty, version 1")],
        rows: vec![pair("Rows", "12"), pair("Posted", "9"), pair("In suspense", "2"), pair("Unreadable", "1")],
        totals: vec![ValidationTotal {
            currency: "EUR".to_owned(),
            file: "507.583333333333333333000000000001".to_owned(),
            posted: "500.333333333333333333".to_owned(),
            suspense: "7.25".to_owned(),
            skipped: "0".to_owned(),
            cut: "0.000000000000000000000000000001".to_owned(),
        }],
        findings: vec![
            finding("PASSED", "ROW_COUNT", "", "5 to 15", "12", "The number of rows is as expected."),
            finding("WARNING", "TERRITORY_MISSING", "US", "", "", "No line is from US, where the source reports from."),
            ValidationFinding {
                details: vec!["Borrowed Machines (QZFAK2600001)".to_owned(), "Ünder the Łight".to_owned()],
                ..finding("WARNING", "ITEMS_MISSING", "", "0", "2", "2 items of every earlier report have no line.")
            },
        ],
        controls: vec![ValidationControl {
            reference: "TRN 0001".to_owned(),
            currency: "EUR".to_owned(),
            paid: "500.00".to_owned(),
            reported: "507.58".to_owned(),
            difference: "-7.58".to_owned(),
            state: "DIFFERS".to_owned(),
        }],
        territories: vec![ValidationTerritory {
            territory: "DE".to_owned(),
            currency: "EUR".to_owned(),
            rows: "11".to_owned(),
            units: "34".to_owned(),
            amount: "507.583333333333333333".to_owned(),
        }],
        skips: vec![ValidationSkip {
            reason: "PAYOUT".to_owned(),
            currency: String::new(),
            rows: "1".to_owned(),
            amount: "0".to_owned(),
        }],
        errors: vec![ValidationError {
            line: "14".to_owned(),
            column: "7".to_owned(),
            field: "amount".to_owned(),
            code: "NUMBER_INVALID".to_owned(),
            message: "`1,2,3` is no amount.".to_owned(),
        }],
        more_errors: 3,
    }
}

#[test]
fn the_csv_has_every_figure_and_starts_no_formula() {
    let csv = String::from_utf8(sample().csv().unwrap()).unwrap();
    for line in [
        "section,name,currency,state,rows,units,amount,expected,found,message\r\n",
        "totals,posted,EUR,,,,500.333333333333333333,,,\r\n",
        "totals,cut,EUR,,,,0.000000000000000000000000000001,,,\r\n",
        "findings,ROW_COUNT,,PASSED,,,,5 to 15,12,The number of rows is as expected.\r\n",
        "payments,TRN 0001,EUR,DIFFERS,,,-7.58,507.58,500.00,\r\n",
        "territories,DE,EUR,,11,34,507.583333333333333333,,,\r\n",
        "errors,line 14 column 7 amount,,NUMBER_INVALID,,,,,,`1,2,3` is no amount.\r\n",
    ] {
        let quoted = line.replace("`1,2,3` is no amount.", "\"`1,2,3` is no amount.\"");
        assert!(csv.contains(&quoted), "{line}\n{csv}");
    }
    let mut nasty = sample();
    nasty.particulars.push(("File".to_owned(), "=HYPERLINK(1)".to_owned()));
    assert!(String::from_utf8(nasty.csv().unwrap()).unwrap().contains(",'=HYPERLINK(1)"));
}

#[test]
fn the_pdf_is_whole_and_always_the_same() {
    let pdf = sample().pdf().unwrap();
    assert!(pdf.starts_with(b"%PDF-1.7") && pdf.len() > 10_000, "{} bytes", pdf.len());
    assert_eq!(pdf, sample().pdf().unwrap());
    #[allow(clippy::disallowed_methods, reason = "whoever wants to look at the document asks for the file")]
    let folder = std::env::var_os("STATEMENT_PREVIEW");
    if let Some(folder) = folder {
        std::fs::write(std::path::Path::new(&folder).join("validation.pdf"), pdf).unwrap();
    }
}

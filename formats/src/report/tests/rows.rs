//! What can be wrong with a row: each becomes an error that says where and what, with the row kept verbatim.

use super::*;

const HEAD: &str = "reporting_month,sales_month,platform,country,artist_name,release_title,upc,track_title,isrc,quantity,unit_price,revenue,currency,sales_type\n";
const ROW: &str =
    "2024-04,2024-03,Spotify,Germany,Mara Quill,Harbour,0718752340625,Tide,DEXYZ2300011,10,0.1,1.00,EUR,Stream\n";

fn with(changes: &[(&str, &str)]) -> Read {
    let mut text = format!("{HEAD}{ROW}");
    for (from, to) in changes {
        text.push_str(&ROW.replace(from, to));
    }
    text.push_str(ROW);
    let report = read(&text).unwrap();
    assert_eq!(report.amounts(), "2.00 EUR", "good rows around bad ones are read");
    assert_eq!(report.bad.len(), changes.len());
    for (row, (from, to)) in report.bad.iter().zip(changes) {
        assert_eq!(format!("{}\n", row.raw), ROW.replace(from, to), "kept verbatim");
    }
    report
}

#[test]
fn amounts() {
    let amounts = [
        ",1.234,56 ,",
        ",-,",
        ",NaN,",
        ",,",
        ",\"1.234,56\",",
        ",inf,",
        ",1e400,",
        ",99999999999999999999999999999999,",
    ];
    let report = with(&amounts.map(|amount| (",1.00,", amount)));
    assert_eq!(
        report.problems(),
        [
            // The comma parts a cell here: the row has one too many.
            "3:0 ROW_LONG",
            "4:12 AMOUNT_UNREADABLE",
            "5:12 AMOUNT_UNREADABLE",
            "6:12 AMOUNT_MISSING",
            "7:12 AMOUNT_UNREADABLE",
            "8:12 AMOUNT_UNREADABLE",
            "9:12 AMOUNT_TOO_LARGE",
            "10:12 AMOUNT_TOO_LARGE",
        ]
    );
    assert_eq!(report.bad[4].problems[0].message, "`1.234,56` is not a number in the notation of this report");
    assert_eq!((report.bad[1].problems[0].column.as_str(), report.bad[1].problems[0].field), ("revenue", "amount"));
}

#[test]
fn currencies_dates_units_platforms() {
    let report = with(&[
        (",EUR,", ",XYZ,"),
        (",EUR,", ",,"),
        ("2024-03", "2024-13"),
        ("2024-03", "March"),
        ("2024-03", ""),
        (",10,", ",ten,"),
        (",10,", ",1.5,"),
        ("Spotify", ""),
    ]);
    assert_eq!(
        report.problems(),
        [
            "3:13 CURRENCY_UNKNOWN",
            "4:13 CURRENCY_MISSING",
            "5:2 DATE_IMPOSSIBLE",
            "6:2 DATE_UNREADABLE",
            "7:2 DATE_MISSING",
            "8:10 UNITS_UNREADABLE",
            "9:10 UNITS_UNREADABLE",
            "10:3 PLATFORM_MISSING",
        ]
    );
    // Money that can be read is counted although its row is not a line.
    assert_eq!(report.totals.bad.rows, 8);
    let (currency, sum) = report.totals.bad.amounts.iter().next().unwrap();
    assert_eq!((currency.code(), sum.to_string().as_str()), ("EUR", "6.00"));
    assert_eq!(report.totals.everything().values().map(ToString::to_string).collect::<Vec<_>>(), ["8.00"]);
}

#[test]
fn several_faults_of_one_row_are_told_together() {
    let report = with(&[("10,0.1,1.00,EUR", "x,0.1,-,QQQ")]);
    assert_eq!(report.problems(), ["3:10 UNITS_UNREADABLE", "3:12 AMOUNT_UNREADABLE", "3:13 CURRENCY_UNKNOWN"]);
}

#[test]
fn shapes() {
    let report = with(&[(",EUR,Stream", ""), (",Stream", ",Stream,x"), ("Tide", "Ti\0de")]);
    assert_eq!(report.problems(), ["3:0 ROW_SHORT", "4:0 ROW_LONG", "5:0 NUL_BYTE"]);
}

#[test]
fn stray_quotes() {
    // The width tells that the quote is a character of the title.
    let text = format!("{HEAD}{}{ROW}", ROW.replace("Tide", "\"Tide"));
    let report = read(text).unwrap();
    assert_eq!((report.amounts().as_str(), report.lines[0].title.as_deref()), ("2.00 EUR", Some("\"Tide")));
    // Here nothing tells.
    let report = with(&[("Tide", "\"Tide, low")]);
    assert_eq!(report.problems(), ["3:0 QUOTE_UNCLOSED"]);
}

#[test]
fn empty_cells_in_excess_and_blank_lines_are_nothing() {
    let text = format!("{HEAD}{}\n   \n{ROW}\n\n", ROW.replace("Stream\n", "Stream,,\n"));
    let report = read(text).unwrap();
    assert_eq!((report.amounts().as_str(), report.totals.rows), ("2.00 EUR", 2));
    assert_eq!(report.lines[1].line_no, 5);
}

#[test]
fn codes_and_territories_that_are_none_are_flagged_and_kept() {
    let row =
        ROW.replace("DEXYZ2300011", "DE-XYZ-23").replace("0718752340625", "7.18752E+11").replace("Germany", "Atlantis");
    let report = read(format!("{HEAD}{row}")).unwrap();
    assert!(report.bad.is_empty());
    let line = &report.lines[0];
    assert_eq!(line.isrc.damaged().unwrap(), "DE-XYZ-23");
    assert_eq!(line.upc.damaged().unwrap(), "7.18752E+11");
    assert_eq!(line.territory.damaged().unwrap(), "Atlantis");
}

#[test]
fn a_second_header_inside_is_skipped() {
    let report = read(format!("{HEAD}{ROW}{HEAD}{ROW}")).unwrap();
    assert_eq!(report.amounts(), "2.00 EUR");
    assert_eq!(
        (report.skipped.len(), &*report.skipped[0].reason, report.skipped[0].line_no),
        (1, "repeated header", 3)
    );
}

#[test]
fn other_encodings_in_a_row() {
    let mut text = format!("{HEAD}{ROW}").into_bytes();
    text.extend(ROW.replace("Tide", "Caf\u{1}").bytes().map(|byte| if byte == 1 { 0xe9 } else { byte }));
    // The layout knows Windows-1252.
    assert_eq!(read(&text).unwrap().lines[1].title.as_deref(), Some("Café"));
    // Spotify's knows UTF-8 only.
    let spotify = b"Format version\tStart date\tEnd date\n2\t2023-10-01\t2023-10-31\nCountry\tProduct\tURI\tISRC\tTrack name\tQuantity\tUSD Payable\nDE\tA\tu\t\tCaf\xe9\t1\t1.5\nDE\tA\tu\t\tCafe\t1\t1.5\n";
    let report = read(spotify).unwrap();
    assert_eq!((report.problems(), report.amounts()), (vec!["4:0 ENCODING".to_owned()], "1.5 USD".to_owned()));
    assert_eq!(report.bad[0].problems[0].message, "byte 12 of the row, 0xE9, is not UTF-8");
    assert_eq!(report.bad[0].raw, "DE\tA\tu\t\tCafé\t1\t1.5");
}

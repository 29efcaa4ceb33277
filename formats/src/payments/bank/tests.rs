//! Statements of banks that send no XML.

use chrono::NaiveDate;
use rust_decimal_macros::dec;

use super::*;
use crate::payments::ach::FailureClass;
use crate::payments::statement::{EntryState, StatementEntry, StatementRead};

fn bai(text: &str) -> (StatementRead, Vec<StatementEntry>) {
    let mut entries = Vec::new();
    let read = read_bai2(text.as_bytes(), &mut |entry| entries.push(entry)).unwrap();
    (read, entries)
}

fn faults(read: &StatementRead) -> Vec<String> {
    read.problems
        .iter()
        .map(|one| format!("{} {} {}", one.line.unwrap_or(0), one.code, one.field.clone().unwrap_or_default()))
        .collect()
}

// Account: 100000 + 250000 + 12345 + 5000 + 777 = 368122 in 8 records (03, 88, 16, 88, 16, 16, 88, 49).
const FILE: &str = "01,BANK,TESTLABEL,261126,0600,42,80,1,2/\n\
    02,TESTLABEL,021000021,1,261125,2359,USD,2/\n\
    03,12345678,USD,010,100000,,/\n\
    88,015,250000,,Z/\n\
    16,475,12345,V,261126,,BANKREF1,1001,Check paid\n\
    88,second line, with comma/and slash\n\
    16,257,5000,0,BANKREF2,PAY-7,ACH RETURN R03 NO ACCOUNT/\n\
    16,142,777,S,777,0,0,BANKREF3,E-9/\n\
    88,Royalty statement\n\
    49,368122,8/\n\
    98,368122,1,10/\n\
    99,368122,1,12/\n";

#[test]
fn bai2_is_read_with_its_continuations() {
    let (read, entries) = bai(FILE);
    assert_eq!((faults(&read), read.remarks.len()), (vec![], 0));
    let account = &read.statements[0];
    assert_eq!((account.account.as_str(), account.currency.as_str()), ("12345678", "USD"));
    assert_eq!(
        account.balances.iter().map(|one| (one.kind.as_str(), one.amount)).collect::<Vec<_>>(),
        [("OPBD", dec!(1000.00)), ("CLBD", dec!(2500.00))]
    );
    assert_eq!((account.credits, account.debits), (dec!(57.77), dec!(123.45)));
    let check = &entries[0];
    assert_eq!((check.amount, check.credit, check.details[0].check_number.as_str()), (dec!(123.45), false, "1001"));
    assert_eq!(check.value_on, NaiveDate::from_ymd_opt(2026, 11, 26));
    assert_eq!(check.text, "Check paid second line, with comma/and slash");
    let back = entries[1].details[0].returned.clone().unwrap();
    assert_eq!((back.code.as_str(), back.class), ("R03", FailureClass::FixDestination));
    assert_eq!((entries[1].reference.as_str(), entries[1].bank_reference.as_str()), ("PAY-7", "BANKREF2"));
    assert_eq!((entries[2].details[0].end_to_end_id.as_str(), entries[2].text.as_str()), ("E-9", "Royalty statement"));
    let (windows, _) = bai(&FILE.replace('\n', "\r\n"));
    assert_eq!(faults(&windows), [""; 0]);
}

#[test]
fn bai2_that_does_not_add_up_says_where() {
    let fault = |from: &str, to: &str| faults(&bai(&FILE.replace(from, to)).0);
    assert_eq!(
        fault("16,475,12345", "16,475,12346"),
        [
            "10 BAI2_CONTROL account control total",
            "11 BAI2_CONTROL group control total",
            "12 BAI2_CONTROL file control total",
        ]
    );
    assert_eq!(fault("49,368122,8/", "49,368122,9/"), ["10 BAI2_CONTROL account number of records"]);
    assert_eq!(fault("98,368122,1,10/", "98,368122,2,10/"), ["11 BAI2_CONTROL group number of parts"]);
    assert_eq!(fault("99,368122,1,12/\n", ""), ["11 BAI2_CUT_OFF 99"]);
    assert_eq!(fault("16,142,777", "16,142,7.77")[0], "8 BAI2_AMOUNT amount");
    assert_eq!(fault("16,142", "16,042")[0], "8 BAI2_TYPE type code");
    assert_eq!(fault("261125", "261325")[0], "2 BAI2_DATE as-of date");
    assert_eq!(fault("03,12345678,USD", "03,12345678,XXQ")[0], "3 BAI2_CURRENCY currency");
    assert_eq!(faults(&bai("").0), ["0 BAI2_CUT_OFF 99"]);
    assert!(faults(&bai("88,x\n77,\n16,1,2/\n49,,/\n98,,/").0).len() > 3);
}

fn csv(layout: &str, bytes: &[u8]) -> (StatementRead, Vec<StatementEntry>) {
    let layout = BankLayouts::shipped().get(layout).unwrap();
    let mut entries = Vec::new();
    let read = read_csv_statement(bytes, layout, &mut |entry| entries.push(entry)).unwrap();
    (read, entries)
}

#[test]
fn csv_statements_are_read_by_their_layout() {
    let text = "Statement of Testlabel\n\nDate,Value date,Amount,Currency,Reference,End to end id,Counterparty,Account,Text\n\
        2026-11-25,2026-11-26,-60.00,EUR,R1,E-1,Alice,FR14,Royalties\n2026-11-26,,1234.5,EUR,,,\"Store, Inc.\",,Sales\n";
    assert_eq!(BankLayouts::shipped().find(text).map(|layout| layout.name.as_str()), Some("generic"));
    let (read, entries) = csv("generic", text.as_bytes());
    assert_eq!(faults(&read), [""; 0]);
    assert_eq!((entries[0].amount, entries[0].credit, entries[0].line), (dec!(60.00), false, 4));
    assert_eq!((entries[0].details[0].end_to_end_id.as_str(), entries[0].reference.as_str()), ("E-1", "R1"));
    assert_eq!((entries[1].amount, entries[1].credit), (dec!(1234.5), true));
    assert_eq!((read.statements[0].credits, read.statements[0].debits), (dec!(1234.5), dec!(60.00)));
    let german = "\"Auftragskonto\";\"Buchungstag\";\"Valutadatum\";\"Buchungstext\";\"Verwendungszweck\";\"Glaeubiger ID\";\"Mandatsreferenz\";\"Kundenreferenz (End-to-End)\";\"Sammlerreferenz\";\"Lastschrift Ursprungsbetrag\";\"Auslagenersatz Ruecklastschrift\";\"Beguenstigter/Zahlungspflichtiger\";\"Kontonummer/IBAN\";\"BIC (SWIFT-Code)\";\"Betrag\";\"Waehrung\";\"Info\"\n\
        \"DE89\";\"25.11.26\";\"25.11.26\";\"GUTSCHR\";\"Lizenz\";\"\";\"\";\"E-2\";\"B-7\";\"\";\"\";\"J\u{f6}rg\";\"DE12\";\"X\";\"-1.234,56\";\"EUR\";\"Umsatz vorgemerkt\"\n";
    let latin: Vec<u8> = german.chars().map(|letter| letter as u8).collect();
    let (read, entries) = csv("sparkasse-camt-csv", &latin);
    assert_eq!(faults(&read), [""; 0]);
    assert_eq!((entries[0].amount, entries[0].state), (dec!(1234.56), EntryState::Pending));
    assert_eq!(
        (entries[0].details[0].counterparty.as_str(), entries[0].details[0].payment_id.as_str()),
        ("J\u{f6}rg", "B-7")
    );
}

#[test]
fn csv_faults_have_their_line_and_column() {
    let head = "Date,Value date,Amount,Currency,Reference,End to end id,Counterparty,Account,Text\n";
    let fault = |row: &str| faults(&csv("generic", format!("{head}{row}\n").as_bytes()).0);
    assert_eq!(fault("25.11.2026,,1,EUR,,,,,"), ["2 CSV_DATE Date"]);
    assert_eq!(fault("2026-11-25,,\"1,5\",EUR,,,,,"), ["2 CSV_AMOUNT Amount"]);
    assert_eq!(fault("2026-11-25,,1,EURO,,,,,"), ["2 CSV_CURRENCY Currency"]);
    assert_eq!(faults(&csv("generic", b"a,b\n1,2\n").0), ["0 CSV_HEADER "]);
}

//! Damaged files, returns and notifications as banks send them.

use rust_decimal_macros::dec;

use super::*;

/// A bank's file for us with the given records after the batch header, its controls computed.
fn from_bank(class: &str, records: &[String]) -> String {
    let credit = |record: &String| record.starts_with('6') && matches!(&record[2..3], "1" | "2");
    let cents: u64 = records.iter().filter(|one| credit(one)).map(|one| one[29..39].parse::<u64>().unwrap()).sum();
    let hash: u64 =
        records.iter().filter(|one| one.starts_with('6')).map(|one| one[3..11].parse::<u64>().unwrap()).sum();
    let mut lines = vec![
        format!("{:<94}", "1011231380104 1210428822611270600A094101Testlabel              First Bank"),
        format!("{:<79}091000010000001", format!("5220{:<36}1231380104{class}ROYALTY         261126", "Testlabel")),
    ];
    lines.extend(records.iter().cloned());
    let count = records.len();
    lines.push(format!("{:<79}091000010000001", format!("8220{count:06}{hash:010}{:012}{cents:012}1231380104", 0)));
    lines.push(format!("{:<94}", format!("9000001000001{count:08}{hash:010}{:012}{cents:012}", 0)));
    lines.join("\n")
}

fn returned(number: u32, code: &str, original: u32, cents: u64, text: &str, death: &str) -> [String; 2] {
    [
        format!("62112104288212345            {cents:010}{:<15}{:<22}  109100001{number:07}", "PAY-7", "ALICE WRITER"),
        format!("799{code}12104288{original:07}{death:<6}09100001{text:<44}09100001{number:07}"),
    ]
}

#[test]
fn returns_quote_what_was_sent_and_are_classified() {
    let records = [
        returned(1, "R02", 2, 2_500, "ACCOUNT CLOSED", ""),
        returned(2, "R15", 6, 31_415, "", "261101"),
        returned(3, "R16", 9, 1, "", ""),
        returned(4, "r23", 10, 99, "", ""),
    ]
    .concat();
    let (read, entries) = read(from_bank("PPD", &records).as_bytes());
    assert_eq!(faults(&read), [""; 0]);
    // 25.00 + 314.15 + 0.01 + 0.99
    assert_eq!((read.returns, read.credits), (4, dec!(340.15)));
    let of = |index: usize| entries[index].returned.clone().unwrap();
    assert_eq!((of(0).code.as_str(), of(0).original_trace.as_str()), ("R02", "121042880000002"));
    assert_eq!((of(0).class, of(0).text.as_str()), (FailureClass::FixDestination, "ACCOUNT CLOSED"));
    assert_eq!((of(1).class, of(1).died_on), (FailureClass::PayeeStatus, NaiveDate::from_ymd_opt(2026, 11, 1)));
    assert_eq!((of(2).class, of(3).class), (FailureClass::LegalHold, FailureClass::Refused));
    assert!(entries.iter().all(|entry| entry.kind == AchEntryKind::Return && entry.reference == "PAY-7"));
}

#[test]
fn a_reason_that_nobody_knows_keeps_its_entry() {
    let (read, entries) = read(from_bank("PPD", &returned(1, "R97", 2, 5, "", "")).as_bytes());
    assert_eq!(faults(&read), ["4 ACH_REASON_UNKNOWN Reason Code"]);
    let returned = entries[0].returned.clone().unwrap();
    assert_eq!((returned.code.as_str(), returned.class), ("R97", FailureClass::Unknown));
    assert_eq!(read.problems[0].columns, Some((4, 6)));
}

#[test]
fn notifications_say_what_is_to_be_corrected() {
    let records = [
        format!("62112104288212345            0000000000{:<15}{:<22}  1091000010000001", "PAY-7", "ALICE"),
        format!("798C03121042880000005      09100001{:<29}{:<15}091000010000001", "091000019   1918171614", ""),
    ];
    let (read, entries) = read(from_bank("COR", &records).as_bytes());
    assert_eq!((faults(&read), read.notifications), (vec![], 1));
    let change = entries[0].change.clone().unwrap();
    assert_eq!((change.code.as_str(), change.original_trace.as_str()), ("C03", "121042880000005"));
    assert_eq!(change.corrected.routing.as_deref(), Some("091000019"));
    assert_eq!(change.corrected.account.as_deref(), Some("1918171614"));
    assert_eq!(change.class, FailureClass::FixDestination);
}

#[test]
fn every_fault_has_its_line_and_field() {
    let good =
        String::from_utf8(write_ach(&file(vec![entry(dec!(1), "A"), entry(dec!(2), "B")])).unwrap().bytes).unwrap();
    let lines: Vec<String> = good.lines().map(str::to_owned).collect();
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines = lines.clone();
        change(&mut lines);
        faults(&read(lines.join("\r\n").as_bytes()).0)
    };
    assert_eq!(with(&|_| {}), [""; 0]);
    let replaced = |line: usize, from: &'static str, to: &'static str| {
        with(&move |lines: &mut Vec<String>| lines[line] = lines[line].replacen(from, to, 1))
    };
    assert_eq!(replaced(2, "091000019", "091000018"), ["3 ACH_ROUTING_CHECK Check Digit"]);
    assert_eq!(
        replaced(2, "0000000100", "0000000101"),
        ["5 ACH_CONTROL Total Credit Entry Dollar Amount", "6 ACH_CONTROL Total Credit Entry Dollar Amount",]
    );
    assert_eq!(replaced(2, "622", "602")[0], "3 ACH_TRANSACTION_CODE Transaction Code");
    assert_eq!(replaced(3, "121042880000002", "121042880000001"), ["4 ACH_TRACE_ORDER Trace Number"]);
    assert_eq!(replaced(3, "121042880000002", "021042880000002")[0], "4 ACH_TRACE_BANK Trace Number");
    assert_eq!(replaced(2, "A   ", "\u{c4}   "), ["3 ACH_NOT_ASCII "]);
    assert_eq!(replaced(4, "8220", "8200"), ["5 ACH_HEADER_CONTROL Service Class Code"]);
    assert_eq!(replaced(5, "9000001", "9000005"), ["6 ACH_CONTROL Batch Count"]);
    assert_eq!(replaced(1, "PPD", "XYZ"), ["2 ACH_ENTRY_CLASS Standard Entry Class Code"]);
    assert_eq!(replaced(0, "094101", "080101"), ["1 ACH_FORMAT Record Size"]);
    assert_eq!(with(&|lines| drop(lines.remove(0)))[0], "1 ACH_NO_HEADER ");
    assert_eq!(with(&|lines| drop(lines.remove(1)))[0], "2 ACH_OUTSIDE_BATCH ");
    assert_eq!(with(&|lines| drop(lines.remove(4)))[0], "5 ACH_BATCH_OPEN ");
    assert_eq!(with(&|lines| lines.truncate(5)), ["5 ACH_NO_CONTROL "]);
    assert_eq!(with(&|lines| lines.insert(6, lines[4].clone())), ["7 ACH_AFTER_CONTROL "]);
    assert_eq!(with(&|lines| lines[2] = lines[2].replacen("A   ", "A", 1))[1], "3 ACH_LENGTH ");
    assert_eq!(with(&|lines| lines[2].push_str("XX")), ["3 ACH_LENGTH "]);
    assert_eq!(faults(&read(b"").0), ["0 ACH_NO_HEADER ", "0 ACH_NO_CONTROL "]);
}

#[test]
fn what_banks_do_to_files_is_taken() {
    let good =
        String::from_utf8(write_ach(&file(vec![entry(dec!(1), "A"), entry(dec!(2), "B")])).unwrap().bytes).unwrap();
    let unpadded: String = good.lines().take(6).collect::<Vec<_>>().join("\n");
    let trimmed: String = good.lines().map(|line| format!("{}\r\n", line.trim_end())).collect();
    let twice_padded = format!("{good}{}\n{}\n", "9".repeat(94), "9".repeat(50));
    for text in [
        unpadded,
        trimmed,
        twice_padded,
        good.replace('\n', ""),
        good.replace('\n', "\n\n"),
        good.replace("PPD", "ppd"),
        format!("\u{feff}{good}\u{1a}"),
    ] {
        let (read, entries) = read(text.as_bytes());
        assert_eq!((faults(&read), entries.len()), (vec![], 2), "{text}");
    }
}

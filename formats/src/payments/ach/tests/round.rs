//! What was written is what is read.

use proptest::prelude::*;
use rust_decimal_macros::dec;

use super::*;

#[test]
fn a_file_stands_as_the_rules_have_it() {
    let mut company = entry(dec!(150000.00), "Söhne & Co. GmbH");
    company.addenda = Some("RMR*IV*STMT-2026-Q3-0001*PI*150000.00\\".into());
    company.kind = AccountKind::Savings;
    let mut order = file(vec![entry(dec!(12.34), "Alice Writer"), company]);
    order.batches[0].class = EntryClass::Ccd;
    let written = write_ach(&order).unwrap();
    let text = String::from_utf8(written.bytes.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 10);
    assert!(lines.iter().all(|line| line.len() == 94));
    assert_eq!(lines[0], format!("{:<94}", "101 12104288212313801042611250930A094101First Bank             Testlabel"));
    assert_eq!(
        lines[1],
        "5220Testlabel                           1231380104CCDROYALTY         261126   1121042880000001"
    );
    assert_eq!(
        lines[2],
        "622091000019744-5678-99      0000001234PAY-1          Alice Writer            0121042880000001"
    );
    assert_eq!(
        lines[3],
        "632091000019744-5678-99      0015000000PAY-1          Sohne & Co. GmbH        1121042880000002"
    );
    assert_eq!(lines[4], format!("705{:<80}00010000002", "RMR*IV*STMT-2026-Q3-0001*PI*150000.00\\"));
    // Hash 09100001 + 09100001 = 18200002; 1,234 + 15,000,000 = 15,001,234 cents; two entries and one addenda.
    assert_eq!(
        lines[5],
        "82200000030018200002000000000000000015001234                         1231380104                         "
            .replace("                         1231380104", "1231380104")
            .get(..54)
            .map(|head| format!("{head:<79}121042880000001"))
            .unwrap()
    );
    assert_eq!(lines[6], format!("{:<94}", "9000001000001000000030018200002000000000000000015001234"));
    assert!(lines[7..].iter().all(|line| line.bytes().all(|byte| byte == b'9')));
    assert_eq!(written.traces, [["121042880000001", "121042880000002"]]);
    assert_eq!(write_ach(&order).unwrap().bytes, written.bytes);
    let (read, entries) = read(&written.bytes);
    assert_eq!((faults(&read), read.remarks.len()), (vec![], 0));
    assert_eq!((read.credits, read.debits, read.addenda), (dec!(150012.34), dec!(0), 1));
    assert_eq!(entries[1].addenda, ["RMR*IV*STMT-2026-Q3-0001*PI*150000.00\\"]);
}

#[test]
fn a_balanced_batch_debits_what_it_credits() {
    let mut order = file(vec![entry(dec!(100.00), "Alice"), entry(dec!(0.05), "Bob")]);
    order.batches[0].offset = Some(AchOffset {
        routing: "121042882".into(),
        account: "12345".into(),
        kind: AccountKind::Checking,
        name: "Testlabel".into(),
    });
    let written = write_ach(&order).unwrap();
    let (read, entries) = read(&written.bytes);
    assert_eq!(faults(&read), [""; 0]);
    assert_eq!((read.credits, read.debits), (dec!(100.05), dec!(100.05)));
    assert_eq!((entries[2].transaction_code.as_str(), entries[2].credit), ("27", false));
    assert_eq!(read.batches[0].service_class, "200");
    // The balancing entry is none of the payments.
    assert_eq!(written.traces[0].len(), 2);
}

#[test]
fn prenotes_are_zero_and_known_as_such() {
    let mut asks = entry(dec!(0), "Alice");
    asks.prenote = true;
    let (read, entries) = read(&write_ach(&file(vec![asks.clone()])).unwrap().bytes);
    assert_eq!((faults(&read), read.prenotes), (vec![], 1));
    assert_eq!((entries[0].kind, entries[0].transaction_code.as_str()), (AchEntryKind::Prenote, "23"));
    asks.amount = dec!(0.01);
    let refused = write_ach(&file(vec![asks])).unwrap_err();
    assert_eq!(refused.0[0].field.as_deref(), Some("batches.0.entries.0.amount"));
}

#[test]
fn every_field_is_refused_by_its_path() {
    let mut order = file(vec![entry(dec!(1), "宇多田"), entry(dec!(100000000.00), "B"), entry(dec!(0.001), "C")]);
    order.batches[0].entries[2].routing = "091000018".into();
    order.batches[0].entries[2].account = "口座".into();
    order.batches[0].description = "Payroll".into();
    order.modifier = 'a';
    order.origin = "0000000000".into();
    let found: Vec<(String, &str)> =
        write_ach(&order).unwrap_err().0.into_iter().map(|one| (one.field.unwrap_or_default(), one.code)).collect();
    let wanted = [
        ("origin", "ACH_ORIGIN"),
        ("modifier", "ACH_MODIFIER"),
        ("batches.0.description", "ACH_PAYROLL"),
        ("batches.0.entries.0.name", "ACH_LETTERS"),
        ("batches.0.entries.1.amount", "ACH_AMOUNT_LIMIT"),
        ("batches.0.entries.2.routing", "ACH_ROUTING_CHECK"),
        ("batches.0.entries.2.account", "ACH_ACCOUNT"),
        ("batches.0.entries.2.amount", "ACH_AMOUNT"),
    ];
    assert_eq!(found, wanted.map(|(field, code)| (field.to_owned(), code)));
    let empty = write_ach(&AchFile { batches: vec![], ..file(vec![]) }).unwrap_err();
    assert_eq!(empty.0[0].code, "ACH_EMPTY");
}

proptest! {
    #[test]
    fn any_order_is_read_back(
        amounts in prop::collection::vec((1_u64..9_999_999_999, any::<bool>(), prop::option::of("[ -~]{1,80}"), "[A-Za-z .'-]{1,30}"), 1..40),
        balanced in any::<bool>(),
        company in any::<bool>(),
    ) {
        let entries: Vec<AchEntry> = amounts
            .iter()
            .map(|(cents, savings, addenda, name)| AchEntry {
                amount: Decimal::from_i128_with_scale(i128::from(cents / if balanced { 40 } else { 1 } + 1), 2),
                kind: if *savings { AccountKind::Savings } else { AccountKind::Checking },
                addenda: addenda.clone(),
                ..entry(Decimal::ONE, &format!("N{name}"))
            })
            .collect();
        let mut order = file(entries);
        order.batches[0].class = if company { EntryClass::Ccd } else { EntryClass::Ppd };
        if balanced {
            order.batches[0].offset = Some(AchOffset { routing: "121042882".into(), account: "1".into(), kind: AccountKind::Savings, name: "Own".into() });
        }
        let written = write_ach(&order).unwrap();
        let lines: Vec<&[u8]> = written.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        prop_assert!(lines.len().is_multiple_of(10) && lines.iter().all(|line| line.len() == 94));
        let (found, entries) = read(&written.bytes);
        prop_assert_eq!(faults(&found), Vec::<String>::new());
        let sum: Decimal = order.batches[0].entries.iter().map(|entry| entry.amount).sum();
        prop_assert_eq!((found.credits, found.debits), (sum, if balanced { sum } else { Decimal::ZERO }));
        for ((given, trace), entry) in order.batches[0].entries.iter().zip(&written.traces[0]).zip(&entries) {
            prop_assert_eq!((&entry.trace, entry.amount, &entry.account), (trace, given.amount, &given.account));
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..600), kinds in "[1567899\n -~]{0,600}") {
        let _ = read(&bytes);
        let _ = read(kinds.as_bytes());
    }
}

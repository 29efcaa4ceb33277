//! Papers are made, say what they should, and are the same twice.

use chrono::NaiveDate;
use kernel::currency::Currency;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use super::*;

fn party(name: &str) -> PaperParty {
    PaperParty { name: name.into(), address: vec!["1 Music Row".into(), "Nashville, TN 37203".into()] }
}

fn row(text: &str, amount: Decimal) -> RemittanceRow {
    RemittanceRow { reference: "S-2026-Q3".into(), text: text.into(), amount }
}

fn text(pdf: &[u8]) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check() -> CheckPaper {
    CheckPaper {
        number: 1001,
        on: NaiveDate::from_ymd_opt(2026, 11, 25).unwrap(),
        payer: party("Testlabel, Inc."),
        payee: party("Zoë Writer"),
        amount: dec!(1234.05),
        bank: "First Bank".into(),
        fraction: "1-2/210".into(),
        routing: "021000021".into(),
        account: "12345678".into(),
        memo: "Royalties 2026-Q3".into(),
        rows: vec![row("Royalties", dec!(1500.05)), row("Tax withheld", dec!(-266.00))],
    }
}

#[test]
fn a_check_states_its_amount_twice() {
    let pdf = check_pdf(&check(), None).unwrap();
    let text = text(&pdf);
    for part in ["1,234.05", "One Thousand Two Hundred Thirty-Four and 05/100", "11/25/2026", "Writer", "1,500.05"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(lopdf::Document::load_mem(&pdf).unwrap().get_pages().len(), 1);
    assert_eq!(check_pdf(&check(), None).unwrap(), pdf);
    let many = CheckPaper { rows: (0..40).map(|_| row("Part", dec!(1))).collect(), amount: dec!(40), ..check() };
    let pdf = check_pdf(&many, None).unwrap();
    assert_eq!(lopdf::Document::load_mem(&pdf).unwrap().get_pages().len(), 1);
    // Eleven rows stand by themselves, 29 together.
    assert!(self::text(&pdf).contains("29 more"), "{}", self::text(&pdf));
}

#[test]
fn a_check_that_does_not_add_up_is_not_printed() {
    let wrong =
        CheckPaper { amount: dec!(0.001), routing: "021000020".into(), payee: PaperParty::default(), ..check() };
    let Err(PaperError::Refused(refused)) = check_pdf(&wrong, Some(b"no font")) else { panic!("it was printed") };
    let codes: Vec<&str> = refused.0.iter().map(|one| one.code).collect();
    assert_eq!(codes, ["CHECK_AMOUNT", "CHECK_PAYEE", "PAPER_SUM", "CHECK_FONT", "ABA_CHECK"]);
}

#[test]
fn an_advice_becomes_a_receipt() {
    let mut paper = RemittancePaper {
        number: "PAY-7".into(),
        on: NaiveDate::from_ymd_opt(2026, 11, 25).unwrap(),
        settled_on: None,
        payer: party("Testlabel"),
        payee: party("#let x = 1 *Bob* 宇多田"),
        currency: Currency::parse("USD").unwrap(),
        rows: vec![row("Royalties", dec!(1000.00)), row("Advance", dec!(-100.00))],
        tax: vec![TaxWithheld {
            authority: "IRS".into(),
            ground: "Treaty US-MX art. 12(2)".into(),
            rate: dec!(10),
            amount: dec!(90.00),
        }],
        fees: dec!(1.50),
        vat: dec!(0),
        // 1,000 - 100 - 90 - 1.50
        net: dec!(808.50),
        facts: vec![PaidFact { label: "Account".into(), value: "•••• 3000".into() }],
        notes: vec!["Keep this for your records.".into()],
        letter: false,
    };
    let advice = remittance_pdf(&paper).unwrap();
    let words = text(&advice);
    for part in ["Remittance advice", "808.50", "To be paid", "10 %", "Treaty US-MX"] {
        assert!(words.contains(part), "{part} in {words}");
    }
    assert_eq!(remittance_pdf(&paper).unwrap(), advice);
    paper.settled_on = NaiveDate::from_ymd_opt(2026, 11, 27);
    assert!(text(&remittance_pdf(&paper).unwrap()).contains("Payment receipt"));
    paper.net = dec!(808.51);
    let Err(PaperError::Refused(refused)) = remittance_pdf(&paper) else { panic!("it was printed") };
    assert_eq!((refused.0[0].code, refused.0[0].field.as_deref()), ("PAPER_SUM", Some("net")));
}

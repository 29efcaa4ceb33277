//! Orders are written as the rules have them, read back, and refused by field.

use chrono::NaiveDate;
use kernel::currency::Currency;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use super::*;

pub(in super::super) fn transfer(id: &str, amount: Decimal) -> CreditTransfer {
    CreditTransfer {
        instruction_id: None,
        end_to_end_id: id.into(),
        uetr: None,
        amount,
        currency: Currency::parse("EUR").unwrap(),
        agent: None,
        intermediary: None,
        creditor: Party { name: "Künstler & Söhne".into(), ..Party::default() },
        account: AccountNumber::Iban("FR14 2004 1010 0505 0001 3M02 606".into()),
        purpose: "ROYA".into(),
        remittance: Remittance::Text("Statement 2026-Q3 <Ä>".into()),
        regulatory: None,
    }
}

pub(in super::super) fn message(transfers: Vec<CreditTransfer>) -> CreditTransferFile {
    let day = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
    let payer = Party { name: "Testlabel GmbH".into(), ..Party::default() };
    CreditTransferFile {
        version: Version::V09,
        message_id: "BATCH-7".into(),
        created_at: day.and_hms_opt(9, 30, 0).unwrap(),
        initiator: payer.clone(),
        blocks: vec![PaymentBlock {
            id: "BATCH-7-1".into(),
            scheme: Scheme::Sepa,
            execution_on: day,
            batch_booking: Some(true),
            debtor: payer,
            account: AccountNumber::Iban("DE89370400440532013000".into()),
            account_currency: None,
            agent: Agent { bic: Some("DEUTDEFF".into()), ..Agent::default() },
            charges: Charges::ServiceLevel,
            transfers,
        }],
    }
}

pub(in super::super) fn address() -> Address {
    Address {
        street: "Rua da Música".into(),
        building: "7".into(),
        post_code: "01000".into(),
        town: "São Paulo".into(),
        country: "BR".into(),
        ..Address::default()
    }
}

pub(in super::super) fn wire() -> CreditTransferFile {
    let mut pays = transfer("W-1", dec!(1200));
    pays.currency = Currency::parse("JPY").unwrap();
    pays.agent = Some(Agent {
        clearing: Some(("USABA".into(), "021000021".into())),
        name: Some("Bank".into()),
        country: Some("US".into()),
        ..Agent::default()
    });
    pays.intermediary = Some(Agent { bic: Some("CHASUS33".into()), ..Agent::default() });
    pays.account = AccountNumber::Other("000123-45".into());
    pays.creditor.address = Some(address());
    pays.uetr = Some("8a562c67-ca16-48ba-b074-65581be6f001".into());
    pays.remittance = Remittance::Reference("RF18539007547034".into());
    pays.regulatory = Some(RegulatoryReport { country: "AE".into(), code: "ROY".into(), text: "Royalties".into() });
    let mut file = message(vec![pays]);
    let block = &mut file.blocks[0];
    block.scheme = Scheme::Wire { service_level: "URGP".into() };
    block.charges = Charges::Shared;
    block.debtor.id = Some(OrganisationId { id: "12345".into(), scheme: "CUST".into() });
    block.account_currency = Some(Currency::parse("EUR").unwrap());
    file
}

fn refused(file: &CreditTransferFile) -> Vec<(String, &'static str)> {
    let problems = write_pain001(file).unwrap_err().0;
    problems.into_iter().map(|one| (one.field.unwrap_or_default(), one.code)).collect()
}

#[test]
fn a_sepa_message_is_written() {
    let file = message(vec![transfer("E-1", dec!(12.3)), transfer("E-2", dec!(0.01))]);
    let written = write_pain001(&file).unwrap();
    let text = String::from_utf8(written.bytes.clone()).unwrap();
    // 12.30 + 0.01
    assert_eq!((written.count, written.control_sum), (2, dec!(12.31)));
    for part in [
        "<NbOfTxs>2</NbOfTxs><CtrlSum>12.31</CtrlSum>",
        "<InstdAmt Ccy=\"EUR\">12.30</InstdAmt>",
        "<Nm>Kunstler + Sohne</Nm>",
        "<Purp><Cd>ROYA</Cd></Purp>",
        "<Ustrd>Statement 2026-Q3 (A)</Ustrd>",
        "<ReqdExctnDt><Dt>2026-11-25</Dt></ReqdExctnDt>",
        "<DbtrAgt><FinInstnId><BICFI>DEUTDEFF</BICFI></FinInstnId></DbtrAgt>",
        "<IBAN>FR1420041010050500013M02606</IBAN>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let empty = text
        .split('<')
        .zip(text.split('<').skip(1))
        .any(|(tag, next)| tag.ends_with('>') && !tag.starts_with(['/', '?']) && next.starts_with('/'));
    assert!(!empty && !text.contains("NOTPROVIDED"), "an element is empty: {text}");
    assert_eq!(write_pain001(&file).unwrap().bytes, written.bytes);
}

#[test]
fn a_wire_has_its_banks_address_and_places() {
    let text = String::from_utf8(write_pain001(&wire()).unwrap().bytes).unwrap();
    for part in [
        "<InstdAmt Ccy=\"JPY\">1200</InstdAmt>",
        "<UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR>",
        "<StrtNm>Rua da Musica</StrtNm><BldgNb>7</BldgNb><PstCd>01000</PstCd><TwnNm>Sao Paulo</TwnNm><Ctry>BR</Ctry>",
        "<ClrSysMmbId><ClrSysId><Cd>USABA</Cd></ClrSysId><MmbId>021000021</MmbId></ClrSysMmbId>",
        "<CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>RF18539007547034</Ref></CdtrRefInf>",
        "<Othr><Id>12345</Id><SchmeNm><Cd>CUST</Cd></SchmeNm></Othr>",
        "<ChrgBr>SHAR</ChrgBr>",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn version_03_has_its_own_names() {
    let mut file = message(vec![transfer("E-1", dec!(1))]);
    file.version = Version::V03;
    let text = String::from_utf8(write_pain001(&file).unwrap().bytes).unwrap();
    assert!(text.contains("<ReqdExctnDt>2026-11-25</ReqdExctnDt>") && text.contains("<BIC>DEUTDEFF</BIC>"), "{text}");
}

#[test]
fn every_field_is_refused_by_its_path() {
    let mut one = transfer("/E", dec!(1000000000));
    one.creditor.name = "宇多田 ヒカル".into();
    let mut two = transfer("E-2", dec!(1.001));
    two.account = AccountNumber::Iban("FR14 2004 1010 0505 0001 3M02 607".into());
    two.currency = Currency::parse("USD").unwrap();
    two.creditor.address = Some(Address { lines: vec!["a".into(), "b".into(), "c".into()], ..Address::default() });
    two.remittance = Remittance::Text("x".repeat(141));
    let mut three = transfer("E-2", dec!(0));
    three.account = AccountNumber::Iban("CH9300762011623852957".into());
    three.purpose = "roya".into();
    let file = message(vec![one, two, three]);
    let wanted = [
        ("blocks.0.transfers.0.endToEndId", "PAIN_SLASH"),
        ("blocks.0.transfers.0.amount", "PAIN_AMOUNT_LIMIT"),
        ("blocks.0.transfers.0.creditor.name", "PAIN_LETTERS"),
        ("blocks.0.transfers.1.amount", "PAIN_AMOUNT_PLACES"),
        ("blocks.0.transfers.1.currency", "PAIN_CURRENCY"),
        ("blocks.0.transfers.1.creditor.address.town", "PAIN_TOWN_MISSING"),
        ("blocks.0.transfers.1.creditor.address.country", "PAIN_COUNTRY"),
        ("blocks.0.transfers.1.creditor.address.lines", "PAIN_ADDRESS_LINES"),
        ("blocks.0.transfers.1.account", "IBAN_CHECK"),
        ("blocks.0.transfers.1.remittance", "PAIN_TOO_LONG"),
        ("blocks.0.transfers.2.endToEndId", "PAIN_ID_TWICE"),
        ("blocks.0.transfers.2.amount", "PAIN_AMOUNT"),
        ("blocks.0.transfers.2.purpose", "PAIN_CODE"),
        ("blocks.0.transfers.2.creditor.address", "PAIN_ADDRESS_MISSING"),
    ];
    assert_eq!(refused(&file), wanted.map(|(field, code)| (field.to_owned(), code)));
}

#[test]
fn a_wire_needs_what_sepa_does_not() {
    let mut file = wire();
    let block = &mut file.blocks[0];
    block.charges = Charges::ServiceLevel;
    let pays = &mut block.transfers[0];
    pays.agent = None;
    pays.creditor.address = None;
    pays.uetr = Some("not-a-uuid".into());
    pays.remittance = Remittance::Reference("RF19539007547034".into());
    let wanted = [
        ("blocks.0.charges", "PAIN_CHARGES"),
        ("blocks.0.transfers.0.uetr", "PAIN_UETR"),
        ("blocks.0.transfers.0.remittance", "REFERENCE_CHECK"),
        ("blocks.0.transfers.0.agent", "PAIN_AGENT_MISSING"),
        ("blocks.0.transfers.0.creditor.address", "PAIN_ADDRESS_MISSING"),
    ];
    assert_eq!(refused(&file), wanted.map(|(field, code)| (field.to_owned(), code)));
}

#[test]
fn what_was_written_is_read_back() {
    let file = message((1..=50).map(|n| transfer(&format!("E-{n}"), Decimal::new(n * 101, 2))).collect());
    let written = write_pain001(&file).unwrap();
    let mut transfers = Vec::new();
    let read = read_pain001(&*written.bytes, &mut |transfer| transfers.push(transfer)).unwrap();
    assert_eq!(read.problems, []);
    // 1.01 * (1 + … + 50) = 1.01 * 1275 = 1287.75
    assert_eq!((read.transfers, read.control_sum, written.control_sum), (50, dec!(1287.75), dec!(1287.75)));
    assert_eq!((read.message.as_str(), read.message_id.as_str()), ("pain.001.001.09", "BATCH-7"));
    assert_eq!((transfers[49].end_to_end_id.as_str(), transfers[49].amount), ("E-50", dec!(50.50)));
    assert_eq!((transfers[0].account.as_str(), transfers[0].purpose.as_str()), ("FR1420041010050500013M02606", "ROYA"));
    let wrong = |from: &str, to: &str| {
        let text = String::from_utf8(written.bytes.clone()).unwrap().replacen(from, to, 1);
        let read = read_pain001(text.as_bytes(), &mut |_| {}).unwrap();
        read.problems.iter().map(|problem| problem.code).collect::<Vec<_>>()
    };
    assert_eq!(wrong("<NbOfTxs>50", "<NbOfTxs>51"), ["PAIN001_COUNT"]);
    assert_eq!(wrong("1.01</InstdAmt>", "1.02</InstdAmt>"), ["PAIN001_SUM", "PAIN001_SUM"]);
    assert_eq!(wrong("1.01</InstdAmt>", "-1.01</InstdAmt>")[0], "XML_AMOUNT");
    assert_eq!(wrong("<EndToEndId>E-3</EndToEndId>", ""), ["PAIN001_MISSING"]);
}

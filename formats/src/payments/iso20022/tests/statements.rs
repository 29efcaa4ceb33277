//! Statements as banks send them, and as they should not.

use chrono::NaiveDate;
use rust_decimal_macros::dec;

use super::*;
use crate::payments::ach::FailureClass;
use crate::payments::statement::{EntryState, StatementEntry, StatementRead};

fn read(bytes: &[u8]) -> (StatementRead, Vec<StatementEntry>) {
    let mut entries = Vec::new();
    let read = read_camt(bytes, &mut |entry| entries.push(entry)).unwrap();
    (read, entries)
}

fn codes(read: &StatementRead) -> Vec<(&'static str, Option<u64>)> {
    read.problems.iter().map(|problem| (problem.code, problem.line)).collect()
}

fn message(version: &str, statements: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{version}\">\n<BkToCstmrStmt>\n\
         <GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-26T06:00:00</CreDtTm></GrpHdr>\n{statements}\n</BkToCstmrStmt>\n</Document>\n"
    )
}

fn entry(inner: &str) -> String {
    format!(
        "<Ntry><Amt Ccy=\"EUR\">100.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-25</Dt></BookgDt>\
         <ValDt><DtTm>2026-11-26T00:00:00+01:00</DtTm></ValDt><AcctSvcrRef>BANK-9</AcctSvcrRef>{inner}</Ntry>"
    )
}

fn statement(entries: &str) -> String {
    format!(
        "<Stmt><Id>S-1</Id><ElctrncSeqNb>12</ElctrncSeqNb><CreDtTm>2026-11-26T06:00:00</CreDtTm>\
         <FrToDt><FrDtTm>2026-11-25T00:00:00</FrDtTm><ToDtTm>2026-11-25T23:59:59</ToDtTm></FrToDt>\
         <Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy><Ownr><Nm>Testlabel</Nm></Ownr>\
         <Svcr><FinInstnId><BICFI>DEUTDEFF</BICFI></FinInstnId></Svcr></Acct>\
         <Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">250.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-25</Dt></Dt></Bal>\
         <Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy=\"EUR\">150.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-11-25</Dt></Dt></Bal>\
         {entries}</Stmt>"
    )
}

const BATCHED: &str = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>\
    <Chrgs><TtlChrgsAndTaxAmt Ccy=\"EUR\">1.50</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy=\"EUR\">1.50</Amt><CdtDbtInd>DBIT</CdtDbtInd>\
    <ChrgInclInd>false</ChrgInclInd><Tp><Prtry><Id>WIRE</Id></Prtry></Tp></Rcrd></Chrgs>\
    <NtryDtls><Btch><MsgId>BATCH-7</MsgId><PmtInfId>BATCH-7-1</PmtInfId><NbOfTxs>2</NbOfTxs><TtlAmt Ccy=\"EUR\">100.00</TtlAmt></Btch>\
    <TxDtls><Refs><EndToEndId>E-1</EndToEndId><UETR>8a562c67-ca16-48ba-b074-65581be6f001</UETR></Refs><Amt Ccy=\"EUR\">60.00</Amt>\
    <AmtDtls><InstdAmt><Amt Ccy=\"USD\">66.00</Amt><CcyXchg><SrcCcy>USD</SrcCcy><TrgtCcy>EUR</TrgtCcy><UnitCcy>EUR</UnitCcy>\
    <XchgRate>1.1</XchgRate></CcyXchg></InstdAmt></AmtDtls>\
    <RltdPties><Cdtr><Pty><Nm>Alice</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>FR1420041010050500013M02606</IBAN></Id></CdtrAcct></RltdPties>\
    <Purp><Cd>ROYA</Cd></Purp><RmtInf><Ustrd>Statement</Ustrd><Ustrd>2026-Q3</Ustrd></RmtInf></TxDtls>\
    <TxDtls><Refs><EndToEndId>E-2</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy=\"EUR\">40.00</Amt></TxAmt></AmtDtls>\
    <RltdPties><Cdtr><Nm>Bob</Nm></Cdtr></RltdPties></TxDtls></NtryDtls><AddtlNtryInf>Sammler</AddtlNtryInf>";

#[test]
fn a_statement_is_read_with_all_that_matters() {
    let (read, entries) = read(message("camt.053.001.08", &statement(&entry(BATCHED))).as_bytes());
    assert_eq!((codes(&read), read.remarks.len()), (vec![], 0));
    assert_eq!((read.message.as_str(), read.message_id.as_str()), ("camt.053.001.08", "M-1"));
    let account = &read.statements[0];
    assert_eq!((account.account.as_str(), account.bank.as_str()), ("DE89370400440532013000", "DEUTDEFF"));
    assert_eq!((account.debits, account.balances[1].amount), (dec!(100.00), dec!(150.00)));
    assert_eq!(account.from, NaiveDate::from_ymd_opt(2026, 11, 25));
    let entry = &entries[0];
    assert_eq!((entry.amount, entry.credit, entry.state), (dec!(100.00), false, EntryState::Booked));
    assert_eq!((entry.kind.as_str(), entry.bank_reference.as_str()), ("PMNT/ICDT/ESCT", "BANK-9"));
    assert_eq!(entry.value_on, NaiveDate::from_ymd_opt(2026, 11, 26));
    assert_eq!((entry.charges[0].amount, entry.charges[0].included), (dec!(1.50), Some(false)));
    let batch = entry.batch.clone().unwrap();
    assert_eq!((batch.payment_id.as_str(), batch.count, batch.total), ("BATCH-7-1", Some(2), Some(dec!(100.00))));
    let one = &entry.details[0];
    assert_eq!(
        (one.end_to_end_id.as_str(), one.amount, one.counterparty.as_str()),
        ("E-1", Some(dec!(60.00)), "Alice")
    );
    assert_eq!(one.ordered, Some((dec!(66.00), "USD".into())));
    assert_eq!(one.exchange.as_ref().map(|exchange| exchange.rate), Some(dec!(1.1)));
    assert_eq!((one.remittance.join(" ").as_str(), one.purpose.as_str()), ("Statement 2026-Q3", "ROYA"));
    assert_eq!((entry.details[1].amount, entry.details[1].counterparty.as_str()), (Some(dec!(40.00)), "Bob"));
}

#[test]
fn returns_are_seen_with_and_without_a_reason() {
    let details =
        |inner: &str| format!("<NtryDtls><TxDtls><Refs><EndToEndId>E-1</EndToEndId></Refs>{inner}</TxDtls></NtryDtls>");
    let kind = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>ICDT</Cd><SubFmlyCd>RRTN</SubFmlyCd></Fmly></Domn></BkTxCd>";
    let entries = [
        entry(&details("<RtrInf><Rsn><Cd>AC04</Cd></Rsn><AddtlInf>closed</AddtlInf></RtrInf>")),
        entry(&details("<RtrInf><Rsn><Prtry>914</Prtry></Rsn></RtrInf>")),
        entry(&format!("{kind}{}", details(""))),
        entry(&details("")),
    ];
    let (read, entries) = read(message("camt.054.001.02", &statement(&entries.concat())).as_bytes());
    assert_eq!(read.returned, 3);
    let of = |index: usize| entries[index].details[0].returned.clone().map(|one| (one.code, one.class));
    assert_eq!(of(0), Some(("AC04".into(), FailureClass::FixDestination)));
    assert_eq!(of(1), Some(("914".into(), FailureClass::Unknown)));
    assert_eq!(of(2), Some((String::new(), FailureClass::Unknown)));
    assert_eq!(of(3), None);
}

#[test]
fn dress_does_not_matter() {
    let plain = message("camt.053.001.02", &format!("{}{}", statement(&entry(BATCHED)), statement("")));
    let (wanted, entries) = read(plain.as_bytes());
    assert_eq!(wanted.statements.len(), 2);
    let mut prefixed = plain.replace("</", "\u{1}").replace('<', "<a:").replace('\u{1}', "</a:").replace("<a:?", "<?");
    prefixed = prefixed.replace("xmlns=", "xmlns:a=");
    let latin: Vec<u8> =
        plain.replace("UTF-8", "ISO-8859-1").replace("Alice", "J\u{f6}rg").chars().map(|c| c as u8).collect();
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(plain.replace("UTF-8", "UTF-16").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let wrapped = plain
        .replace("<Document", "<Envelope><AppHdr><Fr/></AppHdr><Document")
        .replace("</Document>", "</Document></Envelope>");
    for bytes in [
        plain.replace('\n', "\r\n").into_bytes(),
        plain.replace('\n', "").into_bytes(),
        format!("\u{feff}{plain}").into_bytes(),
        plain.replace("<NtryDtls>", "<NtryDtls><!-- note --><New><Thing/></New>").into_bytes(),
        prefixed.into_bytes(),
        utf16,
        wrapped.into_bytes(),
    ] {
        let (found, own) = read(&bytes);
        assert_eq!(
            (codes(&found), own.len(), &found.message),
            (vec![], 1, &wanted.message),
            "{}",
            String::from_utf8_lossy(&bytes)
        );
        assert_eq!(own[0].details.len(), entries[0].details.len());
    }
    assert_eq!(read(&latin).1[0].details[0].counterparty, "J\u{f6}rg");
}

#[test]
fn a_booking_of_thousands_comes_in_parts() {
    let one =
        |n: u32| format!("<TxDtls><Refs><EndToEndId>E-{n}</EndToEndId></Refs><Amt Ccy=\"EUR\">0.04</Amt></TxDtls>");
    let all: String = (0..2_500).map(one).collect();
    let (read, entries) =
        read(message("camt.053.001.08", &statement(&entry(&format!("<NtryDtls>{all}</NtryDtls>")))).as_bytes());
    assert_eq!((read.entries, read.details, entries.len()), (1, 2_500, 3));
    let parts: Vec<_> = entries.iter().map(|entry| (entry.part, entry.last_part, entry.details.len())).collect();
    assert_eq!(parts, [(0, false, 1_000), (1, false, 1_000), (2, true, 500)]);
    assert_eq!(entries[2].details[499].end_to_end_id, "E-2499");
    // Once in the sums, however many parts.
    assert_eq!(read.statements[0].debits, dec!(100.00));
}

#[test]
fn what_is_wrong_has_its_line() {
    let fault = |text: &str| codes(&read(text.as_bytes()).0);
    let good = message("camt.053.001.08", &statement(&entry("")));
    assert_eq!(fault(&good), []);
    assert_eq!(
        fault(&good.replace("<Document", "<!DOCTYPE x [<!ENTITY a \"b\">]>\n<Document")),
        [("XML_DOCTYPE", Some(2))]
    );
    assert_eq!(fault(&good.replace("BANK-9", "&a;"))[0], ("XML_ENTITY", Some(5)));
    assert_eq!(fault(&good[..good.find("</BkToCstmrStmt>").unwrap()])[0].0, "XML_CUT_OFF");
    assert_eq!(fault(&good.replace("100.00", "100,00")), [("XML_AMOUNT", Some(5))]);
    assert_eq!(fault(&good.replace("<CdtDbtInd>DBIT</CdtDbtInd>", "")), [("CAMT_MISSING", Some(5))]);
    assert_eq!(fault(&good.replace("2026-11-25</Dt></BookgDt>", "2026-02-30</Dt></BookgDt>")), [("XML_DATE", Some(5))]);
    let summary = "<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries></TxsSummry></Stmt>";
    assert_eq!(fault(&good.replace("</Stmt>", summary)), [("CAMT_SUMMARY", Some(5))]);
    assert_eq!(fault("<a><b></a>")[0].0, "XML_DAMAGED");
    assert_eq!(fault("<x/>"), [("CAMT_EMPTY", Some(1))]);
    assert_eq!(fault(&message("camt.053.001.08", ""))[0].0, "CAMT_EMPTY");
    let deep = format!("{}{}", "<a>".repeat(100), "</a>".repeat(100));
    assert_eq!(fault(&good.replace("<AcctSvcrRef>", &format!("{deep}<AcctSvcrRef>"))), [("XML_DEPTH", Some(5))]);
    let long = "x".repeat(3 << 20);
    assert_eq!(fault(&good.replace("BANK-9", &long))[0].0, "XML_TOO_LONG");
}

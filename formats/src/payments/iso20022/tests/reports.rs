//! Status reports: whose word counts.

use super::*;
use crate::payments::ach::FailureClass;

fn read(inner: &str) -> (StatusRead, Vec<TransactionStatus>) {
    let text = format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt><GrpHdr><MsgId>R-1</MsgId>\
         <CreDtTm>2026-11-26T06:00:00</CreDtTm></GrpHdr>{inner}</CstmrPmtStsRpt></Document>"
    );
    let mut entries = Vec::new();
    let read = read_pain002(text.as_bytes(), &mut |entry| entries.push(entry)).unwrap();
    assert_eq!(read.problems, []);
    (read, entries)
}

fn group(status: &str) -> String {
    format!(
        "<OrgnlGrpInfAndSts><OrgnlMsgId>BATCH-7</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{status}</OrgnlGrpInfAndSts>"
    )
}

fn block(status: &str, transactions: &str) -> String {
    format!("<OrgnlPmtInfAndSts><OrgnlPmtInfId>BATCH-7-1</OrgnlPmtInfId>{status}{transactions}</OrgnlPmtInfAndSts>")
}

fn transaction(id: &str, inner: &str) -> String {
    format!("<TxInfAndSts><OrgnlEndToEndId>{id}</OrgnlEndToEndId>{inner}</TxInfAndSts>")
}

#[test]
fn the_transaction_has_the_last_word() {
    let rejected = "<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>NARR</Cd></Rsn></StsRsnInf><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn><AddtlInf>no account</AddtlInf></StsRsnInf>";
    let transactions =
        [transaction("E-1", rejected), transaction("E-2", "<TxSts>ACSC</TxSts>"), transaction("E-3", "")].concat();
    let text = format!("{}{}", group("<GrpSts>ACCP</GrpSts>"), block("<PmtInfSts>PART</PmtInfSts>", &transactions));
    let (read, entries) = read(&text);
    assert_eq!((read.transactions, read.failed, read.group.id.as_str()), (3, 1, "BATCH-7"));
    assert_eq!((entries[0].state, entries[0].class), (ReportedState::Failed, Some(FailureClass::FixDestination)));
    assert_eq!(entries[0].reasons[1].texts, ["no account"]);
    assert_eq!(entries[1].state, ReportedState::Settled);
    // PART says nothing of one that has no word of its own.
    assert_eq!((entries[2].state, read.remarks.len()), (ReportedState::Unknown, 1));
    assert_eq!(read.unnamed("BATCH-7-1"), None);
}

#[test]
fn a_block_speaks_for_what_it_does_not_name() {
    let (read, _) = read(&format!("{}{}", group("<GrpSts>PART</GrpSts>"), block("<PmtInfSts>RJCT</PmtInfSts>", "")));
    assert_eq!(read.unnamed("BATCH-7-1"), Some(ReportedState::Failed));
    assert_eq!(read.unnamed("BATCH-7-2"), None);
}

#[test]
fn a_rejected_message_rejects_its_transactions() {
    let reason = "<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>DUP1</Cd></Rsn></StsRsnInf>";
    let (_, entries) = read(&format!("{}{}", group(reason), block("", &transaction("E-1", ""))));
    assert_eq!((entries[0].state, entries[0].class), (ReportedState::Failed, Some(FailureClass::OurError)));
}

#[test]
fn names_are_verified_before_money_moves() {
    let close = "<TxSts>RVMC</TxSts><StsRsnInf><AddtlInf>Alice M. Writer</AddtlInf></StsRsnInf><OrgnlTxRef><Amt><InstdAmt Ccy=\"EUR\">12.30</InstdAmt></Amt><Cdtr><Pty><Nm>Alice Writer</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>FR1420041010050500013M02606</IBAN></Id></CdtrAcct></OrgnlTxRef>";
    let transactions = [
        transaction("E-1", close),
        transaction("E-2", "<TxSts>RVNM</TxSts>"),
        transaction("E-3", "<TxSts>RCVC</TxSts>"),
    ]
    .concat();
    let (read, entries) = read(&format!("{}{}", group("<GrpSts>RVCM</GrpSts>"), block("", &transactions)));
    let states: Vec<ReportedState> = entries.iter().map(|entry| entry.state).collect();
    assert_eq!(states, [ReportedState::NameNearlyMatches, ReportedState::NameDiffers, ReportedState::NameMatches]);
    assert_eq!(entries[0].reasons[0].texts, ["Alice M. Writer"]);
    assert_eq!(
        (entries[0].creditor.as_str(), entries[0].account.as_str()),
        ("Alice Writer", "FR1420041010050500013M02606")
    );
    assert_eq!((iso_status(&read.group.status), read.failed), (ReportedState::NamesDiffer, 0));
}

#[test]
fn a_report_about_nothing_is_refused() {
    let read = read_pain002(
        &b"<Document><CstmrPmtStsRpt><GrpHdr><MsgId>1</MsgId></GrpHdr></CstmrPmtStsRpt></Document>"[..],
        &mut |_| {},
    );
    assert_eq!(read.unwrap().problems[0].code, "PAIN002_ORIGINAL");
}

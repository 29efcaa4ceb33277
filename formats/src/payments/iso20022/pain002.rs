//! Reads pain.002: what a bank says of the orders it was sent, verification-of-payee answers included.

use std::io::{self, BufRead};

use rust_decimal::Decimal;
use serde::Serialize;

use super::codes::{ReportedState, iso_reason, iso_status};
use super::values::{amount, number};
use crate::payments::ach::FailureClass;
use crate::payments::problem::{Problem, Problems};
use crate::payments::xml::{Broken, Node, Piece, Xml};

/// A reason of a status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusReason {
    /// The code, or the bank's own.
    pub code: String,
    /// What has to happen.
    pub class: FailureClass,
    /// What the code says; empty for one that nobody knows.
    pub reason: &'static str,
    /// The bank's words; of a name that nearly matches, the account's own name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<String>,
}

/// What is said of a whole message or block.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusOfMany {
    /// The message's or the block's id, as we gave it.
    pub id: String,
    /// The status code; empty when nothing is said at this level.
    pub status: String,
    /// Its reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<StatusReason>,
    /// How many transactions it had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Their sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum: Option<Decimal>,
}

/// What is said of one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionStatus {
    /// The line where it begins.
    pub line: u64,
    /// The block it belongs to, as we gave it.
    pub payment_id: String,
    /// Our id for the bank.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instruction_id: String,
    /// Our id for the payee.
    pub end_to_end_id: String,
    /// The id that follows a payment through all banks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uetr: String,
    /// The transaction's own status code; empty when only its block or message has one.
    pub status: String,
    /// What it comes to: the transaction's own status, else its block's, else its message's.
    pub state: ReportedState,
    /// The transaction's own reasons, else its block's, else its message's.
    pub reasons: Vec<StatusReason>,
    /// What has to happen, of what failed: the first reason that says more than that it stands elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<FailureClass>,
    /// The bank's reference.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bank_reference: String,
    /// The amount, where repeated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<(Decimal, String)>,
    /// The payee, where repeated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub creditor: String,
    /// Their account, where repeated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account: String,
}

/// What a whole report came to.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatusRead {
    /// `pain.002.001.10` …
    pub message: String,
    /// The report's own id.
    pub message_id: String,
    /// When it was made, as written.
    pub created_at: String,
    /// The kind of message it answers.
    pub original_message: String,
    /// What is said of the message as a whole.
    pub group: StatusOfMany,
    /// What is said of its blocks.
    pub payments: Vec<StatusOfMany>,
    /// Transactions it names. Those it does not name have the state of their block or message.
    pub transactions: u64,
    /// How many failed.
    pub failed: u64,
    /// Why it may not be used; empty for a good file.
    #[serde(skip)]
    pub problems: Vec<Problem>,
    /// All problems that were found, kept or not.
    #[serde(skip)]
    pub problem_count: u64,
    /// What is unusual and was taken all the same.
    #[serde(skip)]
    pub remarks: Vec<Problem>,
}

impl StatusRead {
    /// Whether the file is good: nothing of another may be used.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.problem_count == 0
    }

    /// What is said of a transaction that the report does not name: its block's word, else the message's; `None` when
    /// neither says anything, or only that parts of it differ.
    #[must_use]
    pub fn unnamed(&self, payment_id: &str) -> Option<ReportedState> {
        let block = self.payments.iter().find(|payment| payment.id == payment_id);
        let words = [block.map_or("", |block| block.status.as_str()), self.group.status.as_str()];
        words
            .iter()
            .find(|code| !code.is_empty())
            .map(|code| iso_status(code))
            .filter(|state| *state != ReportedState::Partial)
    }
}

/// Reads a report. Every transaction that it names goes to the sink.
///
/// # Errors
/// When the source cannot be read. Faults of the file are in [`StatusRead::problems`].
pub fn read_pain002<R: BufRead>(source: R, sink: &mut dyn FnMut(TransactionStatus)) -> io::Result<StatusRead> {
    let mut xml = Xml::new(source)?;
    let mut reader = Report { sink, read: StatusRead::default(), problems: Problems::default() };
    Broken::collected(reader.message(&mut xml), &mut reader.problems)?;
    let mut read = reader.read;
    read.problem_count = reader.problems.count;
    read.problems = reader.problems.into_kept();
    Ok(read)
}

struct Report<'a> {
    sink: &'a mut dyn FnMut(TransactionStatus),
    read: StatusRead,
    problems: Problems,
}

impl Report<'_> {
    fn message<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Broken> {
        let mut found = false;
        while xml.root(&mut self.read.message, |name| name == "CstmrPmtStsRpt" || name.starts_with("pain.002"))? {
            found = true;
            self.body(xml)?;
        }
        if !found {
            let message = "This is no pain.002: CstmrPmtStsRpt is missing.";
            self.problems.push(Problem::new("PAIN002_EMPTY", message).at_line(xml.line));
        } else if self.read.group.id.is_empty() {
            let message = "The report does not say which message it is about (OrgnlMsgId): it cannot be matched.";
            self.problems.push(Problem::new("PAIN002_ORIGINAL", message).at_line(xml.line).of_field("OrgnlMsgId"));
        }
        Ok(())
    }

    fn body<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Broken> {
        loop {
            match xml.next()? {
                Piece::Open { name, .. } if &*name == "OrgnlPmtInfAndSts" => self.block(xml)?,
                Piece::Open { name, currency, .. } => {
                    let node = xml.take(name, currency)?;
                    match &*node.name {
                        "GrpHdr" => {
                            node.text_at(&["MsgId"]).clone_into(&mut self.read.message_id);
                            node.text_at(&["CreDtTm"]).clone_into(&mut self.read.created_at);
                        }
                        "OrgnlGrpInfAndSts" => {
                            node.text_at(&["OrgnlMsgNmId"]).clone_into(&mut self.read.original_message);
                            self.read.group = many(&node, "OrgnlMsgId", "GrpSts", &mut self.problems);
                        }
                        // Before version 03.
                        "TxInfAndSts" => self.transaction(&node, None),
                        _ => {}
                    }
                }
                Piece::Text(_) => {}
                Piece::Close | Piece::End => return Ok(()),
            }
        }
    }

    fn block<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Broken> {
        // Everything of the block stands before its first transaction.
        let mut head = Node { line: xml.line, ..Node::default() };
        let mut block: Option<StatusOfMany> = None;
        loop {
            match xml.next()? {
                Piece::Open { name, currency, .. } => {
                    let node = xml.take(name, currency)?;
                    if &*node.name == "TxInfAndSts" {
                        let own = block
                            .get_or_insert_with(|| many(&head, "OrgnlPmtInfId", "PmtInfSts", &mut self.problems))
                            .clone();
                        self.transaction(&node, Some(&own));
                    } else {
                        head.children.push(node);
                    }
                }
                Piece::Text(_) => {}
                Piece::Close | Piece::End => break,
            }
        }
        let block = block.unwrap_or_else(|| many(&head, "OrgnlPmtInfId", "PmtInfSts", &mut self.problems));
        self.read.payments.push(block);
        Ok(())
    }

    fn transaction(&mut self, node: &Node, block: Option<&StatusOfMany>) {
        let own = node.text_at(&["TxSts"]);
        let levels = [own, block.map_or("", |block| block.status.as_str()), &self.read.group.status];
        let code = levels.iter().find(|code| !code.is_empty()).copied().unwrap_or_default();
        let state = match iso_status(code) {
            ReportedState::Partial => ReportedState::Unknown,
            state => state,
        };
        if own.is_empty() && code.is_empty() {
            let message = "Neither the transaction nor its block nor its message has a status.";
            self.problems.push(Problem::new("PAIN002_STATUS", message).at_line(node.line).of_field("TxSts"));
        } else if state == ReportedState::Unknown && self.read.remarks.len() < crate::payments::problem::KEPT {
            let message = format!("`{code}` says nothing about this transaction: somebody has to look.");
            self.read
                .remarks
                .push(Problem::new("PAIN002_STATUS_UNKNOWN", message).at_line(node.line).of_field("TxSts"));
        }
        let mut reasons = reasons(node);
        if reasons.is_empty() {
            let upper = block.map(|block| block.reasons.clone()).filter(|reasons| !reasons.is_empty());
            reasons = upper.unwrap_or_else(|| self.read.group.reasons.clone());
        }
        let failed = state == ReportedState::Failed;
        let class = failed.then(|| {
            let says = |reason: &&StatusReason| reason.class != FailureClass::Unknown;
            reasons.iter().find(says).map_or(FailureClass::Unknown, |reason| reason.class)
        });
        self.read.transactions += 1;
        self.read.failed += u64::from(failed);
        let original = node.child("OrgnlTxRef");
        let money = original
            .and_then(|original| original.at(&["Amt", "InstdAmt"]).or_else(|| original.child("IntrBkSttlmAmt")));
        let of_original = |paths: &[&[&str]]| original.map_or("", |original| original.first_text(paths)).to_owned();
        let entry = TransactionStatus {
            line: node.line,
            payment_id: block.map(|block| block.id.clone()).unwrap_or_default(),
            instruction_id: node.text_at(&["OrgnlInstrId"]).to_owned(),
            end_to_end_id: node.text_at(&["OrgnlEndToEndId"]).to_owned(),
            uetr: node.text_at(&["OrgnlUETR"]).to_owned(),
            status: own.to_owned(),
            state,
            reasons,
            class,
            bank_reference: node.text_at(&["AcctSvcrRef"]).to_owned(),
            amount: money.and_then(|money| Some((amount(money, &mut self.problems)?, money.currency.to_string()))),
            creditor: of_original(&[&["Cdtr", "Nm"], &["Cdtr", "Pty", "Nm"]]),
            account: of_original(&[&["CdtrAcct", "Id", "IBAN"], &["CdtrAcct", "Id", "Othr", "Id"]]),
        };
        (self.sink)(entry);
    }
}

fn many(node: &Node, id: &str, status: &str, problems: &mut Problems) -> StatusOfMany {
    StatusOfMany {
        id: node.text_at(&[id]).to_owned(),
        status: node.text_at(&[status]).to_owned(),
        reasons: reasons(node),
        count: number(node.text_at(&["OrgnlNbOfTxs"])),
        sum: node.child("OrgnlCtrlSum").and_then(|sum| amount(sum, problems)),
    }
}

fn reasons(node: &Node) -> Vec<StatusReason> {
    node.all("StsRsnInf")
        .map(|info| {
            let code = info.first_text(&[&["Rsn", "Cd"], &["Rsn", "Prtry"], &["StsRsn", "Cd"], &["StsRsn", "Prtry"]]);
            let (class, reason) = iso_reason(code);
            let texts = info.all("AddtlInf").chain(info.all("AddtlStsRsnInf")).map(|node| node.text.trim().to_owned());
            StatusReason { code: code.to_owned(), class, reason, texts: texts.collect() }
        })
        .collect()
}

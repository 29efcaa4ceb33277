//! Reads pain.001 back: what orders a message holds, and whether they add up.

use std::io::{self, BufRead};

use rust_decimal::Decimal;
use rustc_hash::FxHashSet;
use serde::Serialize;

use super::values::{amount, number};
use crate::payments::problem::{KEPT, Problem, Problems};
use crate::payments::xml::{Broken, Node, Piece, Xml};

/// A transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadTransfer {
    /// The line where it begins.
    pub line: u64,
    /// Its block.
    pub payment_id: String,
    /// The id for the bank.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instruction_id: String,
    /// The id for the payee.
    pub end_to_end_id: String,
    /// The id that follows it through all banks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uetr: String,
    /// The amount.
    pub amount: Decimal,
    /// Its currency.
    pub currency: String,
    /// The payee.
    pub creditor: String,
    /// Their account.
    pub account: String,
    /// Their bank, where named.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub agent: String,
    /// The purpose code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub purpose: String,
    /// What it is for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub remittance: String,
}

/// What a whole message came to.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TransfersRead {
    /// `pain.001.001.09` …
    pub message: String,
    /// Its id.
    pub message_id: String,
    /// When it was made, as written.
    pub created_at: String,
    /// Ids of its blocks.
    pub payments: Vec<String>,
    /// Transfers.
    pub transfers: u64,
    /// Their sum, whatever their currencies.
    pub control_sum: Decimal,
    /// Why it is refused; empty for a good file.
    #[serde(skip)]
    pub problems: Vec<Problem>,
    /// All problems that were found, kept or not.
    #[serde(skip)]
    pub problem_count: u64,
    /// What is unusual and was taken all the same.
    #[serde(skip)]
    pub remarks: Vec<Problem>,
}

impl TransfersRead {
    /// Whether the file is good.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.problem_count == 0
    }
}

/// Reads a message. Every transfer goes to the sink.
///
/// # Errors
/// When the source cannot be read. Faults of the file are in [`TransfersRead::problems`].
pub fn read_pain001<R: BufRead>(source: R, sink: &mut dyn FnMut(ReadTransfer)) -> io::Result<TransfersRead> {
    let mut xml = Xml::new(source)?;
    let mut reader = Orders {
        sink,
        read: TransfersRead::default(),
        problems: Problems::default(),
        seen: FxHashSet::default(),
        header: None,
    };
    Broken::collected(reader.message(&mut xml), &mut reader.problems)?;
    let mut read = reader.read;
    read.problem_count = reader.problems.count;
    read.problems = reader.problems.into_kept();
    Ok(read)
}

struct Orders<'a> {
    sink: &'a mut dyn FnMut(ReadTransfer),
    read: TransfersRead,
    problems: Problems,
    /// Fingerprints of the ids that were seen.
    seen: FxHashSet<u64>,
    header: Option<Node>,
}

impl Orders<'_> {
    fn wrong(&mut self, code: &'static str, line: u64, field: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(code, message).at_line(line).of_field(field));
    }

    fn message<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Broken> {
        let mut found = false;
        while xml.root(&mut self.read.message, |name| name == "CstmrCdtTrfInitn" || name.starts_with("pain.001"))? {
            found = true;
            self.body(xml)?;
        }
        if !found {
            self.wrong(
                "PAIN001_EMPTY",
                xml.line,
                "CstmrCdtTrfInitn",
                "This is no pain.001: CstmrCdtTrfInitn is missing.",
            );
        } else if let Some(header) = self.header.take() {
            self.hold(&header, self.read.transfers, self.read.control_sum);
        } else {
            self.wrong("PAIN001_MISSING", xml.line, "GrpHdr", "The message has no group header.");
        }
        Ok(())
    }

    fn body<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Broken> {
        loop {
            match xml.next()? {
                Piece::Open { name, .. } if &*name == "PmtInf" => self.block(xml)?,
                Piece::Open { name, currency, .. } => {
                    let node = xml.take(name, currency)?;
                    if &*node.name == "GrpHdr" {
                        node.text_at(&["MsgId"]).clone_into(&mut self.read.message_id);
                        node.text_at(&["CreDtTm"]).clone_into(&mut self.read.created_at);
                        self.header = Some(node);
                    }
                }
                Piece::Text(_) => {}
                Piece::Close | Piece::End => return Ok(()),
            }
        }
    }

    fn block<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Broken> {
        let mut head = Node { line: xml.line, ..Node::default() };
        let (mut count, mut sum) = (0, Decimal::ZERO);
        loop {
            match xml.next()? {
                Piece::Open { name, currency, .. } => {
                    let node = xml.take(name, currency)?;
                    if &*node.name == "CdtTrfTxInf" {
                        count += 1;
                        let id = head.text_at(&["PmtInfId"]).to_owned();
                        sum = sum.saturating_add(self.transfer(&node, id));
                    } else {
                        head.children.push(node);
                    }
                }
                Piece::Text(_) => {}
                Piece::Close | Piece::End => break,
            }
        }
        self.hold(&head, count, sum);
        self.read.payments.push(head.text_at(&["PmtInfId"]).to_owned());
        Ok(())
    }

    /// Stated number and sum against what was read.
    fn hold(&mut self, node: &Node, count: u64, sum: Decimal) {
        let stated = node.text_at(&["NbOfTxs"]).to_owned();
        if !stated.is_empty() && number(&stated) != Some(count) {
            let message = format!("It says {stated} transfers, {count} are there: some are missing or twice.");
            self.wrong("PAIN001_COUNT", node.line, "NbOfTxs", message);
        }
        if let Some(stated) = node.child("CtrlSum").and_then(|sum| amount(sum, &mut self.problems))
            && stated != sum
        {
            let message = format!("It says {stated}, the amounts come to {sum}: an amount was changed.");
            self.wrong("PAIN001_SUM", node.line, "CtrlSum", message);
        }
    }

    fn transfer(&mut self, node: &Node, payment_id: String) -> Decimal {
        use std::hash::{Hash as _, Hasher as _};
        let money = node.at(&["Amt", "InstdAmt"]).or_else(|| node.at(&["Amt", "EqvtAmt", "Amt"]));
        let own = money.and_then(|money| amount(money, &mut self.problems));
        if money.is_none() {
            self.wrong("PAIN001_MISSING", node.line, "Amt/InstdAmt", "The transfer has no amount.");
        }
        let end_to_end_id = node.text_at(&["PmtId", "EndToEndId"]).to_owned();
        if end_to_end_id.is_empty() {
            self.wrong("PAIN001_MISSING", node.line, "PmtId/EndToEndId", "The transfer has no end to end id.");
        } else {
            let mut hasher = rustc_hash::FxHasher::default();
            end_to_end_id.hash(&mut hasher);
            let unset = end_to_end_id == "NOTPROVIDED";
            if !self.seen.insert(hasher.finish()) && !unset && self.read.remarks.len() < KEPT {
                let message = format!("`{end_to_end_id}` is the id of two transfers.");
                self.read
                    .remarks
                    .push(Problem::new("PAIN001_ID_TWICE", message).at_line(node.line).of_field("EndToEndId"));
            }
        }
        self.read.transfers += 1;
        let amount = own.unwrap_or_default();
        self.read.control_sum = self.read.control_sum.saturating_add(amount);
        (self.sink)(ReadTransfer {
            line: node.line,
            payment_id,
            instruction_id: node.text_at(&["PmtId", "InstrId"]).to_owned(),
            end_to_end_id,
            uetr: node.text_at(&["PmtId", "UETR"]).to_owned(),
            amount,
            currency: money.map(|money| money.currency.to_string()).unwrap_or_default(),
            creditor: node.text_at(&["Cdtr", "Nm"]).to_owned(),
            account: node.first_text(&[&["CdtrAcct", "Id", "IBAN"], &["CdtrAcct", "Id", "Othr", "Id"]]).to_owned(),
            agent: node
                .at(&["CdtrAgt", "FinInstnId"])
                .map_or("", |bank| bank.first_text(&[&["BICFI"], &["BIC"], &["ClrSysMmbId", "MmbId"]]))
                .to_owned(),
            purpose: node.first_text(&[&["Purp", "Cd"], &["Purp", "Prtry"]]).to_owned(),
            remittance: node.first_text(&[&["RmtInf", "Ustrd"], &["RmtInf", "Strd", "CdtrRefInf", "Ref"]]).to_owned(),
        });
        amount
    }
}

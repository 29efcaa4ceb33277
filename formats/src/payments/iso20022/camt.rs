//! Reads camt.052, camt.053 and camt.054 of every version, entry by entry.

use std::io::{self, BufRead};

use super::camt_entry::{batch, details_of, entry};
use super::values::{amount, day_in, is_credit, number};
use crate::payments::problem::{KEPT, Problem, Problems};
use crate::payments::statement::{Balance, DETAILS_AT_ONCE, Statement, StatementEntry, StatementRead};
use crate::payments::xml::{Broken, Node, Piece, Xml};

/// Elements that hold one account's entries.
const STATEMENTS: &[&str] = &["Stmt", "Rpt", "Ntfctn"];

/// Reads a message. Every entry goes to the sink as it was read, one of more than a thousand payments in parts.
///
/// Nothing that went to the sink may be booked before [`StatementRead::is_valid`] said so.
///
/// # Errors
/// When the source cannot be read. Faults of the file are in [`StatementRead::problems`].
pub fn read_camt<R: BufRead>(source: R, sink: &mut dyn FnMut(StatementEntry)) -> io::Result<StatementRead> {
    let mut xml = Xml::new(source)?;
    let mut reader = Camt { sink, read: StatementRead::default(), problems: Problems::default() };
    Broken::collected(reader.message(&mut xml), &mut reader.problems)?;
    let mut read = reader.read;
    read.problem_count = reader.problems.count;
    read.problems = reader.problems.into_kept();
    Ok(read)
}

struct Camt<'a> {
    sink: &'a mut dyn FnMut(StatementEntry),
    read: StatementRead,
    problems: Problems,
}

impl Camt<'_> {
    fn message<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Broken> {
        let mut found = false;
        while xml.root(&mut self.read.message, |name| name.starts_with("BkToCstmr"))? {
            found = true;
            self.body(xml)?;
        }
        let wrong = |message: &str| Problem::new("CAMT_EMPTY", message).at_line(xml.line);
        if !found {
            self.problems.push(wrong("This is no camt.052, camt.053 or camt.054: BkToCstmr… is missing."));
        } else if self.read.statements.is_empty() {
            self.problems.push(wrong("The message has no statement, report or notification."));
        }
        Ok(())
    }

    fn body<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Broken> {
        loop {
            match xml.next()? {
                Piece::Open { name, .. } if STATEMENTS.contains(&&*name) => self.statement(xml)?,
                Piece::Open { name, currency, .. } => {
                    let header = &*name == "GrpHdr";
                    let node = xml.take(name, currency)?;
                    if header {
                        node.text_at(&["MsgId"]).clone_into(&mut self.read.message_id);
                        node.text_at(&["CreDtTm"]).clone_into(&mut self.read.created_at);
                    }
                }
                Piece::Text(_) => {}
                Piece::Close | Piece::End => return Ok(()),
            }
        }
    }

    fn statement<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), Broken> {
        let index = self.read.statements.len();
        self.read.statements.push(Statement { line: xml.line, ..Statement::default() });
        let mut number = 0;
        let mut summary = None;
        loop {
            match xml.next()? {
                Piece::Open { name, .. } if &*name == "Ntry" => {
                    number += 1;
                    self.entry(xml, index, number)?;
                }
                Piece::Open { name, currency, .. } => {
                    let node = xml.take(name, currency)?;
                    match &*node.name {
                        "Bal" => self.balance(index, &node),
                        "TxsSummry" => summary = Some(node),
                        _ => self.fact(index, &node),
                    }
                }
                Piece::Text(_) => {}
                Piece::Close | Piece::End => break,
            }
        }
        if let Some(summary) = summary {
            self.hold(index, &summary);
        }
        self.add_up(index);
        Ok(())
    }

    /// A part of the statement's head.
    fn fact(&mut self, index: usize, node: &Node) {
        let Some(statement) = self.read.statements.get_mut(index) else { return };
        match &*node.name {
            "Id" => node.text.trim().clone_into(&mut statement.id),
            "ElctrncSeqNb" => node.text.trim().clone_into(&mut statement.sequence),
            "LglSeqNb" if statement.sequence.is_empty() => node.text.trim().clone_into(&mut statement.sequence),
            "CreDtTm" => node.text.trim().clone_into(&mut statement.created_at),
            "CpyDplctInd" => statement.duplicate = matches!(node.text.trim(), "DUPL" | "CODU" | "COPY"),
            "FrToDt" => {
                statement.from = super::values::day(node.first_text(&[&["FrDtTm"], &["FrDt"]]));
                statement.to = super::values::day(node.first_text(&[&["ToDtTm"], &["ToDt"]]));
            }
            "Acct" => {
                let number = node.first_text(&[
                    &["Id", "IBAN"],
                    &["Id", "Othr", "Id"],
                    &["Id", "PrtryAcct", "Id"],
                    &["Id", "BBAN"],
                ]);
                number.clone_into(&mut statement.account);
                node.text_at(&["Ccy"]).clone_into(&mut statement.currency);
                node.first_text(&[&["Ownr", "Nm"], &["Ownr", "Pty", "Nm"]]).clone_into(&mut statement.owner);
                let bank = &["Svcr", "FinInstnId"];
                node.at(bank)
                    .map_or("", |bank| bank.first_text(&[&["BICFI"], &["BIC"], &["Nm"], &["ClrSysMmbId", "MmbId"]]))
                    .clone_into(&mut statement.bank);
            }
            _ => {}
        }
    }

    fn balance(&mut self, index: usize, node: &Node) {
        let kind = node.first_text(&[
            &["Tp", "CdOrPrtry", "Cd"],
            &["Tp", "CdOrPrtry", "Prtry"],
            &["Tp", "Cd"],
            &["Tp", "Prtry"],
        ]);
        let Some(money) = node.child("Amt") else { return };
        let Some(amount) = amount(money, &mut self.problems) else { return };
        let credit = is_credit(node.text_at(&["CdtDbtInd"])).unwrap_or(true);
        let balance = Balance {
            kind: kind.to_owned(),
            amount: if credit { amount } else { -amount },
            currency: money.currency.to_string(),
            on: day_in(node.child("Dt"), &mut self.problems),
        };
        if let Some(statement) = self.read.statements.get_mut(index) {
            if statement.currency.is_empty() {
                statement.currency.clone_from(&balance.currency);
            }
            statement.balances.push(balance);
        }
    }

    fn entry<R: BufRead>(&mut self, xml: &mut Xml<R>, index: usize, number: u64) -> Result<(), Broken> {
        let mut head = Node { name: "Ntry".into(), line: xml.line, ..Node::default() };
        // Payments of the entry that wait until the entry is whole, or until there are too many to wait.
        let mut waiting: Vec<Node> = Vec::new();
        let mut booking = None;
        let mut part = 0;
        loop {
            match xml.next()? {
                Piece::Open { name, .. } if &*name == "NtryDtls" => loop {
                    match xml.next()? {
                        Piece::Open { name, currency, .. } => {
                            let node = xml.take(name, currency)?;
                            match &*node.name {
                                "TxDtls" => waiting.push(node),
                                "Btch" => booking = booking.or_else(|| Some(batch(&node, &mut self.problems))),
                                _ => {}
                            }
                            if waiting.len() > DETAILS_AT_ONCE {
                                let last = waiting.pop();
                                let ready = std::mem::replace(&mut waiting, last.into_iter().collect());
                                self.hand(&head, &ready, booking.clone(), (index, number, part, false));
                                part += 1;
                            }
                        }
                        Piece::Text(_) => {}
                        Piece::Close | Piece::End => break,
                    }
                },
                Piece::Open { name, currency, .. } => {
                    let node = xml.take(name, currency)?;
                    // Before version 02, payments stood in the entry itself.
                    if &*node.name == "TxDtls" { waiting.push(node) } else { head.children.push(node) }
                }
                Piece::Text(_) => {}
                Piece::Close | Piece::End => break,
            }
        }
        self.hand(&head, &waiting, booking, (index, number, part, true));
        Ok(())
    }

    /// Hands an entry over, or a part of one.
    fn hand(
        &mut self,
        head: &Node,
        details: &[Node],
        booking: Option<crate::payments::statement::BatchBooking>,
        (statement, number, part, last_part): (usize, u64, u32, bool),
    ) {
        let Some(mut entry) = entry(head, part == 0, &mut self.problems) else { return };
        entry.statement = statement;
        entry.number = number;
        entry.part = part;
        entry.last_part = last_part;
        entry.batch = booking;
        entry.details = details_of(details, &entry, &mut self.problems);
        self.read.count(&entry);
        (self.sink)(entry);
    }

    /// The statement's own summary against what was read.
    fn hold(&mut self, index: usize, summary: &Node) {
        let Some(statement) = self.read.statements.get(index) else { return };
        let stated = summary.text_at(&["TtlNtries", "NbOfNtries"]);
        if let Some(stated) = number(stated).filter(|stated| *stated != statement.entries) {
            let message = format!(
                "The summary says {stated} entries, {} are there: some are missing or twice.",
                statement.entries
            );
            self.problems
                .push(Problem::new("CAMT_SUMMARY", message).at_line(summary.line).of_field("TtlNtries/NbOfNtries"));
        }
    }

    /// Opening balance and booked entries against the closing balance.
    fn add_up(&mut self, index: usize) {
        let Some(statement) = self.read.statements.get(index) else { return };
        let of = |kinds: &[&str]| {
            kinds.iter().find_map(|kind| statement.balances.iter().find(|balance| balance.kind == *kind))
        };
        let (Some(opening), Some(closing)) = (of(&["OPBD", "PRCD"]), of(&["CLBD"])) else { return };
        let sum = opening.amount.saturating_add(statement.credits).saturating_sub(statement.debits);
        if opening.currency == closing.currency && sum != closing.amount && self.read.remarks.len() < KEPT {
            let message = format!(
                "{} opening, {} in and {} out make {sum}, not {} as the closing balance says: entries may be on another page.",
                opening.amount, statement.credits, statement.debits, closing.amount
            );
            self.read.remarks.push(Problem::new("CAMT_BALANCE", message).at_line(statement.line).of_field("Bal"));
        }
    }
}

//! Acknowledgements of registered works (CWR 2.x, fixed columns): what a society answers to a registration, with the
//! number that it gave the work. No money, but the only way to learn the numbers that stand on its statements.
//!
//! Columns are those of the public CWR user manual; positions count from 1 there and from 0 here.

use std::io::Read;

use super::dsr::Footing;
use super::records::{Cut, Record, Records};
use super::{Container, HEAD_BYTES};
use crate::report::FileError;

/// Columns of the table that the transactions make.
pub(super) const COLUMNS: &[&str] = &[
    "Sender",
    "Transaction",
    "Original Transaction Type",
    "Title",
    "Submitter Work Number",
    "Recipient Work Number",
    "Processing Date",
    "Status",
    "ISWC",
    "Messages",
];

/// Whether a file is one of acknowledgements.
pub(super) fn recognised(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.next().is_some_and(|line| line.starts_with(b"HDR"))
        && lines.next().is_some_and(|line| line.starts_with(b"GRHACK"))
}

/// How such a file is cut: into lines, each one cell.
pub(super) const fn cut(terminator: u8) -> Cut {
    // A delimiter that no such file has.
    Cut { delimiter: 0x1f, quoted: false, terminator, fallback: Some(encoding_rs::WINDOWS_1252) }
}

/// Counted against what the file states.
#[derive(Debug, Default, Clone, Copy)]
struct Counts {
    transactions: u64,
    records: u64,
}

/// Reads the transactions of a file.
pub(crate) struct CwrRows<R> {
    records: Records<R>,
    sender: String,
    /// The first line of a transaction that was read while the one before it was put together.
    next: Option<(u64, String)>,
    line: u64,
    text: String,
    cells: Vec<(u32, u32)>,
    group: Counts,
    file: Counts,
    groups: u64,
    footings: Vec<Footing>,
    complete: bool,
}

/// One transaction as it is put together.
#[derive(Default)]
struct Transaction {
    line: u64,
    head: String,
    iswc: String,
    messages: Vec<String>,
}

impl<R: Read> CwrRows<R> {
    pub(super) fn new(input: R, cut: Cut, container: Container) -> Self {
        Self {
            records: Records::new(input, cut, container),
            sender: String::new(),
            next: None,
            line: 0,
            text: String::new(),
            cells: Vec::new(),
            group: Counts::default(),
            file: Counts::default(),
            groups: 0,
            footings: Vec::new(),
            complete: false,
        }
    }

    pub(crate) const fn line(&self) -> u64 {
        self.records.line()
    }

    /// What the trailers state, and that there is one.
    pub(crate) fn footings(&self) -> Vec<Footing> {
        let mut all = self.footings.clone();
        if !self.complete {
            all.push(Footing {
                line: self.records.line(),
                label: "TRL".to_owned(),
                stated: "missing".to_owned(),
                computed: format!("{} records", self.file.records),
                agrees: Some(false),
            });
        }
        all
    }

    /// The next transaction; `None` at the end.
    pub(crate) fn next_record(&mut self) -> Result<Option<Record<'_>>, FileError> {
        let mut open: Option<Transaction> =
            self.next.take().map(|(line, head)| Transaction { line, head, ..Transaction::default() });
        while let Some(record) = self.records.next_record()? {
            let (line, text) = (record.line, record.cells().next().unwrap_or_default().to_owned());
            if text.is_empty() {
                continue;
            }
            self.file.records += 1;
            self.group.records += 1;
            match slice(&text, 0, 3) {
                "HDR" => self.sender = slice(&text, 14, 45).to_owned(),
                "GRH" => {
                    self.groups += 1;
                    self.group = Counts { transactions: 0, records: 1 };
                }
                "ACK" => {
                    self.group.transactions += 1;
                    self.file.transactions += 1;
                    if open.is_some() {
                        self.next = Some((line, text));
                        break;
                    }
                    open = Some(Transaction { line, head: text, ..Transaction::default() });
                }
                "MSG" => {
                    if let Some(open) = &mut open {
                        open.messages.push(slice(&text, 35, 150).to_owned());
                    }
                }
                "NWR" | "REV" | "ISW" | "EXC" => {
                    if let Some(open) = &mut open {
                        slice(&text, 95, 11).clone_into(&mut open.iswc);
                    }
                }
                "GRT" => self.trailer(line, &text, "GRT", 8, self.group),
                "TRL" => {
                    self.complete = true;
                    let groups = self.groups;
                    self.count(line, "TRL groups", slice(&text, 3, 5), groups);
                    self.trailer(line, &text, "TRL", 8, self.file);
                }
                _ => {}
            }
        }
        let Some(transaction) = open else { return Ok(None) };
        self.write(&transaction);
        Ok(Some(Record::new(self.line, &self.text, &self.cells, None)))
    }

    fn trailer(&mut self, line: u64, text: &str, name: &str, at: usize, counts: Counts) {
        self.count(line, &format!("{name} transactions"), slice(text, at, 8), counts.transactions);
        self.count(line, &format!("{name} records"), slice(text, at + 8, 8), counts.records);
    }

    fn count(&mut self, line: u64, label: &str, stated: &str, computed: u64) {
        self.footings.push(Footing::count(line, label, stated, computed));
    }

    fn write(&mut self, transaction: &Transaction) {
        let head = transaction.head.as_str();
        self.line = transaction.line;
        self.text.clear();
        self.cells.clear();
        let messages = transaction.messages.join("; ");
        for cell in [
            self.sender.trim(),
            slice(head, 38, 8),
            slice(head, 46, 3),
            slice(head, 49, 60),
            slice(head, 109, 20),
            slice(head, 129, 20),
            slice(head, 149, 8),
            slice(head, 157, 2),
            &transaction.iswc,
            &messages,
        ] {
            let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
            self.text.push_str(cell);
            self.cells.push((start, u32::try_from(self.text.len()).unwrap_or(u32::MAX)));
            self.text.push('\t');
        }
    }
}

/// Columns of a line, without blanks at their ends; empty where the line ends earlier.
fn slice(text: &str, start: usize, length: usize) -> &str {
    let place = |column: usize| {
        if text.is_ascii() {
            column.min(text.len())
        } else {
            text.char_indices().nth(column).map_or(text.len(), |(at, _)| at)
        }
    };
    text.get(place(start)..place(start + length)).unwrap_or_default().trim()
}

const _: () = assert!(HEAD_BYTES > 1_024, "the first two lines are in the head");

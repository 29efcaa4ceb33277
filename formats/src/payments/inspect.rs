//! What is in a payment file, whichever kind it is: for people before they import one, and for tests.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use rust_decimal::Decimal;
use serde::Serialize;

use super::ach::{AchEntryKind, AchRead, AchReadEntry, read_ach};
use super::bank::{BankLayout, BankLayouts, head_text, read_bai2, read_csv_statement};
use super::iso20022::{
    ReadTransfer, StatusRead, TransactionStatus, TransfersRead, read_camt, read_pain001, read_pain002,
};
use super::problem::Problem;
use super::statement::{EntryState, StatementEntry, StatementRead};

/// Bytes that are looked at to tell what a file is.
const HEAD: usize = 1 << 16;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FileKind {
    /// NACHA orders.
    NachaForward,
    /// NACHA returns.
    NachaReturn,
    /// NACHA notifications of change.
    NachaNotification,
    /// NACHA orders, returns and notifications in batches of their own.
    NachaMixed,
    /// pain.001.
    CreditTransfer,
    /// pain.002.
    StatusReport,
    /// camt.053.
    Statement,
    /// camt.052.
    AccountReport,
    /// camt.054.
    Notification,
    /// A BAI2 file.
    Bai2,
    /// A CSV statement of a layout that is known.
    CsvStatement,
    /// None of them.
    Unknown,
}

/// Money in and out, per currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Sum of credits; of orders, what is paid.
    pub credits: Decimal,
    /// Sum of debits.
    pub debits: Decimal,
}

/// What stands above the entries.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Facts {
    /// Of a NACHA file.
    Ach(Box<AchRead>),
    /// Of a pain.001.
    Transfers(Box<TransfersRead>),
    /// Of a pain.002.
    Status(Box<StatusRead>),
    /// Of statements.
    Statements(Box<StatementRead>),
    /// Of a file that is none of them.
    Nothing {},
}

/// The entries.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Entries {
    /// Of a NACHA file.
    Ach(Vec<AchReadEntry>),
    /// Of a pain.001.
    Transfers(Vec<ReadTransfer>),
    /// Of a pain.002.
    Status(Vec<TransactionStatus>),
    /// Of statements.
    Statements(Vec<StatementEntry>),
}

/// What was found in a file.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentFile {
    /// The file's name.
    pub file: String,
    /// What it is.
    pub kind: FileKind,
    /// The format and its version: `NACHA`, `camt.053.001.08` …
    pub version: String,
    /// Whether it agrees with itself and may be imported.
    pub valid: bool,
    /// How many of what.
    pub counts: BTreeMap<&'static str, u64>,
    /// How many of what came back, was rejected or has to be corrected, by what has to happen.
    pub classes: BTreeMap<&'static str, u64>,
    /// Money per currency.
    pub totals: BTreeMap<String, Totals>,
    /// What stands above the entries.
    pub facts: Facts,
    /// The entries, in the order of the file.
    pub entries: Entries,
    /// All that is wrong, the first thousand of it.
    pub problems: Vec<Problem>,
    /// How much is wrong.
    pub problem_count: u64,
    /// What is unusual and was taken all the same.
    pub remarks: Vec<Problem>,
}

/// Reads a file and tells what is in it.
///
/// # Errors
/// When it cannot be opened or read.
pub fn inspect(path: &Path) -> io::Result<PaymentFile> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    inspect_from(&name, BufReader::with_capacity(HEAD, File::open(path)?))
}

/// The same for a source that is open.
///
/// # Errors
/// When it cannot be read.
pub fn inspect_from<R: BufRead>(name: &str, mut source: R) -> io::Result<PaymentFile> {
    let head = source.fill_buf()?;
    let kind = guess(&head[..head.len().min(HEAD)]);
    let mut file = match kind {
        Guess::Ach => ach(source)?,
        Guess::Transfers => transfers(source)?,
        Guess::Status => status(source)?,
        Guess::Camt => camt(source)?,
        Guess::Bai2 => bank(FileKind::Bai2, |sink| read_bai2(source, sink))?,
        Guess::Csv(layout) => bank(FileKind::CsvStatement, |sink| read_csv_statement(source, layout, sink))?,
        Guess::Nothing(why) => nothing(why),
    };
    name.clone_into(&mut file.file);
    file.valid = file.problem_count == 0;
    Ok(file)
}

/// What a file looks like.
enum Guess {
    Ach,
    Transfers,
    Status,
    Camt,
    Bai2,
    Csv(&'static BankLayout),
    Nothing(&'static str),
}

fn guess(head: &[u8]) -> Guess {
    let text = match encoding_rs::Encoding::for_bom(head) {
        Some((encoding, _)) => encoding.decode(head).0.into_owned(),
        None if head.starts_with(b"<\0") => encoding_rs::UTF_16LE.decode(head).0.into_owned(),
        None => head_text(head),
    };
    let text = text.trim_start();
    if text.is_empty() {
        return Guess::Nothing("The file is empty.");
    }
    if text.starts_with('<') {
        let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
        return if has(&["CstmrCdtTrfInitn", ":pain.001", "/pain.001"]) {
            Guess::Transfers
        } else if has(&["CstmrPmtStsRpt", ":pain.002", "/pain.002"]) {
            Guess::Status
        } else if has(&["BkToCstmr", ":camt.05", "/camt.05"]) {
            Guess::Camt
        } else {
            Guess::Nothing("It is XML, but none of pain.001, pain.002, camt.052, camt.053 and camt.054.")
        };
    }
    let line = text.lines().next().unwrap_or_default();
    let bytes = line.as_bytes();
    let record =
        matches!(bytes[0], b'1' | b'5'..=b'9') && bytes.get(1..3).is_some_and(|two| two.iter().all(u8::is_ascii_digit));
    if record && (bytes.len() >= 80 || line.get(34..40) == Some("094101")) || line.starts_with("101 ") {
        return Guess::Ach;
    }
    if line.starts_with("01,") {
        return Guess::Bai2;
    }
    if let Some(layout) = BankLayouts::shipped().find(text) {
        return Guess::Csv(layout);
    }
    Guess::Nothing(
        "It is none of NACHA, pain.001, pain.002, camt.052, camt.053, camt.054, BAI2 and the CSV statements whose layouts are known.",
    )
}

fn empty(kind: FileKind, version: &str, facts: Facts, entries: Entries) -> PaymentFile {
    PaymentFile {
        file: String::new(),
        kind,
        version: version.to_owned(),
        valid: false,
        counts: BTreeMap::new(),
        classes: BTreeMap::new(),
        totals: BTreeMap::new(),
        facts,
        entries,
        problems: Vec::new(),
        problem_count: 0,
        remarks: Vec::new(),
    }
}

fn nothing(why: &str) -> PaymentFile {
    let mut file = empty(FileKind::Unknown, "", Facts::Nothing {}, Entries::Ach(Vec::new()));
    file.problems.push(Problem::new("FILE_UNKNOWN", why));
    file.problem_count = 1;
    file
}

fn ach<R: BufRead>(source: R) -> io::Result<PaymentFile> {
    let mut entries = Vec::new();
    let mut classes = BTreeMap::new();
    let mut read = read_ach(source, &mut |entry: AchReadEntry| {
        let class = entry.returned.as_ref().map(|returned| returned.class);
        if let Some(class) = class.or_else(|| entry.change.as_ref().map(|change| change.class)) {
            *classes.entry(class.as_str()).or_default() += 1;
        }
        entries.push(entry);
    })?;
    let (returns, notices) = (read.returns, read.notifications);
    let forward = entries.iter().any(|entry| matches!(entry.kind, AchEntryKind::Forward | AchEntryKind::Prenote));
    let kind = match (forward, returns > 0, notices > 0) {
        (false, true, false) => FileKind::NachaReturn,
        (false, false, true) => FileKind::NachaNotification,
        (_, false, false) => FileKind::NachaForward,
        _ => FileKind::NachaMixed,
    };
    let mut file = empty(kind, "NACHA", Facts::Nothing {}, Entries::Ach(entries));
    let international = read.batches.iter().filter(|batch| batch.international).count() as u64;
    file.counts = BTreeMap::from([
        ("batches", read.batches.len() as u64 - international),
        ("internationalBatches", international),
        ("entries", read.entries),
        ("addenda", read.addenda),
        ("prenotes", read.prenotes),
        ("returns", returns),
        ("notifications", notices),
    ]);
    file.classes = classes;
    file.totals.insert("USD".into(), Totals { credits: read.credits, debits: read.debits });
    file.problems = std::mem::take(&mut read.problems);
    file.remarks = std::mem::take(&mut read.remarks);
    file.problem_count = read.problem_count;
    file.facts = Facts::Ach(Box::new(read));
    Ok(file)
}

fn transfers<R: BufRead>(source: R) -> io::Result<PaymentFile> {
    let mut entries: Vec<ReadTransfer> = Vec::new();
    let mut totals: BTreeMap<String, Totals> = BTreeMap::new();
    let mut read = read_pain001(source, &mut |entry: ReadTransfer| {
        let total = totals.entry(entry.currency.clone()).or_default();
        total.credits = total.credits.saturating_add(entry.amount);
        entries.push(entry);
    })?;
    let mut file = empty(FileKind::CreditTransfer, &read.message, Facts::Nothing {}, Entries::Transfers(entries));
    file.counts = BTreeMap::from([("payments", read.payments.len() as u64), ("entries", read.transfers)]);
    file.totals = totals;
    file.problems = std::mem::take(&mut read.problems);
    file.remarks = std::mem::take(&mut read.remarks);
    file.problem_count = read.problem_count;
    file.facts = Facts::Transfers(Box::new(read));
    Ok(file)
}

fn status<R: BufRead>(source: R) -> io::Result<PaymentFile> {
    let mut entries = Vec::new();
    let mut classes = BTreeMap::new();
    let mut read = read_pain002(source, &mut |entry: TransactionStatus| {
        if let Some(class) = entry.class {
            *classes.entry(class.as_str()).or_default() += 1;
        }
        entries.push(entry);
    })?;
    let mut file = empty(FileKind::StatusReport, &read.message, Facts::Nothing {}, Entries::Status(entries));
    let payments = read.payments.len() as u64;
    file.counts = BTreeMap::from([("payments", payments), ("entries", read.transactions), ("failed", read.failed)]);
    file.classes = classes;
    file.problems = std::mem::take(&mut read.problems);
    file.remarks = std::mem::take(&mut read.remarks);
    file.problem_count = read.problem_count;
    file.facts = Facts::Status(Box::new(read));
    Ok(file)
}

fn camt<R: BufRead>(source: R) -> io::Result<PaymentFile> {
    let mut entries = Vec::new();
    let read = read_camt(source, &mut |entry| entries.push(entry))?;
    let kind = match read.message.get(..8) {
        Some("camt.052") => FileKind::AccountReport,
        Some("camt.054") => FileKind::Notification,
        _ => FileKind::Statement,
    };
    Ok(statements(kind, read, entries))
}

fn bank(
    kind: FileKind,
    read: impl FnOnce(&mut dyn FnMut(StatementEntry)) -> io::Result<StatementRead>,
) -> io::Result<PaymentFile> {
    let mut entries = Vec::new();
    let read = read(&mut |entry| entries.push(entry))?;
    Ok(statements(kind, read, entries))
}

fn statements(kind: FileKind, mut read: StatementRead, entries: Vec<StatementEntry>) -> PaymentFile {
    let mut file = empty(kind, &read.message, Facts::Nothing {}, Entries::Ach(Vec::new()));
    let booked = entries.iter().filter(|entry| entry.part == 0 && entry.state == EntryState::Booked);
    for entry in booked.clone() {
        let total = file.totals.entry(entry.currency.clone()).or_default();
        let sum = if entry.credit { &mut total.credits } else { &mut total.debits };
        *sum = sum.saturating_add(entry.amount);
    }
    for returned in entries.iter().flat_map(|entry| &entry.details).filter_map(|detail| detail.returned.as_ref()) {
        *file.classes.entry(returned.class.as_str()).or_default() += 1;
    }
    file.counts = BTreeMap::from([
        ("statements", read.statements.len() as u64),
        ("entries", read.entries),
        ("booked", booked.count() as u64),
        ("details", read.details),
        ("returns", read.returned),
    ]);
    file.entries = Entries::Statements(entries);
    file.problems = std::mem::take(&mut read.problems);
    file.remarks = std::mem::take(&mut read.remarks);
    file.problem_count = read.problem_count;
    file.facts = Facts::Statements(Box::new(read));
    file
}

impl fmt::Display for PaymentFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.valid { "good" } else { "NOT GOOD" };
        write!(f, "{}: {:?} {}, {verdict}", self.file, self.kind, self.version)?;
        for (name, count) in self.counts.iter().filter(|(_, count)| **count > 0) {
            write!(f, ", {count} {name}")?;
        }
        for (currency, total) in &self.totals {
            write!(f, "\n  {currency}: credits {}, debits {}", total.credits, total.debits)?;
        }
        for (class, count) in &self.classes {
            write!(f, "\n  {class}: {count}")?;
        }
        for problem in &self.problems {
            write!(f, "\n  problem: {problem}")?;
        }
        let untold = self.problem_count.saturating_sub(self.problems.len() as u64);
        if untold > 0 {
            write!(f, "\n  and {untold} more problems")?;
        }
        for remark in &self.remarks {
            write!(f, "\n  remark: {remark}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> (FileKind, bool, usize) {
        let file = inspect_from("x", text.as_bytes()).unwrap();
        (file.kind, file.valid, file.problems.len())
    }

    #[test]
    fn a_file_is_known_by_what_is_in_it() {
        assert_eq!(kind("").0, FileKind::Unknown);
        assert_eq!(kind("hello").0, FileKind::Unknown);
        assert_eq!(kind("<x/>"), (FileKind::Unknown, false, 1));
        assert_eq!(kind("01,A,B,261126,0600,1,,,2/\n99,0,0,2/\n"), (FileKind::Bai2, true, 0));
        assert_eq!(kind("<Document><CstmrPmtStsRpt/></Document>").0, FileKind::StatusReport);
        assert_eq!(
            kind("Posting Date,Description,Amount,Type,Check or Slip #\n11/25/2026,Fee,-1.50,FEE,\n"),
            (FileKind::CsvStatement, true, 0)
        );
        let (kind, valid, problems) = kind(&format!("622{:<91}", "02100002"));
        assert_eq!((kind, valid), (FileKind::NachaForward, false));
        assert!(problems > 1);
    }

    #[test]
    fn what_is_told_is_json_with_places() {
        let file =
            inspect_from("x.ach", format!("{:<94}\n", "101 12104288212313801042611250930A094101Bank").as_bytes())
                .unwrap();
        let json = serde_json::to_value(&file).unwrap();
        assert_eq!(
            (&json["kind"], &json["valid"], &json["version"]),
            (&"NACHA_FORWARD".into(), &false.into(), &"NACHA".into())
        );
        assert_eq!(json["facts"]["header"]["origin"], "1231380104");
        assert_eq!((&json["problems"][0]["code"], &json["problems"][0]["line"]), (&"ACH_NO_CONTROL".into(), &1.into()));
        assert!(file.to_string().contains("problem: line 1: There is no file control"), "{file}");
    }

    /// What stands before the damage.
    const BEGINNINGS: &[&str] = &[
        "",
        "101 121042882 2313801042611250930A094101Bank                   Label                          \n",
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\"><BkToCstmrStmt><Stmt><Ntry>",
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt><OrgnlPmtInfAndSts>",
        "<Document><CstmrCdtTrfInitn><PmtInf>",
        "01,BANK,LABEL,261126,0600,1,80,1,2/\n02,LABEL,BANK,1,261125,,USD,2/\n03,1,USD,010,1,,S,",
        "Date,Value date,Amount,Currency,Reference,End to end id,Counterparty,Account,Text\n",
    ];

    proptest::proptest! {
        #[test]
        fn nothing_that_is_sent_breaks_a_reader(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
            text in "(<Amt Ccy=\"EUR\">|</Amt>|<TxDtls>|</|&amp;|&x;|-?[0-9]{1,40}|,|/|\n16,|\n88,|\n49,|\n6|\n7|\n8|\n99|R0|[ -~]){0,80}",
        ) {
            for beginning in BEGINNINGS {
                for end in [bytes.as_slice(), text.as_bytes()] {
                    let file = [beginning.as_bytes(), end].concat();
                    let found = inspect_from("x", file.as_slice()).unwrap();
                    proptest::prop_assert_eq!(found.valid, found.problem_count == 0);
                    proptest::prop_assert!(serde_json::to_vec(&found).is_ok());
                }
            }
        }
    }
}

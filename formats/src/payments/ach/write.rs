//! Writes NACHA files: credits to persons (PPD) and companies (CCD), prenotes, with or without the balancing debit.

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::record::{BLOCK, COLUMNS, Line, check_digit, is_plain};
use crate::payments::problem::{Problems, Refused};
use crate::payments::text::{Letters, plain};

/// The largest amount of one entry: ten digits of cents.
pub const ENTRY_LIMIT: Decimal = Decimal::from_parts(1_410_065_407, 2, 0, false, 2);
/// Entries of a batch: what the seven digits of a trace number count.
const ENTRIES: usize = 9_999_999;

/// Which kind of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryClass {
    /// To a person's account.
    Ppd,
    /// To a company's account.
    Ccd,
}

impl EntryClass {
    /// The standard entry class code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ppd => "PPD",
            Self::Ccd => "CCD",
        }
    }
}

/// Which kind of account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// Checking account.
    Checking,
    /// Savings account.
    Savings,
}

/// A file to be written. Everything in it is given: the same value gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AchFile {
    /// Routing number of the bank or operator that gets the file, nine digits.
    pub destination: String,
    /// Its name, up to 23 characters.
    pub destination_name: String,
    /// Who sends it, up to ten characters as agreed with the bank: often `1` and the tax number, or a routing number.
    pub origin: String,
    /// Its name, up to 23 characters.
    pub origin_name: String,
    /// The day and time the file is made, as stored with the batch: never the present.
    pub created_at: NaiveDateTime,
    /// `A` to `Z`, `0` to `9`: tells the files of one day apart.
    pub modifier: char,
    /// Free, up to eight characters.
    pub reference: String,
    /// The batches.
    pub batches: Vec<AchBatch>,
}

/// Entries of one kind on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AchBatch {
    /// The paying company as the payee's statement shows it, up to 16 characters.
    pub company_name: String,
    /// Its identification, up to ten characters.
    pub company_id: String,
    /// Free, up to 20 characters.
    pub discretionary: String,
    /// To persons or to companies.
    pub class: EntryClass,
    /// What it is, up to ten characters: `ROYALTY`. `PAYROLL` is for wages only and is refused.
    pub description: String,
    /// The day that the payee sees, if any.
    pub descriptive_date: Option<NaiveDate>,
    /// When it should be in the accounts.
    pub effective_on: NaiveDate,
    /// The paying bank's routing number; its first eight digits begin every trace number.
    pub odfi: String,
    /// The account that pays for the batch, when the bank wants a balanced file.
    pub offset: Option<AchOffset>,
    /// The entries.
    pub entries: Vec<AchEntry>,
}

/// The own account that a balanced batch debits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AchOffset {
    /// Routing number, nine digits.
    pub routing: String,
    /// Account number, up to 17 characters.
    pub account: String,
    /// Kind of account.
    pub kind: AccountKind,
    /// The name of the entry, up to 22 characters.
    pub name: String,
}

/// One credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AchEntry {
    /// Routing number of the payee's bank, nine digits.
    pub routing: String,
    /// Account number, up to 17 characters.
    pub account: String,
    /// Kind of account.
    pub kind: AccountKind,
    /// US dollars with two places; zero for a prenote.
    pub amount: Decimal,
    /// Our reference, up to 15 characters: comes back with a return.
    pub reference: String,
    /// The payee's name; what is longer than 22 characters is cut.
    pub name: String,
    /// Payment information (addenda 05), up to 80 characters.
    pub addenda: Option<String>,
    /// Whether it only asks if the account exists.
    pub prenote: bool,
}

/// A written file with what its sender keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AchWritten {
    /// The file.
    pub bytes: Vec<u8>,
    /// The trace number of every entry, batch by batch in the order they were given: returns quote it.
    pub traces: Vec<Vec<String>>,
    /// Entries and addenda.
    pub records: u64,
    /// The entry hash of the file's control record.
    pub entry_hash: u64,
    /// Sum of credits, US dollars.
    pub credits: Decimal,
    /// Sum of debits, US dollars.
    pub debits: Decimal,
}

/// Writes a file.
///
/// # Errors
/// [`Refused`] with every field that is wrong; nothing is written then.
pub fn write_ach(file: &AchFile) -> Result<AchWritten, Refused> {
    let mut problems = Problems::default();
    check_file(file, &mut problems);
    problems.or_refuse()?;
    Ok(Writer::default().file(file))
}

/// Sums of a batch or a file.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    records: u64,
    hash: u64,
    debits: u64,
    credits: u64,
}

impl Sums {
    fn add(&mut self, routing: &str, addenda: bool, cents: u64, debit: bool) {
        self.records += 1 + u64::from(addenda);
        self.hash += routing.get(..8).and_then(|eight| eight.parse::<u64>().ok()).unwrap_or_default();
        if debit { self.debits += cents } else { self.credits += cents }
    }

    fn join(&mut self, other: Self) {
        self.records += other.records;
        // A batch's hash goes into the file's as it is written: its ten lowest digits.
        self.hash += other.hash % 10_000_000_000;
        self.debits += other.debits;
        self.credits += other.credits;
    }
}

#[derive(Default)]
struct Writer {
    text: String,
    lines: u64,
}

impl Writer {
    fn put(&mut self, line: Line) {
        self.text.push_str(&line.end());
        self.lines += 1;
    }

    fn file(mut self, file: &AchFile) -> AchWritten {
        self.put(
            Line::new("101")
                .right(&file.destination, 10)
                .right(&file.origin, 10)
                .left(&file.created_at.format("%y%m%d%H%M").to_string(), 10)
                .left(&file.modifier.to_string(), 1)
                .left("094101", 6)
                .left(&ascii(&file.destination_name), 23)
                .left(&ascii(&file.origin_name), 23)
                .left(&ascii(&file.reference), 8),
        );
        let mut sums = Sums::default();
        let mut traces = Vec::with_capacity(file.batches.len());
        // Trace numbers go on through the file, so that a return names one entry of it.
        let mut sequence = 0;
        for (batch, number) in file.batches.iter().zip(1..) {
            let (of_batch, of_entries) = self.batch(batch, number, &mut sequence);
            sums.join(of_batch);
            traces.push(of_entries);
        }
        let blocks = (self.lines + 1).div_ceil(BLOCK);
        self.put(
            Line::new("9")
                .zeros(file.batches.len() as u64, 6)
                .zeros(blocks, 6)
                .zeros(sums.records, 8)
                .zeros(sums.hash, 10)
                .zeros(sums.debits, 12)
                .zeros(sums.credits, 12),
        );
        while !self.lines.is_multiple_of(BLOCK) {
            self.put(Line::new(&"9".repeat(COLUMNS)));
        }
        AchWritten {
            bytes: self.text.into_bytes(),
            traces,
            records: sums.records,
            entry_hash: sums.hash % 10_000_000_000,
            credits: dollars(sums.credits),
            debits: dollars(sums.debits),
        }
    }

    fn batch(&mut self, batch: &AchBatch, number: u64, sequence: &mut u64) -> (Sums, Vec<String>) {
        let class = if batch.offset.is_some() { "200" } else { "220" };
        let odfi = batch.odfi.get(..8).unwrap_or_default();
        let day = |day: NaiveDate| day.format("%y%m%d").to_string();
        self.put(
            Line::new("5")
                .left(class, 3)
                .left(&ascii(&batch.company_name), 16)
                .left(&ascii(&batch.discretionary), 20)
                .left(&batch.company_id, 10)
                .left(batch.class.code(), 3)
                .left(&ascii(&batch.description), 10)
                .left(&batch.descriptive_date.map(day).unwrap_or_default(), 6)
                .left(&day(batch.effective_on), 6)
                .left("", 3)
                .left("1", 1)
                .left(odfi, 8)
                .zeros(number, 7),
        );
        let mut sums = Sums::default();
        let mut traces = Vec::with_capacity(batch.entries.len());
        for entry in &batch.entries {
            *sequence += 1;
            let cents = cents(entry.amount).unwrap_or_default();
            let code = match (entry.kind, entry.prenote) {
                (AccountKind::Checking, false) => "22",
                (AccountKind::Checking, true) => "23",
                (AccountKind::Savings, false) => "32",
                (AccountKind::Savings, true) => "33",
            };
            let addenda = entry.addenda.as_deref().filter(|text| !text.is_empty());
            let name = ascii(&entry.name);
            let fields = Fields {
                code,
                routing: &entry.routing,
                account: &entry.account,
                cents,
                reference: &entry.reference,
                name: &name,
                addenda: addenda.is_some(),
            };
            self.entry(&fields, odfi, *sequence);
            if let Some(text) = addenda {
                self.put(Line::new("705").left(&ascii(text), 80).zeros(1, 4).zeros(*sequence, 7));
            }
            sums.add(&entry.routing, addenda.is_some(), cents, false);
            traces.push(format!("{odfi}{sequence:07}"));
        }
        if let Some(offset) = &batch.offset {
            *sequence += 1;
            let code = if offset.kind == AccountKind::Checking { "27" } else { "37" };
            let total = sums.credits;
            let name = ascii(&offset.name);
            let fields = Fields {
                code,
                routing: &offset.routing,
                account: &offset.account,
                cents: total,
                reference: "OFFSET",
                name: &name,
                addenda: false,
            };
            self.entry(&fields, odfi, *sequence);
            sums.add(&offset.routing, false, total, true);
        }
        self.put(
            Line::new("8")
                .left(class, 3)
                .zeros(sums.records, 6)
                .zeros(sums.hash, 10)
                .zeros(sums.debits, 12)
                .zeros(sums.credits, 12)
                .left(&batch.company_id, 10)
                .left("", 25)
                .left(odfi, 8)
                .zeros(number, 7),
        );
        (sums, traces)
    }

    fn entry(&mut self, entry: &Fields<'_>, odfi: &str, sequence: u64) {
        self.put(
            Line::new("6")
                .left(entry.code, 2)
                .left(entry.routing, 9)
                .left(entry.account, 17)
                .zeros(entry.cents, 10)
                .left(entry.reference, 15)
                .left(entry.name, 22)
                .left("", 2)
                .zeros(u64::from(entry.addenda), 1)
                .left(odfi, 8)
                .zeros(sequence, 7),
        );
    }
}

/// The fields of an entry's record.
struct Fields<'a> {
    code: &'a str,
    routing: &'a str,
    account: &'a str,
    cents: u64,
    reference: &'a str,
    name: &'a str,
    addenda: bool,
}

fn dollars(cents: u64) -> Decimal {
    Decimal::from_i128_with_scale(i128::from(cents), 2)
}

/// Cents of an amount that has no more than two places.
fn cents(amount: Decimal) -> Option<u64> {
    let cents = amount.checked_mul(Decimal::ONE_HUNDRED)?;
    cents.fract().is_zero().then(|| cents.to_u64()).flatten()
}

/// Text in ASCII; what has no ASCII letters was refused before.
fn ascii(text: &str) -> String {
    plain(text, Letters::Ascii).unwrap_or_default()
}

fn check_file(file: &AchFile, problems: &mut Problems) {
    routing("destination", &file.destination, problems);
    let origin = &file.origin;
    if origin.is_empty() || origin.len() > 10 || !is_plain(origin) || origin.bytes().all(|byte| byte == b'0') {
        problems.refuse("origin", "ACH_ORIGIN", "Give the identification agreed with the bank, 1 to 10 characters.");
    }
    name("destinationName", &file.destination_name, 23, false, problems);
    name("originName", &file.origin_name, 23, false, problems);
    name("reference", &file.reference, 8, false, problems);
    if !file.modifier.is_ascii_uppercase() && !file.modifier.is_ascii_digit() {
        problems.refuse("modifier", "ACH_MODIFIER", "The file id modifier is a letter A to Z or a digit.");
    }
    if file.batches.is_empty() {
        problems.refuse("batches", "ACH_EMPTY", "A file has at least one batch.");
    }
    let mut total = 0_u64;
    for (index, batch) in file.batches.iter().enumerate() {
        let path = format!("batches.{index}");
        check_batch(&path, batch, problems);
        let sum: u64 = batch.entries.iter().filter_map(|entry| cents(entry.amount)).fold(0, u64::saturating_add);
        total = total.saturating_add(sum);
    }
    if file.batches.iter().map(|batch| batch.entries.len() + 1).sum::<usize>() > ENTRIES {
        problems.refuse("batches", "ACH_TOO_MANY", format!("A file numbers at most {ENTRIES} entries: make several."));
    }
    if total >= 1_000_000_000_000 {
        problems.refuse("batches", "ACH_TOTAL", "A file's total is below 10,000,000,000.00 dollars: make several.");
    }
}

fn check_batch(path: &str, batch: &AchBatch, problems: &mut Problems) {
    name(&format!("{path}.companyName"), &batch.company_name, 16, true, problems);
    name(&format!("{path}.discretionary"), &batch.discretionary, 20, false, problems);
    name(&format!("{path}.description"), &batch.description, 10, true, problems);
    let id = &batch.company_id;
    if id.trim().is_empty() || id.len() > 10 || !is_plain(id) {
        problems.refuse(
            format!("{path}.companyId"),
            "ACH_COMPANY_ID",
            "The company identification has 1 to 10 characters.",
        );
    }
    if batch.description.trim().eq_ignore_ascii_case("PAYROLL") {
        let message = "PAYROLL is reserved for wages: royalties are described as ROYALTY.";
        problems.refuse(format!("{path}.description"), "ACH_PAYROLL", message);
    }
    routing(&format!("{path}.odfi"), &batch.odfi, problems);
    if batch.entries.is_empty() {
        problems.refuse(format!("{path}.entries"), "ACH_EMPTY", "A batch has at least one entry.");
    }
    if let Some(offset) = &batch.offset {
        routing(&format!("{path}.offset.routing"), &offset.routing, problems);
        account(&format!("{path}.offset.account"), &offset.account, problems);
        name(&format!("{path}.offset.name"), &offset.name, 22, true, problems);
        let total: u64 = batch.entries.iter().filter_map(|entry| cents(entry.amount)).fold(0, u64::saturating_add);
        if total > 9_999_999_999 {
            let message = "The balancing debit would be above 99,999,999.99 dollars: make several batches.";
            problems.refuse(format!("{path}.offset"), "ACH_OFFSET_AMOUNT", message);
        }
    }
    for (index, entry) in batch.entries.iter().enumerate() {
        check_entry(&format!("{path}.entries.{index}"), entry, problems);
    }
}

fn check_entry(path: &str, entry: &AchEntry, problems: &mut Problems) {
    routing(&format!("{path}.routing"), &entry.routing, problems);
    account(&format!("{path}.account"), &entry.account, problems);
    // Statements of the payee show 22 characters; a longer name is cut there by every bank.
    name(&format!("{path}.name"), &entry.name, usize::MAX, true, problems);
    if entry.reference.len() > 15 || !is_plain(&entry.reference) {
        let message = "The reference has up to 15 plain characters.";
        problems.refuse(format!("{path}.reference"), "ACH_REFERENCE", message);
    }
    let at = format!("{path}.amount");
    match cents(entry.amount) {
        None => problems.refuse(at, "ACH_AMOUNT", format!("{} is no amount in whole cents.", entry.amount)),
        Some(0) if !entry.prenote => {
            problems.refuse(at, "ACH_AMOUNT", "A credit is above zero; only a prenote is zero.")
        }
        Some(cents) if entry.prenote && cents > 0 => {
            problems.refuse(at, "ACH_AMOUNT", "A prenote has the amount zero.")
        }
        Some(cents) if cents > 9_999_999_999 => {
            let message = format!("One entry holds at most {ENTRY_LIMIT} dollars: pay {} by wire.", entry.amount);
            problems.refuse(at, "ACH_AMOUNT_LIMIT", message);
        }
        Some(_) => {}
    }
    if let Some(text) = &entry.addenda {
        name(&format!("{path}.addenda"), text, 80, false, problems);
    }
}

fn routing(path: &str, number: &str, problems: &mut Problems) {
    let digit = number.get(..8).and_then(check_digit);
    let last = number.chars().nth(8).and_then(|digit| digit.to_digit(10));
    if number.len() != 9 || digit.is_none() || last.is_none() || number.bytes().all(|byte| byte == b'0') {
        problems.refuse(path, "ACH_ROUTING", "A routing number has nine digits.");
    } else if digit != last {
        let message = "The routing number's check digit is wrong: have the payee look at it again.";
        problems.refuse(path, "ACH_ROUTING_CHECK", message);
    }
}

fn account(path: &str, number: &str, problems: &mut Problems) {
    let fits = number.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b' '));
    if number.trim().is_empty() || number.len() > 17 || !fits {
        problems.refuse(path, "ACH_ACCOUNT", "An account number has 1 to 17 letters, digits and hyphens.");
    }
}

fn name(path: &str, text: &str, longest: usize, needed: bool, problems: &mut Problems) {
    match plain(text, Letters::Ascii) {
        Err(letters) => {
            let message = format!("`{letters}` cannot be written in this file: give the name in Latin letters.");
            problems.refuse(path, "ACH_LETTERS", message);
        }
        Ok(plain) if needed && plain.trim().is_empty() => problems.refuse(path, "ACH_MISSING", "This must be given."),
        Ok(plain) if plain.len() > longest => {
            let message = format!("It has {} characters; at most {longest} fit.", plain.len());
            problems.refuse(path, "ACH_TOO_LONG", message);
        }
        Ok(_) => {}
    }
}

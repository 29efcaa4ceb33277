//! BAI2, the cash management file of American banks: groups of accounts, records with commas, totals at every level.

use std::io::{self, BufRead};

use chrono::NaiveDate;
use kernel::currency::Currency;
use rust_decimal::Decimal;

use crate::payments::ach::{FailureClass, return_reason};
use crate::payments::problem::{KEPT, Problem, Problems};
use crate::payments::statement::{
    Balance, EntryDetail, EntryState, Returned, Statement, StatementEntry, StatementRead,
};

/// Bytes of a physical record that are looked at.
const LONGEST: usize = 16_384;

/// Reads a file. Every transaction goes to the sink.
///
/// Nothing that went to the sink may be booked before [`StatementRead::is_valid`] said so.
///
/// # Errors
/// When the source cannot be read. Faults of the file are in [`StatementRead::problems`].
pub fn read_bai2<R: BufRead>(mut source: R, sink: &mut dyn FnMut(StatementEntry)) -> io::Result<StatementRead> {
    let mut reader = Bai2::new(sink);
    let mut buffer = Vec::new();
    let mut line = 0_u64;
    loop {
        buffer.clear();
        let count = io::Read::take(&mut source, LONGEST as u64).read_until(b'\n', &mut buffer)?;
        if count == 0 {
            break;
        }
        line += 1;
        let text = String::from_utf8_lossy(&buffer);
        let text = text.trim_matches(['\u{feff}', '\r', '\n', '\u{1a}']).trim_end();
        if !text.is_empty() {
            reader.physical(text, line);
        }
    }
    Ok(reader.end(line))
}

/// A currency as amounts need it.
#[derive(Debug, Clone, Copy)]
struct Unit {
    code: &'static str,
    places: u32,
}

/// What a file without a word of its currency means.
const DOLLAR: Unit = Unit { code: "USD", places: 2 };

/// Totals of a level: stated amounts, records.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    total: Decimal,
    records: u64,
    parts: u64,
}

/// A record that may still be continued.
struct Open {
    record: String,
    /// Its first line.
    line: u64,
    /// How many lines it has.
    lines: u64,
}

struct Bai2<'a> {
    sink: &'a mut dyn FnMut(StatementEntry),
    read: StatementRead,
    problems: Problems,
    /// The record that may still be continued.
    open: Option<Open>,
    file: Option<Level>,
    group: Option<Level>,
    account: Option<Level>,
    /// Of the group.
    as_of: Option<NaiveDate>,
    group_currency: Option<Currency>,
    currency: Option<Currency>,
    number: u64,
    line: u64,
    is_over: bool,
}

impl<'a> Bai2<'a> {
    fn new(sink: &'a mut dyn FnMut(StatementEntry)) -> Self {
        let read = StatementRead { message: "BAI2".into(), ..StatementRead::default() };
        Self {
            sink,
            read,
            problems: Problems::default(),
            open: None,
            file: None,
            group: None,
            account: None,
            as_of: None,
            group_currency: None,
            currency: None,
            number: 0,
            line: 0,
            is_over: false,
        }
    }

    fn wrong(&mut self, code: &'static str, field: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(code, message).at_line(self.line).of_field(field));
    }

    fn remark(&mut self, code: &'static str, field: &str, message: impl Into<String>) {
        if self.read.remarks.len() < KEPT {
            self.read.remarks.push(Problem::new(code, message).at_line(self.line).of_field(field));
        }
    }

    /// One line: begins a record, or continues the one before.
    fn physical(&mut self, text: &str, line: u64) {
        let Some(rest) = text.strip_prefix("88,") else {
            self.flush();
            self.open = Some(Open { record: text.to_owned(), line, lines: 1 });
            return;
        };
        match &mut self.open {
            Some(open) => {
                open.lines += 1;
                // A slash ends the fields; without one a text goes on.
                match open.record.strip_suffix('/') {
                    Some(fields) => open.record = format!("{fields},{rest}"),
                    None => {
                        open.record.push(' ');
                        open.record.push_str(rest);
                    }
                }
            }
            None => {
                self.line = line;
                self.wrong("BAI2_CONTINUATION", "88", "It continues a record that is not there.");
            }
        }
    }

    /// Reads the record that is whole now.
    fn flush(&mut self) {
        let Some(Open { record, line, lines }) = self.open.take() else { return };
        self.line = line;
        if self.is_over {
            self.wrong("BAI2_AFTER_END", "", "A record follows the file trailer (99).");
            return;
        }
        let kind = record.split(',').next().unwrap_or_default().trim_end_matches('/');
        if self.file.is_none() && kind != "01" {
            self.wrong("BAI2_NO_HEADER", "01", "The file header (01) is missing.");
            self.file = Some(Level::default());
        }
        // A record counts at every level that it stands in; those that open a level count in it.
        match kind {
            "01" => self.file = Some(Level::default()),
            "02" => self.group = Some(Level::default()),
            "03" => self.account = Some(Level::default()),
            _ => {}
        }
        for level in [&mut self.file, &mut self.group, &mut self.account].into_iter().flatten() {
            level.records += lines;
        }
        match kind {
            "01" => self.header(&record),
            "02" => self.group_header(&record),
            "03" => self.account_header(&record),
            "16" => self.transaction(&record),
            "49" => self.account_trailer(&record),
            "98" => self.group_trailer(&record),
            "99" => self.file_trailer(&record),
            other => {
                let message = format!("`{other}` begins no record: 01, 02, 03, 16, 49, 88, 98 and 99 do.");
                self.wrong("BAI2_RECORD_TYPE", "", message);
            }
        }
    }

    fn header(&mut self, record: &str) {
        let fields = fields(record);
        let at = |index: usize| fields.get(index).copied().unwrap_or_default();
        at(5).clone_into(&mut self.read.message_id);
        self.read.created_at = format!("{} {}", at(3), at(4)).trim().to_owned();
        if day(at(3)).is_none() {
            self.wrong("BAI2_DATE", "file creation date", format!("`{}` is no day as YYMMDD.", at(3)));
        }
        if !matches!(at(8), "2" | "") {
            self.remark("BAI2_VERSION", "version", format!("Version {} was read as version 2.", at(8)));
        }
    }

    fn group_header(&mut self, record: &str) {
        let fields = fields(record);
        let at = |index: usize| fields.get(index).copied().unwrap_or_default();
        self.as_of = day(at(4));
        if self.as_of.is_none() {
            self.wrong("BAI2_DATE", "as-of date", format!("`{}` is no day as YYMMDD.", at(4)));
        }
        self.group_currency = None;
        if !at(6).is_empty() {
            match Currency::parse(at(6)) {
                Ok(currency) => self.group_currency = Some(currency),
                Err(_) => self.wrong("BAI2_CURRENCY", "currency", format!("`{}` is no currency.", at(6))),
            }
        }
        if !matches!(at(3), "1" | "") {
            let meaning = match at(3) {
                "2" => "a deletion",
                "3" => "a correction",
                "4" => "a test",
                _ => "nothing known",
            };
            self.remark("BAI2_STATUS", "group status", format!("Status {} means {meaning}, not an update.", at(3)));
        }
    }

    fn account_header(&mut self, record: &str) {
        if self.group.is_none() {
            self.wrong("BAI2_OUTSIDE", "03", "An account outside of any group (02).");
        }
        let fields = fields(record);
        let at = |index: usize| fields.get(index).copied().unwrap_or_default();
        self.currency = None;
        if !at(2).is_empty() {
            match Currency::parse(at(2)) {
                Ok(currency) => self.currency = Some(currency),
                Err(_) => self.wrong("BAI2_CURRENCY", "currency", format!("`{}` is no currency.", at(2))),
            }
        }
        let currency = self.currency_now();
        let mut statement = Statement {
            line: self.line,
            id: format!("{}/{}", self.read.message_id, self.read.statements.len() + 1),
            account: at(1).to_owned(),
            currency: currency.code.to_owned(),
            from: self.as_of,
            to: self.as_of,
            ..Statement::default()
        };
        self.number = 0;
        // Balances and sums: type, amount, item count, funds type and what belongs to it, again and again.
        let mut index = 3;
        while index + 1 < fields.len() {
            let (kind, text) = (at(index), at(index + 1));
            index += 3;
            index +=
                funds(fields.get(index).copied().unwrap_or_default(), &fields[(index + 1).min(fields.len())..]) + 1;
            if kind.is_empty() || text.is_empty() {
                continue;
            }
            let Some(amount) = self.amount(text, currency) else { continue };
            if let Some(level) = &mut self.account {
                level.total = level.total.saturating_add(signed(text, amount));
            }
            // Below 100 are balances, above are sums of transactions.
            if kind.len() == 3 && kind.starts_with('0') {
                let kind = match kind {
                    "010" => "OPBD",
                    "015" => "CLBD",
                    "040" => "OPAV",
                    "045" => "CLAV",
                    other => other,
                };
                let amount = signed(text, amount);
                statement.balances.push(Balance {
                    kind: kind.to_owned(),
                    amount,
                    currency: currency.code.to_owned(),
                    on: self.as_of,
                });
            }
        }
        self.read.statements.push(statement);
    }

    fn currency_now(&self) -> Unit {
        let known = self.currency.or(self.group_currency);
        known.map_or(DOLLAR, |currency| Unit { code: currency.code(), places: currency.exponent() })
    }

    /// An amount without decimal point, in the places of its currency.
    fn amount(&mut self, text: &str, currency: Unit) -> Option<Decimal> {
        let digits = text.trim_start_matches(['+', '-']);
        let plain = !digits.is_empty() && digits.len() <= 24 && digits.bytes().all(|byte| byte.is_ascii_digit());
        match digits.parse::<i128>().ok().filter(|_| plain) {
            Some(units) => Some(Decimal::from_i128_with_scale(units, currency.places)),
            None => {
                self.wrong("BAI2_AMOUNT", "amount", format!("`{text}` is no amount: digits without a point are."));
                None
            }
        }
    }

    fn transaction(&mut self, record: &str) {
        let Some(statement) = self.read.statements.len().checked_sub(1).filter(|_| self.account.is_some()) else {
            self.wrong("BAI2_OUTSIDE", "16", "A transaction outside of any account (03).");
            return;
        };
        let all: Vec<&str> = record.split(',').collect();
        let at = |index: usize| all.get(index).copied().unwrap_or_default().trim().trim_end_matches('/');
        let kind = at(1).to_owned();
        let currency = self.currency_now();
        let text = at(2).to_owned();
        let amount = if text.is_empty() { Some(Decimal::ZERO) } else { self.amount(&text, currency) };
        let Some(amount) = amount else { return };
        if let Some(level) = &mut self.account {
            level.total = level.total.saturating_add(signed(&text, amount));
        }
        let code: u32 = kind.parse().unwrap_or_default();
        let credit = match code {
            100..=399 | 920..=959 => true,
            400..=699 | 960..=999 => false,
            890..=899 => {
                // Non-monetary information.
                return;
            }
            _ => {
                self.wrong("BAI2_TYPE", "type code", format!("`{kind}` is no type of a transaction."));
                return;
            }
        };
        let funds_kind = at(3);
        let after = 4 + funds(funds_kind, &all[4.min(all.len())..]);
        let value_on = if funds_kind == "V" { day(at(4)) } else { None };
        let (bank_reference, reference) = (at(after).to_owned(), at(after + 1).to_owned());
        let rest = if all.len() > after + 2 { all[after + 2..].join(",") } else { String::new() };
        let rest = rest.trim_end_matches('/').trim_start_matches([',', ' ']).trim_end().to_owned();
        self.number += 1;
        // Checks: paid ones, and sums of them, have the check's number as the customer's reference.
        let check = matches!(code, 472 | 475 | 476 | 477 | 474 | 575);
        let returned = returned(code, &rest);
        let detail = EntryDetail {
            line: self.line,
            end_to_end_id: if check { String::new() } else { reference.clone() },
            check_number: if check { reference.clone() } else { String::new() },
            bank_reference: bank_reference.clone(),
            amount: Some(amount),
            currency: currency.code.to_owned(),
            remittance: Some(rest.clone()).filter(|text| !text.is_empty()).into_iter().collect(),
            returned,
            ..EntryDetail::default()
        };
        let entry = StatementEntry {
            line: self.line,
            statement,
            number: self.number,
            amount,
            currency: currency.code.to_owned(),
            credit,
            reversal: matches!(code, 252 | 255 | 552 | 555),
            state: EntryState::Booked,
            booked_on: self.as_of,
            value_on: value_on.or(self.as_of),
            reference,
            bank_reference,
            kind,
            batch: None,
            charges: Vec::new(),
            details: vec![detail],
            part: 0,
            last_part: true,
            text: rest,
        };
        self.read.count(&entry);
        (self.sink)(entry);
    }

    /// Stated total and records of a level against what was read.
    fn hold(&mut self, record: &str, level: Level, records_at: usize, level_name: &str) {
        let fields: Vec<String> = fields(record).into_iter().map(str::to_owned).collect();
        let at = |index: usize| fields.get(index).map(String::as_str).unwrap_or_default();
        let currency = self.currency_now();
        let places = level.total.scale().max(currency.places);
        let stated = at(1).trim_start_matches('+').parse::<i128>().ok();
        let mut found = level.total;
        found.rescale(places);
        match stated {
            Some(stated) if stated == found.mantissa() => {}
            Some(stated) => {
                let message = format!(
                    "It says {stated}, the amounts come to {}: lines are missing, twice or changed.",
                    found.mantissa()
                );
                self.wrong("BAI2_CONTROL", &format!("{level_name} control total"), message);
            }
            None => {
                self.wrong("BAI2_CONTROL", &format!("{level_name} control total"), format!("`{}` is no total.", at(1)))
            }
        }
        if let Ok(stated) = at(records_at).parse::<u64>()
            && stated != level.records
        {
            let message = format!("It says {stated} records, {} are there.", level.records);
            self.wrong("BAI2_CONTROL", &format!("{level_name} number of records"), message);
        }
        if records_at == 3
            && let Ok(stated) = at(2).parse::<u64>()
            && stated != level.parts
        {
            let message = format!("It says {stated}, {} are there.", level.parts);
            self.wrong("BAI2_CONTROL", &format!("{level_name} number of parts"), message);
        }
    }

    fn account_trailer(&mut self, record: &str) {
        let Some(level) = self.account.take() else {
            self.wrong("BAI2_OUTSIDE", "49", "An account trailer without an account (03).");
            return;
        };
        self.hold(record, level, 2, "account");
        self.close_into_group(level);
    }

    fn close_into_group(&mut self, level: Level) {
        if let Some(group) = &mut self.group {
            group.total = group.total.saturating_add(level.total);
            group.parts += 1;
        }
    }

    fn group_trailer(&mut self, record: &str) {
        if let Some(level) = self.account.take() {
            self.wrong("BAI2_OPEN", "49", "The last account has no trailer (49).");
            self.close_into_group(level);
        }
        let Some(level) = self.group.take() else {
            self.wrong("BAI2_OUTSIDE", "98", "A group trailer without a group (02).");
            return;
        };
        self.hold(record, level, 3, "group");
        if let Some(file) = &mut self.file {
            file.total = file.total.saturating_add(level.total);
            file.parts += 1;
        }
    }

    fn file_trailer(&mut self, record: &str) {
        if self.group.is_some() {
            self.wrong("BAI2_OPEN", "98", "The last group has no trailer (98).");
        }
        self.is_over = true;
        if let Some(level) = self.file {
            self.hold(record, level, 3, "file");
        }
    }

    fn end(mut self, line: u64) -> StatementRead {
        self.flush();
        self.line = line;
        if !self.is_over {
            self.wrong("BAI2_CUT_OFF", "99", "There is no file trailer (99): the file breaks off. Get it again.");
        }
        self.read.problem_count = self.problems.count;
        self.read.problems = self.problems.into_kept();
        self.read
    }
}

/// The fields of a record whose last is no text.
fn fields(record: &str) -> Vec<&str> {
    let end = record.find('/').unwrap_or(record.len());
    record[..end].split(',').map(str::trim).collect()
}

/// How many fields belong to a funds type.
fn funds(kind: &str, after: &[&str]) -> usize {
    match kind {
        "V" => 2,
        "S" => 3,
        "D" => after.first().and_then(|count| count.parse::<usize>().ok()).map_or(1, |count| 1 + 2 * count.min(99)),
        _ => 0,
    }
}

fn signed(text: &str, amount: Decimal) -> Decimal {
    if text.starts_with('-') { -amount } else { amount }
}

fn day(text: &str) -> Option<NaiveDate> {
    let plain = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    NaiveDate::parse_from_str(text, "%y%m%d").ok().filter(|_| plain)
}

/// Money that comes back: types of ACH returns and returned items; the reason stands in the text, if anywhere.
fn returned(code: u32, text: &str) -> Option<Returned> {
    if !matches!(code, 252 | 255 | 256 | 257 | 258 | 266) {
        return None;
    }
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    let reason = words.map(str::to_ascii_uppercase).find(|word| return_reason(word).is_some()).unwrap_or_default();
    let (class, meaning) = return_reason(&reason).unwrap_or((FailureClass::Unknown, ""));
    Some(Returned { code: reason, class, reason: meaning, text: text.to_owned() })
}

//! Reads NACHA files of every kind, entry by entry, and holds them against their own counts and sums.
//!
//! What the rules do not know (a reason code of next year) is kept and named; what does not agree with itself makes
//! the file a bad one, with the line, the columns and what to do.

use std::io::{self, BufRead};

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::facts::{AchBatchFacts, AchEntryKind, AchHeader, AchRead, AchReadEntry};
use super::fields::{batch_control, batch_header, entry, file_control, file_header};
use super::lines::{Cut, Lines};
use super::record::{BLOCK, Field, Record, check_digit};
use crate::payments::problem::{Problem, Problems};

/// Entry classes of the rules.
const CLASSES: &[&str] = &[
    "ACK", "ADV", "ARC", "ATX", "BOC", "CCD", "CIE", "COR", "CTX", "DNE", "ENR", "IAT", "MTE", "POP", "POS", "PPD",
    "RCK", "SHR", "TEL", "TRC", "TRX", "WEB", "XCK",
];
/// Digits of an entry hash.
const HASH: u64 = 10_000_000_000;

/// Reads a file. Every entry goes to the sink as soon as its last addenda was read, in the order of the file.
///
/// Nothing that went to the sink may be booked before [`AchRead::is_valid`] said so.
///
/// # Errors
/// When the source cannot be read. Faults of the file are in [`AchRead::problems`].
pub fn read_ach<R: BufRead>(source: R, sink: &mut dyn FnMut(AchReadEntry)) -> io::Result<AchRead> {
    let mut lines = Lines::new(source);
    let mut reader = Reader::new(sink);
    while let Some(cut) = lines.next()? {
        reader.record(&cut);
    }
    Ok(reader.end())
}

/// What is open while reading.
pub(super) struct Reader<'a> {
    sink: &'a mut dyn FnMut(AchReadEntry),
    pub(super) line: u64,
    read: AchRead,
    problems: Problems,
    /// The batch that is open, with what its entries sum to.
    batch: Option<Open>,
    pub(super) entry: Option<AchReadEntry>,
    file_hash: u64,
    records: u64,
    controls: u64,
    is_over: bool,
}

/// A batch that is open.
struct Open {
    facts: AchBatchFacts,
    hash: u64,
    debits: u64,
    credits: u64,
    last_trace: String,
    /// What the first entry was: the others must be of its kind.
    kind: Option<AchEntryKind>,
}

impl Open {
    fn is_advice(&self) -> bool {
        self.facts.class == "ADV"
    }
}

impl<'a> Reader<'a> {
    fn new(sink: &'a mut dyn FnMut(AchReadEntry)) -> Self {
        Self {
            sink,
            line: 0,
            read: AchRead::default(),
            problems: Problems::default(),
            batch: None,
            entry: None,
            file_hash: 0,
            records: 0,
            controls: 0,
            is_over: false,
        }
    }

    /// Something that makes the file a bad one.
    pub(super) fn wrong(&mut self, code: &'static str, field: Field, message: impl Into<String>) {
        let problem = Problem::new(code, message).at_line(self.line).at_columns(field.1, field.2).of_field(field.0);
        self.problems.push(problem);
    }

    fn wrong_record(&mut self, code: &'static str, message: impl Into<String>) {
        self.problems.push(Problem::new(code, message).at_line(self.line));
    }

    /// Something unusual that is taken all the same.
    pub(super) fn remark(&mut self, code: &'static str, field: Field, message: impl Into<String>) {
        if self.read.remarks.len() < crate::payments::problem::KEPT {
            let problem = Problem::new(code, message).at_line(self.line).at_columns(field.1, field.2).of_field(field.0);
            self.read.remarks.push(problem);
        }
    }

    fn record(&mut self, cut: &Cut) {
        self.line = cut.line;
        let record = Record(&cut.text);
        let kind = cut.text.as_bytes()[0];
        // Filling of the last block, whatever its length.
        if kind == b'9' && cut.text.trim_end().bytes().all(|byte| byte == b'9') {
            self.records += 1;
            return;
        }
        self.records += 1;
        if self.is_over {
            self.wrong_record(
                "ACH_AFTER_CONTROL",
                "A record follows the file control: two files were joined, or lines were moved.",
            );
            return;
        }
        if let Some(length) = cut.length.filter(|length| *length > 94) {
            self.wrong_record("ACH_LENGTH", format!("A record has 94 columns, this one has {length}."));
        }
        if let Some(column) = cut.strange {
            let message = format!("Column {column} is no printable ASCII character; names are written in ASCII.");
            self.problems.push(Problem::new("ACH_NOT_ASCII", message).at_line(cut.line).at_columns(column, column));
        }
        let before = self.problems.count;
        if self.read.header.is_none() && kind != b'1' && self.line <= 1 {
            self.wrong_record("ACH_NO_HEADER", "The first record is no file header (1): the beginning is missing.");
        }
        match kind {
            b'1' => self.file_header(record),
            b'5' => self.batch_header(record),
            b'6' => self.entry(record),
            b'7' => self.addenda(record),
            b'8' => self.batch_control(record),
            b'9' => self.file_control(record),
            other => {
                let message = format!("`{}` begins no record: 1, 5, 6, 7, 8 and 9 do.", char::from(other));
                self.wrong_record("ACH_RECORD_TYPE", message);
            }
        }
        // A short line is one whose last blanks were cut off; when it cannot be read, columns are missing inside.
        if let Some(length) = cut.length.filter(|length| *length < 94)
            && self.problems.count > before
        {
            let message = format!("A record has 94 columns, this one has {length}: columns are missing inside.");
            self.wrong_record("ACH_LENGTH", message);
        }
    }

    fn file_header(&mut self, record: Record<'_>) {
        use file_header as at;
        if self.read.header.is_some() {
            self.wrong_record(
                "ACH_SECOND_HEADER",
                "A second file header: two files were joined. Import them one by one.",
            );
            return;
        }
        if self.line > 1 && (self.batch.is_some() || !self.read.batches.is_empty()) {
            self.wrong_record("ACH_HEADER_LATE", "The file header is not the first record.");
        }
        let destination = record.text(at::DESTINATION);
        let bare = destination.strip_prefix('0').filter(|_| destination.len() == 10).unwrap_or(destination);
        if bare.is_empty() {
            self.wrong("ACH_MISSING", at::DESTINATION, "It says nobody.");
        } else if bare.len() == 9 && bare.bytes().all(|byte| byte.is_ascii_digit()) {
            if check_digit(&bare[..8]) != bare[8..].parse().ok() || bare.bytes().all(|byte| byte == b'0') {
                self.wrong("ACH_ROUTING_CHECK", at::DESTINATION, format!("`{bare}` has a wrong check digit."));
            }
        } else {
            self.remark("ACH_DESTINATION", at::DESTINATION, format!("`{bare}` is no routing number."));
        }
        let origin = record.text(at::ORIGIN);
        if origin.is_empty() || origin.bytes().all(|byte| byte == b'0') {
            self.wrong("ACH_MISSING", at::ORIGIN, "It says nobody.");
        }
        let created_on = date(record.text(at::DATE));
        if created_on.is_none() {
            self.wrong("ACH_DATE", at::DATE, format!("`{}` is no day as YYMMDD.", record.raw(at::DATE)));
        }
        if !record.raw(at::MODIFIER).bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.wrong("ACH_MODIFIER", at::MODIFIER, "The file id modifier is a letter or a digit.");
        }
        for (field, wanted) in [(at::SIZE, "094"), (at::BLOCKING, "10"), (at::FORMAT, "1")] {
            match record.text(field) {
                own if own == wanted => {}
                "" => self.remark("ACH_MISSING", field, format!("It is blank, {wanted} was meant.")),
                own => self.wrong("ACH_FORMAT", field, format!("It is `{own}`, not {wanted}.")),
            }
        }
        self.read.header = Some(AchHeader {
            destination: destination.to_owned(),
            destination_name: record.text(at::DESTINATION_NAME).to_owned(),
            origin: origin.to_owned(),
            origin_name: record.text(at::ORIGIN_NAME).to_owned(),
            created_on,
            created_time: record.text(at::TIME).to_owned(),
            modifier: record.text(at::MODIFIER).to_owned(),
            reference: record.text(at::REFERENCE).to_owned(),
        });
    }

    fn batch_header(&mut self, record: Record<'_>) {
        use batch_header as at;
        if self.read.header.is_none() {
            self.wrong_record("ACH_NO_HEADER", "No file header (1) came before this batch.");
        }
        if self.batch.is_some() {
            self.wrong_record("ACH_BATCH_OPEN", "The batch before has no control record (8): lines are missing.");
            self.close_batch(None);
        }
        let service_class = record.text(at::SERVICE_CLASS);
        if !matches!(service_class, "200" | "220" | "225" | "280") {
            self.wrong(
                "ACH_SERVICE_CLASS",
                at::SERVICE_CLASS,
                format!("`{service_class}` is none of 200, 220, 225, 280."),
            );
        }
        let class = record.text(at::CLASS).to_ascii_uppercase();
        if !CLASSES.contains(&class.as_str()) {
            self.wrong("ACH_ENTRY_CLASS", at::CLASS, format!("`{class}` is no standard entry class code."));
        } else if class != record.text(at::CLASS) {
            self.remark("ACH_LOWER_CASE", at::CLASS, "The entry class is written in small letters.");
        }
        let company_name = record.text(at::COMPANY_NAME);
        let international = class == "IAT" || class == "COR" && company_name.starts_with("IATCOR");
        if !international && company_name.bytes().all(|byte| matches!(byte, b'0' | b' ')) {
            self.wrong("ACH_MISSING", at::COMPANY_NAME, "It says nobody: only blanks and zeros.");
        }
        for field in [at::COMPANY_ID, at::DESCRIPTION] {
            if record.text(field).is_empty() {
                self.wrong("ACH_MISSING", field, "It is blank and must not be.");
            }
        }
        let odfi = record.text(at::ODFI);
        if odfi.is_empty() {
            self.wrong("ACH_MISSING", at::ODFI, "It is blank and must not be.");
        }
        if !matches!(record.text(at::STATUS), "" | "0" | "1" | "2") {
            self.wrong("ACH_STATUS", at::STATUS, "The originator status is 0, 1 or 2.");
        }
        let effective = record.text(at::EFFECTIVE);
        let effective_on = date(effective);
        if effective_on.is_none() && !effective.bytes().all(|byte| byte == b'0') {
            self.remark("ACH_DATE", at::EFFECTIVE, format!("`{effective}` is no day as YYMMDD."));
        }
        let number = self.number(record, at::NUMBER);
        let facts = AchBatchFacts {
            line: self.line,
            number,
            service_class: service_class.to_owned(),
            company_name: company_name.to_owned(),
            company_id: record.text(at::COMPANY_ID).to_owned(),
            class,
            description: record.text(at::DESCRIPTION).to_owned(),
            effective_on,
            odfi: odfi.to_owned(),
            international,
            ..AchBatchFacts::default()
        };
        self.batch = Some(Open { facts, hash: 0, debits: 0, credits: 0, last_trace: String::new(), kind: None });
    }

    /// A number that must be one.
    fn number(&mut self, record: Record<'_>, field: Field) -> u64 {
        record.number(field).unwrap_or_else(|| {
            let message = format!("`{}` is no number.", record.raw(field));
            self.wrong("ACH_NUMBER", field, message);
            0
        })
    }

    fn entry(&mut self, record: Record<'_>) {
        use entry as at;
        self.finish_entry();
        let Some(open) = &self.batch else {
            self.wrong_record("ACH_OUTSIDE_BATCH", "An entry outside of any batch: its batch header (5) is missing.");
            return;
        };
        let (advice, class) = (open.is_advice(), open.facts.class.clone());
        let (international, batch) = (open.facts.international, self.read.batches.len());
        let (odfi, service_class) = (open.facts.odfi.clone(), open.facts.service_class.clone());
        let code = record.raw(at::CODE);
        let Some((credit, kind)) = meaning(code, advice) else {
            self.wrong("ACH_TRANSACTION_CODE", at::CODE, format!("`{code}` is no transaction code."));
            self.count_unread(record);
            return;
        };
        let routing = format!("{}{}", record.raw(at::RDFI), record.raw(at::CHECK));
        let digit = check_digit(record.raw(at::RDFI));
        if digit.is_none() {
            self.wrong("ACH_ROUTING", at::RDFI, format!("`{}` is no routing number.", record.raw(at::RDFI)));
        } else if digit != record.raw(at::CHECK).parse().ok() {
            let wanted = digit.unwrap_or_default();
            let message = format!("The check digit of {routing} should be {wanted}: a digit of it is wrong.");
            self.wrong("ACH_ROUTING_CHECK", at::CHECK, message);
        }
        let account_field = match (international, advice) {
            (true, _) => at::IAT_ACCOUNT,
            (_, true) => at::ADV_ACCOUNT,
            _ => at::ACCOUNT,
        };
        if record.text(account_field).is_empty() {
            self.wrong("ACH_MISSING", account_field, "There is no account number.");
        }
        let cents = self.number(record, if advice { at::ADV_AMOUNT } else { at::AMOUNT });
        let wrong_way = match service_class.as_str() {
            "220" => !credit,
            "225" => credit,
            _ => false,
        };
        if wrong_way && !international {
            let message =
                format!("A batch of service class {service_class} has no entry with transaction code {code}.");
            self.wrong("ACH_DIRECTION", at::CODE, message);
        }
        let trace = if advice { record.text(at::ADV_SEQUENCE) } else { record.text(at::TRACE) };
        if !advice && (trace.len() != 15 || !trace.bytes().all(|byte| byte.is_ascii_digit())) {
            self.wrong("ACH_TRACE", at::TRACE, format!("`{trace}` is no trace number of 15 digits."));
        } else if !advice {
            // Banks that collect the returns of many banks into one batch keep those banks' trace numbers.
            let own = !matches!(code.as_bytes()[1], b'1' | b'6');
            self.check_trace(trace, &odfi, own);
        }
        let indicator = record.raw(at::ADDENDA);
        if !matches!(indicator, "0" | "1" | " ") {
            self.wrong("ACH_ADDENDA_INDICATOR", at::ADDENDA, "The addenda record indicator is 0 or 1.");
        }
        let exchange = class == "CTX" && !international;
        let name = if exchange { at::CTX_NAME } else { at::NAME };
        let reference = if international || advice { "" } else { record.text(at::REFERENCE) };
        let name = if international { "" } else { record.text(name) };
        let stated_addenda = if exchange { record.number(at::CTX_ADDENDA) } else { None };
        if let Some(open) = &mut self.batch {
            let hashed = record.number(at::RDFI).unwrap_or_default();
            open.hash = (open.hash + hashed) % HASH;
            if credit {
                open.credits += cents
            } else {
                open.debits += cents
            }
            open.facts.entries += 1;
        }
        self.entry = Some(AchReadEntry {
            line: self.line,
            batch,
            class,
            kind,
            transaction_code: code.to_owned(),
            credit,
            routing,
            account: record.text(account_field).to_owned(),
            amount: dollars(cents),
            reference: reference.to_owned(),
            name: name.to_owned(),
            trace: trace.to_owned(),
            addenda: Vec::new(),
            returned: None,
            change: None,
            records: 1,
            expects_addenda: indicator == "1",
            stated_addenda,
        });
    }

    /// Counts an entry that cannot be read, so that counts and hash are not wrong as well.
    fn count_unread(&mut self, record: Record<'_>) {
        if let Some(open) = &mut self.batch {
            open.facts.entries += 1;
            open.hash = (open.hash + record.number(entry::RDFI).unwrap_or_default()) % HASH;
        }
    }

    fn check_trace(&mut self, trace: &str, odfi: &str, own: bool) {
        let Some(open) = &mut self.batch else { return };
        let last = std::mem::replace(&mut open.last_trace, trace.to_owned());
        if !trace.starts_with(odfi) {
            let message = format!("The trace number {trace} does not begin with the batch's bank {odfi}.");
            if own {
                self.wrong("ACH_TRACE_BANK", entry::TRACE, message);
            } else {
                self.remark("ACH_TRACE_BANK", entry::TRACE, message);
            }
        }
        if trace <= last.as_str() {
            let message =
                format!("Trace numbers ascend in a batch, {trace} follows {last}: an entry is twice or moved.");
            if own {
                self.wrong("ACH_TRACE_ORDER", entry::TRACE, message);
            } else {
                self.remark("ACH_TRACE_ORDER", entry::TRACE, message);
            }
        }
    }

    fn addenda(&mut self, record: Record<'_>) {
        let Some(mut entry) = self.entry.take() else {
            self.wrong_record("ACH_OUTSIDE_ENTRY", "Addenda without an entry (6) before it.");
            if let Some(open) = &mut self.batch {
                open.facts.addenda += 1;
            }
            return;
        };
        if !entry.expects_addenda && entry.records == 1 {
            let message = "The entry says that no addenda follow (column 79 is 0), and here one is.";
            self.wrong_record("ACH_ADDENDA_INDICATOR", message);
        }
        if let Some(open) = &mut self.batch {
            open.facts.addenda += 1;
        }
        entry.records += 1;
        let international = self.batch.as_ref().is_some_and(|open| open.facts.international);
        self.addenda_of(&mut entry, record, international);
        self.entry = Some(entry);
    }

    /// Hands the open entry over.
    fn finish_entry(&mut self) {
        let Some(entry) = self.entry.take() else { return };
        let line = std::mem::replace(&mut self.line, entry.line);
        self.check_entry(&entry);
        if let Some(open) = &mut self.batch {
            match open.kind {
                Some(first) if !agree(first, entry.kind) => {
                    let message = "Orders, returns and notifications are never in one batch.";
                    self.wrong("ACH_MIXED", entry::CODE, message);
                }
                Some(_) => {}
                None => open.kind = Some(entry.kind),
            }
        }
        self.line = line;
        match entry.kind {
            AchEntryKind::Prenote => self.read.prenotes += 1,
            AchEntryKind::Return | AchEntryKind::DishonouredReturn => self.read.returns += 1,
            AchEntryKind::NotificationOfChange | AchEntryKind::RefusedNotification => self.read.notifications += 1,
            AchEntryKind::Forward => {}
        }
        (self.sink)(entry);
    }

    fn check_entry(&mut self, entry: &AchReadEntry) {
        let international = self.batch.as_ref().is_some_and(|open| open.facts.international);
        if entry.expects_addenda && entry.records == 1 {
            let message = "The entry says that addenda follow (column 79 is 1), and none does: a line is missing.";
            self.wrong("ACH_ADDENDA_MISSING", entry::ADDENDA, message);
        }
        let tells = entry.returned.is_some() || entry.change.is_some();
        if let Some(stated) = entry.stated_addenda.filter(|_| !tells)
            && stated != entry.addenda.len() as u64
        {
            let message = format!("It says {stated} addenda, {} are there.", entry.addenda.len());
            self.wrong("ACH_ADDENDA_COUNT", entry::CTX_ADDENDA, message);
        }
        if matches!(entry.class.as_str(), "PPD" | "CCD" | "WEB" | "CIE") && entry.addenda.len() > 1 {
            let message = format!("A {} entry has one addenda at most.", entry.class);
            self.wrong("ACH_ADDENDA_COUNT", entry::ADDENDA, message);
        }
        if international || entry.class == "ADV" {
            return;
        }
        let informs = matches!(entry.transaction_code.as_bytes()[1], b'4' | b'9');
        let zero = entry.amount.is_zero();
        match entry.kind {
            AchEntryKind::Prenote if !zero && entry.class != "DNE" && entry.class != "ENR" => {
                self.wrong("ACH_AMOUNT", entry::AMOUNT, "A prenote has the amount zero.");
            }
            AchEntryKind::NotificationOfChange if !zero => {
                self.wrong("ACH_AMOUNT", entry::AMOUNT, "A notification of change has the amount zero.");
            }
            AchEntryKind::Forward if zero && !informs => {
                self.wrong("ACH_AMOUNT", entry::AMOUNT, "An entry that moves money has an amount above zero.");
            }
            _ => {}
        }
    }

    fn batch_control(&mut self, record: Record<'_>) {
        if self.batch.is_none() {
            self.finish_entry();
            self.wrong_record("ACH_OUTSIDE_BATCH", "A batch control without a batch: its batch header (5) is missing.");
            return;
        }
        self.close_batch(Some(record));
    }

    /// Ends the open batch, held against its control record where there is one.
    fn close_batch(&mut self, control: Option<Record<'_>>) {
        use batch_control as at;
        self.finish_entry();
        let Some(mut open) = self.batch.take() else { return };
        open.facts.debits = dollars(open.debits);
        open.facts.credits = dollars(open.credits);
        self.read.entries += open.facts.entries;
        self.read.addenda += open.facts.addenda;
        self.read.debits += open.facts.debits;
        self.read.credits += open.facts.credits;
        self.file_hash = (self.file_hash + open.hash) % HASH;
        if let Some(record) = control {
            if open.facts.entries == 0 {
                self.wrong_record("ACH_EMPTY", "The batch has no entries.");
            }
            self.same(record, at::COUNT, open.facts.entries + open.facts.addenda, "entries and addenda");
            self.same(record, at::HASH, open.hash, "as the sum of the banks' numbers");
            let (debits, credits) =
                if open.is_advice() { (at::ADV_DEBITS, at::ADV_CREDITS) } else { (at::DEBITS, at::CREDITS) };
            self.same(record, debits, open.debits, "cents of debits");
            self.same(record, credits, open.credits, "cents of credits");
            self.same(record, at::NUMBER, open.facts.number, "in the batch header");
            let header = &open.facts;
            let mut texts = vec![(at::SERVICE_CLASS, header.service_class.clone()), (at::ODFI, header.odfi.clone())];
            if !header.international && header.class != "ADV" {
                texts.push((at::COMPANY_ID, header.company_id.clone()));
            }
            for (field, wanted) in texts {
                if record.text(field) != wanted {
                    let message = format!("It is `{}`, the batch header says `{wanted}`.", record.text(field));
                    self.wrong("ACH_HEADER_CONTROL", field, message);
                }
            }
        }
        self.read.batches.push(open.facts);
    }

    /// Holds a stated number against what was found.
    fn same(&mut self, record: Record<'_>, field: Field, found: u64, what: &str) {
        match record.number(field) {
            Some(stated) if stated == found => {}
            Some(stated) => {
                let message =
                    format!("It says {stated}, {found} {what} are there: lines are missing, twice or changed.");
                self.wrong("ACH_CONTROL", field, message);
            }
            None => {
                let message = format!("`{}` is no number.", record.raw(field));
                self.wrong("ACH_NUMBER", field, message);
            }
        }
    }

    fn file_control(&mut self, record: Record<'_>) {
        use file_control as at;
        if self.batch.is_some() {
            self.wrong_record("ACH_BATCH_OPEN", "The last batch has no control record (8): lines are missing.");
            self.close_batch(None);
        }
        self.controls += 1;
        self.is_over = true;
        if self.read.header.is_none() {
            return;
        }
        self.same(record, at::BATCHES, self.read.batches.len() as u64, "batches");
        self.same(record, at::COUNT, self.read.entries + self.read.addenda, "entries and addenda");
        self.same(record, at::HASH, self.file_hash, "as the sum of the banks' numbers");
        let cents = |amount: Decimal| u64::try_from(amount.mantissa()).unwrap_or(u64::MAX);
        let advice = !self.read.batches.is_empty() && self.read.batches.iter().all(|batch| batch.class == "ADV");
        let (debits, credits) = if advice { (at::ADV_DEBITS, at::ADV_CREDITS) } else { (at::DEBITS, at::CREDITS) };
        self.same(record, debits, cents(self.read.debits), "cents of debits");
        self.same(record, credits, cents(self.read.credits), "cents of credits");
        // Filling records may be missing or too many; banks take both.
        let blocks = self.records.div_ceil(BLOCK);
        if record.number(at::BLOCKS) != Some(blocks) {
            let message = format!("It says `{}` blocks, {blocks} hold the records.", record.text(at::BLOCKS));
            self.remark("ACH_BLOCKS", at::BLOCKS, message);
        }
    }

    fn end(mut self) -> AchRead {
        if self.batch.is_some() {
            self.wrong_record("ACH_BATCH_OPEN", "The file breaks off inside a batch: get it again.");
            self.close_batch(None);
        }
        self.finish_entry();
        if self.read.header.is_none() {
            self.wrong_record(
                "ACH_NO_HEADER",
                "There is no file header (1): this is no NACHA file, or its beginning is missing.",
            );
        }
        if self.controls == 0 {
            self.wrong_record("ACH_NO_CONTROL", "There is no file control (9): the file breaks off. Get it again.");
        }
        self.read.problem_count = self.problems.count;
        self.read.problems = self.problems.into_kept();
        self.read
    }
}

/// Whether two entries may be in one batch.
fn agree(first: AchEntryKind, other: AchEntryKind) -> bool {
    use AchEntryKind::{DishonouredReturn, Forward, NotificationOfChange, Prenote, RefusedNotification, Return};
    matches!(
        (first, other),
        (Forward | Prenote, Forward | Prenote)
            | (Return | DishonouredReturn, Return | DishonouredReturn)
            | (_, NotificationOfChange | RefusedNotification)
            | (NotificationOfChange | RefusedNotification, _)
    )
}

/// Whether a transaction code credits, and what kind of entry it makes; `None` for no code.
fn meaning(code: &str, advice: bool) -> Option<(bool, AchEntryKind)> {
    let &[account, what] = code.as_bytes() else { return None };
    if advice {
        let known = account == b'8' && (b'1'..=b'8').contains(&what);
        return known.then_some((what % 2 == 1, AchEntryKind::Forward));
    }
    let credit = match (account, what) {
        (b'2'..=b'4', b'1'..=b'4') | (b'5', b'1'..=b'4') => true,
        (b'2'..=b'4', b'6'..=b'9') | (b'5', b'5' | b'6') => false,
        _ => return None,
    };
    let kind = match what {
        b'3' | b'8' => AchEntryKind::Prenote,
        _ => AchEntryKind::Forward,
    };
    Some((credit, kind))
}

pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let plain = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    NaiveDate::parse_from_str(text, "%y%m%d").ok().filter(|_| plain)
}

fn dollars(cents: u64) -> Decimal {
    Decimal::from_i128_with_scale(i128::from(cents), 2)
}

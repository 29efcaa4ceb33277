//! What is in a NACHA file.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::codes::FailureClass;
use crate::payments::problem::Problem;

/// The file's first record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AchHeader {
    /// Whom it is for: routing number or identification.
    pub destination: String,
    /// Its name.
    pub destination_name: String,
    /// Whom it is from.
    pub origin: String,
    /// Its name.
    pub origin_name: String,
    /// The day it was made.
    pub created_on: Option<NaiveDate>,
    /// The time, `HHMM`.
    pub created_time: String,
    /// Tells the files of a day apart.
    pub modifier: String,
    /// Free text.
    pub reference: String,
}

/// A batch: what its header says, and what its entries came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AchBatchFacts {
    /// The line of its header.
    pub line: u64,
    /// Its number.
    pub number: u64,
    /// 200 mixed, 220 credits, 225 debits, 280 advices.
    pub service_class: String,
    /// The originating company.
    pub company_name: String,
    /// Its identification.
    pub company_id: String,
    /// PPD, CCD, CTX, IAT, COR …
    pub class: String,
    /// What it is.
    pub description: String,
    /// When the entries should be in the accounts.
    pub effective_on: Option<NaiveDate>,
    /// The originating bank, eight digits.
    pub odfi: String,
    /// Whether it is international (IAT).
    pub international: bool,
    /// Entries.
    pub entries: u64,
    /// Addenda.
    pub addenda: u64,
    /// Sum of debits, US dollars.
    pub debits: Decimal,
    /// Sum of credits, US dollars.
    pub credits: Decimal,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AchEntryKind {
    /// An order to pay or collect.
    Forward,
    /// Asks whether an account exists.
    Prenote,
    /// Money that comes back.
    Return,
    /// A return of a return, or its answer.
    DishonouredReturn,
    /// Corrected data for the next payment.
    NotificationOfChange,
    /// A notification that was refused.
    RefusedNotification,
}

/// One entry with its addenda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AchReadEntry {
    /// The line of its record.
    pub line: u64,
    /// Which batch of the file, from 0.
    pub batch: usize,
    /// The batch's entry class.
    pub class: String,
    /// What it is.
    pub kind: AchEntryKind,
    /// Two digits: 22 checking credit, 21 its return …
    pub transaction_code: String,
    /// Whether it is a credit.
    pub credit: bool,
    /// Routing number of the receiving bank, nine digits.
    pub routing: String,
    /// Account number there.
    pub account: String,
    /// US dollars.
    pub amount: Decimal,
    /// The originator's reference.
    pub reference: String,
    /// The receiver's name.
    pub name: String,
    /// The trace number, 15 digits.
    pub trace: String,
    /// Payment information (addenda 05), in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addenda: Vec<String>,
    /// Why it came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<AchReturn>,
    /// What is to be corrected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<AchChange>,
    /// All its records, the entry's own included.
    #[serde(skip)]
    pub(super) records: u64,
    #[serde(skip)]
    pub(super) expects_addenda: bool,
    #[serde(skip)]
    pub(super) stated_addenda: Option<u64>,
}

/// Addenda 99.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AchReturn {
    /// `R02` …
    pub code: String,
    /// What has to happen.
    pub class: FailureClass,
    /// What the code says; empty for one that the rules do not have.
    pub reason: &'static str,
    /// The trace number of the entry that came back: what the payment was sent with.
    pub original_trace: String,
    /// The bank that it was sent to, eight digits.
    pub original_rdfi: String,
    /// When the payee died (R14, R15).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub died_on: Option<NaiveDate>,
    /// The bank's own words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Addenda 98.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AchChange {
    /// `C01` …
    pub code: String,
    /// What has to happen.
    pub class: FailureClass,
    /// What the code says; empty for one that the rules do not have.
    pub reason: &'static str,
    /// The trace number of the entry it is about.
    pub original_trace: String,
    /// The bank that it was sent to, eight digits.
    pub original_rdfi: String,
    /// The field as it stands in the file.
    pub data: String,
    /// The same, taken apart by the code.
    pub corrected: Corrected,
}

/// Corrected data of a notification: what is `None` stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Corrected {
    /// Routing number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing: Option<String>,
    /// Account number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Transaction code: 2x checking, 3x savings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_code: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The individual's identification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What a whole file came to.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AchRead {
    /// Its first record.
    pub header: Option<AchHeader>,
    /// Its batches.
    pub batches: Vec<AchBatchFacts>,
    /// Entries.
    pub entries: u64,
    /// Addenda.
    pub addenda: u64,
    /// Prenotes among the entries.
    pub prenotes: u64,
    /// Returns among the entries, dishonoured ones included.
    pub returns: u64,
    /// Notifications of change among the entries, refused ones included.
    pub notifications: u64,
    /// Sum of debits, US dollars.
    pub debits: Decimal,
    /// Sum of credits, US dollars.
    pub credits: Decimal,
    /// Why it may not be booked; empty for a good file.
    #[serde(skip)]
    pub problems: Vec<Problem>,
    /// All problems that were found, kept or not.
    #[serde(skip)]
    pub problem_count: u64,
    /// What is unusual and was taken all the same.
    #[serde(skip)]
    pub remarks: Vec<Problem>,
}

impl AchRead {
    /// Whether the file is good: nothing of another may be booked.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.problem_count == 0
    }
}

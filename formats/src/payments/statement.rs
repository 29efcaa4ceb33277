//! What a bank says happened on an account, whichever format it says it in.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Serialize;

use super::ach::FailureClass;
use super::problem::Problem;

/// Details that an entry carries at once; an entry of more comes in parts.
pub const DETAILS_AT_ONCE: usize = 1_000;

fn is_false(value: &bool) -> bool {
    !*value
}

/// A statement, report or notification of one account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// The line where it begins.
    pub line: u64,
    /// Its id.
    pub id: String,
    /// Its number in the bank's series.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sequence: String,
    /// When it was made, as written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub created_at: String,
    /// First day, where stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<NaiveDate>,
    /// Last day, where stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<NaiveDate>,
    /// IBAN or number of the account.
    pub account: String,
    /// Its currency, where stated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub currency: String,
    /// Its owner, where stated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// The bank, where stated.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bank: String,
    /// `true` for a copy of one that was sent before.
    #[serde(skip_serializing_if = "is_false")]
    pub duplicate: bool,
    /// Balances.
    pub balances: Vec<Balance>,
    /// Entries that were read.
    pub entries: u64,
    /// Sum of booked credits, in the account's currency.
    pub credits: Decimal,
    /// Sum of booked debits, in the account's currency.
    pub debits: Decimal,
}

/// A balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Balance {
    /// `OPBD` opening, `CLBD` closing, `CLAV` available, `PRCD` closing of the day before … or the bank's own code.
    pub kind: String,
    /// The amount; below zero when the account is overdrawn.
    pub amount: Decimal,
    /// Its currency.
    pub currency: String,
    /// Of which day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<NaiveDate>,
}

/// Whether an entry may be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EntryState {
    /// Booked: it happened.
    Booked,
    /// Announced: it may still vanish.
    Pending,
    /// For information.
    Information,
    /// Scheduled for a later day.
    Future,
    /// A word of the bank's own.
    Unknown,
}

/// One entry of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementEntry {
    /// The line of its record or element.
    pub line: u64,
    /// Which statement of the file, from 0.
    pub statement: usize,
    /// Its number in the statement, from 1.
    pub number: u64,
    /// The amount, never below zero.
    pub amount: Decimal,
    /// Its currency.
    pub currency: String,
    /// Whether it came in.
    pub credit: bool,
    /// Whether it takes an earlier entry back.
    #[serde(skip_serializing_if = "is_false")]
    pub reversal: bool,
    /// Whether it may be booked: only what is booked is.
    pub state: EntryState,
    /// When it was booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booked_on: Option<NaiveDate>,
    /// From when it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_on: Option<NaiveDate>,
    /// The entry's own reference.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reference: String,
    /// The bank's reference.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bank_reference: String,
    /// What kind of business: `PMNT/ICDT/RRTN`, a BAI type code, the bank's own word.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
    /// The orders that are booked in one entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchBooking>,
    /// Charges on the entry as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
    /// What it consists of: all, or the first or next thousand of it.
    pub details: Vec<EntryDetail>,
    /// Which part of the entry this is, from 0.
    #[serde(skip_serializing_if = "is_zero")]
    pub part: u32,
    /// Whether it is the last part.
    #[serde(skip_serializing_if = "is_true")]
    pub last_part: bool,
    /// The bank's words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

fn is_zero(value: &u32) -> bool {
    *value == 0
}

fn is_true(value: &bool) -> bool {
    *value
}

/// An entry for a block of orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchBooking {
    /// The message they were ordered with.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message_id: String,
    /// The block.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub payment_id: String,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Their sum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Decimal>,
}

/// A charge of a bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Charge {
    /// The amount.
    pub amount: Decimal,
    /// Its currency.
    pub currency: String,
    /// `true` when the bank gives it back.
    #[serde(skip_serializing_if = "is_false")]
    pub credit: bool,
    /// Whether the entry's amount has it in already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub included: Option<bool>,
    /// What for.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// One payment within an entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EntryDetail {
    /// The line where it begins.
    pub line: u64,
    /// The message it was ordered with.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message_id: String,
    /// The block of that message.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub payment_id: String,
    /// Our id for the bank.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instruction_id: String,
    /// Our id for the payee: what entries are matched by.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub end_to_end_id: String,
    /// The id that follows a payment through all banks.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uetr: String,
    /// The bank's reference.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bank_reference: String,
    /// The clearing's reference.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub transaction_id: String,
    /// The number of a check.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub check_number: String,
    /// The amount, where stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Decimal>,
    /// Its currency.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub currency: String,
    /// Whether it came in, where stated apart from the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credit: Option<bool>,
    /// What was ordered, where that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered: Option<(Decimal, String)>,
    /// At which rate it was exchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange: Option<Exchange>,
    /// Charges on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
    /// Who is on the other side.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub counterparty: String,
    /// Their account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub counterparty_account: String,
    /// What it is for, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remittance: Vec<String>,
    /// What it is for, as references.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// The purpose code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub purpose: String,
    /// Why it came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returned: Option<Returned>,
    /// More of the bank's words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// An exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// From which currency.
    pub from: String,
    /// Into which.
    pub to: String,
    /// In which currency one unit is priced.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// At which rate.
    pub rate: Decimal,
}

/// A payment that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Returned {
    /// The reason code, or the bank's own; empty when it gave none.
    pub code: String,
    /// What has to happen.
    pub class: FailureClass,
    /// What the code says; empty for one that nobody knows.
    pub reason: &'static str,
    /// The bank's words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// What a whole file of statements came to.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatementRead {
    /// `camt.053.001.08`, `BAI2`, the name of a layout.
    pub message: String,
    /// The file's id.
    pub message_id: String,
    /// When it was made, as written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub created_at: String,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// Entries.
    pub entries: u64,
    /// Payments within the entries.
    pub details: u64,
    /// Payments that came back.
    pub returned: u64,
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

impl StatementRead {
    /// Whether the file is good: nothing of another may be booked.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.problem_count == 0
    }

    /// Adds an entry's amount to its statement.
    pub(super) fn count(&mut self, entry: &StatementEntry) {
        self.details += entry.details.len() as u64;
        self.returned += entry.details.iter().filter(|detail| detail.returned.is_some()).count() as u64;
        if entry.part > 0 {
            return;
        }
        self.entries += 1;
        if let Some(statement) = self.statements.get_mut(entry.statement) {
            statement.entries += 1;
            if entry.state == EntryState::Booked
                && (statement.currency.is_empty() || statement.currency == entry.currency)
            {
                let sum = if entry.credit { &mut statement.credits } else { &mut statement.debits };
                *sum = sum.saturating_add(entry.amount);
            }
        }
    }
}

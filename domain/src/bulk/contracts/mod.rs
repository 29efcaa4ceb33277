//! `contracts.csv`: one fact per row; a contract is taken with all its rows or not at all.

mod check;
mod read;
mod save;
mod splits;

use std::collections::HashMap;

use chrono::NaiveDate;
use engine::model::{Group, Participation};
use kernel::currency::Currency;
use kernel::failure::Outcome;
use kernel::money::Money;
use kernel::ratio::Ratio;
use platform::db::TenantTx;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::model::{Refusal, Tally};
use super::names::{self, Items, Keys};
use super::sheet::{Column, Row, Sheet};
use crate::rights::{Calendar, ContractKind, NamedTerm};
use crate::settings::Book;

pub(super) const COLUMNS: &[Column] = &[
    ("contract", true),
    ("record_type", true),
    ("reference", true),
    ("title", true),
    ("kind", true),
    ("party", true),
    ("organisation", false),
    ("currency", false),
    ("calendar", false),
    ("item_kind", true),
    ("item", true),
    ("ratio", true),
    ("territories", false),
    ("platforms", false),
    ("revenue_types", false),
    ("model", true),
    ("base", true),
    ("rate", false),
    ("amount", false),
    ("priority", false),
    ("parent", false),
    ("starts_on", true),
    ("ends_on", false),
];

/// What the cells of contracts may name.
struct Known {
    organisations: Keys,
    parties: Keys,
    items: Items,
    groups: Vec<Group>,
    /// What counts where a cell is left empty.
    settings: Book,
}

/// The `CONTRACT` row.
struct Header {
    name: String,
    kind: ContractKind,
    party: Uuid,
    organisation: Option<Uuid>,
    currency: Currency,
    /// None where the row does not say: a known contract keeps its own.
    calendar: Option<Calendar>,
    /// What a new contract gets that does not say.
    default_calendar: Calendar,
    /// What a percentage term gets that does not say.
    default_ratio: Ratio,
    from: NaiveDate,
    to: Option<NaiveDate>,
}

struct SplitFact {
    line: u64,
    reference: String,
    parent: Option<String>,
    party: Uuid,
    ratio: Decimal,
}

struct AdvanceFact {
    line: u64,
    reference: String,
    description: String,
    amount: Money,
    paid_on: NaiveDate,
}

/// The facts of one contract as its rows state them, each with its line.
#[derive(Default)]
struct Stated {
    number: String,
    lines: Vec<u64>,
    header: Option<Header>,
    participations: Vec<(u64, Participation)>,
    terms: Vec<(u64, NamedTerm)>,
    splits: Vec<SplitFact>,
    advances: Vec<AdvanceFact>,
    refusals: Vec<Refusal>,
}

impl Stated {
    fn first_line(&self) -> u64 {
        self.lines.iter().copied().min().unwrap_or(1)
    }

    fn refuse(&mut self, line: u64, column: Option<&str>, code: &'static str, message: impl Into<String>) {
        self.refusals.push(Refusal::new(line, column, code, message));
    }

    /// The refusals, and for every row that is fine by itself that it was not taken either.
    fn refused(mut self) -> Vec<Refusal> {
        let bad: Vec<u64> = self.refusals.iter().map(|refusal| refusal.line).collect();
        for line in self.lines.iter().filter(|line| !bad.contains(line)) {
            let message = format!("This row is fine, but the contract {} has others that are not.", self.number);
            self.refusals.push(Refusal::new(*line, None, "CONTRACT_REFUSED", message));
        }
        self.refusals
    }
}

pub(super) async fn import(tx: &TenantTx, sheet: &Sheet, tally: &mut Tally) -> Outcome<()> {
    let known = Known {
        organisations: names::organisations(tx).await?,
        parties: names::parties(tx).await?,
        items: Items::load(tx).await?,
        groups: crate::rights::store::groups(tx, None).await?,
        settings: Book::load(tx).await?,
    };
    let mut sound = Vec::new();
    for (number, rows) in by_contract(sheet, tally) {
        let mut stated = read::contract(sheet, number, &rows, &known);
        let facts = check::contract(&mut stated, &known);
        match facts {
            Some(facts) if stated.refusals.is_empty() => sound.push((stated, facts)),
            _ => tally.refusals.extend(stated.refused()),
        }
    }
    save::contracts(tx, sound, tally).await
}

/// The rows of each contract, in the order of the file.
fn by_contract<'a>(sheet: &'a Sheet, tally: &mut Tally) -> Vec<(String, Vec<&'a Row>)> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut contracts: Vec<(String, Vec<&Row>)> = Vec::new();
    for row in &sheet.rows {
        let mut cells = sheet.cells(row);
        cells.found.clear(); // what is wrong with the row is told when it is read as a fact
        match cells.required_text("contract", 200) {
            Some(number) => {
                let place = *places.entry(number.clone()).or_insert_with(|| {
                    contracts.push((number, Vec::new()));
                    contracts.len() - 1
                });
                contracts[place].1.push(row);
            }
            None => tally.refusals.append(&mut cells.found),
        }
    }
    contracts
}

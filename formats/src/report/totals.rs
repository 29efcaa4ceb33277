//! What a file adds up to, exactly: line by line, skipped, unreadable, and as the file itself says.

use std::collections::BTreeMap;
use std::sync::Arc;

use bigdecimal::BigDecimal;
use kernel::currency::Currency;

use super::batch::Batch;
use crate::layout::spec::ControlKind;
use crate::source::Footing;
use crate::value::{Exact, ExactSum};

/// Money of one currency in the lines of a file.
#[derive(Debug, Clone)]
pub struct CurrencyTotal {
    /// The currency.
    pub currency: Currency,
    /// The sum with every decimal of the file.
    pub exact: ExactSum,
    /// The sum of what the lines keep (18 decimals each).
    pub kept: ExactSum,
}

impl CurrencyTotal {
    /// What the lines do not keep: `exact - kept`. Its absolute value is below 10⁻¹⁸ per line.
    #[must_use]
    pub fn cut(&self) -> BigDecimal {
        self.exact.minus(&self.kept)
    }
}

/// Rows and what money could be read in them.
#[derive(Debug, Clone, Default)]
pub struct RowTotals {
    /// Number of rows.
    pub rows: u64,
    /// Exact sums by currency.
    pub amounts: BTreeMap<Currency, ExactSum>,
}

impl RowTotals {
    fn add(&mut self, amount: Option<(Exact, Currency)>) {
        self.rows += 1;
        if let Some((amount, currency)) = amount {
            self.amounts.entry(currency).or_default().add(amount);
        }
    }
}

/// Whether a file says the same of itself as its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It does.
    Agrees,
    /// It does not.
    Differs,
    /// The stated total cannot be compared: unreadable, or amounts of several currencies.
    NotComparable,
}

/// A total the file states about itself.
#[derive(Debug, Clone)]
pub struct Control {
    /// Physical line it stands on.
    pub line: u64,
    /// Its label in the file.
    pub label: String,
    /// What it counts.
    pub check: ControlKind,
    /// The text found.
    pub stated: String,
    /// What the rows add up to.
    pub computed: String,
    /// The comparison.
    pub outcome: Outcome,
}

/// Totals of a file. `rows = lines + skipped rows + bad rows`, and the money of the file is the sum of the three.
#[derive(Debug, Clone, Default)]
pub struct FileTotals {
    /// Rows of the table, whatever became of them; without header, preamble, trailer and blank lines.
    pub rows: u64,
    /// Rows that became lines.
    pub lines: u64,
    /// Units of the lines.
    pub units: i128,
    /// Money of the lines by currency.
    pub amounts: Vec<CurrencyTotal>,
    /// Rows that are not revenue, by reason.
    pub skipped: BTreeMap<Arc<str>, RowTotals>,
    /// Rows that could not be read.
    pub bad: RowTotals,
    /// Totals the file states about itself; complete at the end of the file.
    pub controls: Vec<Control>,
}

impl FileTotals {
    pub(super) fn add_line(&mut self, currency: Currency, exact: Exact, kept: Exact, units: i64) {
        self.rows += 1;
        self.lines += 1;
        self.units += i128::from(units);
        let index = self.amounts.iter().position(|total| total.currency == currency).unwrap_or_else(|| {
            self.amounts.push(CurrencyTotal { currency, exact: ExactSum::default(), kept: ExactSum::default() });
            self.amounts.len() - 1
        });
        if let Some(total) = self.amounts.get_mut(index) {
            total.exact.add(exact);
            total.kept.add(kept);
        }
    }

    /// Adds the last row that was skipped or could not be read.
    pub(super) fn add_other(&mut self, batch: &Batch, skipped: bool) {
        self.rows += 1;
        if skipped {
            if let Some(row) = batch.skipped.last() {
                self.skipped.entry(row.reason.clone()).or_default().add(row.amount);
            }
        } else if let Some(row) = batch.bad.last() {
            self.bad.add(row.amount);
        }
    }

    /// All money that could be read, by currency: lines, skipped rows and bad rows.
    #[must_use]
    pub fn everything(&self) -> BTreeMap<Currency, ExactSum> {
        let mut all: BTreeMap<Currency, ExactSum> = BTreeMap::new();
        for total in &self.amounts {
            all.entry(total.currency).or_default().merge(&total.exact);
        }
        for other in self.skipped.values().chain([&self.bad]) {
            for (currency, sum) in &other.amounts {
                all.entry(*currency).or_default().merge(sum);
            }
        }
        all
    }

    /// Takes up what a file says of its own structure.
    pub(super) fn structure(&mut self, footing: Footing) {
        let outcome = match footing.agrees {
            Some(true) => Outcome::Agrees,
            Some(false) => Outcome::Differs,
            None => Outcome::NotComparable,
        };
        let Footing { line, label, stated, computed, .. } = footing;
        self.controls.push(Control { line, label, check: ControlKind::Structure, stated, computed, outcome });
    }

    /// Compares a stated total with what was counted.
    pub(super) fn compare(&mut self, line: u64, label: String, check: ControlKind, stated: String, sums: &Sums<'_>) {
        let whole = |count: i128| {
            let computed = Exact { mantissa: count, scale: 0 };
            let value = sums.value;
            (
                count.to_string(),
                value.map(|value| value.checked_add(computed.negated()).is_some_and(|rest| rest.mantissa == 0)),
            )
        };
        let (computed, agrees) = match check {
            ControlKind::Structure | ControlKind::Rows => whole(i128::from(sums.rows)),
            ControlKind::Units => whole(sums.units),
            ControlKind::Amount => {
                let mut amounts = sums.amounts.iter();
                match (amounts.next(), amounts.next()) {
                    (Some((_, sum)), None) => (sum.to_string(), sums.value.map(|value| sum.equals(value))),
                    (None, _) => ("0".to_owned(), sums.value.map(|value| value.mantissa == 0)),
                    (Some(_), Some(_)) => ("several currencies".to_owned(), None),
                }
            }
        };
        let outcome = match agrees {
            Some(true) => Outcome::Agrees,
            Some(false) => Outcome::Differs,
            None => Outcome::NotComparable,
        };
        self.controls.push(Control { line, label, check, stated, computed, outcome });
    }
}

/// What was counted, to be compared with what is stated.
pub(super) struct Sums<'a> {
    /// The stated number, where it is one.
    pub(super) value: Option<Exact>,
    /// Rows.
    pub(super) rows: u64,
    /// Units.
    pub(super) units: i128,
    /// All money that could be read.
    pub(super) amounts: &'a BTreeMap<Currency, ExactSum>,
}

/// Rows that belong together under a row of totals.
#[derive(Debug, Default)]
pub(super) struct GroupTotals {
    pub(super) rows: u64,
    pub(super) units: i128,
    pub(super) amounts: BTreeMap<Currency, ExactSum>,
}

impl GroupTotals {
    /// Adds a row.
    pub(super) fn add(&mut self, units: i64, amount: Option<(Exact, Currency)>) {
        self.rows += 1;
        self.units += i128::from(units);
        if let Some((amount, currency)) = amount {
            self.amounts.entry(currency).or_default().add(amount);
        }
    }
}

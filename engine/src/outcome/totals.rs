//! Conservation: where every unit of every currency went.

use std::collections::BTreeMap;

use kernel::currency::Currency;
use serde::Serialize;

use crate::fixed::{Atto, Pico};

/// Sums over a batch or a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Per currency in which money was received or is owed.
    pub currencies: BTreeMap<Currency, CurrencyTotals>,
    /// What was converted, per source currency, contract currency and exchange rate (`null`: same currency).
    #[serde(serialize_with = "as_list")]
    pub conversions: BTreeMap<(Currency, Currency, Option<u32>), ConversionTotals>,
}

/// Sums in one currency. `lines = payees + margin + charges + suspense`, exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CurrencyTotals {
    /// How many lines.
    pub line_count: u64,
    /// What they amount to.
    pub lines: Atto,
    /// How many royalty rows.
    pub row_count: u64,
    /// What payees get.
    pub payees: Atto,
    /// What stays with the tenant. Amounts per unit in another currency than the line are a cost in theirs: there
    /// the margin is negative.
    pub margin: Atto,
    /// Whole-file taxes and fees that providers kept, of the lines that were posted.
    pub charges: Atto,
    /// How many lines wait.
    pub suspense_count: u64,
    /// What waits.
    pub suspense: Atto,
    /// The part of the margin that lies in shares of copyright nobody was entered as owner of.
    pub unowned: Atto,
}

/// What was converted with one rate. The difference between `source × rate` and `amount` is the rounding at 12 places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversionTotals {
    /// In the source currency.
    pub source: Atto,
    /// In the contract's currency.
    pub amount: Pico,
}

fn as_list<S: serde::Serializer>(
    conversions: &BTreeMap<(Currency, Currency, Option<u32>), ConversionTotals>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(conversions.iter().map(|((from, to, rate), totals)| (from, to, rate, totals)))
}

impl CurrencyTotals {
    /// `lines = payees + margin + charges + suspense`.
    #[must_use]
    pub fn is_conserved(&self) -> bool {
        self.lines == self.payees.plus(self.margin).plus(self.charges).plus(self.suspense)
    }

    fn add(&mut self, other: &Self) {
        self.line_count += other.line_count;
        self.lines = self.lines.plus(other.lines);
        self.row_count += other.row_count;
        self.payees = self.payees.plus(other.payees);
        self.margin = self.margin.plus(other.margin);
        self.charges = self.charges.plus(other.charges);
        self.suspense_count += other.suspense_count;
        self.suspense = self.suspense.plus(other.suspense);
        self.unowned = self.unowned.plus(other.unowned);
    }
}

impl Totals {
    /// Whether every currency is conserved to the last digit.
    #[must_use]
    pub fn is_conserved(&self) -> bool {
        self.currencies.values().all(CurrencyTotals::is_conserved)
    }

    /// Adds the totals of another batch.
    pub fn merge(&mut self, other: &Self) {
        for (currency, totals) in &other.currencies {
            self.currencies.entry(*currency).or_default().add(totals);
        }
        for (key, totals) in &other.conversions {
            let sum = self.conversions.entry(*key).or_default();
            sum.source = sum.source.plus(totals.source);
            sum.amount = sum.amount.plus(totals.amount);
        }
    }
}

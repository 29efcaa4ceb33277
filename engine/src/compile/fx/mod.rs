//! Exchange rates resolved before the first line is read.
//!
//! Which rate applies depends on the contract's rule, the report and the accounting month, never on the line: so
//! every pair is looked up once, and a line only reads a table.

mod book;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::failure::Finding;
use kernel::ids::RateId;
use kernel::money::Rounding;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::fixed::mul_div_round;
use crate::model::{FxRule, Rates, Scope};
use book::{Book, Wanted};

/// How a rate was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConversionMethod {
    /// A rate for the pair.
    Direct,
    /// The rate of the reversed pair, divided by.
    Inverse,
    /// Two rates against the pivot currency: the recorded fallback.
    Triangulated,
}

/// A resolved exchange rate: an amount is multiplied and divided, exactly, and rounded once.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversion {
    /// From.
    pub from: Currency,
    /// To.
    pub to: Currency,
    /// The contract's rule.
    pub rule: FxRule,
    /// How the rate was found.
    pub method: ConversionMethod,
    /// The rates used; empty for a rate stated in a report.
    pub rate_ids: Vec<RateId>,
    /// Who says so.
    pub sources: Vec<String>,
    /// The day of the (older) rate used; none for means and stated rates.
    pub date: Option<NaiveDate>,
    /// The amount is multiplied by this,
    pub multiply: Decimal,
    /// and divided by this.
    pub divide: Decimal,
    /// A pico amount is `atto × numerator / denominator`.
    #[serde(skip)]
    numerator: u128,
    #[serde(skip)]
    denominator: u128,
    #[serde(skip)]
    pub(crate) fingerprint: u64,
}

impl Conversion {
    /// The rate as one number, rounded to 12 places: for reading, not for computing.
    #[must_use]
    pub fn rate(&self) -> Decimal {
        self.multiply.checked_div(self.divide).unwrap_or_default().round_dp_with_strategy(
            kernel::decimal::ROYALTY_SCALE,
            rust_decimal::RoundingStrategy::MidpointAwayFromZero,
        )
    }

    /// What a magnitude of pico in the contract's currency is in atto of the line's, rounded once.
    pub(crate) fn atto(&self, pico: u128, rounding: Rounding) -> Option<u128> {
        mul_div_round(pico, self.denominator, self.numerator, rounding).ok()
    }

    /// Converts a magnitude of atto into pico.
    #[inline]
    pub(crate) fn pico(&self, atto: u128, rounding: Rounding) -> Option<u128> {
        mul_div_round(atto, self.numerator, self.denominator, rounding).ok()
    }
}

/// How an amount of one currency becomes another on a day, outside a run: by a rate for the pair, its inverse, or two
/// rates against the pivot. `None` where there is no rate, or both are the same currency.
#[must_use]
pub fn convert_on(rates: &Rates, from: Currency, to: Currency, day: NaiveDate) -> Option<Result<Conversion, Finding>> {
    Book::new(rates).resolve(from, to, FxRule::PaymentDate, Wanted::On(day), &[])
}

/// What the table says for a line currency and a contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fx {
    /// The currency of the contract.
    Same,
    /// The conversion at this position.
    Rate(u32),
    /// No rate.
    Missing,
}

const MISSING: u32 = u32::MAX;

/// Resolved rates: a row per contract currency and rule, report, and line currency.
#[derive(Debug, Default)]
pub(crate) struct FxTable {
    targets: Vec<(Currency, FxRule)>,
    currencies: Vec<Currency>,
    reports: usize,
    conversions: Vec<Conversion>,
    table: Vec<u32>,
}

impl FxTable {
    /// The row for a contract currency and rule, new or known.
    pub fn target(&mut self, currency: Currency, rule: FxRule) -> u32 {
        let known = self.targets.iter().position(|target| *target == (currency, rule));
        let index = known.unwrap_or_else(|| {
            self.targets.push((currency, rule));
            self.targets.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    pub fn conversions(&self) -> &[Conversion] {
        &self.conversions
    }

    /// Looks up how an amount of a report is converted for a contract.
    #[inline]
    pub fn find(&self, from: Currency, report: u32, target: u32) -> Fx {
        if self.targets[target as usize].0 == from {
            return Fx::Same;
        }
        let Some(currency) = self.currencies.iter().position(|one| *one == from) else {
            return Fx::Missing;
        };
        if report as usize >= self.reports {
            return Fx::Missing;
        }
        let cell = (target as usize * self.reports + report as usize) * self.currencies.len() + currency;
        match self.table[cell] {
            MISSING => Fx::Missing,
            index => Fx::Rate(index),
        }
    }

    /// Resolves every pair that can be asked for.
    pub fn fill(
        &mut self,
        rates: &Rates,
        scope: &Scope,
        more: impl Iterator<Item = Currency>,
    ) -> Result<(), Vec<Finding>> {
        let mut currencies: BTreeSet<Currency> = more.collect();
        currencies.extend(rates.rates.iter().flat_map(|rate| [rate.base, rate.quote]));
        currencies
            .extend(scope.reports.iter().flat_map(|report| &report.rates).flat_map(|rate| [rate.base, rate.quote]));
        currencies.extend(self.targets.iter().map(|(currency, _)| *currency));
        self.currencies = currencies.into_iter().collect();
        self.reports = scope.reports.len();
        let book = Book::new(rates);
        let mut known: BTreeMap<(Currency, Currency, FxRule, Wanted), u32> = BTreeMap::new();
        let mut findings = Vec::new();
        for (to, rule) in &self.targets {
            for (report_ix, report) in (0u32..).zip(&scope.reports) {
                let wanted = Wanted::new(*rule, scope.month, report, report_ix);
                for from in &self.currencies {
                    let key = (*from, *to, *rule, wanted);
                    let index = if let Some(index) = known.get(&key) {
                        *index
                    } else {
                        let index = match book.resolve(*from, *to, *rule, wanted, &report.rates) {
                            Some(Ok(conversion)) => {
                                self.conversions.push(conversion);
                                u32::try_from(self.conversions.len() - 1).unwrap_or(MISSING)
                            }
                            Some(Err(finding)) => {
                                findings.push(finding);
                                MISSING
                            }
                            None => MISSING,
                        };
                        known.insert(key, index);
                        index
                    };
                    self.table.push(index);
                }
            }
        }
        if findings.is_empty() { Ok(()) } else { Err(findings) }
    }
}

//! Exchange rates resolved before the first line is read.
//!
//! Which rate applies depends on the contract's rule, the report and the accounting month, never on the line: so
//! every pair is looked up once, and a line only reads a table.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use kernel::currency::Currency;
use kernel::failure::Finding;
use kernel::ids::RateId;
use kernel::money::Rounding;
use kernel::period::Month;
use rust_decimal::Decimal;
use serde::Serialize;

use super::terms::parts;
use crate::check::finding;
use crate::fixed::{POW10, mul_div_round};
use crate::model::{FxRule, Rate, Rates, Report, Scope};

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

    /// Converts a magnitude of atto into pico.
    #[inline]
    pub(crate) fn pico(&self, atto: u128, rounding: Rounding) -> Option<u128> {
        mul_div_round(atto, self.numerator, self.denominator, rounding).ok()
    }
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
        let Some(currency) = self.currencies.iter().position(|one| *one == from) else { return Fx::Missing };
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
        currencies.extend(scope.reports.iter().flat_map(|report| &report.rates).flat_map(|rate| [rate.base, rate.quote]));
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
                        let index = match book.resolve(*from, *to, *rule, wanted, report) {
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

/// Which rate a rule wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    On(NaiveDate),
    MeanOf(Month),
    StatedIn(u32),
    Unknown,
}

impl Wanted {
    fn new(rule: FxRule, month: Month, report: &Report, report_ix: u32) -> Self {
        match rule {
            FxRule::MonthEnd => Self::On(month.last_day()),
            FxRule::MonthStart => Self::On(month.first_day()),
            FxRule::MonthAverage => Self::MeanOf(month),
            FxRule::ReceiptDate => Self::On(report.received_on),
            FxRule::PaymentDate => report.paid_on.map_or(Self::Unknown, Self::On),
            FxRule::Stated => Self::StatedIn(report_ix),
        }
    }
}

/// A rate for one pair.
struct Quote {
    rate: Decimal,
    ids: Vec<RateId>,
    source: String,
    date: Option<NaiveDate>,
}

struct Book<'a> {
    pairs: BTreeMap<(Currency, Currency), BTreeMap<NaiveDate, &'a Rate>>,
    pivot: Option<Currency>,
    max_age: Days,
}

impl<'a> Book<'a> {
    fn new(rates: &'a Rates) -> Self {
        let mut pairs: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for rate in &rates.rates {
            pairs.entry((rate.base, rate.quote)).or_default().insert(rate.date, rate);
        }
        Self { pairs, pivot: rates.pivot, max_age: Days::new(u64::from(rates.max_age_days)) }
    }

    fn resolve(
        &self,
        from: Currency,
        to: Currency,
        rule: FxRule,
        wanted: Wanted,
        report: &Report,
    ) -> Option<Result<Conversion, Finding>> {
        if from == to {
            return None;
        }
        let quote = |base, quote| self.quote(base, quote, wanted, report);
        let one = || Quote { rate: Decimal::ONE, ids: Vec::new(), source: String::new(), date: None };
        let (method, multiply, divide) = if let Some(direct) = quote(from, to) {
            (ConversionMethod::Direct, direct, one())
        } else if let Some(inverse) = quote(to, from) {
            (ConversionMethod::Inverse, one(), inverse)
        } else {
            // Both legs against the pivot, whichever way they are quoted.
            let pivot = self.pivot.filter(|pivot| *pivot != from && *pivot != to)?;
            match (quote(pivot, from), quote(pivot, to)) {
                (Some(first), Some(second)) => (ConversionMethod::Triangulated, second, first),
                _ => (ConversionMethod::Triangulated, quote(from, pivot)?, quote(to, pivot)?),
            }
        };
        Some(conversion(from, to, rule, method, multiply, divide))
    }

    fn quote(&self, base: Currency, quote: Currency, wanted: Wanted, report: &Report) -> Option<Quote> {
        if let Wanted::StatedIn(_) = wanted {
            let stated = report
                .rates
                .iter()
                .find(|rate| rate.base == base && rate.quote == quote && rate.rate > Decimal::ZERO)?;
            return Some(Quote { rate: stated.rate, ids: Vec::new(), source: "REPORT".into(), date: None });
        }
        let days = self.pairs.get(&(base, quote))?;
        match wanted {
            Wanted::On(day) => {
                let oldest = day.checked_sub_days(self.max_age).unwrap_or(NaiveDate::MIN);
                let (date, rate) = days.range(oldest..=day).next_back()?;
                Some(Quote { rate: rate.rate, ids: vec![rate.id], source: rate.source.clone(), date: Some(*date) })
            }
            Wanted::MeanOf(month) => {
                let rates: Vec<&&Rate> = days.range(month.first_day()..=month.last_day()).map(|(_, rate)| rate).collect();
                let sum = kernel::decimal::sum(rates.iter().map(|rate| rate.rate)).ok()?;
                let mean = sum.checked_div(Decimal::from(rates.len()))?.round_dp_with_strategy(
                    kernel::decimal::ROYALTY_SCALE,
                    rust_decimal::RoundingStrategy::MidpointAwayFromZero,
                );
                let source = rates.first().map(|rate| rate.source.clone())?;
                (!mean.is_zero()).then(|| Quote {
                    rate: mean,
                    ids: rates.iter().map(|rate| rate.id).collect(),
                    source,
                    date: None,
                })
            }
            Wanted::StatedIn(_) | Wanted::Unknown => None,
        }
    }
}

fn conversion(
    from: Currency,
    to: Currency,
    rule: FxRule,
    method: ConversionMethod,
    multiply: Quote,
    divide: Quote,
) -> Result<Conversion, Finding> {
    let (numerator, denominator) = fraction(multiply.rate, divide.rate).ok_or_else(|| {
        finding("RATE_TOO_FINE", format!("The rates {from} to {to} have too many digits to combine."), &["rates"])
    })?;
    let sources = [multiply.source, divide.source].into_iter().filter(|source| !source.is_empty()).collect();
    let text = format!("{from}{to}{}/{}", multiply.rate.normalize(), divide.rate.normalize());
    Ok(Conversion {
        from,
        to,
        rule,
        method,
        rate_ids: multiply.ids.into_iter().chain(divide.ids).collect(),
        sources,
        date: [multiply.date, divide.date].into_iter().flatten().min(),
        multiply: multiply.rate,
        divide: divide.rate,
        numerator,
        denominator,
        fingerprint: super::fingerprint(&[text.as_bytes()]),
    })
}

/// `multiply / divide / 10^6` in lowest terms: 10⁻¹⁸ becomes 10⁻¹².
fn fraction(multiply: Decimal, divide: Decimal) -> Option<(u128, u128)> {
    if multiply <= Decimal::ZERO || divide <= Decimal::ZERO {
        return None;
    }
    let (up, up_scale) = parts(multiply);
    let (down, down_scale) = parts(divide);
    let common = up_scale.min(down_scale);
    let shared = gcd(up, down);
    let (up, down) = (up / shared, down / shared);
    let numerator = up.checked_mul(POW10[(down_scale - common) as usize])?;
    let denominator = down.checked_mul(POW10[(up_scale - common) as usize])?.checked_mul(POW10[6])?;
    let shared = gcd(numerator, denominator);
    Some((numerator / shared, denominator / shared))
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

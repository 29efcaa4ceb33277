//! Looking up exchange rates.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use kernel::currency::Currency;
use kernel::failure::Finding;
use kernel::ids::RateId;
use kernel::period::Month;
use rust_decimal::Decimal;

use super::{Conversion, ConversionMethod};
use crate::check::finding;
use crate::compile::fingerprint;
use crate::compile::terms::parts;
use crate::fixed::POW10;
use crate::model::{FxRule, Rate, Rates, Report, StatedRate};

/// Which rate a rule wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wanted {
    On(NaiveDate),
    MeanOf(Month),
    StatedIn(u32),
    Unknown,
}

impl Wanted {
    pub fn new(rule: FxRule, month: Month, report: &Report, report_ix: u32) -> Self {
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

pub(super) struct Book<'a> {
    pairs: BTreeMap<(Currency, Currency), BTreeMap<NaiveDate, &'a Rate>>,
    pivot: Option<Currency>,
    max_age: Days,
}

impl<'a> Book<'a> {
    pub fn new(rates: &'a Rates) -> Self {
        let mut pairs: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for rate in &rates.rates {
            pairs.entry((rate.base, rate.quote)).or_default().insert(rate.date, rate);
        }
        Self { pairs, pivot: rates.pivot, max_age: Days::new(u64::from(rates.max_age_days)) }
    }

    /// The conversion from one currency to another, if there are rates for it.
    pub fn resolve(
        &self,
        from: Currency,
        to: Currency,
        rule: FxRule,
        wanted: Wanted,
        stated: &[StatedRate],
    ) -> Option<Result<Conversion, Finding>> {
        if from == to {
            return None;
        }
        let quote = |base, quote| self.quote(base, quote, wanted, stated);
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

    fn quote(&self, base: Currency, quote: Currency, wanted: Wanted, stated: &[StatedRate]) -> Option<Quote> {
        if let Wanted::StatedIn(_) = wanted {
            let stated =
                stated.iter().find(|rate| rate.base == base && rate.quote == quote && rate.rate > Decimal::ZERO)?;
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
                let rates: Vec<&&Rate> =
                    days.range(month.first_day()..=month.last_day()).map(|(_, rate)| rate).collect();
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
        fingerprint: fingerprint(&[text.as_bytes()]),
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

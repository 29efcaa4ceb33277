//! How a locale writes numbers and dates. The data is the Unicode CLDR's (`scripts/locales.py`).

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::Deserialize;

/// The minus sign of typography: as wide as a plus, and never taken for a hyphen at which a line may break.
const MINUS: char = '\u{2212}';

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Locale {
    decimal_mark: String,
    group_mark: String,
    /// `{}` is the number.
    percent: String,
    /// {d} day, {m} the month as a number, {month} its name, {y} the year.
    date: String,
    months: [String; 12],
}

impl Locale {
    pub(super) fn amount(&self, amount: Decimal) -> String {
        let digits = amount.abs().to_string();
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let mut text = String::with_capacity(digits.len() + 8);
        if amount.is_sign_negative() && !amount.is_zero() {
            text.push(MINUS);
        }
        self.grouped(whole, &mut text);
        if !fraction.is_empty() {
            text.push_str(&self.decimal_mark);
            text.push_str(fraction);
        }
        text
    }

    pub(super) fn count(&self, count: i128) -> String {
        let mut text = String::new();
        if count < 0 {
            text.push(MINUS);
        }
        self.grouped(&count.unsigned_abs().to_string(), &mut text);
        text
    }

    pub(super) fn percent(&self, ratio: Decimal) -> String {
        let hundredfold = ratio.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(ratio).normalize();
        self.share(hundredfold)
    }

    pub(super) fn share(&self, percent: Decimal) -> String {
        self.percent.replacen("{}", &self.amount(percent), 1)
    }

    pub(super) fn month(&self, day: NaiveDate) -> String {
        format!("{}/{}", day.month(), day.year())
    }

    pub(super) fn day(&self, day: NaiveDate) -> String {
        let month = usize::try_from(day.month0()).ok().and_then(|index| self.months.get(index));
        self.date
            .replace("{d}", &day.day().to_string())
            .replace("{month}", month.map_or("", String::as_str))
            .replace("{m}", &day.month().to_string())
            .replace("{y}", &day.year().to_string())
    }

    fn grouped(&self, digits: &str, text: &mut String) {
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push_str(&self.group_mark);
            }
            text.push(digit);
        }
    }
}
